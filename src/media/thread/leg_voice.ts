/** What the server itself says to one peer: something played, and digits, which come first. */
import type { Random } from "../../base/mod.ts";
import { MAX_FRAME_SAMPLES, type PcmSource } from "../mix/mod.ts";
import type { RelayStream } from "../relay/mod.ts";
import { DigitSender, type DigitTimes } from "./digit_sender.ts";
import { VoiceSender } from "./voice_sender.ts";

export class LegVoice {
  readonly stream: RelayStream;
  readonly #voice: VoiceSender;
  readonly #digits: DigitSender;
  readonly #pcm = new Int16Array(MAX_FRAME_SAMPLES);
  #source: PcmSource | undefined;
  #onPlayed: ((complete: boolean) => void) | undefined;

  constructor(stream: RelayStream, random: Random) {
    this.stream = stream;
    this.#voice = new VoiceSender(stream, random);
    this.#digits = new DigitSender(stream, { voice: this.#voice, random });
  }

  get isActive(): boolean {
    return this.#source !== undefined || this.#digits.isActive;
  }

  /** A former source ends. `onPlayed` hears whether this one came to its end. */
  play(source: PcmSource, onPlayed: (complete: boolean) => void): void {
    this.stop();
    this.#source = source;
    this.#onPlayed = onPlayed;
    this.#take();
  }

  stop(): void {
    this.#endSource(false);
  }

  sendDigits(digits: string, times: DigitTimes): void {
    this.#digits.push(digits, times);
    this.#take();
  }

  beat(): void {
    if (this.#digits.isActive) this.#digits.beat();
    else if (this.#source !== undefined) this.#playOn(this.#source);
    this.#take();
  }

  #playOn(source: PcmSource): void {
    if (source.read(this.#pcm) > 0) this.#voice.say(this.#pcm, source.rate);
    else this.#endSource(true);
  }

  #endSource(complete: boolean): void {
    const told = this.#onPlayed;
    this.#source = undefined;
    this.#onPlayed = undefined;
    this.#take();
    told?.(complete);
  }

  /** While we speak, what is relayed is withheld. */
  #take(): void {
    this.stream.speaker = this.isActive ? this.#voice : undefined;
  }
}
