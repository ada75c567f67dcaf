/** Asks the server: JSON there and back, the session's token with every change, problems as errors with words. */

import { createStore } from "./store.ts";
import type { ProblemError, SessionView } from "./types.ts";

/** Who is signed in; undefined until the server has been asked. */
export const session = createStore<SessionView | undefined>(undefined);

/** What the server refused, or that it did not answer (RFC 9457). */
export class ApiProblem extends Error {
  readonly status: number;
  /** Last part of `urn:sipedge:problem:…`, or `offline`. */
  readonly kind: string;
  readonly errors: readonly ProblemError[];
  readonly retryAfterSec: number;
  /** Which of several reasons of its kind, with what fills the sentence. */
  readonly reason: string | undefined;
  readonly values: Readonly<Record<string, string>>;

  constructor(options: {
    readonly status: number;
    readonly kind: string;
    readonly message: string;
    readonly errors?: readonly ProblemError[];
    readonly retryAfterSec?: number;
    readonly reason?: string;
    readonly values?: Readonly<Record<string, string>>;
  }) {
    super(options.message);
    this.status = options.status;
    this.kind = options.kind;
    this.errors = options.errors ?? [];
    this.retryAfterSec = options.retryAfterSec ?? 0;
    this.reason = options.reason;
    this.values = options.values ?? {};
  }
}

interface ProblemBody {
  readonly type?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly reason?: string;
  readonly values?: Readonly<Record<string, string>>;
  readonly errors?: readonly ProblemError[];
}

interface Question {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  /** A Blob goes as it is, all else as JSON. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** What stands at `path` below `/api/v1`, or what came of a change there. Throws {@linkcode ApiProblem}. */
export async function ask<T>(path: string, question: Question = {}): Promise<T> {
  const response = await send(path, question);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** Like {@linkcode ask}, for an answer that is a file. */
export async function askFile(path: string, question: Question): Promise<Blob> {
  return await (await send(path, question)).blob();
}

async function send(path: string, { method = "GET", body, signal }: Question): Promise<Response> {
  const headers = new Headers();
  const isFile = body instanceof Blob;
  if (body !== undefined) headers.set("content-type", isFile ? body.type : "application/json");
  const csrf = session.get()?.csrf;
  if (method !== "GET" && csrf !== undefined) headers.set("x-csrf-token", csrf);
  const response = await fetch(`/api/v1${path}`, {
    method,
    headers,
    ...(body !== undefined && { body: isFile ? body : JSON.stringify(body) }),
    ...(signal && { signal }),
  }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiProblem({ status: 0, kind: "offline", message: "offline" });
  });
  if (!response.ok) throw await readProblem(response);
  return response;
}

async function readProblem(response: Response): Promise<ApiProblem> {
  const body: ProblemBody = await response.json().catch(() => ({}));
  const kind = body.type?.split(":").at(-1) ?? "unknown";
  const present = session.get();
  // The session has ended elsewhere: the way back leads through the door.
  if (response.status === 401 && present?.account !== undefined && kind === "unauthenticated") {
    const { account: _account, csrf: _csrf, ...rest } = present;
    session.set(rest);
  }
  return new ApiProblem({
    status: response.status,
    kind,
    message: body.detail || body.title || response.statusText,
    errors: body.errors ?? [],
    ...(body.reason !== undefined && { reason: body.reason }),
    ...(body.values && { values: body.values }),
    retryAfterSec: Number(response.headers.get("retry-after") ?? 0),
  });
}

/** Path parts with everything strange escaped. */
export function at(...parts: readonly string[]): string {
  return parts.map((part) => `/${encodeURIComponent(part)}`).join("");
}

/** Where an entry stands: in which list, which of its fields names it, and its name there; undefined for a new one. */
export interface EntryPlace {
  readonly path: string;
  readonly key: "name" | "number";
  readonly known: string | undefined;
}

/** Adds the entry, or changes the known one, whose name then stands in the address and not in the body. */
export async function saveEntry(
  { path, key, known }: EntryPlace,
  values: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { [key]: name = "", ...settings } = values;
  if (known !== undefined) await ask(path + at(known), { method: "PUT", body: settings });
  else await ask(path, { method: "POST", body: { ...settings, [key]: name } });
}

/** Asks who is signed in, and how the page is to be shown before anybody is. */
export async function loadSession(): Promise<SessionView> {
  const found = await ask<SessionView>("/session");
  session.set(found);
  return found;
}
