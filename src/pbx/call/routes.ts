/** What the engine asks about a dialled string, and the services it hands callers to. Implemented around the engine. */

import type {
  DomainSettings,
  ExtensionSettings,
  ForwardSettings,
  HuntGroupSettings,
  RingGroupSettings,
  RoomSettings,
  ServiceCodes,
} from "../../config/mod.ts";
import type { IncomingRequest } from "../../sip/mod.ts";
import type { Call } from "./call.ts";
import type { CodecFilter } from "./codec_choice.ts";
import type { Caller } from "./identity.ts";
import type { Failure } from "./outcome.ts";
import type { Party } from "./leg.ts";
import type { RingTarget } from "./ring_target.ts";
import type { DtmfMode, SrtpPolicy } from "../../config/mod.ts";

/** Who dials: by whose rights the number is judged. */
export interface Dialler {
  readonly domain: DomainSettings;
  /** Absent: a caller from outside, who may reach the inside only. */
  readonly extension?: ExtensionSettings;
  readonly line?: string;
  /** Another call, whose place at the server the caller takes (attended transfer). */
  readonly succeeds?: string;
}

export type Route =
  | { readonly kind: "extension"; readonly extension: ExtensionSettings }
  | { readonly kind: "huntGroup"; readonly group: HuntGroupSettings }
  | { readonly kind: "ringGroup"; readonly group: RingGroupSettings }
  | { readonly kind: "room"; readonly room: RoomSettings; readonly pin?: string }
  | { readonly kind: "outside"; readonly ways: readonly OutsideWay[]; readonly isEmergency: boolean }
  | {
    readonly kind: "code";
    readonly code: keyof ServiceCodes;
    readonly argument: string;
    readonly clear: boolean;
  }
  | { readonly kind: "refused"; readonly failure: Failure };

/** One line to try for a number outside. */
export interface OutsideWay {
  readonly line: string;
  readonly number: string;
  /** Number shown to the outside; absent: the line's account. */
  readonly callerNumber?: string;
}

/** Somebody about to reach what was dialled. */
export interface Visit {
  readonly domain: DomainSettings;
  readonly caller: Caller;
  readonly called: string;
  readonly route: Route;
  /** In [0, 100), the same for the whole call: which lists for a share of the calls concern it. */
  readonly chance: number;
}

export interface Router {
  route(dialled: string, dialler: Dialler): Route;
  /** Why the caller is not wanted there: caller lists, anonymous calls; undefined when he is let through. */
  screen(visit: Visit): Failure | undefined;
  /** A call goes out by a line with the rights of `dialler`; emergency calls are not told. */
  left(dialler: Dialler): void;
  /** What was dialled, without a PIN that was dialled with it: for records and logs. */
  shown(dialled: string): string;
}

/** Forwards and do-not-disturb as they are now: the file's, or what was set by code and page. */
export interface FeatureState {
  forwards(domain: string, extension: string): ForwardSettings;
  doNotDisturb(domain: string, extension: string): boolean;
}

/** External lines, as calls need them. */
export interface Lines {
  /** The line an INVITE from outside belongs to: by registration, address or certificate, and nothing else. */
  identify(incoming: IncomingRequest): IncomingLineCall | undefined;
  /** A place to ring, or why the line cannot take the call now. */
  target(way: OutsideWay, call: Call): RingTarget | Failure;
  /**
   * Counts a call on the line until the function returned is called; undefined when its limit is reached. An emergency
   * call is an outgoing one that no limit stops.
   */
  enter(
    domain: string,
    line: string,
    direction: "incoming" | "outgoing" | "emergency",
  ): (() => void) | undefined;
  /** Milliseconds after which an unanswered call to this line is given up; 0: the server's own limit. */
  noAnswerMs(domain: string, line: string): number;
}

export interface IncomingLineCall {
  readonly domain: DomainSettings;
  readonly party: Party;
  /** The called number as the line gives it. */
  readonly called: string;
  /** Where its incoming table sends it; absent: not served. */
  readonly to?: string;
  /** The caller is not wanted; `to` is absent then. */
  readonly refusal?: Failure;
  /** The caller wants to stay unknown to those who are called. */
  readonly isPrivate: boolean;
  /** With which lists for a share of the calls were judged; see {@linkcode Visit}. */
  readonly chance: number;
  readonly policy: SrtpPolicy;
  readonly dtmf: DtmfMode;
  readonly codecs?: CodecFilter;
  readonly reliable?: "off" | "supported" | "required";
}

/** The services a caller can be handed to; each takes over until it joins, forwards or refuses. */
export interface CallServices {
  hunt(call: Call, domain: string, group: HuntGroupSettings | RingGroupSettings): void;
  room(call: Call, domain: string, entry: { room: RoomSettings; pin?: string; succeeds?: string }): void;
  code(
    call: Call,
    dialler: Dialler,
    code: { code: keyof ServiceCodes; argument: string; clear: boolean },
  ): void;
}
