/**
 * Adaptive jitter buffer: packets in as they come, 20 ms of PCM out on every beat.
 *
 *                     ┌────────── packets by number ─┐        ┌─ 50 ms past ─┬─ pending ─┐
 *     put ─► estimate │ … 17 18 __ 20 …              │ decode │              │           │─► take
 *                     └──────────────────────────────┘   or   └──────────────┴───────────┘
 *                                                      conceal  shortened or lengthened by pitch periods
 *
 * The *delay* is the time from a packet's earliest possible arrival to its playing. It is chosen freely whenever sound
 * begins after absence, and else nudged towards the estimator's target one pitch period at a time. A gap with later
 * packets behind it is a loss: time goes on. An empty buffer is a delay: time stands still, the waveform is continued,
 * and whatever comes next is played.
 */
import { rtpHeaderLength, rtpPayloadEnd } from "../rtp/mod.ts";
import { ComfortNoise } from "./comfort_noise.ts";
import { Concealment, CONCEALMENT_HISTORY_MS, CONCEALMENT_MS } from "./concealment.ts";
import { DelayEstimator } from "./delay_estimator.ts";
import { FRAME_MS, frameSamples, type PcmDecoder, type Span } from "./frames.ts";
import { Numbering } from "./numbering.ts";
import { MAX_PAYLOAD, PacketStore, type PayloadKind, setPayload, type Slot } from "./packet_store.ts";
import { LENGTHEN_AROUND_MS, SHORTEN_AHEAD_MS, TimeScale } from "./time_scale.ts";

/** Bounds of the wanted delay. */
const MIN_DELAY_MS = 20;
const MAX_DELAY_MS = 200;
/** Longest packet decoded; Opus may hold 120 ms (RFC 6716 §2.1.4). */
const MAX_PACKET_MS = 120;
/** A transit time that leaps by more is a new numbering, not the network. */
const LEAP_LATE_MS = 500;
const LEAP_EARLY_MS = 300;
/** After so much absence the delay is chosen anew. */
const RESTART_AFTER_MS = 120;
/** Distance from the target at which sound is shortened or lengthened, and at which it is cut at any price. */
const SHORTEN_ABOVE_MS = 20;
const LENGTHEN_BELOW_MS = 12;
const FORCE_ABOVE_MS = 80;
/** Least time between two such changes while the distance is small. */
const PATIENCE_MS = 60;
/** The line's own noise is sought between −78 and −50 dBov. */
const MIN_FLOOR = 4;
const MAX_FLOOR = 104;
/** The noise that stands in for a peer that sends nothing ends after this. */
const ABSENT_MS = 2000;

/** A received packet in plain RTP. The host keeps one such object and fills it again and again. */
export interface ArrivedPacket {
  /** The packet begins at byte 0. */
  bytes: Uint8Array;
  length: number;
  arrivalMs: number;
}

/** What the last frame was: sound, sound made up for a gap, background noise, or nothing at all. */
export type Taken = "voice" | "concealed" | "noise" | "nothing";

export interface JitterCounts {
  readonly packets: number;
  /** Never came, or came after their time. */
  readonly lost: number;
  readonly late: number;
  readonly duplicates: number;
  readonly malformed: number;
  readonly concealedMs: number;
  readonly delayMs: number;
  readonly targetMs: number;
}

export class JitterBuffer {
  readonly decoder: PcmDecoder;
  /** Root mean square of the last frame taken, in steps of 16-bit PCM. */
  rms = 0;

  readonly #store = new PacketStore();
  readonly #numbering = new Numbering();
  readonly #estimator = new DelayEstimator({ minMs: MIN_DELAY_MS, maxMs: MAX_DELAY_MS });
  readonly #noise = new ComfortNoise();
  readonly #concealment: Concealment;
  readonly #timeScale: TimeScale;
  readonly #frame: number;
  readonly #perMs: number;
  readonly #clockPerMs: number;
  readonly #pcm: Int16Array;
  /** What is decoded and not yet taken; the past lies before it. */
  readonly #span: Span;
  readonly #piece: Span = { start: 0, end: 0 };
  readonly #scratch: Int16Array;

