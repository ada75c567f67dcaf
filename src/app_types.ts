/** The server as its callers see it: what starting it takes, and what can be asked of it while it runs. */

import type { Log } from "./base/mod.ts";
import type { Locale, Problem, Settings } from "./config/mod.ts";
import type { Pass } from "./pbx/access/mod.ts";
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

/** What the commands of the shell ask a running server. Plain data, no secrets but the pass. */
export interface ServerHandlers {
  status(): ServerStatus | Promise<ServerStatus>;
  /** Live calls, oldest first. */
  calls(): readonly CallRecord[] | Promise<readonly CallRecord[]>;
  /** Call records, newest first. */
  records(query: CallRecordQuery): Promise<{ readonly rows: readonly CallRecord[]; readonly total: number }>;
  /** The dry run of routing; undefined without such a domain or extension. */
  route(question: RouteQuestion): RouteAnswer | undefined | Promise<RouteAnswer | undefined>;
  /** The stored part of the directory was changed by another process: read it again. */
  directoryChanged(): Promise<void>;
  /** Credentials for one call to the echo test; undefined where there is no domain or no echo test. */
  pass(): Pass | undefined | Promise<Pass | undefined>;
  /** Certificates on disk were changed by another process: look at once. */
  certificatesChanged(): Promise<void>;
  /** SIP messages as they pass, one text each, until the caller has had enough. */
  trace(filter: TraceFilter): AsyncIterable<string>;
}

/** Which SIP messages somebody wants to see. */
export interface TraceFilter {
  /** Only messages that contain it. */
  readonly text?: string;
  /** So many of the newest that are remembered, and then the end; absent: those to come. */
  readonly last?: number;
}

/** What would happen if `from` dialled this. */
export interface RouteQuestion {
  /** Absent: the first domain that knows `from`. */
  readonly domain?: string;
  /** Extension that dials. */
  readonly from: string;
  readonly dialled: string;
  /** Language of the explanation; absent: the domain's. */
  readonly locale?: Locale;
  /** Milliseconds since the epoch; absent: now. */
  readonly at?: number;
}

/** A dry run of routing. No secrets. */
export interface RouteAnswer {
  readonly domain: string;
  readonly from: string;
  readonly dialled: string;
  readonly isAllowed: boolean;
  /** What it leads to; `refused` when it leads nowhere. */
  readonly kind: "extension" | "huntGroup" | "ringGroup" | "room" | "code" | "outside" | "refused";
  /** Machine word for a refusal, e.g. `not allowed`. */
  readonly reason?: string;
  /** Number of the extension, group or room; name of the service code. */
  readonly target?: string;
  /** Place of the rule that decided, counted from 1. */
  readonly rule?: number;
  readonly isEmergency?: boolean;
  /** Lines that would be tried in turn, with the number sent and the one shown. */
  readonly ways?: readonly {
    readonly line: string;
    readonly number: string;
    readonly callerNumber?: string;
  }[];
  /** One sentence a step, the result last. */
  readonly lines: readonly string[];
}

export interface ServerStatus {
  readonly version: string;
  readonly processId: number;
  readonly startedAt: number;
  readonly nowMs: number;
  /** `udp://0.0.0.0:5060`, as it listens (a port 0 resolved). */
  readonly listeners: readonly string[];
  /** UDP ports of voice, `20000-29999`. */
  readonly mediaPorts: string;
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
      /** False while it does not answer, or its connection is gone. */
      readonly isReachable: boolean;
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
    /** Members that could be rung now. */
    readonly free: number;
    readonly waiting: number;
    /** Extensions that ring for it now. */
    readonly ringing: readonly string[];
  }[];
  readonly rooms: readonly {
    readonly number: string;
    readonly name: string;
    readonly members: number;
    readonly capacity: number;
  }[];
}
