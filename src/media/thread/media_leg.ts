/** A leg as the thread keeps it: its relay, and what the server itself hears, says and records on it. */
import type { Random } from "../../base/mod.ts";
import { meter, type PcmSource } from "../mix/mod.ts";
import type { LegId, LegReport, MediaEvent, RecordOptions, StreamSettings } from "../plane.ts";
import {
  RelayLeg,
  RelayStream,
  type RelayStreamOptions,
  restoreStream,
  saveStream,
  type StreamObserver,
} from "../relay/mod.ts";
import { isOneWay, SILENCE_OFF, stepSilence } from "../rtp/mod.ts";
import { DigitInput, type HeardFromPeer } from "./digit_input.ts";
import type { DigitTimes } from "./digit_sender.ts";
import { LegRecording } from "./leg_recording.ts";
import { LegVoice } from "./leg_voice.ts";
import type { LegState, ToldSilence } from "./messages.ts";
import type { RecordingFile } from "./ports.ts";
import { needsOpus, speakingFormat } from "./voice_codec.ts";

/** What a room is to its members. */
export interface Membership {
  /** SIP changed the member's stream, or a codec was loaded. */
  refresh(leg: MediaLeg): void;
  remove(leg: MediaLeg): void;
  /** Loudness of the member's last 20 ms, in steps of 16-bit PCM. */
  rmsOf(leg: MediaLeg): number | undefined;
}

export interface MediaLegOptions {
  readonly id: LegId;
  readonly label: string;
  readonly streams: readonly Omit<RelayStreamOptions, "observer" | "index">[];
  readonly random: Random;
  readonly emit: (event: MediaEvent) => void;
  /** A digit was heard; the far side may need it in another form. */
  readonly onDigit: (leg: MediaLeg, stream: RelayStream, heard: HeardFromPeer) => void;
}

/** One for all looks: there are thousands a second. */
const look = { nowMs: 0, expected: false, lastPacketMs: 0 };

export class MediaLeg implements StreamObserver {
  readonly id: LegId;
  readonly relay: RelayLeg;
  /** The room it is a member of. */
  room: Membership | undefined;
  /** Number of the latest play, so that a file read late does not play over what came after it. */
  playCount = 0;
  readonly #random: Random;
  readonly #emit: (event: MediaEvent) => void;
  readonly #digits: readonly DigitInput[];
  /** Of each stream, and whether a silence that goes on was told of as voice in one direction. */
  readonly #silence: ToldSilence[];
  #voice: LegVoice | undefined;
  #recording: LegRecording | undefined;

