/**
 * One room on a media worker: every 20 ms it takes what the members said, adds the voices up and encodes for each what
 * the others said. Who does not speak shares one stream per codec with all others who do not, encoded once.
 *
 *     take from each buffer ─► speaks? ─► gain ─► add ─► finish ─┬─ for all who listen: limit, encode once per codec
 *                                                                └─ for each who speaks: total − own, limit, encode
 */
import { applyGain, AutomaticGain } from "./automatic_gain.ts";
import { ComfortNoise } from "./comfort_noise.ts";
import { frameSamples, MAX_FRAME_SAMPLES, type PcmEncoder, type PcmRate, type PcmSource } from "./frames.ts";
import type { JitterBuffer } from "./jitter_buffer.ts";
import { meter, rmsOf } from "./level.ts";
import { SoftLimiter } from "./limiter.ts";
import { Mixer, without } from "./mixer.ts";
import type { RoomCodec } from "./pcm_codecs.ts";
import type { Recorder } from "./recorder.ts";
import { Resampler } from "./resampler.ts";
import { VoiceActivity } from "./voice_activity.ts";

/** Largest encoded frame: 20 ms of Opus at its highest rate (RFC 6716 §3.4). */
const MAX_FRAME_BYTES = 1275;
/**
 * After speaking a member keeps an encoder of its own, fed with what all hear, until nobody speaks or this many beats
 * have passed. The far decoder of an adaptive codec nearly forgets the difference meanwhile, and the change back to
 * the shared stream cannot be heard.
 */
const OWN_ENCODER_BEATS = 250;
const LEAST_OWN_BEATS = 25;
/** While somebody speaks the level is told five times a second. */
const LEVEL_EVERY_BEATS = 10;
/** A room in which everybody is silent should not sound like a dead line. */
const ROOM_NOISE_RMS = rmsOf(-68);
const NOISE_SAMPLES = 8000;

/** 20 ms for one member; read it before the next beat. */
export interface EncodedFrame {
  readonly bytes: Uint8Array;
  readonly length: number;
}

export interface RoomMixOptions {
  /** Told when a member begins to speak, five times a second while it does, and with 0 when it stops. */
  readonly onLevel: (member: number, level: number) => void;
  /** Brings quiet and loud members to the same loudness. Default false. */
  readonly automaticGain?: boolean;
  /** Default true. */
  readonly comfortNoise?: boolean;
}

/** What the room is told about a member; a missing gain is 1. */
export interface MemberState {
  readonly muted: boolean;
  /** Hears, and nothing of its side reaches the room. */
  readonly held: boolean;
  readonly gain?: number;
}

/** What all hear who do not speak, at one rate. */
class HeardByAll {
  readonly limiter = new SoftLimiter();
  readonly pcm: Int16Array;
  beat = -1;

  constructor(rate: PcmRate) {
    this.pcm = new Int16Array(frameSamples(rate));
  }
}

/** The same, encoded with one codec. */
class SharedStream {
  readonly encoder: PcmEncoder;
  readonly frame = { bytes: new Uint8Array(MAX_FRAME_BYTES), length: 0 };
  beat = -1;

  constructor(codec: RoomCodec) {
    this.encoder = codec.makeEncoder();
  }
}

class Member {
  readonly pcm = new Int16Array(MAX_FRAME_SAMPLES);
  readonly activity = new VoiceActivity();
  readonly limiter = new SoftLimiter();
  readonly automatic = new AutomaticGain();
  readonly own: { bytes: Uint8Array; length: number } = { bytes: new Uint8Array(MAX_FRAME_BYTES), length: 0 };
  readonly encoder: PcmEncoder;
  /** Present where the member speaks at another rate than it listens. */
  readonly crossing: Resampler | undefined;
  /** What the member hears in this beat. */
  frame: { bytes: Uint8Array; length: number } = this.own;
  silent = false;
  gain = 1;
  appliedGain = 1;
  speaks = false;
  /** Beats for which it keeps its own encoder. */
  ownBeats = 0;
  /** Since the level was told. */
  levelBeats = 0;
  loudest = 0;

  constructor(
    readonly id: number,
    readonly io: { readonly buffer: JitterBuffer; readonly codec: RoomCodec },
    readonly shared: SharedStream,
  ) {
    const from = io.buffer.decoder.rate, to = io.codec.rate;
    this.encoder = io.codec.makeEncoder();
    this.crossing = from === to ? undefined : new Resampler({ from, to, maxInput: MAX_FRAME_SAMPLES });
  }
}

