/** The media plane on the main thread: it keeps ports and places, and passes everything else to the media threads. */
import { PassingMap } from "../base/mod.ts";
import { MediaThreadHandle } from "./media_thread_handle.ts";
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
  StreamSettings,
  WorkerStatus,
} from "./plane.ts";
import { PortPool } from "./relay/mod.ts";
import {
  type Command,
  type LegState,
  noDescriptors,
  notedDescriptors,
  type Notice,
  readSurvey,
} from "./thread/mod.ts";
import { WorkerLink } from "./thread_link.ts";
import type { WorkerPlaneOptions } from "./worker_plane_options.ts";

/** Ports tried for one leg before the answer is "no ports". */
const BIND_TRIES = 64;
const DEFAULT_DSCP = 46;
const DEFAULT_REST_MS = 5_000;
const DEFAULT_UNVERIFIED_PACKETS = 3_000;
const TONE_MS = 100;
const GAP_MS = 60;

interface LegPlace {
  thread: MediaThreadHandle;
  readonly ports: readonly number[];
  readonly handles: readonly number[];
  /** A move under way, and what has to wait for it. */
  tail?: Promise<void>;
  /** A recorded leg stays where it is, the other comes to it. */
  isRecorded: boolean;
}

export class WorkerPlane implements MediaPlane {
  readonly #options: WorkerPlaneOptions;
  readonly #pool: PortPool;
  readonly #threads: readonly MediaThreadHandle[];
  readonly #legs = new PassingMap<LegId, LegPlace>();
  readonly #rooms = new Map<RoomId, MediaThreadHandle>();
  readonly #listeners: ((event: MediaEvent) => void)[] = [];
  /** Ports closed by their call and still resting on a thread, with what is to be freed should it die. */
  readonly #resting = new Map<number, { thread: MediaThreadHandle; handles: readonly number[] }>();
  #nextLeg: LegId = 1;
  #isToldOfOneThread = false;

