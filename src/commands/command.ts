/** What a command of the shell is, and the codes with which the program ends. */

import type { Clock, Random, Result } from "../base/mod.ts";
import type { RunningServer, ServerOptions } from "../app_types.ts";
import type { ServiceNotifier, StandardStream } from "../platform/mod.ts";

/** Exit codes, the same for every command (table in README.md). */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  badConfiguration: 3,
  notReachable: 4,
  /** `call`: busy, refused, unknown, no answer. */
  notAnswered: 5,
  /** `call`, `demo`: answered, but nothing was heard. */
  silent: 6,
  /** `doctor`: something is wrong. */
  unwell: 7,
} as const;

export type ExitCode = typeof EXIT[keyof typeof EXIT];

export type StartServer = (options: ServerOptions) => Promise<Result<RunningServer, string>>;

/** The world around a command; tests give their own. */
export interface Shell {
  /** What was asked for. */
  readonly output: StandardStream;
  /** Everything else: problems, progress. */
  readonly error: StandardStream;
  readonly version: string;
  /** Working folder, absolute. */
  readonly folder: string;
  readonly clock: Clock;
  readonly random: Random;
  variable(name: string): string | undefined;
  /** First line of the standard input; undefined at its end. */
  readLine(options?: { readonly isHidden?: boolean }): string | undefined;
  /** The whole standard input as text, cut at 16 MB. */
  readInput(): string;
  readonly startServer: StartServer;
  /** Calls `handler` when the process is told to reload or to stop. Returns how to stop listening. */
  onRequest(handler: (request: "reload" | "stop") => void): () => void;
  /** Faults that nobody caught go to `handler`, and the process goes on. */
  onFault(handler: (error: unknown) => void): void;
  readonly notifier: ServiceNotifier;
}

export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What `--help` prints: usage, options, examples. */
  readonly help: string;
  run(args: readonly string[], shell: Shell): Promise<ExitCode>;
}

/** The command line makes no sense; the message says what would. */
export class UsageError extends Error {}

/** The command cannot do its work; the message says why and what to do. */
export class CommandError extends Error {
  constructor(message: string, readonly code: ExitCode = EXIT.failed) {
    super(message);
  }
}