export class RoomMix {
  readonly #members: Member[] = [];
  readonly #mixer = new Mixer();
  readonly #options: RoomMixOptions;
  readonly #shared = new Map<string, SharedStream>();
  readonly #heard = { 8000: new HeardByAll(8000), 16000: new HeardByAll(16000) };
  readonly #others = { 8000: new Int32Array(160), 16000: new Int32Array(320) };
  readonly #limitedOwn = { 8000: new Int16Array(160), 16000: new Int16Array(320) };
  readonly #pcm = new Int16Array(MAX_FRAME_SAMPLES);
  readonly #crossed = new Int16Array(MAX_FRAME_SAMPLES);
  readonly #noise: Int16Array | undefined;
  #noiseAt = 0;
  #source: PcmSource | undefined;
  #onPlayed: ((complete: boolean) => void) | undefined;
  #recorder: Recorder | undefined;
  #beat = 0;
  #speakers = 0;
  readonly #listeners = { narrow: false, wide: false };

  constructor(options: RoomMixOptions) {
    this.#options = options;
    if (options.comfortNoise ?? true) this.#noise = roomNoise();
  }

  get size(): number {
    return this.#members.length;
  }

  /** 16 kHz while a member can hear it, else 8 kHz. */
  get rate(): PcmRate {
    return this.#members.some((member) => member.io.codec.rate === 16000) ? 16000 : 8000;
  }