  /** Extended sequence number of the last packet played, -1 before the first. */
  #lastPlayed = -1;
  /** Extended timestamp at the end of the last real sample. */
  #nextTimestamp = 0;
  /** Samples made up since then. */
  #expanded = 0;
  #playing = false;
  #absentMs = ABSENT_MS;
  #delayMs = 0;
  #patienceMs = 0;
  #floor = MAX_FLOOR / 4;
  /** The peer described its noise; nobody needs to guess it. */
  #toldNoise = false;
  #kind: Taken = "nothing";

  #packets = 0;
  #lost = 0;
  #late = 0;
  #duplicates = 0;
  #malformed = 0;
  #concealedMs = 0;

  constructor(decoder: PcmDecoder) {
    this.decoder = decoder;
    this.#frame = frameSamples(decoder.rate);
    this.#perMs = decoder.rate / 1000;
    this.#clockPerMs = decoder.clockRate / 1000;
    this.#concealment = new Concealment(decoder.rate, this.#noise);
    this.#timeScale = new TimeScale(decoder.rate);
    const past = CONCEALMENT_HISTORY_MS * this.#perMs;
    this.#pcm = new Int16Array(past + (FRAME_MS + SHORTEN_AHEAD_MS + 2 * MAX_PACKET_MS) * this.#perMs);
    this.#scratch = new Int16Array(MAX_PACKET_MS * this.#perMs);
    this.#span = { start: past, end: past };
  }

