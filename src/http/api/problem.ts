/** Errors as problem details (RFC 9457): what could not be done, where, and what to do. */

/** What this API calls its problems; `urn:sipedge:problem:` stands in front. */
export type ProblemKind =
  | "bad-request"
  | "invalid"
  | "unauthenticated"
  | "code-needed"
  | "forbidden"
  | "cross-site"
  | "not-found"
  | "wrong-method"
  | "taken"
  | "in-file"
  | "conflict"
  | "too-large"
  | "wrong-type"
  | "too-many"
  | "unavailable"
  | "internal";

const KINDS: Readonly<Record<ProblemKind, readonly [status: number, title: string]>> = {
  "bad-request": [400, "The request makes no sense"],
  "invalid": [422, "The values do not fit"],
  "unauthenticated": [401, "Sign in first"],
  "code-needed": [401, "The second factor is needed"],
  "forbidden": [403, "Not allowed"],
  "cross-site": [403, "The request did not come from the page"],
  "not-found": [404, "There is nothing here"],
  "wrong-method": [405, "This method does not exist here"],
  "taken": [409, "It exists already"],
  "in-file": [409, "It stands in the configuration file"],
  "conflict": [409, "It does not fit the present state"],
  "too-large": [413, "The request is too large"],
  "wrong-type": [415, "The request must be JSON"],
  "too-many": [429, "Too many tries"],
  "unavailable": [503, "Not available now"],
  "internal": [500, "A fault of the program"],
};

/** One wrong value; `path` like `forward.noAnswer.to`. */
export interface ProblemError {
  readonly path: string;
  readonly message: string;
}

export interface ProblemDetails {
  readonly detail?: string;
  /** Which of several reasons of its kind, `certificate.expired`, for pages that say it in other words. */
  readonly reason?: string;
  /** What such words are filled with. */
  readonly values?: Readonly<Record<string, string>>;
  readonly errors?: readonly ProblemError[];
  readonly retryAfterSec?: number;
  /** Methods that exist here (RFC 9110 §15.5.6). */
  readonly allow?: readonly string[];
}

/** Status and title of a kind, for the description of the API. */
export function describeProblem(kind: ProblemKind): { readonly status: number; readonly title: string } {
  const [status, title] = KINDS[kind];
  return { status, title };
}

export class Problem {
  readonly kind: ProblemKind;
  readonly details: ProblemDetails;

  constructor(kind: ProblemKind, details: ProblemDetails | string = {}) {
    this.kind = kind;
    this.details = typeof details === "string" ? { detail: details } : details;
  }

  get status(): number {
    return KINDS[this.kind][0];
  }

  /** `application/problem+json`. */
  toResponse(): Response {
    const [status, title] = KINDS[this.kind];
    const { detail, reason, values, errors, retryAfterSec, allow } = this.details;
    const headers = new Headers({ "content-type": "application/problem+json", "cache-control": "no-store" });
    if (retryAfterSec !== undefined) headers.set("retry-after", String(retryAfterSec));
    if (allow) headers.set("allow", allow.join(", "));
    // Without a scheme the browser would not ask the person by a box of its own; with one, clients know what to bring.
    if (this.kind === "unauthenticated") headers.set("www-authenticate", 'Bearer realm="sipedge"');
    return new Response(
      JSON.stringify({
        type: `urn:sipedge:problem:${this.kind}`,
        title,
        status,
        detail,
        reason,
        values,
        errors,
      }),
      { status, headers },
    );
  }
}
