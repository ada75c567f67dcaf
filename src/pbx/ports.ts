/**
 * What the business needs from outside. Stores are asynchronous so that another engine than SQLite can stand behind
 * them; what is asked per message is served from memory.
 */

import type { DomainSettings } from "../config/mod.ts";

/** HA1 = H(username ":" realm ":" password), hexadecimal, one per algorithm (RFC 7616 §3.4.2). */
export interface Ha1 {
  readonly md5: string;
  readonly sha256: string;
}

/** One registered device of an extension, as it is kept. Times in milliseconds since the epoch. */
export interface StoredBinding {
  readonly domain: string;
  readonly extension: string;
  /** Contact URI as registered; with `instance` the key within the extension. */
  readonly contact: string;
  readonly instance?: string;
  readonly callId: string;
  readonly sequence: number;
  readonly q: number;
  readonly path: readonly string[];
  readonly userAgent?: string;
  readonly transport: "udp" | "tcp" | "tls";
  readonly localHost: string;
  readonly localPort: number;
  readonly remoteHost: string;
  readonly remotePort: number;
  /** Start of the present registration: unchanged by refreshes, breaks ties in groups. */
  readonly registeredAt: number;
  readonly refreshedAt: number;
  readonly expiresAt: number;
}

export interface BindingStore {
  all(): Promise<readonly StoredBinding[]>;
  /** Writes behind, in batches, at most 200 ms late. */
  put(binding: StoredBinding): void;
  remove(domain: string, extension: string, contact: string): void;
  /** Resolves when everything put before is on disk. */
  flush(): Promise<void>;
}

/** What a person sees of a call, and one row of the call records. */
export interface CallRecord {
  readonly id: string;
  readonly domain: string;
  readonly startedAt: number;
  readonly ringingAt?: number;
  readonly answeredAt?: number;
  readonly endedAt?: number;
  readonly caller: string;
  readonly callerName?: string;
  readonly called: string;
  readonly answeredBy?: string;
  readonly direction: "internal" | "incoming" | "outgoing";
  readonly line?: string;
  /** Machine word, e.g. `answered`, `busy`, `no answer`, `not allowed`; texts for people are made from it. */
  readonly result?: string;
  readonly endedBy?: "caller" | "called" | "server" | "network";
  readonly statusCode?: number;
  readonly legs: readonly CallRecordLeg[];
  /** Hunt attempts, forwards, transfers in order. */
  readonly events: readonly CallRecordEvent[];
}

export interface CallRecordLeg {
  readonly side: "caller" | "called";
  readonly party: string;
  readonly transport?: string;
  readonly remote?: string;
  readonly userAgent?: string;
  readonly codec?: string;
  readonly srtpSuite?: string;
  /** True when SDES keys crossed an unencrypted transport. */
  readonly keysExposed: boolean;
  readonly sipCallId: string;
  readonly packetsReceived?: number;
  readonly lost?: number;
  /** Came behind others that were sent after them, and came twice. */
  readonly late?: number;
  readonly duplicates?: number;
  readonly jitterMs?: number;
  readonly roundTripMs?: number;
  readonly mos?: number;
}

export interface CallRecordEvent {
  readonly at: number;
  readonly kind: string;
  readonly party?: string;
  readonly detail?: string;
}

export interface CallRecordStore {
  /** Never throws and never waits: a full disk costs the record, not the call. */
  append(record: CallRecord): void;
  list(query: CallRecordQuery): Promise<{ readonly rows: readonly CallRecord[]; readonly total: number }>;
  get(id: string): Promise<CallRecord | undefined>;
  /** Deletes what ended before; the number of rows removed. */
  prune(beforeMs: number): Promise<number>;
}

export interface CallRecordQuery {
  readonly domain?: string;
  readonly party?: string;
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly result?: string;
  readonly offset: number;
  readonly limit: number;
}

/** Small things that must survive a restart: round-robin positions, features set by code, counters. */
export interface StateStore {
  get(key: string): Promise<string | undefined>;
  /** Every key that begins with `prefix`. */
  list(prefix: string): Promise<ReadonlyMap<string, string>>;
  put(key: string, value: string): void;
  remove(key: string): void;
}

