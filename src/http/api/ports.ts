/** What the page and the API ask of the running server. Owned here, implemented by whoever composes the server. */

import type { ForwardSettings, Locale, Settings } from "../../config/mod.ts";
import type { CallRecord, CallRecordQuery, StoredBan } from "../../pbx/ports.ts";
import type { Result } from "../../base/mod.ts";
import type { EndReasonView, LadderView, QualityPoint, QualitySeries } from "./views_calls.ts";
import type {
  Certificate,
  Device,
  GroupView,
  LineView,
  LogLine,
  Overview,
  RoomView,
} from "./views_status.ts";

/** Answers come from memory, quickly, except where a promise is returned. */
export interface OfficeQueries {
  overview(): Promise<Overview>;
  /** True once all listeners are up; false again while stopping. */
  isReady(): boolean;
  /** What is missing to take calls now, a few words each; empty when all is there. */
  missing(): Promise<readonly string[]>;
  devices(domain: string, extension: string): readonly Device[];
  callsOf(domain: string, extension: string): number;
  /** What is in force: settings, and what was switched by code or page. */
  features(
    domain: string,
    extension: string,
  ): { readonly forward: ForwardSettings; readonly doNotDisturb: boolean };
  groups(domain: string): readonly GroupView[];
  rooms(domain: string): Promise<readonly RoomView[]>;
  lines(domain: string): readonly LineView[];
  dryRun(question: DryRunQuestion): DryRunAnswer | undefined;
  liveCalls(): readonly LiveCall[];
  liveCall(id: string): CallRecord | undefined;
  /** The latest measurement of each side of a live call; empty before the first. */
  measureNow(call: string): readonly (QualityPoint & { readonly side: "caller" | "called" })[];
  records: RecordReader;
  endReason(record: CallRecord): EndReasonView | undefined;
  hasTrace(record: CallRecord): boolean;
  ladder(record: CallRecord): LadderView;
  /** A capture file of the signalling, secrets masked. */
  pcap(record: CallRecord): Uint8Array<ArrayBuffer>;
  quality(call: string): readonly QualitySeries[];
  bans(): readonly StoredBan[];
  certificates(): readonly Certificate[];
  /** PEM of the own authority; undefined with given certificates. */
  authority(): string | undefined;
  settings(): Settings;
  /** Path of the file the settings came from, and what is wrong with it or waits for a restart. */
  configuration(): { readonly file?: string; readonly problems: readonly string[] };
  /** The newest lines, oldest of them first. */
  logTail(limit: number): readonly LogLine[];
  /** Prometheus text. */
  metrics(): Promise<string>;
}

export interface RecordReader {
  list(query: CallRecordQuery): Promise<{ readonly rows: readonly CallRecord[]; readonly total: number }>;
  get(id: string): Promise<CallRecord | undefined>;
  exportAs(format: "csv" | "json", query: Omit<CallRecordQuery, "offset" | "limit">): AsyncIterable<string>;
}

export interface DryRunQuestion {
  readonly domain: string;
  readonly from: string;
  readonly dialled: string;
  readonly locale: Locale;
  /** Milliseconds since the epoch; default now. */
  readonly at?: number;
}

export interface DryRunAnswer {
  readonly isAllowed: boolean;
  readonly lines: readonly string[];
}

/** What can be done to a room. */
export type RoomAction =
  | { readonly kind: "mute"; readonly member: string; readonly muted: boolean }
  | { readonly kind: "muteAll"; readonly muted: boolean }
  | { readonly kind: "remove"; readonly member: string }
  | { readonly kind: "lock"; readonly locked: boolean }
  | { readonly kind: "record"; readonly on: boolean }
  | { readonly kind: "invite"; readonly number: string }
  | { readonly kind: "end" };

/** `en/busy`, `music/waiting`: a file of the shipped sounds, of the company's own, or both. */
export interface SoundItem {
  readonly name: string;
  /** True when the company's own file is played. */
  readonly isOwn: boolean;
  readonly isShipped: boolean;
  /** What the shipped file says. */
  readonly words?: string;
}

/** The words, tones and music of the server. */
export interface SoundShelf {
  list(): readonly SoundItem[];
  /** The WAV file that is played now; undefined when there is none of that name. */
  read(name: string): Uint8Array<ArrayBuffer> | undefined;
  /** Takes a WAV file for a shipped name, or new music; the error says what is wrong with it. */
  put(name: string, wav: Uint8Array): Result<void, string>;
  /** Back to the shipped file; false when there was no own one. */
  remove(name: string): boolean;
}

/** What was recorded in a room. Times in milliseconds since the epoch. */
export interface RecordingItem {
  /** Unique in its domain. */
  readonly id: string;
  readonly room: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly seconds: number;
  /** Numbers of all who were in the room meanwhile. */
  readonly members: readonly string[];
  readonly error?: string;
}

/** Recordings of rooms. */
export interface RecordingShelf {
  /** Newest first. */
  list(domain: string): readonly RecordingItem[];
  /** The WAV file; undefined when there is no such recording. */
  read(domain: string, id: string): AsyncIterable<Uint8Array> | undefined;
  /** False when there is no such recording. */
  delete(domain: string, id: string): boolean;
}

/** A call now; there may be thousands, so its whole picture is made only when it is looked at. */
export interface LiveCall {
  readonly domain: string;
  /** Numbers and names that a search looks into. */
  readonly parties: readonly (string | undefined)[];
  view(): CallRecord;
}

/** Why something was not done: in English, and as a word from which a page makes its own sentence. */
export interface Refusal {
  readonly message: string;
  readonly reason: string;
  /** What the sentence is filled with. */
  readonly values?: Readonly<Record<string, string>>;
}

export interface OfficeCommands {
  readonly sounds: SoundShelf;
  readonly recordings: RecordingShelf;
  hangUp(call: string): boolean;
  /** Rings `from`; when it answers, `to` is dialled in its name. */
  originate(
    wish: { readonly domain: string; readonly from: string; readonly to: string },
  ): Result<void, string>;
  /** False when nobody is in the room. */
  room(domain: string, room: string, action: RoomAction): boolean;
  /** Switches what people switch at their phone; false when there is no such extension. */
  setFeatures(domain: string, extension: string, change: { readonly doNotDisturb: boolean }): boolean;
  /**
   * Sets a forward over what the directory says, or ends it where `to` is absent. Undefined when there is no such
   * extension; the error says where nobody may forward to.
   */
  setForward(
    domain: string,
    extension: string,
    change: {
      readonly reason: "always" | "busy" | "noAnswer" | "unreachable";
      readonly to?: string;
      readonly afterSeconds?: number;
    },
  ): Result<void, string> | undefined;
  /** Ends a registration; the phone may register again. */
  unregister(domain: string, extension: string, contact: string): boolean;
  ban(address: string, forSeconds: number): boolean;
  unban(address: string): boolean;
  /** Checks both, puts them in place and uses them; the error says what is wrong. */
  installCertificate(
    pem: { readonly certificate: string; readonly key: string },
  ): Promise<Result<void, Refusal>>;
  /** Back to the own authority's certificate. */
  removeCertificate(): Promise<Result<void, Refusal>>;
  /** A backup as one file, encrypted with the passphrase. Undefined where the server cannot make one. */
  backup?(passphrase: string): Promise<Result<ReadableStream<Uint8Array>, string>>;
}
