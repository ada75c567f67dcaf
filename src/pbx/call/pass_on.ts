/**
 * What passes from the caller's INVITE to the called side, as one list of small steps in order: to change the
 * behaviour, edit the list. Everything that is not named here stays inside.
 */

import { CONVERSATION_HEADERS, maxForwards, type SipRequest } from "../../sip/message/mod.ts";
import type { ExtraHeaders } from "../../sip/mod.ts";
import { type Caller, identityHeaders } from "./identity.ts";

/** One diversion of a call: who sent it on, and why (RFC 5806, RFC 7044). */
export interface Diversion {
  readonly from: string;
  readonly to: string;
  readonly reason: "unconditional" | "user-busy" | "no-answer" | "unavailable" | "deflection" | "follow-me";
}

export interface PassOnContext {
  /** Absent where the server itself calls. */
  readonly invite?: SipRequest;
  readonly caller: Caller;
  readonly domain: string;
  readonly diversions: readonly Diversion[];
  /** Text for Alert-Info, e.g. a group's name. */
  readonly alertInfo?: string;
  readonly referredBy?: string;
  /** True for phones of the house; the outside sees less. */
  readonly isInside: boolean;
}

type Step = (context: PassOnContext) => ExtraHeaders;

const MAX_FORWARDS_DEFAULT = 70;

const STEPS: readonly Step[] = [
  function hops({ invite }) {
    const left = invite ? maxForwards(invite) ?? MAX_FORWARDS_DEFAULT : MAX_FORWARDS_DEFAULT;
    return [["Max-Forwards", String(Math.max(0, Math.min(left, MAX_FORWARDS_DEFAULT) - 1))]];
  },
  function identity({ caller, isInside }) {
    return isInside ? identityHeaders(caller) : [];
  },
  function diversion({ diversions, domain }) {
    return diversions.toReversed().map((one) => [
      "Diversion",
      `<sip:${encodeURIComponent(one.from)}@${domain}>;reason=${one.reason};counter=1`,
    ]);
  },
  function history({ diversions, domain, isInside }) {
    if (diversions.length === 0 || !isInside) return [];
    const first = diversions[0]!;
    const entries = [`<sip:${encodeURIComponent(first.from)}@${domain}>;index=1`];
    let index = "1";
    for (const one of diversions) {
      const former = index;
      index += ".1";
      const target = `sip:${encodeURIComponent(one.to)}@${domain};cause=${HISTORY_CAUSE[one.reason]}`;
      entries.push(`<${target}>;index=${index};mp=${former}`);
    }
    return entries.map((entry) => ["History-Info", entry]);
  },
  function alert({ alertInfo }) {
    return alertInfo === undefined
      ? []
      : [["Alert-Info", `<http://127.0.0.1>;info="${alertInfo.replace(/["\\\r\n]/g, "")}"`]];
  },
  function referrer({ referredBy }) {
    return referredBy === undefined ? [] : [["Referred-By", referredBy]];
  },
  function meaning({ invite }) {
    if (!invite) return [];
    return CONVERSATION_HEADERS.flatMap((name) =>
      invite.headers.all(name).map((value) => [name, value] as const)
    );
  },
];

/** The `cause` of the URI that a call was sent on to (RFC 4458 §2, RFC 7544 §4). */
const HISTORY_CAUSE: Record<Diversion["reason"], number> = {
  "unconditional": 302,
  "user-busy": 486,
  "no-answer": 408,
  "unavailable": 503,
  "deflection": 480,
  "follow-me": 302,
};

/** The headers of an INVITE towards the called side. */
export function passOn(context: PassOnContext): ExtraHeaders {
  return STEPS.flatMap((step) => step(context));
}
