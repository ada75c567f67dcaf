/** A room on its thread: members' packets into the mix, the mix to the members, on every beat. */
import type { Random } from "../../base/mod.ts";
import { type PcmRate, type PcmSource, Recorder, RoomMix } from "../mix/mod.ts";
import type { LegId, MediaEvent, RoomId, RoomMember, RoomOptions } from "../plane.ts";
import type { RelayStream } from "../relay/mod.ts";
import { Listener } from "./listener.ts";
import type { MediaLeg, Membership } from "./media_leg.ts";
import type { RecordingFile } from "./ports.ts";
import { VoiceSender } from "./voice_sender.ts";

interface Member {
  readonly leg: MediaLeg;
  readonly stream: RelayStream;
  readonly listener: Listener;
  readonly sender: VoiceSender;
  settings: RoomMember;
  /** The codec it was added to the mix with. */
  codec: string | undefined;
}

export interface RoomParts extends RoomOptions {
  readonly random: Random;
  readonly emit: (event: MediaEvent) => void;
}

export class Room implements Membership {
  readonly id: RoomId;
  readonly #options: RoomParts;
  readonly #mix: RoomMix;
  readonly #members = new Map<LegId, Member>();
  #recording: { readonly recorder: Recorder; readonly file: RecordingFile } | undefined;
  #isPlaying = false;

  constructor(id: RoomId, options: RoomParts) {
    this.id = id;
    this.#options = options;
    const { automaticGain = false } = options;
    this.#mix = new RoomMix({
      automaticGain,
      onLevel: (leg, level) => options.emit({ kind: "talking", room: id, leg, level }),
    });
  }

  /** True while something is to be done every 20 ms. */
  get needsBeat(): boolean {
    return this.#members.size > 0 || this.#isPlaying;
  }

  get legs(): readonly MediaLeg[] {
    return [...this.#members.values()].map((member) => member.leg);
  }

  /** The rate in which a source should be made to be played here. */
  get rate(): PcmRate {
    return this.#mix.rate;
  }

  /** Adds a leg that has left everything else, or changes a member; false when the room is full. */
  set(leg: MediaLeg, settings: RoomMember): boolean {
    const known = this.#members.get(leg.id);
    if (known !== undefined && known.stream.index === settings.stream) {
      known.settings = settings;
      this.#mix.set(leg.id, settings);
      return true;
    }
    const stream = leg.streams[settings.stream];
    if (stream === undefined || (known === undefined && this.#members.size >= this.#options.maxMembers)) {
      return false;
    }
    if (known !== undefined) this.remove(leg);
    const listener = new Listener({
      inbox: stream.inbox,
      formats: () => stream.settings?.receiveFormats ?? [],
      onBuffer: () => this.#addToMix(member, true),
    });
    const sender = new VoiceSender(stream, this.#options.random);
    const member: Member = { leg, stream, listener, sender, settings, codec: undefined };
    this.#members.set(leg.id, member);
    leg.room = this;
    stream.sink = listener;
    stream.host = sender;
    this.#addToMix(member, true);
    return true;
  }

  remove(leg: MediaLeg): void {
    const member = this.#members.get(leg.id);
    if (member === undefined) return;
    this.#members.delete(leg.id);
    this.#mix.remove(leg.id);
    member.stream.sink = undefined;
    member.stream.host = undefined;
    leg.room = undefined;
  }

  /** SIP changed a member's stream. */
  refresh(leg: MediaLeg): void {
    const member = this.#members.get(leg.id);
    if (member === undefined) return;
    member.stream.sink = member.listener;
    member.listener.refresh();
    this.#addToMix(member, false);
  }

  /** Loudness of the member's last 20 ms, in steps of 16-bit PCM. */
  rmsOf(leg: MediaLeg): number | undefined {
    return this.#members.get(leg.id)?.listener.buffer.rms;
  }

  play(source: PcmSource, onPlayed: (complete: boolean) => void): void {
    this.#mix.play(source, (complete) => {
      this.#isPlaying = false;
      onPlayed(complete);
    });
    this.#isPlaying = true;
  }

  stopPlaying(): void {
    this.#mix.stopPlaying();
    this.#isPlaying = false;
  }

  /** A former recording ends; `onClosed` hears when this one is on disk. */
  record(
    file: RecordingFile,
    onClosed: (result: { readonly seconds: number; readonly error?: string }) => void,
  ): void {
    this.stopRecording();
    const recorder = new Recorder({ sink: file, rate: this.#mix.rate, layout: "mix" });
    const recording = this.#recording = { recorder, file };
    this.#mix.record(recorder);
    file.closed.then((error) => {
      if (error !== undefined) recorder.fail(error);
      if (this.#recording === recording) this.stopRecording();
      onClosed(recorder.finish());
    });
  }

  stopRecording(): void {
    const recording = this.#recording;
    this.#recording = undefined;
    this.#mix.record(undefined);
    recording?.recorder.finish();
  }

  beat(nowMs: number): void {
    this.#mix.beat(nowMs);
    for (const member of this.#members.values()) this.#answer(member);
  }

  /** Ends what is played and recorded. */
  stopAll(): void {
    this.stopPlaying();
    this.stopRecording();
  }

  close(): void {
    this.stopAll();
    for (const { leg } of [...this.#members.values()]) this.remove(leg);
  }

  #answer({ leg, stream, sender }: Member): void {
    const frame = this.#mix.frame(leg.id);
    if (frame === undefined) return;
    if (stream.speaker === undefined) sender.sayEncoded(frame.bytes, frame.length);
    else sender.pause();
  }

  /** Gives the mix the member's present ear and codec; one whose codec we do not speak waits outside. */
  #addToMix(member: Member, isNewEar: boolean): void {
    const { codec } = member.sender;
    if (!isNewEar && codec?.name === member.codec) return;
    member.codec = codec?.name;
    if (codec === undefined) return this.#mix.remove(member.leg.id);
    this.#mix.add(member.leg.id, { buffer: member.listener.buffer, codec });
    this.#mix.set(member.leg.id, member.settings);
  }
}
