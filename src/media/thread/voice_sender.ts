/** The server's own voice towards one peer: PCM frames coded, cut into packets, numbered. */
import { below, type Random } from "../../base/mod.ts";
import {
  frameSamples,
  MAX_FRAME_SAMPLES,
  Packetizer,
  type PcmCodec,
  type PcmEncoder,
  type PcmRate,
  Resampler,
} from "../mix/mod.ts";
import type { StreamSettings } from "../plane.ts";
import type { RelayStream } from "../relay/mod.ts";
import { RTP_FIXED_HEADER, writeRtpHeader } from "../rtp/mod.ts";
import { speakingFormat } from "./voice_codec.ts";

const DEFAULT_PACKET_MS = 20;
const FRAME_MS = 20;
const MS_PER_SECOND = 1000;
/** 20 ms of any codec we speak: Opus at its highest rate (RFC 6716 §3.4). */
const FRAME_BYTES = 1275;

export class VoiceSender {
  readonly #stream: RelayStream;
  readonly #ssrc: number;
  readonly #frame = new Uint8Array(FRAME_BYTES);
  #settings: StreamSettings | undefined;
  #codec: PcmCodec | undefined;
  #payloadType = 0;
  #packetMs = DEFAULT_PACKET_MS;
  #encoder: PcmEncoder | undefined;
  #packetizer = new Packetizer(DEFAULT_PACKET_MS);
  #resampler: Resampler | undefined;
  #resampled = new Int16Array(MAX_FRAME_SAMPLES);
  #sequence: number;
  #timestamp: number;
  #isFirst = true;

  constructor(stream: RelayStream, random: Random) {
    this.#stream = stream;
    this.#ssrc = below(random, 2 ** 32);
    this.#sequence = below(random, 0x8000);
    this.#timestamp = below(random, 2 ** 32);
    this.#follow();
  }

  /** What the peer is spoken to in; undefined when it takes nothing that we know. Follows what SIP says. */
  get codec(): PcmCodec | undefined {
    this.#follow();
    return this.#codec;
  }

  /** Sends one frame of 20 ms at `rate`; frames are to come on every beat. */
  say(pcm: Int16Array, rate: PcmRate): void {
    this.#follow();
    const codec = this.#codec, encoder = this.#encoder;
    if (codec === undefined || encoder === undefined) return;
    const frame = rate === codec.rate ? pcm : this.#convert(pcm, rate);
    const exact = frame.subarray(0, frameSamples(codec.rate));
    this.sayEncoded(this.#frame, encoder.encode(exact, this.#frame));
  }

  /** Sends one frame of 20 ms that was encoded with {@linkcode codec} elsewhere. */
  sayEncoded(frame: Uint8Array, length: number): void {
    const { bytes } = this.#stream.inbox;
    if (this.#isFramed) {
      for (let i = 0; i < length; i++) bytes[RTP_FIXED_HEADER + i] = frame[i]!;
      return this.#sendPayload(length, FRAME_MS);
    }
    this.#packetizer.push(frame, length);
    for (;;) {
      const payload = this.#packetizer.pop(bytes, RTP_FIXED_HEADER);
      if (payload === 0) return;
      this.#sendPayload(payload, this.#packetMs);
    }
  }

  /** Sends the payload that lies in the inbox behind the room for its header. */
  #sendPayload(length: number, ms: number): void {
    writeRtpHeader(this.#stream.inbox.bytes, {
      marker: this.#isFirst,
      payloadType: this.#payloadType,
      sequenceNumber: this.#sequence,
      timestamp: this.#timestamp,
      ssrc: this.#ssrc,
    });
    this.#isFirst = false;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#pass(ms);
    this.#stream.send(RTP_FIXED_HEADER + length, this);
  }

  #pass(ms: number): void {
    const units = ms * (this.#codec?.clockRate ?? MS_PER_SECOND) / MS_PER_SECOND;
    this.#timestamp = (this.#timestamp + units) >>> 0;
  }

  /** Packets of Opus are what the encoder gives, one frame each. */
  get #isFramed(): boolean {
    return this.#codec?.name === "opus";
  }

  /** Lets `ms` pass in silence: the timestamps of what follows keep to the clock. */
  pause(ms = FRAME_MS): void {
    this.#pass(ms);
    this.#isFirst = true;
  }

  #follow(): void {
    const { settings } = this.#stream;
    // Opus may have been loaded since.
    if (settings === this.#settings && this.#codec !== undefined) return;
    this.#settings = settings;
    const format = speakingFormat(settings);
    const packetMs = usablePacketMs(settings?.packetMs);
    if (packetMs !== this.#packetMs) this.#packetizer = new Packetizer(packetMs);
    this.#packetMs = packetMs;
    this.#payloadType = format?.payloadType ?? 0;
    if (format?.codec === this.#codec) return;
    this.#codec = format?.codec;
    this.#encoder = format?.codec.makeEncoder();
    this.#resampler = undefined;
  }

  #convert(pcm: Int16Array, from: PcmRate): Int16Array {
    const to = this.#codec!.rate;
    this.#resampler ??= new Resampler({ from, to, maxInput: MAX_FRAME_SAMPLES });
    this.#resampler.process(pcm.subarray(0, frameSamples(from)), this.#resampled);
    return this.#resampled;
  }
}

/** Packet times that the packetizer cannot make are rounded to ones it can. */
function usablePacketMs(wish: number | undefined): number {
  const rounded = Math.round((wish ?? DEFAULT_PACKET_MS) / 10) * 10;
  return Math.min(60, Math.max(10, rounded || DEFAULT_PACKET_MS));
}
