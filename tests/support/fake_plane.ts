/** A media plane without sockets: it remembers what it was told, so that scenarios of the business can ask. */
import type {
  LegId,
  LegReport,
  MediaEvent,
  MediaPlane,
  OpenedLeg,
  OpenLeg,
  PlayOptions,
  PlaySource,
  RecordOptions,
  RoomId,
  RoomMember,
  RoomOptions,
  StreamGlance,
  StreamReport,
  StreamSettings,
  WorkerStatus,
} from "../../src/media/plane.ts";

/** One call of the port in the order it came, as text (`connect 1 2`) for short asserts. */
export type PlaneCall = string;

export interface FakeLeg {
  readonly leg: LegId;
  readonly request: OpenLeg;
  readonly ports: readonly number[];
  /** Latest settings of each stream, undefined before the first `update`. */
  readonly settings: (StreamSettings | undefined)[];
  /** Every `update` in order, with the stream's index. */
  readonly updates: { readonly stream: number; readonly settings: StreamSettings }[];
  joined: LegId | undefined;
  echoing: boolean;
  room: RoomId | undefined;
  playing: { readonly source: PlaySource; readonly options: PlayOptions } | undefined;
  recording: RecordOptions | undefined;
  /** All digits given to `sendDigits`, concatenated. */
  digits: string;
  /** What it is told to have measured, stream by stream; the rest is 0. */
  measured: readonly Partial<StreamReport>[];
}

export interface FakeRoom {
  readonly room: RoomId;
  readonly options: RoomOptions;
  readonly members: Map<LegId, RoomMember>;
  playing: { readonly source: PlaySource; readonly options: PlayOptions } | undefined;
  recording: { readonly path: string } | undefined;
}

export interface FakePlaneOptions {
  /** First of the even ports handed out, default 20000. */
  readonly firstPort?: number;
  /** Default unlimited. */
  readonly maxStreams?: number;
}

export class FakePlane implements MediaPlane {
  /** Open legs only; a scenario that leaks nothing ends with size 0. */
  readonly legs = new Map<LegId, FakeLeg>();
  readonly rooms = new Map<RoomId, FakeRoom>();
  readonly calls: PlaneCall[] = [];
  /** Streams that fit before `open` answers "no ports". */
  maxStreams: number;
  /** Set to make the next opens fail. */
  failWith: "no ports" | "no worker" | undefined;
  stopped = false;
  #listeners: ((event: MediaEvent) => void)[] = [];
  #nextLeg = 1;
  #nextPort: number;

  constructor(options: FakePlaneOptions = {}) {
    this.#nextPort = options.firstPort ?? 20000;
    this.maxStreams = options.maxStreams ?? Infinity;
  }

