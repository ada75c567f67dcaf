/**
 * The port through which the business sees media: open legs, say who is on the far side, join, play, record, measure,
 * close. No packet passes here; all of it is small typed data that may cross a thread.
 */

/** Made by the plane, unique while the process lives. */
export type LegId = number;
export type RoomId = string;

export type SrtpSuiteName =
  | "AES_CM_128_HMAC_SHA1_80"
  | "AES_CM_128_HMAC_SHA1_32"
  | "AES_192_CM_HMAC_SHA1_80"
  | "AES_192_CM_HMAC_SHA1_32"
  | "AES_256_CM_HMAC_SHA1_80"
  | "AES_256_CM_HMAC_SHA1_32"
  | "AEAD_AES_128_GCM"
  | "AEAD_AES_256_GCM";

/** One direction's key material, decoded from `a=crypto`. */
export interface SrtpKey {
  readonly suite: SrtpSuiteName;
  /** Master key followed by master salt, as in the SDP `inline:` (RFC 4568 §6.1). */
  readonly keyAndSalt: Uint8Array;
  /** MKI value and its length in bytes (1–128) when the line carries one. */
  readonly mki?: { readonly value: number; readonly length: number };
}

export type StreamKind = "rtp" | "udptl";
export type AddressFamily = "ipv4" | "ipv6";

/** Opening: one entry for each m-line. Each gets an even port and the odd one above it. */
export interface OpenLeg {
  readonly streams: readonly { readonly kind: StreamKind }[];
  readonly family: AddressFamily;
  /** Put the leg on the thread of that one: the two will be joined. */
  readonly near?: LegId;
  /** Address of this machine that the peer will be told, to bind to; default: all of the family. */
  readonly localHost?: string;
  /** Free text for statistics and logs, e.g. the call's id. */
  readonly label?: string;
}

export type OpenedLeg =
  | { readonly ok: true; readonly leg: LegId; readonly ports: readonly number[] }
  | { readonly ok: false; readonly error: "no ports" | "no worker" };

/** What a payload type stands for on one leg; names in lower case, e.g. `pcmu`, `g722`, `opus`, `telephone-event`. */
export interface PayloadFormat {
  readonly payloadType: number;
  readonly encoding: string;
  readonly clockRate: number;
  readonly channels?: number;
}

export type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";

/** All that SIP says about one stream of a leg; sent whole each time it changes. */
export interface StreamSettings {
  /** From the peer's SDP; absent until known. Port 0 stops the stream. */
  readonly remote?: { readonly host: string; readonly port: number; readonly rtcpPort: number };
  /** Where the peer's signalling came from: a packet from this address may be latched to. */
  readonly signallingHost?: string;
  readonly rtcpMux: boolean;
  /** What we may send and take, seen from the server: `recvonly` means the peer only sends. */
  readonly direction: Direction;
  /** Key with which we seal towards the peer; absent: plain RTP. */
  readonly sendKey?: SrtpKey;
  /** Key with which the peer's packets open. The same key again keeps the rollover counter. */
  readonly receiveKey?: SrtpKey;
  /** Payload types this peer may send us, and those it wants from us. Mapped by encoding between joined legs. */
  readonly receiveFormats: readonly PayloadFormat[];
  readonly sendFormats: readonly PayloadFormat[];
  /** Packet time for what the server itself sends, default 20. */
  readonly packetMs?: number;
  /** How digits reach this peer; the relay translates where the two sides of a bridge differ. */
  readonly dtmf: "rfc4733" | "inband" | "info" | "none";
}

/**
 * What the server itself can play. Audio files are named by the media store, never by peers. `level` is the amplitude
 * of each frequency as a share of full scale, 0–1.
 */
export type PlaySource =
  | { readonly kind: "tone"; readonly frequencies: readonly number[]; readonly level: number }
  /** Cadence in ms, on/off alternating, repeated: ringback, busy, congestion. */
  | {
    readonly kind: "cadence";
    readonly frequencies: readonly number[];
    readonly cadenceMs: readonly number[];
    readonly level: number;
  }
  /** WAV (PCM 16, PCMU, PCMA, 8/16 kHz and others resampled) or raw .pcmu/.pcma/.g722. Several are played in turn. */
  | { readonly kind: "files"; readonly paths: readonly string[] };

export interface PlayOptions {
  readonly loop: boolean;
  /** Told in the `played` event. */
  readonly tag?: string;
}

/** One direction of one stream, as measured so far. Times in milliseconds. */
export interface StreamReport {
  readonly stream: number;
  readonly encoding?: string;
  readonly suite?: SrtpSuiteName;
  readonly packetsReceived: number;
  readonly packetsSent: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly lost: number;
  readonly late: number;
  readonly duplicates: number;
  readonly jitterMs: number;
  readonly roundTripMs?: number;
  /** Share of our packets that the peer says it missed lately, 0–1. */
  readonly farLossFraction?: number;
  /** Narrowband E-model estimate, 1.0–4.5 (ITU-T G.107). */
  readonly mos?: number;
  /** Packets that did not authenticate, were replayed, came from a stranger, or were no RTP. */
  readonly unauthentic: number;
  readonly replayed: number;
  readonly strangers: number;
  readonly malformed: number;
  /** Packets for the peer that could not be encrypted and did not leave. */
  readonly unsealed: number;
  /** Address the stream is latched to. */
  readonly latched?: string;
  /** 0–100, energy of the last 20 ms where the server decodes it. */
  readonly level?: number;
}

