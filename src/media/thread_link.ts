/** How the main thread holds a media thread: send commands, hear notices, learn of its death. */
import type { Clock } from "../base/mod.ts";
import type { Command, Notice } from "./thread/mod.ts";

export interface ThreadLink {
  send(command: Command): void;
  /** Called for every notice; set once, before the first command. */
  onNotice: (notice: Notice) => void;
  /** The thread failed; it is gone or useless. */
  onDeath: (reason: string) => void;
  terminate(): void;
}

/** Commands cross together that come within so long of the last crossing: waking the thread costs more than they do. */
const GATHER_MS = 4;

/** A Deno worker. `url` names {@link ./worker.ts} or the file it was bundled to. */
export class WorkerLink implements ThreadLink {
  onNotice: (notice: Notice) => void = () => {};
  onDeath: (reason: string) => void = () => {};
  readonly #worker: Worker;
  readonly #clock: Clock;
  #waiting: Command[] = [];
  #crossedMs = 0;

  constructor(url: string | URL, options: { readonly name: string; readonly clock: Clock }) {
    const { name, clock } = options;
    this.#clock = clock;
    this.#worker = new Worker(url, { type: "module", name });
    this.#worker.onmessage = (event: MessageEvent<readonly Notice[]>) => {
      for (const notice of event.data) this.onNotice(notice);
    };
    this.#worker.onerror = (event) => {
      // Unhandled, it would end the whole process.
      event.preventDefault();
      this.onDeath(event.message);
    };
    this.#worker.onmessageerror = () => this.onDeath("message cannot be read");
  }

  send(command: Command): void {
    if (this.#waiting.push(command) > 1) return;
    const nowMs = this.#clock.now();
    this.#clock.at(Math.max(nowMs, this.#crossedMs + GATHER_MS), () => this.#flush());
  }

  #flush(): void {
    const commands = this.#waiting;
    this.#waiting = [];
    this.#crossedMs = this.#clock.now();
    this.#worker.postMessage(commands);
  }

  terminate(): void {
    this.#worker.terminate();
  }
}
