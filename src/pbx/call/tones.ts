/** Tones for whoever the server has answered already, and who therefore hears no status any more (ITU-T E.180). */

import { type CallTone, callTone } from "../prompts/mod.ts";
import type { CallContext } from "./context.ts";
import type { Leg } from "./leg.ts";
import type { Failure } from "./outcome.ts";

/** How long somebody hears why the call ends before it does. */
export const FAREWELL_MS = 5000;

/** Plays until something else is played or joined, in the cadence that the leg's company is used to. */
export function playTone({ plane, directory, settings }: CallContext, leg: Leg, tone: CallTone): void {
  const locale = directory.domain(leg.party.domain)?.locale ?? settings().server.locale;
  plane.play(leg.media!.leg, callTone(tone, locale), { loop: true });
}

/** Busy for what a person does or does not do, congestion for what stands in the way. */
export function farewellTone({ reason }: Failure): CallTone {
  return reason === "busy" || reason === "declined" || reason === "no answer" ? "busy" : "congestion";
}
