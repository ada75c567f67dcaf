/** Forwards of an extension: what the file says, what was set since, and where a call goes next. Pure. */

import type { ForwardSettings } from "../../config/mod.ts";

export type ForwardReason = "always" | "busy" | "noAnswer" | "unreachable";

export const FORWARD_REASONS: readonly ForwardReason[] = ["always", "busy", "noAnswer", "unreachable"];

/** A call that was sent on this often goes in a circle or is meant to cost. */
export const MAX_HOPS = 6;

/** How long a phone rings before `noAnswer` where nobody said a time. */
export const DEFAULT_AFTER_SECONDS = 20;

/** What was set by code, page or API. `off` hides a forward of the file; absent leaves the file's in place. */
export type ForwardOverrides = {
  readonly [Reason in ForwardReason]?: { readonly to: string; readonly afterSeconds?: number } | "off";
};

/** The forwards in force. */
export function effectiveForwards(file: ForwardSettings, overrides: ForwardOverrides): ForwardSettings {
  const { always, busy, noAnswer, unreachable } = overrides;
  const pick = <T>(own: { to: string } | "off" | undefined, base: T | undefined, make: (to: string) => T) =>
    own === "off" ? undefined : own ? make(own.to) : base;
  const result = {
    always: pick(always, file.always, (to) => ({ to })),
    busy: pick(busy, file.busy, (to) => ({ to })),
    noAnswer: pick(noAnswer, file.noAnswer, (to) => ({
      to,
      afterSeconds: (noAnswer !== "off" && noAnswer?.afterSeconds) || file.noAnswer?.afterSeconds ||
        DEFAULT_AFTER_SECONDS,
    })),
    unreachable: pick(unreachable, file.unreachable, (to) => ({ to })),
  };
  return Object.fromEntries(Object.entries(result).filter(([, forward]) => forward !== undefined));
}

/** One forward set (`to` given) or switched off. Switching off what the file never had leaves nothing behind. */
export function changeForward(
  overrides: ForwardOverrides,
  file: ForwardSettings,
  change: { readonly reason: ForwardReason; readonly to?: string; readonly afterSeconds?: number },
): ForwardOverrides {
  const { reason, to, afterSeconds } = change;
  const { [reason]: _, ...others } = overrides;
  if (to !== undefined) {
    return { ...others, [reason]: { to, ...(afterSeconds === undefined ? {} : { afterSeconds }) } };
  }
  return file[reason] ? { ...others, [reason]: "off" } : others;
}

/** One forwarding that a call has gone through. */
export interface Hop {
  /** Who forwarded: from here on the call has the rights of this extension. */
  readonly by: string;
  readonly to: string;
  readonly reason: ForwardReason;
}

export type ForwardDecision =
  | { readonly kind: "none" }
  | { readonly kind: "forward"; readonly hop: Hop }
  /** `to` has forwarded this call before, or is the extension itself. */
  | { readonly kind: "loop"; readonly hop: Hop }
  | { readonly kind: "too many hops"; readonly hop: Hop };

/** Where a call for `extension` goes for this reason, given the forwardings it has behind it. */
export function forwardTarget(
  extension: { readonly number: string; readonly forwards: ForwardSettings },
  reason: ForwardReason,
  history: readonly Hop[],
): ForwardDecision {
  const to = extension.forwards[reason]?.to;
  if (to === undefined) return { kind: "none" };
  const hop: Hop = { by: extension.number, to, reason };
  if (to === extension.number || history.some(({ by }) => by === to)) return { kind: "loop", hop };
  return { kind: history.length >= MAX_HOPS ? "too many hops" : "forward", hop };
}

/** By whose rights the next step is judged: the last who forwarded, else the caller. */
export function rightsOf(caller: string | undefined, history: readonly Hop[]): string | undefined {
  return history.at(-1)?.by ?? caller;
}
