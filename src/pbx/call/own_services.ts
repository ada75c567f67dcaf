/** What the server answers itself without anybody else: the echo test and the test tone. */

import type { MediaPlane } from "../../media/plane.ts";
import type { Call } from "./call.ts";
import type { CallService } from "./call_types.ts";
import { NARROWBAND_FORMATS, WIDEBAND_FORMATS } from "./codec_choice.ts";
import { failure } from "./outcome.ts";

/** Digits and hanging up mean nothing here: the call ends by itself. */
const PASSIVE: CallService = { digit() {}, callerGone() {} };

/** Sends back what the caller says. */
export function echo(call: Call, plane: MediaPlane): void {
  if (!call.serve(PASSIVE, ECHO_FORMATS)) return call.refuse(failure("not acceptable"));
  call.record.answered("echo");
  plane.echo(call.near.media!.leg);
}

/** 440 Hz at -12 dBm0, to measure a line by. */
export function testTone(call: Call, plane: MediaPlane): void {
  if (!call.serve(PASSIVE, NARROWBAND_FORMATS)) return call.refuse(failure("not acceptable"));
  call.record.answered("tone");
  plane.play(call.near.media!.leg, { kind: "tone", frequencies: [440], level: 0.25 }, { loop: true });
}

/** The echo never decodes, so any codec will do. */
const ECHO_FORMATS = [
  { payloadType: 96, encoding: "opus", clockRate: 48_000, channels: 2 },
  ...WIDEBAND_FORMATS,
  { payloadType: 18, encoding: "g729", clockRate: 8000, channels: 1 },
  { payloadType: 3, encoding: "gsm", clockRate: 8000, channels: 1 },
];
