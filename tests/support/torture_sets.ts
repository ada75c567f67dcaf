/**
 * The torture messages: the project's own, and those of RFC 4475 and RFC 5118 that may lie beside the project, with
 * verdicts that nobody here wrote.
 */
import assert from "node:assert/strict";

const OWN = new URL("../data/torture/", import.meta.url);
const SHARED = new URL("../../../shared/cases/", import.meta.url);

/** What an answer to a request may be. */
export interface TortureVerdict {
  /** Statuses; `4xx`; words such as `drop` and `liberal …`. */
  readonly allowed: readonly (number | string)[];
  readonly preferred: readonly number[];
  readonly forbidden: readonly number[];
  /** Any final status that is not forbidden will do. */
  readonly takesAnyFinal: boolean;
  readonly mustAnswer: boolean;
}

export interface TortureCase {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly parser: "accept" | "reject" | "either";
  /** Undefined for responses, which nobody answers. */
  readonly verdict: TortureVerdict | undefined;
  /** What differs on a connection, in words; undefined where nothing does. */
  readonly onConnection: string | undefined;
  /** What must be read from it. */
  readonly checks: Readonly<Record<string, unknown>>;
}

interface Entry {
  readonly name: string;
  readonly file?: string;
  readonly wire?: string;
  readonly parser: TortureCase["parser"];
  readonly uas: {
    readonly prefer?: readonly number[];
    readonly ok?: readonly (number | string)[];
    readonly forbid?: readonly number[];
    readonly any_other_final_ok?: boolean;
    readonly must_answer?: boolean;
  } | null;
  readonly tcp?: string | null;
  readonly checks?: Record<string, unknown> | null;
}

/** What an own message is expected to do beside what the parser makes of it. */
export interface OwnExpectation {
  readonly promise: string;
  /** Over a connection its end is in doubt, or never comes. */
  readonly onConnection?: "closes" | "waits";
}

/** The own messages of one folder; a file without an entry fails, and so does an entry without a file. */
export function readOwnTorture<T extends OwnExpectation>(
  folder: "valid" | "invalid",
): readonly { readonly name: string; readonly bytes: Uint8Array; readonly expected: T }[] {
  const base = new URL(`${folder}/`, OWN);
  const index = JSON.parse(Deno.readTextFileSync(new URL("index.json", base))) as Record<string, T>;
  const files = [...Deno.readDirSync(base)].map((entry) => entry.name).filter((name) =>
    name.endsWith(".sip")
  );
  assert.deepEqual(files.sort(), Object.keys(index).map((name) => `${name}.sip`).sort());
  return Object.entries(index).map(([name, expected]) => (
    { name, bytes: Deno.readFileSync(new URL(`${name}.sip`, base)), expected }
  ));
}

export const TORTURE_SETS = ["rfc4475", "rfc5118"] as const;

/** The messages of one set; none where it is not there. */
export function readTortureSet(set: typeof TORTURE_SETS[number]): readonly TortureCase[] {
  let entries: readonly Entry[];
  try {
    entries = JSON.parse(Deno.readTextFileSync(new URL(`${set}/index.json`, SHARED))).cases;
  } catch {
    console.log(`skipped: no set ${set} beside the project`);
    return [];
  }
  return entries.map(({ name, file, wire, parser, uas, tcp, checks }) => ({
    name,
    bytes: Deno.readFileSync(new URL(`${set}/${file ?? wire}`, SHARED)),
    parser,
    verdict: uas === null ? undefined : {
      allowed: [...uas.prefer ?? [], ...uas.ok ?? []],
      preferred: uas.prefer ?? [],
      forbidden: uas.forbid ?? [],
      takesAnyFinal: uas.any_other_final_ok ?? false,
      mustAnswer: uas.must_answer ?? true,
    },
    onConnection: tcp ?? undefined,
    checks: checks ?? {},
  }));
}

/** Why `statuses`, the final answers to one message, are not what its verdict allows; undefined when they are. */
export function faultOf(
  statuses: readonly number[],
  verdict: TortureVerdict | undefined,
): string | undefined {
  if (!verdict) return statuses.length === 0 ? undefined : `a response was answered ${statuses.join()}`;
  const { allowed, forbidden, takesAnyFinal, mustAnswer } = verdict;
  const [status, ...more] = statuses;
  if (more.length > 0) return `answered ${statuses.length} times`;
  if (status === undefined) {
    return mustAnswer && !allowed.includes("drop") ? `no answer, wanted ${allowed.join()}` : undefined;
  }
  const isAllowed = takesAnyFinal || allowed.includes(status) ||
    allowed.includes(`${Math.floor(status / 100)}xx`) ||
    // Whoever mends what is broken may answer whatever comes of it.
    allowed.some((entry) => String(entry).startsWith("liberal"));
  return isAllowed && !forbidden.includes(status) ? undefined : `${status}, wanted ${allowed.join()}`;
}
