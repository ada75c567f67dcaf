/** A media thread without its shell: takes commands, runs the core on a network, and never dies of one bad command. */
import type { Random } from "../../base/mod.ts";
import type { Network } from "../relay/mod.ts";
import { MediaCore } from "./media_core.ts";
import type { Command, Notice, ThreadOptions } from "./messages.ts";
import type { MediaFiles } from "./ports.ts";

/** Faults told in words each second; the rest are counted only. */
const FAULTS_A_SECOND = 3;
/** Failures of the loop in a row after which the thread gives up, to be started anew. */
const FAILURES = 100;
/** A wait that would end so much sooner is ended; less is the noise of fractions. */
const SOONER_MS = 0.5;

export interface ThreadShell {
  readonly notify: (notice: Notice) => void;
  /** The sockets asked for, or those that can be had. */
  readonly openNetwork: (sockets: ThreadOptions["sockets"]) => Network;
  readonly random: Random;
  readonly files: MediaFiles;
  readonly sweep?: (() => void) | undefined;
  /** The loop gave up; whoever runs the thread lets it die. */
  readonly onFailure: (cause: unknown) => void;
}

export class MediaThread {
  readonly #shell: ThreadShell;
  #core: MediaCore | undefined;
  #network: Network | undefined;
  #faults = 0;
  #faultsSinceMs = 0;
  /** When the wait that is under way ends. */
  #waitsUntilMs = 0;

  constructor(shell: ThreadShell) {
    this.#shell = shell;
  }

  handle(command: Command): void {
    if (command.kind === "start") return this.#start(command);
    try {
      this.#core?.handle(command);
    } catch (error) {
      this.#log("Cannot obey a media command", { command: command.kind, error: String(error) });
    }
    this.#wakeIfDue();
  }

  /** Waking costs two changes of thread, and sockets are watched from the moment they are opened: only time matters. */
  #wakeIfDue(): void {
    const core = this.#core, network = this.#network;
    if (!core || !network) return;
    const nowMs = network.now();
    if (core.isStopped || nowMs + core.waitMs(nowMs) < this.#waitsUntilMs - SOONER_MS) network.wake();
  }

  #start({ options, handles }: Extract<Command, { kind: "start" }>): void {
    const network = this.#network = this.#shell.openNetwork(options.sockets);
    handles.set(network.handles);
    network.onFault = (error) => this.#onFault(error, network.now());
    this.#core = new MediaCore({
      ...options,
      network,
      random: this.#shell.random,
      files: this.#shell.files,
      notify: this.#shell.notify,
      sweep: this.#shell.sweep,
    });
    this.#shell.notify({ kind: "ready", canMove: network.canMove && options.crypto === "fast" });
    this.#run(this.#core, network).catch(this.#shell.onFailure);
  }

  async #run(core: MediaCore, network: Network): Promise<void> {
    let failures = 0;
    while (!core.isStopped) {
      try {
        const nowMs = network.now(), waitMs = core.waitMs(nowMs);
        this.#waitsUntilMs = nowMs + waitMs;
        await network.pump(waitMs);
        if (!core.isStopped) core.tick(network.now());
        failures = 0;
      } catch (error) {
        this.#log("Cannot finish a media beat", { error: String(error) });
        if (++failures >= FAILURES) throw error;
      }
    }
  }

  /** Whoever can provoke a fault by a packet shall not fill the log with it. */
  #onFault(error: unknown, nowMs: number): void {
    if (nowMs - this.#faultsSinceMs > 1000) {
      this.#faultsSinceMs = nowMs;
      this.#faults = 0;
    }
    if (this.#faults++ < FAULTS_A_SECOND) this.#log("Cannot handle a media packet", { error: String(error) });
  }

  #log(event: string, fields: Record<string, string>): void {
    this.#shell.notify({ kind: "log", level: "error", event, fields });
  }
}
