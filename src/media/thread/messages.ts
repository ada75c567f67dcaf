/** What the main thread tells a media thread and hears from it: small plain data, never a packet. */
import type {
  LegId,
  LegReport,
  MediaEvent,
  PlayOptions,
  PlaySource,
  RecordOptions,
  RoomId,
  RoomMember,
  RoomOptions,
  StreamKind,
  StreamSettings,
  WorkerReport,
} from "../plane.ts";
import type { CryptoKind, StreamState } from "../relay/mod.ts";
import type { SilenceState } from "../rtp/mod.ts";
import type { Descriptors } from "./descriptors.ts";
import type { SurveyFigures } from "./survey.ts";

/** Number by which an answer finds its question; chosen by the main thread. */
export type RequestId = number;

export interface ThreadOptions {
  /** Index of the thread, from 0. */
  readonly worker: number;
  /** 0–63 (RFC 2474). */
  readonly dscp: number;
  readonly crypto: CryptoKind;
  /** `deno` where FFI is not to be used. */
  readonly sockets: "libc" | "deno";
  /** A released port stays bound and drained for so long. */
  readonly restMs: number;
  readonly unverifiedPackets: number;
}

export interface OpenRequest {
  readonly leg: LegId;
  readonly host: string;
  /** Even ports, one for each stream. */
  readonly ports: readonly number[];
  readonly kinds: readonly StreamKind[];
  readonly label: string;
  /** Gets the sockets as they are opened, RTP and RTCP of each stream; stays empty where they cannot leave the thread. */
  readonly handles: Descriptors;
}

export type Command =
  /** `handles` gets what the thread opens for itself. */
  | { readonly kind: "start"; readonly options: ThreadOptions; readonly handles: Descriptors }
  | { readonly kind: "open"; readonly request: RequestId; readonly open: OpenRequest }
  | {
    readonly kind: "update";
    readonly leg: LegId;
    readonly stream: number;
    readonly settings: StreamSettings;
  }
  | { readonly kind: "connect"; readonly a: LegId; readonly b: LegId }
  | { readonly kind: "disconnect"; readonly leg: LegId }
  | { readonly kind: "echo"; readonly leg: LegId }
  | {
    readonly kind: "play";
    readonly leg: LegId;
    readonly source: PlaySource;
    readonly options: PlayOptions;
  }
  | { readonly kind: "stopPlaying"; readonly leg: LegId }
  | { readonly kind: "record"; readonly leg: LegId; readonly options: RecordOptions }
  | { readonly kind: "stopRecording"; readonly leg: LegId }
  | {
    readonly kind: "sendDigits";
    readonly leg: LegId;
    readonly digits: string;
    readonly toneMs: number;
    readonly gapMs: number;
  }
  | { readonly kind: "openRoom"; readonly room: RoomId; readonly options: RoomOptions }
  | { readonly kind: "setMember"; readonly room: RoomId; readonly member: RoomMember }
  | {
    readonly kind: "playInRoom";
    readonly room: RoomId;
    readonly source: PlaySource;
    readonly options: PlayOptions;
  }
  | { readonly kind: "recordRoom"; readonly room: RoomId; readonly path: string | undefined }
  | { readonly kind: "closeRoom"; readonly room: RoomId }
  | { readonly kind: "measure"; readonly request: RequestId; readonly leg: LegId }
  | { readonly kind: "survey"; readonly request: RequestId }
  | { readonly kind: "close"; readonly request: RequestId; readonly leg: LegId }
  /** Gives the leg up for another thread; its sockets stay open. */
  | { readonly kind: "export"; readonly request: RequestId; readonly leg: LegId }
  /** Takes legs over and obeys `then` before any of their packets is read. */
  | { readonly kind: "import"; readonly states: readonly LegState[]; readonly then: Command }
  | { readonly kind: "stop" };

/** A leg on its way from one thread to another. */
export interface LegState {
  readonly leg: LegId;
  readonly label: string;
  readonly streams: readonly StreamState[];
  /** What was told of the silence of each stream. */
  readonly silence: readonly ToldSilence[];
}

export interface ToldSilence {
  readonly state: SilenceState;
  readonly isOneWay: boolean;
}

export type Opened =
  | { readonly ok: true }
  /** This port could not be bound; `fatal` when no other will do either. */
  | { readonly ok: false; readonly port: number; readonly fatal: boolean; readonly reason: string };

export type Notice =
  /** Whether legs can leave the thread: sockets without a handle cannot. */
  | { readonly kind: "ready"; readonly canMove: boolean }
  | { readonly kind: "exported"; readonly request: RequestId; readonly state: LegState | undefined }
  | { readonly kind: "opened"; readonly request: RequestId; readonly opened: Opened }
  | { readonly kind: "report"; readonly request: RequestId; readonly report: LegReport | undefined }
  | { readonly kind: "surveyed"; readonly request: RequestId; readonly figures: SurveyFigures }
  | { readonly kind: "event"; readonly event: MediaEvent }
  /** Rested and closed: they may be handed out again. */
  | { readonly kind: "freed"; readonly ports: readonly number[] }
  /** Once a second while the thread lives. */
  | { readonly kind: "beat"; readonly report: WorkerReport }
  | {
    readonly kind: "log";
    readonly level: "warn" | "error";
    readonly event: string;
    readonly fields: Record<string, string>;
  }
  | { readonly kind: "stopped" };