  /** Takes a packet of this stream, whatever is in it. `other` kinds only keep the count of lost packets right. */
  put(packet: ArrivedPacket, kind: PayloadKind = "audio"): void {
    const { bytes, length } = packet;
    const start = rtpHeaderLength(bytes, length), end = rtpPayloadEnd(bytes, length);
    if (start < 0 || end < start || end - start > MAX_PAYLOAD) {
      this.#malformed++;
      return;
    }
    this.#packets++;
    const numbering = this.#numbering;
    if (!numbering.read(bytes) || (kind !== "other" && this.#leaps(packet))) this.#restart(bytes);
    if (this.#store.holds(numbering.sequence)) {
      this.#duplicates++;
      return;
    }
    if (kind !== "other") this.#estimator.note(numbering.timestamp / this.#clockPerMs, packet.arrivalMs);
    if (numbering.sequence <= this.#lastPlayed) {
      this.#late++;
      return;
    }
    const slot = this.#claim(bytes);
    slot.kind = kind;
    slot.timestamp = numbering.timestamp;
    setPayload(slot, bytes, { start, end });
  }

  /** Writes the next 20 ms to `pcm`. Call it once a beat; `nowMs` is of the same clock as the arrivals. */
  take(nowMs: number, pcm: Int16Array): Taken {
    const span = this.#span, frame = this.#frame;
    this.#makeRoom();
    if (this.#playing) this.#adjust(nowMs);
    while (span.end - span.start < frame) this.#fill(nowMs);
    const from = this.#pcm, start = span.start;
    let energy = 0;
    for (let i = 0; i < frame; i++) {
      const sample = from[start + i]!;
      pcm[i] = sample;
      energy += sample * sample;
    }
    span.start += frame;
    this.rms = Math.sqrt(energy / frame);
    if (this.#kind === "voice") this.#learnFloor();
    return this.#kind;
  }

  /** A snapshot for reports. */
  counts(): JitterCounts {
    return {
      packets: this.#packets,
      lost: this.#lost,
      late: this.#late,
      duplicates: this.#duplicates,
      malformed: this.#malformed,
      concealedMs: Math.round(this.#concealedMs),
      delayMs: this.#delayMs,
      targetMs: this.#estimator.targetMs,
    };
  }

  /** Only the newest packet can tell: an old one that comes late is merely late. */
  #leaps(packet: ArrivedPacket): boolean {
    if (this.#estimator.isEmpty || !this.#numbering.isNewest) return false;
    const transitMs = packet.arrivalMs - this.#numbering.timestamp / this.#clockPerMs;
    const leapMs = transitMs - this.#estimator.baseMs;
    return leapMs > LEAP_LATE_MS || leapMs < -LEAP_EARLY_MS;
  }

  #restart(bytes: Uint8Array): void {
    this.#numbering.restart(bytes);
    this.#estimator.rebase();
    this.#forgetWaiting();
  }

  #forgetWaiting(): void {
    this.#store.clear();
    this.#lastPlayed = -1;
    this.#playing = false;
  }

  /** A full ring means that nobody took for long: what waits is stale, and the new packet begins anew. */
  #claim(bytes: Uint8Array): Slot {
    const slot = this.#store.claim(this.#numbering.sequence);
    if (slot !== undefined) return slot;
    this.#restart(bytes);
    return this.#store.claim(this.#numbering.sequence)!;
  }

  /** Appends at least one sample, or uses up a packet. */
  #fill(nowMs: number): void {
    const next = this.#next();
    if (!this.#playing) {
      if (next === undefined || !this.#isDue(next, nowMs)) return this.#conceal(this.#frame);
      this.#playing = true;
      this.#delayMs = this.#delayOf(next.timestamp, nowMs);
      this.#nextTimestamp = next.timestamp;
      this.#expanded = 0;
    }
    if (next === undefined) {
      this.#expand(this.#frame);
      return;
    }
    const missing = (next.timestamp - this.#nextTimestamp) * this.#perMs / this.#clockPerMs - this.#expanded;
    if (missing <= 0) this.#play(next);
    else if (missing > RESTART_AFTER_MS * this.#perMs) this.#playing = false;
    else this.#expand(Math.min(this.#frame, Math.ceil(missing)));
  }

  /** The next packet with sound or noise; those of other kinds are passed over. */
  #next(): Slot | undefined {
    for (;;) {
      const slot = this.#store.get(this.#lastPlayed + 1) ?? this.#store.earliest();
      if (slot === undefined || slot.kind !== "other") return slot;
      this.#use(slot);
    }
  }

  #use(slot: Slot): void {
    if (this.#lastPlayed >= 0) this.#lost += slot.sequence - this.#lastPlayed - 1;
    this.#lastPlayed = slot.sequence;
    this.#store.release(slot);
  }

  #isDue(slot: Slot, nowMs: number): boolean {
    return this.#delayOf(slot.timestamp, nowMs) >= this.#estimator.targetMs - FRAME_MS / 2;
  }

  /** Delay of a sample if it were played now. */
  #delayOf(extendedTimestamp: number, nowMs: number): number {
    return nowMs - extendedTimestamp / this.#clockPerMs - this.#estimator.baseMs;
  }

  #play(slot: Slot): void {
    this.#use(slot);
    this.#nextTimestamp = slot.timestamp;
    this.#expanded = 0;
    if (slot.kind === "comfort noise") {
      this.#noise.setPayload(slot.payload);
      this.#toldNoise = true;
      this.#playing = false;
      return;
    }
    const samples = this.#decode(slot.payload);
    if (samples === 0) return;
    this.#concealment.merge(this.#pcm, this.#append(samples));
    this.#nextTimestamp += samples * this.#clockPerMs / this.#perMs;
    this.#toldNoise = false;
    this.#absentMs = 0;
    this.#kind = "voice";
  }

