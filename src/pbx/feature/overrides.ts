/** What an extension has switched, as one line of JSON in the state store. */

import { FORWARD_REASONS, type ForwardOverrides } from "./forward.ts";

export interface Overrides {
  readonly forward: ForwardOverrides;
  /** Absent: as the file says. */
  readonly doNotDisturb?: boolean;
}

export function printOverrides(overrides: Overrides): string {
  return JSON.stringify(overrides);
}

/** Undefined when the text is none of ours: a damaged entry costs the entry, not the start. */
export function readOverrides(text: string): Overrides | undefined {
  const value = parse(text);
  if (!isRecord(value) || !isRecord(value.forward)) return undefined;
  const forward: { -readonly [Reason in keyof ForwardOverrides]: ForwardOverrides[Reason] } = {};
  for (const reason of FORWARD_REASONS) {
    const entry = Object.hasOwn(value.forward, reason) ? value.forward[reason] : undefined;
    if (entry === "off") forward[reason] = "off";
    else if (isRecord(entry) && typeof entry.to === "string" && entry.to !== "") {
      const { to, afterSeconds } = entry;
      forward[reason] = typeof afterSeconds === "number" && afterSeconds > 0 ? { to, afterSeconds } : { to };
    }
  }
  return typeof value.doNotDisturb === "boolean"
    ? { forward, doNotDisturb: value.doNotDisturb }
    : { forward };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
