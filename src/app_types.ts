/** The server as its callers see it: what starting it takes, and what can be asked of it while it runs. */

import type { Log } from "./base/mod.ts";
import type { Problem, Settings } from "./config/mod.ts";
import type { CallRecord, CallRecordQuery } from "./pbx/ports.ts";
import type { Store } from "./store/mod.ts";

export interface ServerOptions {
  readonly settings: Settings;
  /** Open already; whoever opened it closes it, after {@linkcode RunningServer.stop}. */
  readonly store: Store;
  readonly log: Log;
  readonly version: string;
  /** Absolute path of the file the settings came from; absent for the office of a first start. */
  readonly configFile?: string;
  /** Warnings of the configuration, to be shown on the page. */
  readonly warnings?: readonly Problem[];
  /** Logs every SIP message, secrets masked. */
  readonly trace?: boolean;
}

/** A server whose listeners are all up. */
export interface RunningServer {
  /** Takes over what can be changed without touching a call; see `compareSettings` for the rest. */
  reload(settings: Settings, warnings: readonly Problem[]): void;
  /** A changed file was refused: the page says why until a good one comes. */
  refuse(problems: readonly Problem[]): void;
  /** Takes no new call, ends those that live, closes everything. Harmless when called twice. */
  stop(): Promise<void>;
  /** False when the process hangs or a part has died for good: the watchdog is then no longer fed. */
  isHealthy(): boolean;
  readonly handlers: ServerHandlers;
}

/** What the commands of the shell ask a running server. Plain data, no secrets. */
export interface ServerHandlers {
  status(): ServerStatus | Promise<ServerStatus>;
  /** Live calls, oldest first. */
  calls(): readonly CallRecord[] | Promise<readonly CallRecord[]>;
  /** Call records, newest first. */
  records(query: CallRecordQuery): Promise<{ readonly rows: readonly CallRecord[]; readonly total: number }>;
  /** The stored part of the directory was changed by another process: read it again. */
  directoryChanged(): Promise<void>;
  /** SIP messages as they pass, one text each, until the caller has had enough. */
  trace(filter: { readonly text?: string }): AsyncIterable<string>;
}

export interface ServerStatus {
  readonly version: string;
  readonly startedAt: number;
  readonly nowMs: number;
  /** `udp://0.0.0.0:5060`, as it listens (a port 0 resolved). */
  readonly listeners: readonly string[];
  /** Where the page is, if it is on. */
  readonly page?: string;
  readonly configFile?: string;
  readonly certificates: readonly { readonly names: readonly string[]; readonly expiresAt: number }[];
  readonly domains: readonly DomainStatus[];
  readonly calls: { readonly live: number; readonly sinceStart: number };
  readonly bans: number;
  readonly memoryBytes: number;
  /** Sentences that say what is wrong and what to do. */
  readonly warnings: readonly string[];
}

export interface DomainStatus {
  readonly name: string;
  readonly extensions: readonly {
    readonly number: string;
    readonly name: string;
    readonly enabled: boolean;
    readonly inCall: boolean;
    readonly devices: readonly {
      readonly contact: string;
      readonly transport: string;
      readonly userAgent?: string;
      readonly expiresAt: number;
    }[];
  }[];
  readonly lines: readonly {
    readonly name: string;
    readonly kind: string;
    readonly state: string;
    readonly detail?: string;
  }[];
  readonly groups: readonly {
    readonly number: string;
    readonly name: string;
    readonly members: number;
    readonly waiting: number;
  }[];
  readonly rooms: readonly {
    readonly number: string;
    readonly name: string;
    readonly members: number;
    readonly capacity: number;
  }[];
}