  constructor(options: MediaLegOptions) {
    this.id = options.id;
    this.#random = options.random;
    this.#emit = options.emit;
    const streams = options.streams.map((stream, index) =>
      new RelayStream({ ...stream, index, observer: this })
    );
    this.relay = new RelayLeg(options.id, { label: options.label, streams });
    this.#silence = streams.map(() => ({ state: SILENCE_OFF, isOneWay: false }));
    this.#digits = streams.map((stream) =>
      new DigitInput(stream, (heard) => {
        this.#emit({ kind: "digit", leg: this.id, ...heard });
        options.onDigit(this, stream, heard);
      })
    );
  }

  get streams(): readonly RelayStream[] {
    return this.relay.streams;
  }

  /** The first audio stream in a codec that the server speaks, else the first stream at all. */
  get audio(): RelayStream | undefined {
    return this.streams.find((stream) => stream.kind === "rtp" && speakingFormat(stream.settings)) ??
      this.streams[0];
  }

  /** True where the server can take part only with Opus. */
  get needsOpus(): boolean {
    return this.streams.some(({ settings }) => needsOpus(settings));
  }

  /** A codec was loaded: what was not understood may be now. */
  refreshCodecs(): void {
    for (const input of this.#digits) input.refresh();
    this.#recording?.refresh();
    this.room?.refresh(this);
  }

  /** True while something is to be done every 20 ms. */
  get needsBeat(): boolean {
    return this.#recording !== undefined || (this.#voice?.isActive ?? false);
  }

  /** @throws {RangeError} when a key does not fit its suite. */
  update(stream: number, settings: StreamSettings, nowMs: number): void {
    this.relay.update(stream, settings, nowMs);
    this.#digits[stream]?.refresh();
    this.#recording?.refresh();
    this.room?.refresh(this);
  }

  beat(nowMs: number): void {
    if (this.#voice?.isActive) this.#voice.beat();
    this.#recording?.beat(nowMs);
  }

  /**
   * Reports due, streams fallen silent, digits without an end; a few times a second. `partner` is the leg on the other
   * side of a join.
   */
  look(nowMs: number, partner: MediaLeg | undefined): void {
    const { streams } = this.relay;
    for (let index = 0; index < streams.length; index++) {
      const stream = streams[index]!;
      stream.rtcpSession.tick(nowMs);
      stream.crypto.expire(nowMs);
      stream.guard.look(nowMs);
      this.#digits[index]!.tick(nowMs);
      this.#listen(stream, nowMs, partner?.streams[index]);
    }
  }

  /** Tells of a silence when it begins and ends, and once more when only later the other side is heard. */
  #listen(stream: RelayStream, nowMs: number, other: RelayStream | undefined): void {
    const { index } = stream, before = this.#silence[index]!;
    look.nowMs = nowMs;
    look.expected = stream.isOn && stream.takes;
    look.lastPacketMs = stream.heardMs;
    const step = stepSilence(before.state, look), state = step?.state ?? before.state;
    const isSilent = state.kind === "silent";
    const oneWay = isSilent && isOneWay(state, { lastPacketMs: other?.heardMs ?? 0, nowMs });
    const isTold = isSilent && before.isOneWay;
    const isNowTold = oneWay || isTold;
    // Thousands of streams are looked at four times a second, and mostly there is nothing new to note.
    if (state !== before.state || isNowTold !== before.isOneWay) {
      this.#silence[index] = { state, isOneWay: isNowTold };
    }
    const more = oneWay && !isTold ? { silent: true, forMs: nowMs - state.sinceMs } : undefined;
    const news = step?.change ?? more;
    if (news === undefined) return;
    const told = { leg: this.id, stream: index, silent: news.silent, forMs: Math.round(news.forMs) };
    this.#emit({ kind: "silent", ...told, ...(oneWay && { oneWay }) });
  }

  /** The rate in which a source should be made to be played here. */
  get playRate(): 8000 | 16000 {
    return speakingFormat(this.audio?.settings)?.codec.rate ?? 8000;
  }

  /** False when the peer takes no codec that the server speaks. */
  play(source: PcmSource, onPlayed: (complete: boolean) => void): boolean {
    const stream = this.audio;
    if (stream === undefined || speakingFormat(stream.settings) === undefined) return false;
    this.#voiceOn(stream).play(source, onPlayed);
    return true;
  }

  stopPlaying(): void {
    this.playCount++;
    this.#voice?.stop();
  }

  sendDigits(digits: string, times: DigitTimes): void {
    const stream = this.audio;
    const dtmf = stream?.settings?.dtmf;
    if (stream && (dtmf === "rfc4733" || dtmf === "inband")) this.#voiceOn(stream).sendDigits(digits, times);
  }

  /** A former recording ends. The file is told of as recorded when it is closed. */
  record(options: RecordOptions, file: RecordingFile): void {
    this.stopRecording();
    const stream = this.audio;
    if (stream === undefined) return file.close();
    const recording = this.#recording = new LegRecording(stream, { ...options, sink: file });
    file.closed.then((error) => {
      if (error !== undefined) recording.fail(error);
      if (this.#recording === recording) this.#recording = undefined;
      const result = recording.finish();
      this.#emit({ kind: "recorded", leg: this.id, path: options.path, ...result });
    });
  }

  stopRecording(): void {
    const recording = this.#recording;
    this.#recording = undefined;
    recording?.finish();
  }

  /** Ends what needs a beat. */
  stopAll(): void {
    this.stopPlaying();
    this.#voice = undefined;
    this.stopRecording();
  }

  /** Ends join, echo and membership. */
  leave(): void {
    this.relay.leave();
    this.room?.remove(this);
  }

  /** Everything that another thread needs to go on; what is under way ends. Undefined where sockets cannot move. */
  export(): LegState | undefined {
    this.stopAll();
    this.leave();
    const streams = this.streams.flatMap((stream) => saveStream(stream) ?? []);
    if (streams.length < this.streams.length) return undefined;
    for (const { rtp, rtcp, guard } of this.streams) {
      // The guard of the next thread knows nothing of a restriction and would never lift it.
      guard.open();
      rtp.release();
      rtcp.release();
    }
    return { leg: this.id, label: this.relay.label, streams, silence: [...this.#silence] };
  }

  /** Goes on with what {@linkcode export} gave; for a leg just made on the adopted sockets. */
  import(state: LegState, nowMs: number): void {
    for (const [index, stream] of this.streams.entries()) {
      restoreStream(stream, state.streams[index]!, nowMs);
      this.#silence[index] = state.silence[index]!;
      this.#digits[index]!.refresh();
    }
  }

  /** The leg is about to go: what is under way ends. */
  close(nowMs: number): void {
    this.stopAll();
    this.leave();
    for (const { rtcpSession } of this.streams) rtcpSession.bye(nowMs);
  }

  report(): LegReport {
    const report = this.relay.report();
    const rms = this.room?.rmsOf(this);
    if (rms === undefined) return report;
    const level = meter(rms);
    return { ...report, streams: report.streams.map((stream) => ({ ...stream, level })) };
  }

  onLatched(stream: RelayStream): void {
    const address = String(stream.latch.address);
    this.#emit({ kind: "latched", leg: this.id, stream: stream.index, address });
  }

  onBye(stream: RelayStream): void {
    this.#emit({ kind: "rtcp-bye", leg: this.id, stream: stream.index });
  }

  onEvent(stream: RelayStream, length: number): void {
    this.#digits[stream.index]!.onEvent(length, stream.statistics.clockRate);
  }

  #voiceOn(stream: RelayStream): LegVoice {
    if (this.#voice?.stream !== stream) {
      this.#voice?.stop();
      this.#voice = new LegVoice(stream, this.#random);
    }
    return this.#voice;
  }
}
