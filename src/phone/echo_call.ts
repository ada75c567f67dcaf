/** A call to an echo test: the whole way there and back, from signalling to speech, in one function. */

import type { Timer } from "../base/mod.ts";
import { Phone } from "./phone.ts";
import { matchFiles } from "./sound_files.ts";
import type { SoundMatch } from "./sound_match.ts";
import type { AccountSettings, CallReport } from "./types.ts";
import type { PhoneWorld } from "./world.ts";

export interface EchoCallOptions {
  readonly world: PhoneWorld;
  /** Registered only if its `register` says so. */
  readonly account: AccountSettings;
  /** Who sends back what is said; default `*43`. */
  readonly number?: string;
  /** Time to talk, default 4. */
  readonly seconds?: number;
  /** Time until the answer, default 10. */
  readonly answerSeconds?: number;
  /** A WAV file to say, and where to write what comes back: then both are compared. Without them silence is sent. */
  readonly say?: string;
  readonly recordTo?: string;
}

export interface EchoReport {
  /** True when the call was answered and voice came back (recognised, where a file was said). */
  readonly ok: boolean;
  /** What is wrong, a sentence without full stop; absent when {@linkcode ok}. */
  readonly problem?: string;
  /** Absent when not even an account could be opened. */
  readonly call?: CallReport;
  /** Of what was said, how much came back. */
  readonly heard?: SoundMatch;
}

/** Less than this recognised is no echo. */
const ENOUGH = 0.5;

/** Places the call, waits for its end and judges it. Everything it opened is closed again. */
export async function placeEchoCall(options: EchoCallOptions): Promise<EchoReport> {
  const phone = new Phone(options.world);
  try {
    const account = await phone.addAccount(options.account);
    if (!account.ok) return { ok: false, problem: account.error };
    const dialled = account.value.dial(options.number ?? "*43");
    if (!dialled.ok) return { ok: false, problem: dialled.error };
    const call = dialled.value;
    if (options.say !== undefined) call.play([options.say], { loop: true });
    if (options.recordTo !== undefined) call.record(options.recordTo);
    const report = await hangUpInTime(phone, call, options);
    return await judge(report, options);
  } finally {
    await phone.stop();
  }
}

async function hangUpInTime(
  phone: Phone,
  call: { hangUp(): void; readonly ended: Promise<CallReport> },
  { world: { clock }, seconds = 4, answerSeconds = 10 }: EchoCallOptions,
): Promise<CallReport> {
  let timer: Timer = clock.at(clock.now() + 1000 * answerSeconds, () => call.hangUp());
  phone.onEvent((event) => {
    if (event.kind !== "call" || event.event.kind !== "answered") return;
    timer.cancel();
    timer = clock.at(clock.now() + 1000 * seconds, () => call.hangUp());
  });
  const report = await call.ended;
  timer.cancel();
  return report;
}

async function judge(call: CallReport, options: EchoCallOptions): Promise<EchoReport> {
  const { say, recordTo, answerSeconds = 10 } = options;
  if (call.outcome !== "answered") {
    const isLate = call.outcome === "cancelled" && call.endedBy === "us";
    const problem = isLate ? `nobody answered in ${answerSeconds} s` : call.reason;
    return { ok: false, problem, call };
  }
  if ((call.quality?.packetsReceived ?? 0) === 0) {
    return { ok: false, problem: "the call was answered, but not one packet of voice came back", call };
  }
  if (say === undefined || recordTo === undefined) return { ok: true, call };
  const match = await matchFiles(options.world, { said: say, heard: recordTo });
  if (!match.ok) return { ok: false, problem: match.error, call };
  const heard = match.value;
  if (heard.share >= ENOUGH) return { ok: true, call, heard };
  return { ok: false, problem: "voice came back, but it was not what was said", call, heard };
}