  /** Starts the threads. */
  constructor(options: WorkerPlaneOptions) {
    this.#options = options;
    this.#pool = new PortPool(options.ports);
    const url = options.workerUrl ?? new URL("./worker.ts", import.meta.url);
    const spawn = options.spawn ??
      ((index) => new WorkerLink(url, { name: `media-${index}`, clock: options.clock }));
    this.#threads = Array.from({ length: Math.max(1, options.workers) }, (_, worker) => {
      const thread: MediaThreadHandle = new MediaThreadHandle({
        thread: {
          worker,
          dscp: options.dscp ?? DEFAULT_DSCP,
          crypto: options.crypto ?? "fast",
          sockets: options.sockets ?? "libc",
          restMs: options.restMs ?? DEFAULT_REST_MS,
          unverifiedPackets: options.unverifiedPackets ?? DEFAULT_UNVERIFIED_PACKETS,
        },
        clock: options.clock,
        log: options.log,
        spawn,
        onNotice: (notice) => this.#onNotice(thread, notice),
        onDeath: (handles) => this.#onDeath(thread, handles),
      });
      return thread;
    });
  }

  async open(request: OpenLeg): Promise<OpenedLeg> {
    const thread = this.#choose(request.near);
    if (!thread) return { ok: false, error: "no worker" };
    const leg = this.#nextLeg++;
    const host = request.localHost ?? (request.family === "ipv6" ? "::" : "0.0.0.0");
    const kinds = request.streams.map((stream) => stream.kind);
    for (let tried = 0; tried < BIND_TRIES; tried++) {
      const ports = this.#takePorts(kinds.length);
      if (!ports) return { ok: false, error: "no ports" };
      const noted = noDescriptors(2 * ports.length);
      const open = { leg, host, ports, kinds, label: request.label ?? "", handles: noted };
      const answer = await thread.ask((id) => ({ kind: "open", request: id, open }));
      const handles = notedDescriptors(noted);
      if (answer?.kind !== "opened") {
        this.#options.closeHandles?.(handles);
        for (const port of ports) this.#pool.free(port);
        return { ok: false, error: "no worker" };
      }
      const { opened } = answer;
      if (opened.ok) {
        this.#legs.set(leg, { thread, ports, handles, isRecorded: false });
        thread.legs++;
        return { ok: true, leg, ports };
      }
      for (const port of ports) if (port !== opened.port) this.#pool.free(port);
      this.#pool.setTaken(opened.port, this.#options.clock.now());
      this.#options.log.warn("Cannot bind media port", { host, port: opened.port, reason: opened.reason });
      if (opened.fatal) break;
    }
    return { ok: false, error: "no ports" };
  }

  update(leg: LegId, stream: number, settings: StreamSettings): void {
    this.#toLeg(leg, { kind: "update", leg, stream, settings });
  }

  connect(a: LegId, b: LegId): void {
    this.#together([a, b], () => {
      const one = this.#legs.get(a), other = this.#legs.get(b);
      if (!one || !other) return undefined;
      return one.isRecorded || !other.isRecorded ? one.thread : other.thread;
    }, { kind: "connect", a, b });
  }

  disconnect(leg: LegId): void {
    this.#toLeg(leg, { kind: "disconnect", leg });
  }

  echo(leg: LegId): void {
    this.#toLeg(leg, { kind: "echo", leg });
  }

  play(leg: LegId, source: PlaySource, options: PlayOptions): void {
    this.#toLeg(leg, { kind: "play", leg, source, options });
  }

  stopPlaying(leg: LegId): void {
    this.#toLeg(leg, { kind: "stopPlaying", leg });
  }

  record(leg: LegId, options: RecordOptions): void {
    const place = this.#legs.get(leg);
    if (place) place.isRecorded = true;
    this.#toLeg(leg, { kind: "record", leg, options });
  }

  stopRecording(leg: LegId): void {
    this.#toLeg(leg, { kind: "stopRecording", leg });
  }

  sendDigits(leg: LegId, digits: string, options: { toneMs?: number; gapMs?: number } = {}): void {
    const { toneMs = TONE_MS, gapMs = GAP_MS } = options;
    this.#toLeg(leg, { kind: "sendDigits", leg, digits, toneMs, gapMs });
  }

  openRoom(room: RoomId, options: RoomOptions): void {
    if (this.#rooms.has(room)) return;
    const thread = this.#choose(undefined);
    if (!thread) return;
    this.#rooms.set(room, thread);
    thread.send({ kind: "openRoom", room, options });
  }

  setMember(room: RoomId, member: RoomMember): void {
    this.#together([member.leg], () => this.#rooms.get(room), { kind: "setMember", room, member });
  }

  playInRoom(room: RoomId, source: PlaySource, options: PlayOptions): void {
    this.#rooms.get(room)?.send({ kind: "playInRoom", room, source, options });
  }

  recordRoom(room: RoomId, options: { path: string } | undefined): void {
    this.#rooms.get(room)?.send({ kind: "recordRoom", room, path: options?.path });
  }

  closeRoom(room: RoomId): void {
    this.#rooms.get(room)?.send({ kind: "closeRoom", room });
    this.#rooms.delete(room);
  }

  async measure(leg: LegId): Promise<LegReport | undefined> {
    await this.#legs.get(leg)?.tail;
    const answer = await this.#legs.get(leg)?.thread.ask((request) => ({ kind: "measure", request, leg }));
    return answer?.kind === "report" ? answer.report : undefined;
  }

  async survey(): Promise<ReadonlyMap<LegId, StreamGlance>> {
    const asked = this.#threads.map((thread) => thread.ask((request) => ({ kind: "survey", request })));
    const answers = await Promise.all(asked);
    return readSurvey(answers.flatMap((answer) => answer?.kind === "surveyed" ? answer.figures : []));
  }

  async close(leg: LegId): Promise<LegReport | undefined> {
    await this.#legs.get(leg)?.tail;
    const place = this.#legs.get(leg);
    if (!place) return undefined;
    this.#legs.delete(leg);
    place.thread.legs--;
    for (const [index, port] of place.ports.entries()) {
      this.#resting.set(port, {
        thread: place.thread,
        handles: place.handles.slice(2 * index, 2 * index + 2),
      });
    }
    const answer = await place.thread.ask((request) => ({ kind: "close", request, leg }));
    return answer?.kind === "report" ? answer.report : undefined;
  }

  onEvent(listener: (event: MediaEvent) => void): void {
    this.#listeners.push(listener);
  }

  workers(): Promise<readonly WorkerStatus[]> {
    return Promise.resolve(this.#threads.map(({ report, isUp }) => ({ ...report, isUp })));
  }

  async stop(): Promise<void> {
    this.#legs.clear();
    this.#rooms.clear();
    await Promise.all(this.#threads.map((thread) => thread.stop()));
  }

  #toLeg(leg: LegId, command: Command): void {
    this.#inOrder([leg], () => void this.#legs.get(leg)?.thread.send(command));
  }

  /** Runs `task` at once, or when the moves of these legs are done; what comes later for them waits for it. */
  #inOrder(legs: readonly LegId[], task: () => Promise<void> | void): void {
    const places = legs.flatMap((leg) => this.#legs.get(leg) ?? []);
    const waiting = places.flatMap((place) => place.tail ?? []);
    const running = waiting.length === 0 ? task() : Promise.all(waiting).then(task);
    if (running === undefined) return;
    const tail: Promise<void> = running.catch((error) => {
      this.#options.log.error("Cannot move a call between media threads", { error: String(error) });
    }).then(() => {
      for (const place of places) if (place.tail === tail) delete place.tail;
    });
    for (const place of places) place.tail = tail;
  }

  /** Brings the legs to one thread, then sends it the command. The place is asked for when the legs are at rest. */
  #together(
    legs: readonly LegId[],
    choose: () => MediaThreadHandle | undefined,
    command: Command,
  ): void {
    this.#inOrder(legs, () => {
      const to = choose();
      const away = legs.filter((leg) => this.#legs.get(leg)?.thread !== to);
      if (to === undefined || legs.some((leg) => !this.#legs.has(leg))) return;
      if (away.length === 0) return to.send(command);
      return this.#move(away, to, command);
    });
  }

  /**
   * Packets that come meanwhile wait in the kernel's buffer. The command goes in one message with the legs, so that
   * none of those packets is read between the two.
   */
  async #move(legs: readonly LegId[], to: MediaThreadHandle, then: Command): Promise<void> {
    const states: LegState[] = [];
    for (const leg of legs) {
      const from = this.#legs.get(leg)?.thread;
      const answer = await from?.ask((request) => ({ kind: "export", request, leg }));
      const place = this.#legs.get(leg);
      if (answer?.kind !== "exported" || answer.state === undefined || !place) continue;
      place.thread.legs--;
      place.thread = to;
      place.isRecorded = false;
      to.legs++;
      states.push(answer.state);
    }
    if (to.isAlive) to.send({ kind: "import", states, then });
    else this.#lose(states.map(({ leg }) => leg));
  }

  /** The thread of `near`, else the living one with the least to do; of those alike the one with the fewest legs. */
  #choose(near: LegId | undefined): MediaThreadHandle | undefined {
    const beside = near === undefined ? undefined : this.#legs.get(near)?.thread;
    if (beside?.isAlive) return beside;
    let best: MediaThreadHandle | undefined;
    for (const thread of this.#threads) {
      if (thread.isAlive && (best === undefined || hasLessToDo(thread, best))) best = thread;
      // What cannot be brought together later is kept together from the start.
      if (best !== undefined && !best.canMove) break;
    }
    return best;
  }

  #takePorts(count: number): number[] | undefined {
    const ports: number[] = [];
    const nowMs = this.#options.clock.now();
    while (ports.length < count) {
      const port = this.#pool.take(nowMs);
      if (port === undefined) {
        for (const taken of ports) this.#pool.free(taken);
        return undefined;
      }
      ports.push(port);
    }
    // The copy is as long as it must be, for as long as the call lasts.
    return ports.slice();
  }

  #onNotice(thread: MediaThreadHandle, notice: Notice): void {
    switch (notice.kind) {
      case "ready":
        if (!notice.canMove) this.#tellOfOneThread();
        return;
      case "event":
        if (notice.event.kind === "recorded") this.#onRecorded(notice.event.leg);
        return this.#emit(notice.event);
      case "freed":
        for (const port of notice.ports) {
          this.#resting.delete(port);
          this.#pool.free(port);
        }
        return;
      case "log":
        return this.#options.log[notice.level](notice.event, { ...notice.fields, thread: thread.index });
    }
  }

  /** What cannot move cannot be brought together, so everything is on the first thread, however many were asked for. */
  #tellOfOneThread(): void {
    const threads = this.#options.workers;
    if (threads < 2 || this.#isToldOfOneThread) return;
    this.#isToldOfOneThread = true;
    this.#options.log.warn(
      "All calls share one media thread: with WebCrypto or Deno's sockets none can move",
      {
        threads,
        crypto: this.#options.crypto ?? "fast",
      },
    );
  }

  #onRecorded(leg: LegId): void {
    const place = this.#legs.get(leg);
    if (place) place.isRecorded = false;
  }

  #onDeath(dead: MediaThreadHandle, own: readonly number[]): void {
    dead.legs = 0;
    const handles = [...own];
    for (const [port, rest] of this.#resting) {
      if (rest.thread !== dead) continue;
      handles.push(...rest.handles);
      this.#resting.delete(port);
      this.#pool.free(port);
    }
    this.#options.closeHandles?.(handles);
    const rooms = [...this.#rooms].flatMap(([room, thread]) => thread === dead ? [room] : []);
    for (const room of rooms) this.#rooms.delete(room);
    this.#lose([...this.#legs].flatMap(([leg, { thread }]) => thread === dead ? [leg] : []), rooms);
  }

  #lose(legs: readonly LegId[], rooms: readonly RoomId[] = []): void {
    for (const leg of legs) {
      const place = this.#legs.get(leg);
      if (!place) continue;
      this.#legs.delete(leg);
      this.#options.closeHandles?.(place.handles);
      for (const port of place.ports) this.#pool.free(port);
    }
    if (legs.length + rooms.length > 0) this.#emit({ kind: "lost", legs, rooms });
  }

  #emit(event: MediaEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

function hasLessToDo(a: MediaThreadHandle, b: MediaThreadHandle): boolean {
  return a.loadStep < b.loadStep || (a.loadStep === b.loadStep && a.legs < b.legs);
}