/** What a look at many streams at once tells of each; as in {@linkcode StreamReport}. */
export type StreamGlance = Pick<
  StreamReport,
  "packetsReceived" | "lost" | "jitterMs" | "roundTripMs" | "mos"
>;

export interface LegReport {
  readonly leg: LegId;
  readonly streams: readonly StreamReport[];
}

export type MediaEvent =
  | {
    readonly kind: "digit";
    readonly leg: LegId;
    readonly digit: string;
    readonly durationMs: number;
    readonly how: "rfc4733" | "inband";
  }
  | { readonly kind: "latched"; readonly leg: LegId; readonly stream: number; readonly address: string }
  /**
   * Nothing (or no longer anything) arrives though the peer should send; `false` when it came back. Told once more in
   * the same silence when it turns out to be `oneWay`.
   */
  | {
    readonly kind: "silent";
    readonly leg: LegId;
    readonly stream: number;
    readonly silent: boolean;
    readonly forMs: number;
    /** The other side of the join is heard meanwhile: what callers know as one-way audio. */
    readonly oneWay?: boolean;
  }
  /** Of a room when `room` is there; `leg` is 0 then. */
  | {
    readonly kind: "played";
    readonly leg: LegId;
    readonly room?: RoomId;
    readonly tag?: string;
    readonly complete: boolean;
  }
  | {
    readonly kind: "recorded";
    readonly leg: LegId;
    readonly room?: RoomId;
    readonly path: string;
    readonly seconds: number;
    readonly error?: string;
  }
  | { readonly kind: "rtcp-bye"; readonly leg: LegId; readonly stream: number }
  /** The thread that carried these legs died; they are closed. */
  | { readonly kind: "lost"; readonly legs: readonly LegId[]; readonly rooms: readonly RoomId[] }
  | { readonly kind: "talking"; readonly room: RoomId; readonly leg: LegId; readonly level: number };

export interface RecordOptions {
  readonly path: string;
  /** `mix`: both directions in one channel; `stereo`: received left, sent right; `received`: what the peer says. */
  readonly layout: "mix" | "stereo" | "received";
}

export interface RoomOptions {
  readonly maxMembers: number;
  readonly automaticGain?: boolean;
}

export interface RoomMember {
  readonly leg: LegId;
  readonly stream: number;
  readonly muted: boolean;
  /** Hears but is not heard, and no hold music of its side reaches the room. */
  readonly held: boolean;
  readonly gain?: number;
}

export interface MediaPlane {
  open(request: OpenLeg): Promise<OpenedLeg>;
  update(leg: LegId, stream: number, settings: StreamSettings): void;
  /** Joins two legs stream by stream, both ways. A leg joined before, echoing or in a room leaves that first. */
  connect(a: LegId, b: LegId): void;
  /** Ends a join, an echo or a room membership; the leg stays open and silent. */
  disconnect(leg: LegId): void;
  /** Sends back what arrives. */
  echo(leg: LegId): void;
  /** Plays on the leg's first audio stream; a former play ends. What a joined leg sends is withheld meanwhile. */
  play(leg: LegId, source: PlaySource, options: PlayOptions): void;
  stopPlaying(leg: LegId): void;
  record(leg: LegId, options: RecordOptions): void;
  stopRecording(leg: LegId): void;
  /** Sends digits to the peer as its `dtmf` setting says (`rfc4733` or `inband`). */
  sendDigits(leg: LegId, digits: string, options?: { toneMs?: number; gapMs?: number }): void;
  /** `automaticGain` brings quiet and loud members nearer to each other; default false. */
  openRoom(room: RoomId, options: RoomOptions): void;
  /** Adds or changes a member. */
  setMember(room: RoomId, member: RoomMember): void;
  playInRoom(room: RoomId, source: PlaySource, options: PlayOptions): void;
  recordRoom(room: RoomId, options: { path: string } | undefined): void;
  closeRoom(room: RoomId): void;
  measure(leg: LegId): Promise<LegReport | undefined>;
  /** The first stream of every leg that has heard anything, for a small part of what measuring each costs. */
  survey(): Promise<ReadonlyMap<LegId, StreamGlance>>;
  /** Frees ports and state. The last report comes back; undefined when the leg was gone. */
  close(leg: LegId): Promise<LegReport | undefined>;
  onEvent(listener: (event: MediaEvent) => void): void;
  /** One entry per worker: load in 0–1 of its beat, legs, and counts since the plane began. */
  workers(): Promise<readonly WorkerStatus[]>;
  /** Ends the threads; open legs are closed. */
  stop(): Promise<void>;
}

/** A media thread as the main thread sees it. */
export interface WorkerStatus extends WorkerReport {
  /** False until it is ready, when it gives no sign of life, and after its death. */
  readonly isUp: boolean;
}

export interface WorkerReport {
  readonly worker: number;
  readonly legs: number;
  /** Received and taken by a leg, since ended or not. */
  readonly packets: number;
  /** Dropped on RTP and RTCP sockets because their buffer was full. */
  readonly kernelDrops: number;
  /** Times at which something was mixed, played or sent by the server itself, every 20 ms where there is something to do. */
  readonly beats: number;
  /** Of these: came 5 ms late or more. */
  readonly lateBeats: number;
  readonly load: number;
}
