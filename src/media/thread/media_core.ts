/** The media plane of one thread: it keeps legs and rooms, obeys commands, and does on each beat what time demands. */
import { PassingMap, type Random } from "../../base/mod.ts";
import type { LegId, MediaEvent, RoomId, RoomMember, RoomOptions, StreamKind } from "../plane.ts";
import type { MediaSocket, Network, RelayStream, SocketState } from "../relay/mod.ts";
import { Beat } from "./beat.ts";
import { forgetDescriptors, NO_DESCRIPTOR } from "./descriptors.ts";
import type { HeardFromPeer } from "./digit_input.ts";
import { MediaLeg } from "./media_leg.ts";
import type { Command, LegState, Notice, Opened, OpenRequest, ThreadOptions } from "./messages.ts";
import { OpusLoader } from "./opus_loader.ts";
import type { MediaFiles } from "./ports.ts";
import { type Play, Presenter } from "./presenter.ts";
import { QuietSweep } from "./quiet_sweep.ts";
import { RestingPorts } from "./resting_ports.ts";
import { Room } from "./room.ts";
import { takeSurvey } from "./survey.ts";
import { Traffic } from "./traffic.ts";

/** What costs nothing to do late: reports, resting ports, silence. */
const ROUND_MS = 250;
const REPORT_MS = 1000;
/** A digit passed on as another kind lasts at least so long, and its pause. */
const LEAST_TONE_MS = 80;
const LONGEST_TONE_MS = 1000;
const DIGIT_GAP_MS = 60;

export interface CoreOptions extends ThreadOptions {
  readonly network: Network;
  readonly random: Random;
  readonly files: MediaFiles;
  readonly notify: (notice: Notice) => void;
  /** Sweeps the heap of the thread. */
  readonly sweep?: (() => void) | undefined;
}

export class MediaCore {
  readonly #options: CoreOptions;
  readonly #network: Network;
  readonly #presenter: Presenter;
  readonly #opus: OpusLoader;
  readonly #legs = new PassingMap<LegId, MediaLeg>();
  readonly #rooms = new Map<RoomId, Room>();
  /** Legs with something to do on every beat. */
  readonly #busy = new Set<MediaLeg>();
  readonly #resting: RestingPorts;
  readonly #beat: Beat;
  readonly #traffic = new Traffic();
  #nextRoundMs = 0;
  #nextReportMs = 0;
  #isStopped = false;
  readonly #sweep: QuietSweep;

