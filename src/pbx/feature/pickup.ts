/** Taking a call that rings elsewhere (`*40*EXT`, `*50*`), and joining one on the own number (`*74`). Pure. */

/** One phone that rings. */
export interface RingingPhone {
  readonly call: string;
  /** The extension that rings. */
  readonly extension: string;
  /** The group that rings it, if one does: `*40*600` takes its oldest call. */
  readonly group?: string;
  /** Number of the caller, who must not pick up himself. */
  readonly caller: string;
  readonly since: number;
}

export interface PickupGroup {
  readonly name: string;
  readonly members: readonly string[];
}

export type PickupDecision =
  | { readonly kind: "take"; readonly phone: RingingPhone }
  | { readonly kind: "refused"; readonly reason: "nothing rings" | "not in a pickup group" };

/**
 * Which ringing phone `picker` takes: of several the one that rings longest. With a `target` that phone or group only.
 * A phone may be picked up by members of one of its pickup groups; in a domain without any pickup group everybody may
 * pick up by number, and nobody without.
 */
export function choosePickup(
  ringing: readonly RingingPhone[],
  picker: { readonly number: string; readonly groups: readonly PickupGroup[]; readonly target?: string },
): PickupDecision {
  const { number, groups, target } = picker;
  const colleagues = new Set(
    groups.filter(({ members }) => members.includes(number)).flatMap(({ members }) => members),
  );
  const isOpen = target !== undefined && groups.length === 0;
  if (!isOpen && colleagues.size === 0) return { kind: "refused", reason: "not in a pickup group" };
  let best: RingingPhone | undefined;
  let isForeign = false;
  for (const phone of ringing) {
    if (phone.caller === number) continue;
    if (target !== undefined && phone.extension !== target && phone.group !== target) continue;
    if (!isOpen && !colleagues.has(phone.extension)) isForeign = true;
    else if (!best || phone.since < best.since) best = phone;
  }
  if (best) return { kind: "take", phone: best };
  return {
    kind: "refused",
    reason: isForeign && target !== undefined ? "not in a pickup group" : "nothing rings",
  };
}

/** One call that goes on. */
export interface OngoingCall {
  readonly call: string;
  /** Extensions in it. */
  readonly extensions: readonly string[];
  /** Absent while it rings. */
  readonly answeredAt?: number;
}

/** The call on the own number that a second phone of it joins: the one answered last. `own` is the call just made. */
export function chooseJoin(
  calls: readonly OngoingCall[],
  number: string,
  own: string,
): OngoingCall | undefined {
  let best: OngoingCall | undefined;
  for (const call of calls) {
    if (call.call === own || call.answeredAt === undefined || !call.extensions.includes(number)) continue;
    if (!best || call.answeredAt > best.answeredAt!) best = call;
  }
  return best;
}
