/** What a check says: a state, a sentence, and the lines that mend it. */

export type FindingState = "ok" | "warning" | "problem" | "skipped";

/** What is looked at, in the order of the report. */
export const CHECKS = [
  "version",
  "configuration",
  "listeners",
  "certificates",
  "names",
  "clock",
  "media ports",
  "outside",
  "firewall",
  "permissions",
  "machine",
  "database",
  "echo call",
] as const;

export type CheckName = typeof CHECKS[number];

export interface Finding {
  readonly check: CheckName;
  readonly state: FindingState;
  /** A sentence without full stop. */
  readonly text: string;
  /** Commands, or lines of the configuration, that mend it; present for every warning and problem. */
  readonly fix?: readonly string[];
}

export function fine(check: CheckName, text: string): Finding {
  return { check, state: "ok", text };
}

export function warning(check: CheckName, text: string, ...fix: string[]): Finding {
  return { check, state: "warning", text, fix };
}

export function problem(check: CheckName, text: string, ...fix: string[]): Finding {
  return { check, state: "problem", text, fix };
}

/** What could not be looked at, and why. */
export function skipped(check: CheckName, text: string): Finding {
  return { check, state: "skipped", text };
}

/** `a`, `a and b`, `a, b and c`; more than `most` are counted. */
export function enumerate(words: readonly string[], most = 6): string {
  if (words.length > most) return `${words.slice(0, most).join(", ")} and ${words.length - most} more`;
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

const MB = 1_048_576;

/** `1.5 GB`, `208 kB`. */
export function printSize(bytes: number): string {
  if (bytes >= 1024 * MB) return `${(bytes / (1024 * MB)).toFixed(1)} GB`;
  return bytes >= MB ? `${Number((bytes / MB).toFixed(1))} MB` : `${Math.round(bytes / 1024)} kB`;
}
