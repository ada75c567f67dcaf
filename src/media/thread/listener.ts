/** The server's own ear on one direction of one stream: packets in whatever codec, 20 ms of PCM a beat. */
import {
  frameSamples,
  JitterBuffer,
  MAX_FRAME_SAMPLES,
  type PcmCodec,
  pcmCodec,
  type PcmRate,
  Resampler,
  type Taken,
} from "../mix/mod.ts";
import type { PayloadFormat } from "../plane.ts";
import type { Inbox, PacketSink } from "../relay/mod.ts";
import { payloadType } from "../rtp/mod.ts";
import { codecOf } from "./voice_codec.ts";

const COMFORT_NOISE = 13;

export interface ListenerOptions {
  readonly inbox: Inbox;
  /** What the payload types mean at present. */
  readonly formats: () => readonly PayloadFormat[];
  /** The buffer was replaced because the codec changed. */
  readonly onBuffer?: (buffer: JitterBuffer) => void;
}

export class Listener implements PacketSink {
  readonly #options: ListenerOptions;
  readonly #arrived: { bytes: Uint8Array; length: number; arrivalMs: number };
  readonly #frame = new Int16Array(MAX_FRAME_SAMPLES);
  #codec: PcmCodec;
  #buffer: JitterBuffer;
  #type = -1;
  #kind: "audio" | "comfort noise" | "other" = "other";
  #resampler: Resampler | undefined;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#arrived = { bytes: options.inbox.bytes, length: 0, arrivalMs: 0 };
    const known = options.formats().map(codecOf).find((codec) => codec !== undefined);
    this.#codec = known ?? pcmCodec("pcmu", 8000)!;
    this.#buffer = new JitterBuffer(this.#codec.makeDecoder());
  }

  get buffer(): JitterBuffer {
    return this.#buffer;
  }

  get rate(): PcmRate {
    return this.#codec.rate;
  }

  /** The meaning of payload types may have changed. */
  refresh(): void {
    this.#type = -1;
  }

  onPacket(_from: unknown, length: number): void {
    const { inbox } = this.#options;
    const type = payloadType(inbox.bytes);
    if (type !== this.#type) this.#onType(type);
    this.#arrived.bytes = inbox.bytes;
    this.#arrived.length = length;
    this.#arrived.arrivalMs = inbox.timeMs;
    this.#buffer.put(this.#arrived, this.#kind);
  }

  /** Writes the next 20 ms at `rate`. */
  read(pcm: Int16Array, { rate, nowMs }: { readonly rate: PcmRate; readonly nowMs: number }): Taken {
    const from = this.#codec.rate;
    if (rate === from) return this.#buffer.take(nowMs, pcm);
    const taken = this.#buffer.take(nowMs, this.#frame);
    this.#resampler ??= new Resampler({ from, to: rate, maxInput: MAX_FRAME_SAMPLES });
    this.#resampler.process(this.#frame.subarray(0, frameSamples(from)), pcm);
    return taken;
  }

  #onType(type: number): void {
    this.#type = type;
    const codec = codecOf(this.#options.formats().find((format) => format.payloadType === type));
    this.#kind = codec ? "audio" : type === COMFORT_NOISE ? "comfort noise" : "other";
    if (codec === undefined || codec === this.#codec) return;
    this.#codec = codec;
    this.#buffer = new JitterBuffer(codec.makeDecoder());
    this.#resampler = undefined;
    this.#options.onBuffer?.(this.#buffer);
  }
}
