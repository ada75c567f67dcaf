/** What a call tells others, and who may be in charge of it. */

import type { Told } from "../../sip/mod.ts";
import type { Leg } from "./leg.ts";

/** Who is in charge while the server itself is the far side: queue, room, echo, announcement. */
export interface CallService {
  digit(digit: string): void;
  /** The caller put the server on hold, or came back. */
  held?(held: boolean): void;
  /** The caller has gone; the call ends by itself afterwards. */
  callerGone(): void;
}

/** What the engine wants to hear. */
export interface CallOwner<Call> {
  changed(call: Call): void;
  ended(call: Call): void;
  /** REFER and other requests that need more than two legs. */
  requested(call: Call, leg: Leg, event: Told<"requested">): void;
}
