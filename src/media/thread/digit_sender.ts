/** Digits towards a peer, one after the other, as telephone-events or as tones (RFC 4733 §2.5, ITU-T Q.23). */
import { below, type Random } from "../../base/mod.ts";
import { dtmfFrequencies, DtmfGenerator } from "../codec/mod.ts";
import { frameSamples, MAX_FRAME_SAMPLES } from "../mix/mod.ts";
import type { RelayStream } from "../relay/mod.ts";
import { RTP_FIXED_HEADER, TelephoneEventSender, writeRtpHeader } from "../rtp/mod.ts";
import type { VoiceSender } from "./voice_sender.ts";

const BEAT_MS = 20;
const UNITS_PER_MS = 8;

export interface DigitTimes {
  readonly toneMs: number;
  readonly gapMs: number;
}

interface Waiting extends DigitTimes {
  readonly digit: string;
}

export class DigitSender {
  readonly #stream: RelayStream;
  readonly #voice: VoiceSender;
  readonly #ssrc: number;
  readonly #pcm = new Int16Array(MAX_FRAME_SAMPLES);
  readonly #waiting: Waiting[] = [];
  #event: TelephoneEventSender | undefined;
  #tone: DtmfGenerator | undefined;
  #gapMs = 0;
  #sequence: number;
  #timestamp: number;
  #payloadType = 0;

  constructor(stream: RelayStream, options: { readonly voice: VoiceSender; readonly random: Random }) {
    this.#stream = stream;
    this.#voice = options.voice;
    this.#ssrc = below(options.random, 2 ** 32);
    this.#sequence = below(options.random, 0x8000);
    this.#timestamp = below(options.random, 2 ** 32);
  }

  get isActive(): boolean {
    return this.#waiting.length > 0 || this.#event !== undefined || this.#tone !== undefined ||
      this.#gapMs > 0;
  }

  /** Adds digits behind those that wait; what is no digit is left out. */
  push(digits: string, times: DigitTimes): void {
    for (const digit of digits.toUpperCase()) {
      if (dtmfFrequencies(digit)) this.#waiting.push({ digit, ...times });
    }
  }

  /** Sends the next 20 ms; call it on every beat while active. */
  beat(): void {
    if (this.#gapMs > 0) {
      this.#gapMs -= BEAT_MS;
      this.#timestamp = (this.#timestamp + BEAT_MS * UNITS_PER_MS) >>> 0;
      return;
    }
    if (this.#event === undefined && this.#tone === undefined) this.#begin();
    if (this.#event !== undefined) this.#sendEvent(this.#event);
    else if (this.#tone !== undefined) this.#sendTone(this.#tone);
  }

  #begin(): void {
    const next = this.#waiting[0];
    if (next === undefined) return;
    const { settings } = this.#stream;
    const format = settings?.dtmf === "inband"
      ? undefined
      : settings?.sendFormats.find(({ encoding }) => encoding === "telephone-event");
    if (format !== undefined) {
      this.#payloadType = format.payloadType;
      const { clockRate } = format;
      this.#event = new TelephoneEventSender({ ...next, packetMs: BEAT_MS, clockRate });
      return;
    }
    const sampleRate = this.#voice.codec?.rate ?? 8000;
    // The pause behind the tone belongs to the tone: it has to be heard too.
    this.#tone = new DtmfGenerator(next.digit, { ...next, sampleRate });
    this.#waiting.shift();
  }

  #sendEvent(event: TelephoneEventSender): void {
    const { bytes } = this.#stream.inbox;
    writeRtpHeader(bytes, {
      marker: event.isFirst,
      payloadType: this.#payloadType,
      sequenceNumber: this.#sequence,
      timestamp: this.#timestamp,
      ssrc: this.#ssrc,
    });
    this.#sequence = (this.#sequence + 1) & 0xffff;
    const end = event.write(bytes, RTP_FIXED_HEADER);
    this.#stream.send(end, this);
    if (!event.isDone) return;
    this.#timestamp = (this.#timestamp + event.duration) >>> 0;
    this.#event = undefined;
    this.#gapMs = this.#waiting.shift()?.gapMs ?? 0;
  }

  #sendTone(tone: DtmfGenerator): void {
    const rate = this.#voice.codec?.rate ?? 8000;
    tone.fill(this.#pcm.subarray(0, frameSamples(rate)));
    this.#voice.say(this.#pcm, rate);
    if (tone.isDone) this.#tone = undefined;
  }
}