  /** Tells the listeners what a real plane would have noticed. */
  emit(event: MediaEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** As when a media thread dies: these legs and rooms are gone, which is told. */
  lose(legs: readonly LegId[], rooms: readonly RoomId[] = []): void {
    for (const leg of legs) {
      const found = this.legs.get(leg);
      if (found) this.#leave(found);
      this.legs.delete(leg);
    }
    for (const room of rooms) this.rooms.delete(room);
    this.emit({ kind: "lost", legs, rooms });
  }

  /** The open leg, or a failed assertion by exception: scenarios want the short way. */
  leg(leg: LegId): FakeLeg {
    const found = this.legs.get(leg);
    if (!found) throw new RangeError(`Cannot find leg ${leg}: it is not open`);
    return found;
  }

  /** True when both legs are joined to each other. */
  areJoined(a: LegId, b: LegId): boolean {
    return this.legs.get(a)?.joined === b && this.legs.get(b)?.joined === a;
  }

  open(request: OpenLeg): Promise<OpenedLeg> {
    this.calls.push(`open ${request.streams.map((stream) => stream.kind).join(",")}`);
    if (this.failWith) return Promise.resolve({ ok: false, error: this.failWith });
    let used = 0;
    for (const leg of this.legs.values()) used += leg.ports.length;
    if (used + request.streams.length > this.maxStreams) {
      return Promise.resolve({ ok: false, error: "no ports" });
    }
    const ports = request.streams.map(() => {
      const port = this.#nextPort;
      this.#nextPort += 2;
      return port;
    });
    const leg = this.#nextLeg++;
    this.legs.set(leg, {
      leg,
      request,
      ports,
      settings: request.streams.map(() => undefined),
      updates: [],
      joined: undefined,
      echoing: false,
      room: undefined,
      playing: undefined,
      recording: undefined,
      digits: "",
      measured: [],
    });
    return Promise.resolve({ ok: true, leg, ports });
  }

  update(leg: LegId, stream: number, settings: StreamSettings): void {
    this.calls.push(`update ${leg} ${stream} ${settings.direction}`);
    const found = this.legs.get(leg);
    if (!found || stream >= found.settings.length) return;
    found.settings[stream] = settings;
    found.updates.push({ stream, settings });
  }

  connect(a: LegId, b: LegId): void {
    this.calls.push(`connect ${a} ${b}`);
    const left = this.legs.get(a), right = this.legs.get(b);
    if (!left || !right) return;
    this.#leave(left);
    this.#leave(right);
    left.joined = b;
    right.joined = a;
  }

  disconnect(leg: LegId): void {
    this.calls.push(`disconnect ${leg}`);
    const found = this.legs.get(leg);
    if (found) this.#leave(found);
  }

  echo(leg: LegId): void {
    this.calls.push(`echo ${leg}`);
    const found = this.legs.get(leg);
    if (!found) return;
    this.#leave(found);
    found.echoing = true;
  }

  play(leg: LegId, source: PlaySource, options: PlayOptions): void {
    this.calls.push(`play ${leg} ${source.kind}`);
    const found = this.legs.get(leg);
    if (found) found.playing = { source, options };
  }

  stopPlaying(leg: LegId): void {
    this.calls.push(`stopPlaying ${leg}`);
    const found = this.legs.get(leg);
    if (found) found.playing = undefined;
  }

  record(leg: LegId, options: RecordOptions): void {
    this.calls.push(`record ${leg} ${options.path}`);
    const found = this.legs.get(leg);
    if (found) found.recording = options;
  }

  stopRecording(leg: LegId): void {
    this.calls.push(`stopRecording ${leg}`);
    const found = this.legs.get(leg);
    if (found) found.recording = undefined;
  }

  sendDigits(leg: LegId, digits: string, { toneMs }: { toneMs?: number } = {}): void {
    this.calls.push(`sendDigits ${leg} ${digits}${toneMs === undefined ? "" : ` for ${toneMs} ms`}`);
    const found = this.legs.get(leg);
    if (found) found.digits += digits;
  }

  openRoom(room: RoomId, options: RoomOptions): void {
    this.calls.push(`openRoom ${room}`);
    this.rooms.set(room, { room, options, members: new Map(), playing: undefined, recording: undefined });
  }

  setMember(room: RoomId, member: RoomMember): void {
    this.calls.push(`setMember ${room} ${member.leg}`);
    const found = this.rooms.get(room), leg = this.legs.get(member.leg);
    if (!found || !leg) return;
    if (leg.room !== room) this.#leave(leg);
    leg.room = room;
    found.members.set(member.leg, member);
  }

  playInRoom(room: RoomId, source: PlaySource, options: PlayOptions): void {
    this.calls.push(`playInRoom ${room} ${source.kind}`);
    const found = this.rooms.get(room);
    if (found) found.playing = { source, options };
  }

  recordRoom(room: RoomId, options: { path: string } | undefined): void {
    this.calls.push(`recordRoom ${room} ${options?.path ?? "off"}`);
    const found = this.rooms.get(room);
    if (found) found.recording = options;
  }

  closeRoom(room: RoomId): void {
    this.calls.push(`closeRoom ${room}`);
    for (const leg of this.legs.values()) if (leg.room === room) leg.room = undefined;
    this.rooms.delete(room);
  }

  measure(leg: LegId): Promise<LegReport | undefined> {
    const found = this.legs.get(leg);
    return Promise.resolve(found && reportOf(found));
  }

  survey(): Promise<ReadonlyMap<LegId, StreamGlance>> {
    const firsts = [...this.legs].map(([leg, found]) => [leg, reportOf(found).streams[0]] as const);
    return Promise.resolve(
      new Map(firsts.flatMap(([leg, stream]) => stream?.packetsReceived ? [[leg, stream]] : [])),
    );
  }

  close(leg: LegId): Promise<LegReport | undefined> {
    this.calls.push(`close ${leg}`);
    const found = this.legs.get(leg);
    if (!found) return Promise.resolve(undefined);
    this.#leave(found);
    this.legs.delete(leg);
    return Promise.resolve(reportOf(found));
  }

  onEvent(listener: (event: MediaEvent) => void): void {
    this.#listeners.push(listener);
  }

  workers(): Promise<readonly WorkerStatus[]> {
    return Promise.resolve([
      {
        worker: 0,
        legs: this.legs.size,
        packets: 0,
        kernelDrops: 0,
        beats: 0,
        lateBeats: 0,
        load: 0,
        isUp: true,
      },
    ]);
  }

  stop(): Promise<void> {
    this.stopped = true;
    this.legs.clear();
    this.rooms.clear();
    return Promise.resolve();
  }

  #leave(leg: FakeLeg): void {
    if (leg.joined !== undefined) {
      const other = this.legs.get(leg.joined);
      if (other?.joined === leg.leg) other.joined = undefined;
      leg.joined = undefined;
    }
    leg.echoing = false;
    if (leg.room !== undefined) {
      this.rooms.get(leg.room)?.members.delete(leg.leg);
      leg.room = undefined;
    }
  }
}

function reportOf(leg: FakeLeg): LegReport {
  return {
    leg: leg.leg,
    streams: leg.ports.map((_, stream) => ({
      stream,
      packetsReceived: 0,
      packetsSent: 0,
      bytesReceived: 0,
      bytesSent: 0,
      lost: 0,
      late: 0,
      duplicates: 0,
      jitterMs: 0,
      unauthentic: 0,
      replayed: 0,
      strangers: 0,
      unsealed: 0,
      malformed: 0,
      ...leg.measured[stream],
    })),
  };
}