  constructor(options: CoreOptions) {
    this.#options = options;
    this.#network = options.network;
    const warn = (event: string) => this.#warn(event);
    this.#presenter = new Presenter({
      files: options.files,
      emit: (event) => this.#emit(event),
      warn,
      wake: () => this.#network.wake(),
    });
    this.#opus = new OpusLoader({
      onLoaded: () => this.#legs.forEach((leg) => leg.refreshCodecs()),
      warn,
    });
    this.#resting = new RestingPorts(options.restMs);
    this.#sweep = new QuietSweep(options.sweep);
    this.#beat = new Beat(this.#network.now());
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** How long the thread may wait for datagrams before {@linkcode tick} is due. */
  waitMs(nowMs: number): number {
    const nextMs = this.#hasBeat() ? Math.min(this.#beat.nextMs, this.#nextRoundMs) : this.#nextRoundMs;
    return Math.max(0, nextMs - nowMs);
  }

  /** Does what is due; called after every wait. */
  tick(nowMs: number): void {
    this.#network.inbox.timeMs = nowMs;
    if (this.#hasBeat()) { while (this.#beat.isDue(nowMs)) this.#onBeat(); }
    else this.#beat.skipTo(nowMs);
    if (nowMs < this.#nextRoundMs) return;
    this.#nextRoundMs = nowMs + ROUND_MS;
    this.#legs.forEach((leg) => leg.look(nowMs, this.#partnerOf(leg)));
    const freed = this.#resting.free(nowMs);
    if (freed.length > 0) this.#notify({ kind: "freed", ports: freed });
    if (nowMs < this.#nextReportMs) return;
    this.#nextReportMs = nowMs + REPORT_MS;
    this.#report(nowMs);
  }

  /** @throws {Error} when our own settings are impossible, e.g. a key that does not fit its suite. */
  handle(command: Exclude<Command, { kind: "start" }>): void {
    const nowMs = this.#network.now();
    this.#network.inbox.timeMs = nowMs;
    switch (command.kind) {
      case "open":
        return this.#notify({ kind: "opened", request: command.request, opened: this.#open(command.open) });
      case "measure":
      case "close": {
        const leg = this.#legs.get(command.leg);
        if (leg !== undefined && command.kind === "close") this.#close(leg, nowMs);
        return this.#notify({ kind: "report", request: command.request, report: leg?.report() });
      }
      case "survey": {
        const figures = takeSurvey(this.#legs.values());
        return this.#notify({ kind: "surveyed", request: command.request, figures });
      }
      case "openRoom":
      case "closeRoom":
      case "setMember":
      case "playInRoom":
      case "recordRoom":
        return this.#handleRoom(command);
      case "connect": {
        const a = this.#legs.get(command.a), b = this.#legs.get(command.b);
        if (a === undefined || b === undefined) return;
        a.leave();
        b.leave();
        return a.relay.join(b.relay);
      }
      case "export": {
        const leg = this.#legs.get(command.leg), state = leg && this.#export(leg);
        return this.#notify({ kind: "exported", request: command.request, state });
      }
      case "import":
        for (const state of command.states) this.#import(state, nowMs);
        return command.then.kind === "start" ? undefined : this.handle(command.then);
      case "stop":
        return this.#stop();
      default: {
        const leg = this.#legs.get(command.leg);
        if (leg === undefined) return;
        this.#handleLeg(leg, command, nowMs);
        if (leg.needsBeat) this.#busy.add(leg);
      }
    }
  }

  #handleLeg(
    leg: MediaLeg,
    command: Extract<Command, { leg: LegId; request?: never }>,
    nowMs: number,
  ): void {
    switch (command.kind) {
      case "update":
        return leg.update(command.stream, command.settings, nowMs);
      case "disconnect":
        return leg.leave();
      case "echo":
        leg.leave();
        return leg.relay.echo();
      case "play":
        return this.#playOnLeg(leg, command);
      case "stopPlaying":
        return leg.stopPlaying();
      case "record":
        this.#wantOpus(leg);
        return leg.record(command.options, this.#options.files.create(command.options.path));
      case "stopRecording":
        return leg.stopRecording();
      case "sendDigits":
        this.#wantOpus(leg);
        return leg.sendDigits(command.digits, command);
    }
  }

  #handleRoom(command: Extract<Command, { room: RoomId }>): void {
    const room = this.#rooms.get(command.room);
    if (command.kind === "openRoom") {
      if (room === undefined) this.#openRoom(command.room, command.options);
      return;
    }
    if (room === undefined) return;
    switch (command.kind) {
      case "closeRoom":
        this.#rooms.delete(room.id);
        return room.close();
      case "setMember":
        return this.#setMember(room, command.member);
      case "playInRoom":
        return this.#playInRoom(room, command);
      case "recordRoom": {
        const { path } = command;
        if (path === undefined) return room.stopRecording();
        return room.record(
          this.#options.files.create(path),
          (result) => this.#emit({ kind: "recorded", leg: 0, room: room.id, path, ...result }),
        );
      }
    }
  }

  #open(request: OpenRequest): Opened {
    const { dscp } = this.#options;
    const bound: MediaSocket[] = [];
    for (const port of request.ports.flatMap((even) => [even, even + 1])) {
      const answer = this.#network.bind({ host: request.host, port, dscp });
      if (!answer.ok) {
        forgetDescriptors(request.handles);
        for (const socket of bound) socket.close();
        const { error } = answer;
        return { ok: false, port: port & ~1, fatal: error !== "in use", reason: error };
      }
      request.handles[bound.push(answer.value) - 1] = answer.value.handle ?? NO_DESCRIPTOR;
    }
    this.#addLeg(
      request,
      request.kinds.map((kind, i) => ({ kind, rtp: bound[2 * i]!, rtcp: bound[2 * i + 1]! })),
    );
    return { ok: true };
  }

  #addLeg(
    { leg: id, label }: { leg: LegId; label: string },
    sockets: readonly { kind: StreamKind; rtp: MediaSocket; rtcp: MediaSocket }[],
  ): MediaLeg {
    const { random, unverifiedPackets, crypto } = this.#options;
    const { inbox } = this.#network;
    const leg = new MediaLeg({
      id,
      label,
      streams: sockets.map((pair) => ({ ...pair, inbox, random, unverifiedPackets, crypto })),
      random,
      emit: (event) => this.#emit(event),
      onDigit: (from, stream, heard) => this.#passDigit(from, stream, heard),
    });
    this.#legs.set(id, leg);
    this.#sweep.noteChange();
    return leg;
  }

  #export(leg: MediaLeg): LegState | undefined {
    this.#traffic.leave(leg);
    const state = leg.export();
    if (state !== undefined) this.#forget(leg.id);
    else this.#traffic.enter(leg);
    return state;
  }

  #import(state: LegState, nowMs: number): void {
    const adopt = ({ handle, port, family }: SocketState) => this.#network.adopt(handle, port, family);
    const sockets = state.streams.flatMap(({ kind, rtp, rtcp }) => {
      const pair = { kind, rtp: adopt(rtp), rtcp: adopt(rtcp) };
      return pair.rtp && pair.rtcp ? [{ kind, rtp: pair.rtp, rtcp: pair.rtcp }] : [];
    });
    const leg = this.#addLeg(state, sockets);
    leg.import(state, nowMs);
    this.#traffic.enter(leg);
  }

  #forget(id: LegId): void {
    const leg = this.#legs.get(id);
    this.#legs.delete(id);
    if (leg !== undefined) this.#busy.delete(leg);
  }

  #close(leg: MediaLeg, nowMs: number): void {
    leg.close(nowMs);
    this.#traffic.leave(leg);
    this.#sweep.noteChange();
    this.#forget(leg.id);
    for (const { rtp, rtcp } of leg.streams) {
      this.#resting.add({ port: rtp.port, sockets: [rtp, rtcp] }, nowMs);
    }
  }

  #partnerOf(leg: MediaLeg): MediaLeg | undefined {
    return leg.relay.partner && this.#legs.get(leg.relay.partner.id);
  }

  /** The far side takes digits in another form than they came in. */
  #passDigit(leg: MediaLeg, stream: RelayStream, heard: HeardFromPeer): void {
    const partner = this.#partnerOf(leg);
    if (partner === undefined || (heard.how === "rfc4733" && stream.passesEvents)) return;
    const toneMs = Math.min(LONGEST_TONE_MS, Math.max(LEAST_TONE_MS, heard.durationMs));
    partner.sendDigits(heard.digit, { toneMs, gapMs: DIGIT_GAP_MS });
    if (partner.needsBeat) this.#busy.add(partner);
  }

  #openRoom(id: RoomId, options: RoomOptions): void {
    const { random } = this.#options;
    this.#rooms.set(id, new Room(id, { ...options, random, emit: (event) => this.#emit(event) }));
  }

  #setMember(room: Room, member: RoomMember): void {
    const leg = this.#legs.get(member.leg);
    if (leg === undefined) return;
    if (leg.room !== room) leg.leave();
    this.#wantOpus(leg);
    room.set(leg, member);
  }

  #playOnLeg(leg: MediaLeg, play: Play): void {
    leg.stopPlaying();
    const count = leg.playCount;
    this.#presenter.present(play, {
      place: leg.id,
      prepare: () => this.#wantOpus(leg),
      rate: () => this.#legs.get(leg.id) === leg && leg.playCount === count ? leg.playRate : undefined,
      play: (source, onPlayed) => {
        const isPlaying = leg.play(source, onPlayed);
        if (isPlaying) this.#busy.add(leg);
        return isPlaying;
      },
    });
  }

  #playInRoom(room: Room, play: Play): void {
    room.stopPlaying();
    this.#presenter.present(play, {
      place: room.id,
      prepare: () => undefined,
      rate: () => this.#rooms.get(room.id) === room ? room.rate : undefined,
      play: (source, onPlayed) => {
        room.play(source, onPlayed);
        return true;
      },
    });
  }

  #wantOpus(leg: MediaLeg): Promise<void> | undefined {
    return leg.needsOpus ? this.#opus.want() : undefined;
  }

  #hasBeat(): boolean {
    if (this.#busy.size > 0) return true;
    for (const room of this.#rooms.values()) if (room.needsBeat) return true;
    return false;
  }

  #onBeat(): void {
    const nowMs = this.#beat.take();
    for (const leg of this.#busy) {
      this.#guard(() => leg.beat(nowMs), () => leg.stopAll());
      if (!leg.needsBeat) this.#busy.delete(leg);
    }
    for (const room of this.#rooms.values()) {
      if (room.needsBeat) this.#guard(() => room.beat(nowMs), () => room.stopAll());
    }
  }

  /** A fault of ours on one leg must not take the beat from the others. */
  #guard(beat: () => void, stop: () => void): void {
    try {
      beat();
    } catch (error) {
      this.#warn(`Cannot go on playing or recording: ${error}`);
      stop();
    }
  }

  #warn(event: string): void {
    this.#notify({ kind: "log", level: "warn", event, fields: {} });
  }

  #report(nowMs: number): void {
    const { worker } = this.#options;
    const { beats, lateBeats } = this.#beat;
    const load = this.#network.load(nowMs);
    const traffic = this.#traffic.sum(this.#legs);
    const report = { worker, legs: this.#legs.size, ...traffic, beats, lateBeats, load };
    this.#notify({ kind: "beat", report });
    this.#sweep.look(traffic.packets, this.#hasBeat());
  }

  #stop(): void {
    const nowMs = this.#network.now();
    for (const room of this.#rooms.values()) room.close();
    for (const leg of [...this.#legs.values()]) this.#close(leg, nowMs);
    this.#isStopped = true;
    this.#network.close();
    this.#notify({ kind: "stopped" });
  }

  #emit(event: MediaEvent): void {
    this.#notify({ kind: "event", event });
  }

  #notify(notice: Notice): void {
    this.#options.notify(notice);
  }
}
