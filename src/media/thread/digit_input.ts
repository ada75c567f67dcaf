/** Digits from a peer: telephone-events (RFC 4733), or tones in its voice (ITU-T Q.24). */
import { DtmfDetector } from "../codec/mod.ts";
import type { PcmDecoder } from "../mix/mod.ts";
import type { PacketSink, RelayStream } from "../relay/mod.ts";
import { payloadType, rtpHeaderLength, rtpPayloadEnd, TelephoneEventDecoder } from "../rtp/mod.ts";
import { codecOf } from "./voice_codec.ts";

/** 60 ms at 16 kHz; longer packets are heard in part. */
const MAX_SAMPLES = 960;
/** Shared by all streams of a thread: one packet is heard at a time. */
const pcm = new Int16Array(MAX_SAMPLES);

export interface HeardFromPeer {
  readonly digit: string;
  readonly durationMs: number;
  readonly how: "rfc4733" | "inband";
}

export class DigitInput implements PacketSink {
  readonly #stream: RelayStream;
  readonly #onDigit: (heard: HeardFromPeer) => void;
  #events: TelephoneEventDecoder | undefined;
  #detector: DtmfDetector | undefined;
  #decoder: PcmDecoder | undefined;
  #type = -1;

  constructor(stream: RelayStream, onDigit: (heard: HeardFromPeer) => void) {
    this.#stream = stream;
    this.#onDigit = onDigit;
  }

  /** SIP said how the peer sends digits. */
  refresh(): void {
    const stream = this.#stream;
    this.#type = -1;
    if (stream.settings?.dtmf === "inband") {
      stream.addHeardTap(this);
    } else {
      stream.removeHeardTap(this);
      stream.isMuted = false;
    }
  }

  /** A telephone-event packet lies in the inbox. */
  onEvent(length: number, clockRate: number): void {
    const { inbox } = this.#stream;
    this.#events ??= new TelephoneEventDecoder({
      clockRate,
      onDigit: ({ digit, durationMs }) => this.#onDigit({ digit, durationMs, how: "rfc4733" }),
    });
    this.#events.receive(inbox.bytes, { length, nowMs: inbox.timeMs });
  }

  /** Ends an event whose last packets were lost; call it a few times a second. */
  tick(nowMs: number): void {
    this.#events?.advance(nowMs);
  }

  /** A voice packet of a peer that sends its digits as tones. */
  onPacket(stream: RelayStream, length: number): void {
    const { bytes } = stream.inbox;
    const type = payloadType(bytes);
    if (type !== this.#type) this.#onType(type);
    const decoder = this.#decoder, detector = this.#detector;
    if (decoder === undefined || detector === undefined) return;
    const payload = bytes.subarray(rtpHeaderLength(bytes, length), rtpPayloadEnd(bytes, length));
    if (decoder.samplesIn(payload) > MAX_SAMPLES) return;
    const samples = decoder.decode(payload, pcm);
    detector.receive(pcm.subarray(0, samples));
    // The far side is told the digit; hearing the tone too it would count two.
    stream.isMuted = detector.sounding !== undefined;
  }

  #onType(type: number): void {
    this.#type = type;
    const format = this.#stream.settings?.receiveFormats.find(({ payloadType }) => payloadType === type);
    const codec = codecOf(format);
    this.#decoder = codec?.makeDecoder();
    this.#detector = codec && new DtmfDetector({
      sampleRate: codec.rate,
      onDigit: ({ digit, durationMs }) => this.#onDigit({ digit, durationMs, how: "inband" }),
    });
  }
}
