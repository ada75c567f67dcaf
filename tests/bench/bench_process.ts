/** A child process that answers lines of JSON, pinned to a core where `taskset` is there, with its CPU time read. */
import { ENGINE_FLAGS } from "../support/engine_flags.ts";
import { TextLineStream } from "./text_lines.ts";

/** Kernel ticks per second as /proc tells time; 100 on every Linux we run on. */
const TICKS = 100;

export class BenchProcess {
  readonly #child: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;

  /** @throws {Deno.errors.NotFound} when the command is not installed. */
  constructor(command: readonly string[], options: { readonly core: number | undefined }) {
    const words = options.core === undefined ? command : ["taskset", "-c", String(options.core), ...command];
    this.#child = new Deno.Command(words[0]!, {
      args: words.slice(1),
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())
      .getReader();
    this.#input = this.#child.stdin.getWriter();
  }

  /** This program's own runtime, running a file of this folder. */
  static deno(file: string, options: { core: number | undefined; args?: readonly string[] }): BenchProcess {
    const path = new URL(file, import.meta.url).pathname;
    const command = [Deno.execPath(), "run", ...ENGINE_FLAGS, "-A", path, ...(options.args ?? [])];
    return new BenchProcess(command, options);
  }

  get pid(): number {
    return this.#child.pid;
  }

  async hear<T>(): Promise<T> {
    const { value, done } = await this.#lines.read();
    if (done) throw new Error("Cannot go on: a process of the bench ended");
    return JSON.parse(value) as T;
  }

  async ask<T>(message: unknown): Promise<T> {
    await this.#input.write(new TextEncoder().encode(`${JSON.stringify(message)}\n`));
    return await this.hear<T>();
  }

  /** Seconds of CPU of all its threads, user and system. */
  cpuSeconds(): number {
    return cpuSeconds(this.#child.pid);
  }

  /** Resident memory in MB. */
  memoryMb(): number {
    return memoryMb(this.#child.pid);
  }

  async stop(): Promise<void> {
    await this.#input.close().catch(() => {});
    this.#child.kill("SIGTERM");
    await this.#lines.cancel();
    await this.#child.status;
  }
}

export function cpuSeconds(pid: number): number {
  const text = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

export function memoryMb(pid: number): number {
  const line = /VmRSS:\s+(\d+)/.exec(Deno.readTextFileSync(`/proc/${pid}/status`));
  return Number(line?.[1] ?? 0) / 1024;
}