  /** Decodes behind the span; returns the number of samples, 0 when the payload is none of this codec. */
  #decode(payload: Uint8Array): number {
    const expected = this.decoder.samplesIn(payload), scratch = this.#scratch;
    const samples = expected > 0 && expected <= scratch.length ? this.decoder.decode(payload, scratch) : 0;
    if (samples === 0) this.#malformed++;
    const pcm = this.#pcm, { end } = this.#span;
    for (let i = 0; i < samples; i++) pcm[end + i] = scratch[i]!;
    return samples;
  }

  /** Lengthens the span by what lies behind it; that piece, until the next call. */
  #append(samples: number): Span {
    const span = this.#span, piece = this.#piece;
    piece.start = span.end;
    piece.end = span.end += samples;
    return piece;
  }

  /** Continues the waveform while the next packet is missing or late. */
  #expand(samples: number): void {
    this.#expanded += samples;
    if (this.#expanded > RESTART_AFTER_MS * this.#perMs) this.#playing = false;
    this.#conceal(samples);
  }

  /** Appends the continued waveform, which fades to noise, or the noise that the peer described, or silence. */
  #conceal(samples: number): void {
    const piece = this.#append(samples);
    this.#absentMs += samples / this.#perMs;
    if (this.#absentMs > ABSENT_MS && !this.#toldNoise) {
      this.#kind = "nothing";
      this.#pcm.fill(0, piece.start, piece.end);
      return;
    }
    const concealedMs = this.#concealment.ms;
    if (concealedMs === 0 && !this.#toldNoise) this.#noise.setLevel(this.#floor);
    this.#concealment.append(this.#pcm, piece);
    this.#kind = concealedMs < CONCEALMENT_MS ? "concealed" : "noise";
    if (this.#kind === "concealed" && !this.#toldNoise) this.#concealedMs += samples / this.#perMs;
  }

  /** Moves the delay towards its target by one pitch period when it is off by more than half a packet. */
  #adjust(nowMs: number): void {
    if (this.#expanded > 0) return;
    const pendingMs = (this.#span.end - this.#span.start) / this.#perMs;
    const delayMs = this.#delayOf(this.#nextTimestamp, nowMs) + pendingMs;
    this.#delayMs += (delayMs - this.#delayMs) / 16;
    this.#patienceMs -= FRAME_MS;
    const excessMs = this.#delayMs - this.#estimator.targetMs;
    if (this.#patienceMs > 0 && excessMs < FORCE_ABOVE_MS) return;
    const quiet = this.rms < 2 * this.#floor;
    let changed = 0;
    if (excessMs > SHORTEN_ABOVE_MS && this.#decodeAhead(SHORTEN_AHEAD_MS)) {
      changed = -this.#timeScale.shorten(this.#pcm, this.#span, quiet || excessMs > FORCE_ABOVE_MS);
    } else if (excessMs < -LENGTHEN_BELOW_MS && this.#decodeAhead(LENGTHEN_AROUND_MS)) {
      changed = this.#timeScale.lengthen(this.#pcm, this.#span, quiet);
    }
    this.#delayMs += changed / this.#perMs;
    if (changed !== 0) this.#patienceMs = PATIENCE_MS;
  }

  /** Decodes packets that follow without a gap until `ms` are pending; false when they have not come. */
  #decodeAhead(ms: number): boolean {
    while (this.#span.end - this.#span.start < ms * this.#perMs) {
      const slot = this.#store.get(this.#lastPlayed + 1);
      if (slot === undefined || slot.kind !== "audio" || slot.timestamp !== this.#nextTimestamp) return false;
      this.#play(slot);
    }
    return true;
  }

  /** The quietest sound heard lately is taken for the noise of the line. */
  #learnFloor(): void {
    const floor = this.rms < this.#floor ? this.#floor + (this.rms - this.#floor) * 0.3 : this.#floor * 1.002;
    this.#floor = Math.min(MAX_FLOOR, Math.max(MIN_FLOOR, floor));
  }

  /** Moves past and pending samples to the front when a take might not find room behind them. */
  #makeRoom(): void {
    const span = this.#span, past = CONCEALMENT_HISTORY_MS * this.#perMs;
    const most = (FRAME_MS + SHORTEN_AHEAD_MS + MAX_PACKET_MS) * this.#perMs;
    if (span.start + most <= this.#pcm.length) return;
    this.#pcm.copyWithin(0, span.start - past, span.end);
    span.end -= span.start - past;
    span.start = past;
  }
}
