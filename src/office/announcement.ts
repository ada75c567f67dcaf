/** Saying something to a caller and then ending the call, answered or not. */

import type { PlaySource } from "../media/plane.ts";
import {
  type Call,
  type CallEngine,
  type CallService,
  type Failure,
  failure,
  NARROWBAND_FORMATS,
} from "../pbx/call/mod.ts";

/** No announcement is longer; a caller whose media never comes up is not kept for ever. */
const LONGEST_MS = 20_000;

/** Nothing to do when a digit comes or the caller goes. */
export const PASSIVE: CallService = { digit() {}, callerGone() {} };

/** Answers, says `words`, hangs up. */
export function announce(engine: CallEngine, call: Call, words: PlaySource): void {
  if (!call.serve(PASSIVE, NARROWBAND_FORMATS)) return call.refuse(failure("not acceptable"));
  call.record.answered("announcement");
  playThen(engine, call, { words, then: () => call.hangUp("answered") });
}

/** Says `words` before the answer where the phone can hear them, then refuses. */
export function refuseWith(
  engine: CallEngine,
  call: Call,
  refusal: { words: PlaySource; failure: Failure },
): void {
  const { words, failure: reason } = refusal;
  if (!call.earlyOwn(NARROWBAND_FORMATS)) return call.refuse(reason);
  playThen(engine, call, { words, then: () => call.refuse(reason) });
}

let nextTag = 1;

/** Plays to the near side and goes on when it has been heard, or after a while. */
export function playThen(
  engine: CallEngine,
  call: Call,
  step: { words: PlaySource; then: () => void },
): void {
  const { plane, clock } = engine.context;
  const tag = `announcement-${nextTag++}`;
  let isDone = false;
  const done = () => {
    if (isDone) return;
    isDone = true;
    timer.cancel();
    if (!call.hasEnded) step.then();
  };
  const timer = clock.at(clock.now() + LONGEST_MS, done);
  call.hooks.whenPlayed(tag, done);
  plane.play(call.near.media!.leg, step.words, { loop: false, tag });
}