/** The part of the directory that is made on the page or by the API, one JSON document a domain. */
export interface DirectoryStore {
  domains(): Promise<readonly DomainSettings[]>;
  putDomain(domain: DomainSettings): Promise<void>;
  removeDomain(name: string): Promise<void>;
  /** Key `domain/extension`. Passwords are kept as HA1 only. */
  credentials(): Promise<ReadonlyMap<string, Ha1>>;
  putCredentials(domain: string, extension: string, ha1: Ha1): Promise<void>;
  removeCredentials(domain: string, extension: string): Promise<void>;
  /** Makes several changes, all of them or none. Rejects when `before` is no longer what is stored. */
  write(change: DirectoryWrite): Promise<void>;
}

export interface DirectoryWrite {
  /** What the change was made from: another change in between must not be lost. */
  readonly before: readonly DomainSettings[];
  readonly put?: readonly DomainSettings[];
  /** Names of domains; their credentials go with them. */
  readonly remove?: readonly string[];
  /** Key `domain/extension`; undefined removes. */
  readonly credentials?: ReadonlyMap<string, Ha1 | undefined>;
}

/** A sender that is not answered. Times in milliseconds since the epoch. */
export interface StoredBan {
  /** As `senderKey` of `base` prints it: an IPv4 address, or the /64 of an IPv6 address. */
  readonly address: string;
  readonly since: number;
  readonly until: number;
  readonly reason: string;
}

export interface BanStore {
  all(): Promise<readonly StoredBan[]>;
  /** Writes behind, like {@linkcode BindingStore.put}. */
  put(ban: StoredBan): void;
  remove(address: string): void;
}

/** One change made by a person or a script. No secrets. */
export interface AuditEntry {
  readonly at: number;
  /** Account, or `token` and its name. */
  readonly who: string;
  readonly host: string;
  /** `PUT extensions`, `sign in`. */
  readonly action: string;
  /** What was changed, e.g. `office.example/100`. */
  readonly target?: string;
  readonly detail?: string;
}

export interface AuditStore {
  /** Never throws and never waits, like {@linkcode CallRecordStore.append}. */
  append(entry: AuditEntry): void;
  /** Newest first. */
  list(
    page: { readonly offset: number; readonly limit: number },
  ): Promise<{ readonly rows: readonly AuditEntry[]; readonly total: number }>;
}

/** What happened, for the page's event stream, metrics and the log. Plain data, no secrets. */
export type PbxEvent =
  | {
    readonly kind: "registered" | "unregistered";
    readonly domain: string;
    readonly extension: string;
    readonly contact: string;
    readonly reason?: string;
  }
  | {
    readonly kind: "call";
    readonly phase: "started" | "ringing" | "answered" | "changed" | "ended";
    readonly call: string;
    readonly domain: string;
  }
  | {
    readonly kind: "line";
    readonly domain: string;
    readonly line: string;
    readonly state: string;
    readonly detail?: string;
  }
  /** Somebody came to a group, waits in it, is rung for, was answered or has left it. */
  | {
    readonly kind: "group";
    readonly domain: string;
    readonly group: string;
    readonly callers: number;
    readonly waiting: number;
    /** Extensions that ring for it now. */
    readonly ringing: readonly string[];
  }
  /** Forwards or do-not-disturb of an extension were changed by code, page or API. */
  | { readonly kind: "features"; readonly domain: string; readonly extension: string }
  | { readonly kind: "room"; readonly domain: string; readonly room: string }
  /** A call to the outside was stopped by `limits` of the domain. */
  | { readonly kind: "limit"; readonly domain: string; readonly extension: string; readonly reason: string }
  | { readonly kind: "ban"; readonly address: string; readonly until: number; readonly reason: string }
  | {
    readonly kind: "auth-failed";
    readonly address: string;
    readonly transport: string;
    readonly user: string;
    readonly reason: string;
  };

export interface EventSink {
  emit(event: PbxEvent): void;
}