  /**
   * Adds a member, or gives a present one another buffer or codec. Packets go into its buffer; the buffer's rate need
   * not be the codec's.
   */
  add(id: number, io: { readonly buffer: JitterBuffer; readonly codec: RoomCodec }): void {
    const index = this.#members.findIndex((member) => member.id === id);
    const member = new Member(id, io, this.#sharedStream(io.codec));
    if (index < 0) {
      this.#members.push(member);
      return;
    }
    const { silent, gain } = this.#members[index]!;
    this.#members[index] = Object.assign(member, { silent, gain, appliedGain: gain });
  }

  set(id: number, state: MemberState): void {
    const member = this.#find(id);
    if (member === undefined) return;
    member.silent = state.muted || state.held;
    member.gain = state.gain ?? 1;
  }

  remove(id: number): void {
    const index = this.#members.findIndex((member) => member.id === id);
    if (index >= 0) this.#members.splice(index, 1);
  }

  /** Plays to all members; a former source ends. `onPlayed` hears whether it came to its end. */
  play(source: PcmSource, onPlayed?: (complete: boolean) => void): void {
    this.stopPlaying();
    this.#source = source;
    this.#onPlayed = onPlayed;
  }

  stopPlaying(): void {
    this.#endSource(false);
  }

  /** Records what all hear, at the recorder's rate. The caller finishes the recorder. */
  record(recorder: Recorder | undefined): void {
    this.#recorder = recorder;
  }

  /** Makes the next 20 ms of everybody. */
  beat(nowMs: number): void {
    this.#beat++;
    const mixer = this.#mixer, listeners = this.#listeners;
    mixer.begin();
    this.#speakers = 0;
    listeners.narrow = this.#recorder?.rate === 8000;
    listeners.wide = this.#recorder?.rate === 16000;
    for (const member of this.#members) {
      this.#hear(member, nowMs);
      if (member.io.codec.rate === 8000) listeners.narrow = true;
      else listeners.wide = true;
    }
    this.#addSource();
    this.#addNoise();
    mixer.finish(listeners);
    for (const member of this.#members) this.#answer(member);
    const recorder = this.#recorder;
    if (recorder !== undefined) recorder.write(this.#limited(recorder.rate), undefined);
  }

  /** What this member shall be sent for the last beat; undefined when it is none. */
  frame(id: number): EncodedFrame | undefined {
    return this.#find(id)?.frame;
  }

  #find(id: number): Member | undefined {
    for (const member of this.#members) if (member.id === id) return member;
    return undefined;
  }

  /** Takes 20 ms from the member and adds them if it speaks. */
  #hear(member: Member, nowMs: number): void {
    const { pcm } = member, { buffer } = member.io;
    const taken = buffer.take(nowMs, pcm);
    const sounds = !member.silent && (taken === "voice" || taken === "concealed");
    if (!sounds) member.activity.reset();
    const speaks = sounds && member.activity.update(buffer.rms);
    this.#tellLevel(member, speaks);
    member.speaks = speaks;
    if (!speaks) {
      if (member.ownBeats > 0) member.ownBeats--;
      return;
    }
    this.#speakers++;
    if (member.ownBeats === 0) this.#startOwn(member);
    member.ownBeats = OWN_ENCODER_BEATS;
    const wish = member.gain * (this.#options.automaticGain ? member.automatic.update(buffer.rms) : 1);
    if (wish !== 1 || member.appliedGain !== 1) {
      applyGain(pcm, frameSamples(buffer.decoder.rate), { from: member.appliedGain, to: wish });
      member.appliedGain = wish;
    }
    this.#mixer.add(pcm, buffer.decoder.rate);
  }

  /** The member's decoder has followed the shared stream until now; the own encoder begins where that one is. */
  #startOwn(member: Member): void {
    member.encoder.copyFrom?.(member.shared.encoder);
    member.limiter.gain = this.#heard[member.io.codec.rate].limiter.gain;
  }

  #tellLevel(member: Member, speaks: boolean): void {
    if (speaks) {
      member.loudest = Math.max(member.loudest, member.io.buffer.rms);
      if (member.speaks && ++member.levelBeats < LEVEL_EVERY_BEATS) return;
      // 0 is kept for the end.
      this.#options.onLevel(member.id, Math.max(1, meter(member.loudest)));
    } else if (member.speaks) {
      this.#options.onLevel(member.id, 0);
    }
    member.levelBeats = 0;
    member.loudest = 0;
  }

  #addSource(): void {
    const source = this.#source;
    if (source === undefined) return;
    if (source.read(this.#pcm) > 0) this.#mixer.add(this.#pcm, source.rate);
    else this.#endSource(true);
  }

  #endSource(complete: boolean): void {
    const told = this.#onPlayed;
    this.#source = undefined;
    this.#onPlayed = undefined;
    told?.(complete);
  }

  #addNoise(): void {
    const noise = this.#noise, pcm = this.#pcm;
    if (noise === undefined) return;
    for (let i = 0; i < 160; i++) pcm[i] = noise[this.#noiseAt + i]!;
    this.#noiseAt = (this.#noiseAt + 160) % NOISE_SAMPLES;
    this.#mixer.add(pcm, 8000);
  }

  /** Encodes what the member shall hear, or finds it encoded already. */
  #answer(member: Member): void {
    if (this.#speakers === 0 && member.ownBeats < OWN_ENCODER_BEATS - LEAST_OWN_BEATS) member.ownBeats = 0;
    const own = member.crossing === undefined ? member.pcm : this.#crossOwn(member, member.crossing);
    if (member.ownBeats === 0 && member.encoder.copyFrom !== undefined) {
      member.frame = this.#encodeShared(member);
      return;
    }
    const { rate } = member.io.codec;
    let sum = this.#mixer.total(rate);
    if (member.speaks || member.crossing !== undefined) {
      without(own, sum, this.#others[rate]);
      sum = this.#others[rate];
    }
    const pcm = this.#limitedOwn[rate];
    member.limiter.process(sum, pcm);
    member.own.length = member.encoder.encode(pcm, member.own.bytes);
    member.frame = member.own;
  }

  /** Own voice as the filter between the buses made it; silence is fed too, because the filter rings. */
  #crossOwn(member: Member, crossing: Resampler): Int16Array {
    const { rate } = member.io.buffer.decoder;
    const spoken = member.pcm.subarray(0, frameSamples(rate));
    if (!member.speaks) spoken.fill(0);
    crossing.process(spoken, this.#crossed);
    return this.#crossed;
  }

  #encodeShared(member: Member): { bytes: Uint8Array; length: number } {
    const { shared } = member;
    if (shared.beat === this.#beat) return shared.frame;
    // Nobody listened to it lately: it goes on from the stream that this member has heard.
    if (shared.beat !== this.#beat - 1) shared.encoder.copyFrom?.(member.encoder);
    shared.beat = this.#beat;
    shared.frame.length = shared.encoder.encode(this.#limited(member.io.codec.rate), shared.frame.bytes);
    return shared.frame;
  }

  /** The sum of all voices at this rate in 16 bits, made once a beat. */
  #limited(rate: PcmRate): Int16Array {
    const heard = this.#heard[rate];
    if (heard.beat !== this.#beat) heard.limiter.process(this.#mixer.total(rate), heard.pcm);
    heard.beat = this.#beat;
    return heard.pcm;
  }

  #sharedStream(codec: RoomCodec): SharedStream {
    let shared = this.#shared.get(codec.name);
    if (shared === undefined) this.#shared.set(codec.name, shared = new SharedStream(codec));
    return shared;
  }
}

/** A second of soft noise. */
function roomNoise(): Int16Array {
  const noise = new ComfortNoise();
  noise.setLevel(ROOM_NOISE_RMS);
  return Int16Array.from({ length: NOISE_SAMPLES }, () => Math.round(noise.next()));
}
