/** The words of a routing decision: what it may look at, and what comes out. */

import type {
  DomainSettings,
  ExtensionSettings,
  HuntGroupSettings,
  RingGroupSettings,
  RoomSettings,
  ServiceCodes,
} from "../../config/mod.ts";
import type { Destination } from "../directory/mod.ts";
import type { CallsLastHour } from "./limits.ts";
import type { CodeName } from "./service_code.ts";
import type { Step } from "./steps.ts";

/** Why a dialled string leads nowhere. */
export type RefusalReason =
  | "unknown number"
  | "not allowed"
  | "closed"
  | "no line"
  | "denied destination"
  | "too many calls"
  | "incomplete code"
  | "not wanted";

/** One line to try. */
export interface Way {
  readonly line: string;
  /** The number as it is sent. */
  readonly number: string;
  /** Number shown to the outside: the extension's own, else the line's; absent: the line's account. */
  readonly callerNumber?: string;
}

export type RouteDecision =
  | { readonly kind: "extension"; readonly extension: ExtensionSettings }
  | { readonly kind: "huntGroup"; readonly group: HuntGroupSettings }
  | { readonly kind: "ringGroup"; readonly group: RingGroupSettings }
  | { readonly kind: "room"; readonly room: RoomSettings; readonly pin?: string }
  /** `clear`: the forward or the do-not-disturb is switched off. */
  | { readonly kind: "code"; readonly code: CodeName; readonly argument: string; readonly clear: boolean }
  /** Ways are tried in turn while the line fails, never after a person's refusal. */
  | {
    readonly kind: "outside";
    readonly ways: readonly Way[];
    readonly rule?: number;
    readonly isEmergency: boolean;
  }
  | { readonly kind: "refused"; readonly reason: RefusalReason };

/** What is known of a line now. */
export interface LineState {
  /** Registered, answering OPTIONS, or not watched. */
  readonly isUp: boolean;
  /** Outgoing calls on it now. */
  readonly calls: number;
}

export interface RouteContext {
  readonly domain: DomainSettings;
  readonly codes: ServiceCodes;
  /** What an internal number is; the directory answers. */
  readonly find: (number: string) => Destination | undefined;
  readonly now: number;
  /**
   * By whose rights: who dials, or who forwarded or transferred. Absent: a caller from outside, who reaches extensions,
   * groups and rooms, but no code and no line.
   */
  readonly caller?: Pick<ExtensionSettings, "number" | "level" | "outsideNumber">;
  /** Absent: every line counts as up and idle, as in a dry run without a server. */
  readonly lineState?: (line: string) => LineState | undefined;
  /** Asked only for calls that would go outside; absent: none yet. */
  readonly callsLastHour?: () => CallsLastHour;
  /** Collects the way to the decision, for the dry run. */
  readonly trace?: Step[];
}
