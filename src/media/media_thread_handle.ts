/** The main thread's view of one media thread: questions under way, signs of life, restart with a growing pause. */
import { type Clock, type Log, PassingMap, type Timer } from "../base/mod.ts";
import type { WorkerReport } from "./plane.ts";
import type { ThreadLink } from "./thread_link.ts";
import {
  type Command,
  type Descriptors,
  noDescriptors,
  notedDescriptors,
  type Notice,
  type RequestId,
  type ThreadOptions,
} from "./thread/mod.ts";

/** A thread tells once a second that it lives; one that has not for so long is taken for dead. */
const SILENT_MS = 5_000;
/** Compiling and loading the thread's code may take long on a small box. */
const START_MS = 20_000;
const CHECK_MS = 1_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
/** A thread that lived so long starts again without a longer pause. */
const STABLE_MS = 60_000;
const STOP_MS = 2_000;
/** What a thread opens for itself. */
const OWN_HANDLES = 2;
/** Share of a thread that one relayed leg takes, roughly. */
const LEG_LOAD = 0.0005;

export interface HandleOptions {
  readonly thread: ThreadOptions;
  readonly clock: Clock;
  readonly log: Log;
  readonly spawn: (index: number) => ThreadLink;
  /** Every notice but answers and signs of life. */
  readonly onNotice: (notice: Notice) => void;
  /** Its legs are gone, and `handles` are what it leaves behind beside their sockets; called before it starts anew. */
  readonly onDeath: (handles: readonly number[]) => void;
}

type Counted = Pick<WorkerReport, "packets" | "kernelDrops" | "beats" | "lateBeats">;
type Answer = Extract<Notice, { request: RequestId }>;

export class MediaThreadHandle {
  readonly #options: HandleOptions;
  readonly #questions = new PassingMap<RequestId, (answer: Answer | undefined) => void>();
  #link: ThreadLink | undefined;
  #handles: Descriptors = noDescriptors(OWN_HANDLES);
  #nextRequest = 1;
  #heardMs = 0;
  #startedMs = 0;
  #isReady = false;
  #pauseMs = FIRST_PAUSE_MS;
  #timer: Timer | undefined;
  #onStopped: (() => void) | undefined;
  #isSuspect = false;
  /** Whether legs can leave it; for certain once it is ready. */
  canMove: boolean;
  /** Legs placed on it; counted by the plane, which knows of them before the thread reports. */
  legs = 0;
  /** The latest of its own reports. */
  report: WorkerReport;
  /** Where its counters stood when it died last: to who reads them it is one thread, and a counter never falls. */
  #before: Counted;

  constructor(options: HandleOptions) {
    this.#options = options;
    const { worker, crypto, sockets } = options.thread;
    this.canMove = crypto === "fast" && sockets === "libc";
    this.report = { worker, legs: 0, packets: 0, kernelDrops: 0, beats: 0, lateBeats: 0, load: 0 };
    this.#before = this.report;
    this.#start();
  }

  get isAlive(): boolean {
    return this.#link !== undefined;
  }

  /**
   * Load in tenths, so that threads with about the same to do count as alike. Its reports come once a second: legs
   * placed since the last are reckoned in.
   */
  get loadStep(): number {
    const { load, legs } = this.report;
    return Math.floor((load + Math.max(0, this.legs - legs) * LEG_LOAD) * 10);
  }

  get index(): number {
    return this.#options.thread.worker;
  }

  send(command: Command): void {
    this.#link?.send(command);
  }

  /** Sends the command made with the request's number; undefined when the thread dies before it answers. */
  ask(make: (request: RequestId) => Command): Promise<Answer | undefined> {
    const link = this.#link;
    if (!link) return Promise.resolve(undefined);
    const request = this.#nextRequest++;
    return new Promise((resolve) => {
      this.#questions.set(request, resolve);
      link.send(make(request));
    });
  }

  /** Ends the thread for good, after it has closed its sockets or two seconds. */
  async stop(): Promise<void> {
    const link = this.#link;
    this.#timer?.cancel();
    if (!link) return;
    await new Promise<void>((resolve) => {
      this.#onStopped = resolve;
      this.#timer = this.#options.clock.at(this.#options.clock.now() + STOP_MS, resolve);
      link.send({ kind: "stop" });
    });
    this.#timer?.cancel();
    this.#end();
  }

  /** True while the thread is ready and gives signs of life. */
  get isUp(): boolean {
    return this.#link !== undefined && this.#isReady && !this.#isSuspect;
  }

  #start(): void {
    const { clock, spawn, thread } = this.#options;
    const link = spawn(thread.worker);
    this.#link = link;
    this.#isReady = false;
    this.#isSuspect = false;
    this.#startedMs = this.#heardMs = clock.now();
    // What a thread taken for dead still says would be counted as the next one's.
    link.onNotice = (notice) => link === this.#link ? this.#onNotice(notice) : undefined;
    link.onDeath = (reason) => this.#onDeath(link, reason);
    this.#handles = noDescriptors(OWN_HANDLES);
    link.send({ kind: "start", options: thread, handles: this.#handles });
    this.#checkLater();
  }

  #checkLater(): void {
    const { clock } = this.#options;
    this.#timer = clock.at(clock.now() + CHECK_MS, () => this.#check());
  }

  #check(): void {
    const quietMs = this.#options.clock.now() - this.#heardMs;
    const isQuiet = quietMs > (this.#isReady ? SILENT_MS : START_MS);
    // If this thread was the one that slept, the signs of life are waiting behind this timer: look twice.
    if (isQuiet && this.#isSuspect && this.#link) {
      return this.#onDeath(this.#link, `no sign of life for ${Math.round(quietMs / 1000)} s`);
    }
    this.#isSuspect = isQuiet;
    this.#checkLater();
  }

  #onNotice(notice: Notice): void {
    this.#heardMs = this.#options.clock.now();
    switch (notice.kind) {
      case "ready":
        this.#isReady = true;
        this.canMove = notice.canMove;
        return this.#options.onNotice(notice);
      case "beat":
        this.report = { ...notice.report, ...addCounts(this.#before, notice.report) };
        return;
      case "stopped":
        this.#onStopped?.();
        return;
      case "opened":
      case "exported":
      case "surveyed":
      case "report": {
        const resolve = this.#questions.get(notice.request);
        this.#questions.delete(notice.request);
        resolve?.(notice);
        return;
      }
      default:
        this.#options.onNotice(notice);
    }
  }

  #onDeath(link: ThreadLink, reason: string): void {
    if (link !== this.#link) return;
    const { clock, log, onDeath } = this.#options;
    this.#end();
    this.#timer?.cancel();
    log.error("Media thread died; its calls have lost their voice", { thread: this.index, reason });
    onDeath(notedDescriptors(this.#handles));
    this.#onStopped?.();
    if (this.#onStopped) return;
    if (clock.now() - this.#startedMs >= STABLE_MS) this.#pauseMs = FIRST_PAUSE_MS;
    this.#timer = clock.at(clock.now() + this.#pauseMs, () => this.#start());
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2);
  }

  #end(): void {
    this.#link?.terminate();
    this.#link = undefined;
    this.report = { ...this.report, legs: 0, load: 0 };
    this.#before = this.report;
    for (const resolve of this.#questions.values()) resolve(undefined);
    this.#questions.clear();
  }
}

function addCounts(a: Counted, b: Counted): Counted {
  return {
    packets: a.packets + b.packets,
    kernelDrops: a.kernelDrops + b.kernelDrops,
    beats: a.beats + b.beats,
    lateBeats: a.lateBeats + b.lateBeats,
  };
}
