/** The settings as the rest of the program sees them: checked, complete, every default filled in. */

export type Locale = "en" | "zh";
export type SrtpPolicy = "off" | "optional" | "required";
export type DigestAlgorithm = "MD5" | "SHA-256";
export type DtmfMode = "auto" | "rfc4733" | "info" | "inband";
/** Who may use a rule: `internal`, `outside`, `longDistance`, `international`, or names of the domain's own. */
export type Level = string;

export interface Settings {
  readonly server: ServerSettings;
  readonly listen: ListenSettings;
  readonly media: MediaSettings;
  readonly tls: TlsSettings;
  readonly security: SecuritySettings;
  readonly sip: SipSettings;
  readonly codes: ServiceCodes;
  readonly records: RecordSettings;
  readonly telemetry: TelemetrySettings;
  readonly domains: readonly DomainSettings[];
}

export interface ServerSettings {
  readonly data: string;
  readonly locale: Locale;
  readonly log: "auto" | "text" | "json";
}

export interface ListenSettings {
  readonly sip: readonly SipListener[];
  /** Undefined when `web: off`. */
  readonly web?: { readonly secure: boolean; readonly host: string; readonly port: number };
}

export interface SipListener {
  readonly transport: "udp" | "tcp" | "tls";
  readonly host: string;
  readonly port: number;
}

export interface MediaSettings {
  readonly ports: { readonly first: number; readonly last: number };
  readonly address: "auto" | { readonly ip: string } | { readonly stun: string };
  readonly workers: "auto" | number;
  readonly dscp: number;
  readonly crypto: "fast" | "webcrypto";
}

export interface TlsSettings {
  readonly certificate: "auto" | readonly { readonly cert: string; readonly key: string }[];
  /** More names and addresses for the certificate of `auto`, beside the domains and the addresses of this machine. */
  readonly names: readonly string[];
  readonly clientCertificates: "off" | "optional" | "required";
  /** PEM file with the authorities that sign client certificates; absent: the server's own. */
  readonly clientAuthority?: string;
}

export interface SecuritySettings {
  readonly srtp: SrtpPolicy;
  readonly digest: readonly DigestAlgorithm[];
  /** Addresses or networks (CIDR) never banned. */
  readonly allow: readonly string[];
  /** `failures: 0` never bans. */
  readonly ban: { readonly failures: number; readonly withinSeconds: number; readonly forSeconds: number };
}

/** What is kept of calls that are over; whichever limit is reached first. */
export interface RecordSettings {
  readonly keepDays: number;
  readonly maxRecords: number;
}

export interface TelemetrySettings {
  readonly hep?: HepSettings;
}

/** A capture server that gets a copy of every SIP message (HEP3 over UDP). */
export interface HepSettings {
  readonly host: string;
  readonly port: number;
  /** Which of several senders this is. */
  readonly agent: number;
  readonly password?: string;
  /** False sends digest answers, SDES keys and PINs as they are. */
  readonly isMasked: boolean;
}

export interface SipSettings {
  readonly userAgent: string;
  readonly registration: {
    readonly minSeconds: number;
    readonly maxSeconds: number;
    readonly defaultSeconds: number;
    readonly maxDevices: number;
  };
  readonly ringSeconds: number;
  readonly sessionTimer: { readonly expiresSeconds: number; readonly minSeconds: number };
  readonly keepAliveSeconds: number;
}

/** Every code may be changed; an empty text switches it off. */
export interface ServiceCodes {
  readonly echo: string;
  readonly tone: string;
  readonly room: string;
  readonly pickupExtension: string;
  readonly pickupGroup: string;
  readonly park: string;
  readonly fetch: string;
  readonly join: string;
  readonly forwardBusy: string;
  readonly forwardUnreachable: string;
  readonly forwardNoAnswer: string;
  readonly forwardAlways: string;
  readonly doNotDisturb: string;
  readonly mailbox: string;
}

export interface DomainSettings {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly locale: Locale;
  readonly timeZone: string;
  /** Absent: the server's. */
  readonly digest?: readonly DigestAlgorithm[];
  /** Numbers that always pass, whatever the level and the schedule. */
  readonly emergency: readonly string[];
  /** From the least to the most; each includes the ones before it. */
  readonly levels: readonly Level[];
  readonly extensions: readonly ExtensionSettings[];
  readonly huntGroups: readonly HuntGroupSettings[];
  readonly ringGroups: readonly RingGroupSettings[];
  readonly rooms: readonly RoomSettings[];
  readonly lines: readonly LineSettings[];
  readonly rules: readonly RuleSettings[];
  readonly schedules: readonly ScheduleSettings[];
  readonly callerLists: readonly CallerListEntry[];
  readonly callerNames: readonly { readonly number: string; readonly name: string }[];
  readonly pickupGroups: readonly { readonly name: string; readonly members: readonly string[] }[];
  readonly limits: LimitSettings;
}

/** Against toll fraud: what a stolen password may cost. Emergency calls are never limited. */
export interface LimitSettings {
  /** Outgoing calls of one extension within 60 minutes; a forward or transfer counts for who forwards. */
  readonly callsPerHour: number;
  /** Outgoing calls of the whole domain within 60 minutes; absent: as many as there are. */
  readonly domainCallsPerHour?: number;
  /** Beginnings of international numbers that may be called, `+49`; empty: all. */
  readonly countries: readonly string[];
  /** Beginnings of international numbers that nobody may call. */
  readonly denied: readonly string[];
  /** What is dialled instead of `+`, as the line is sent it: `00`, in North America `011`. */
  readonly internationalPrefix: string;
}

export interface ForwardSettings {
  readonly always?: { readonly to: string };
  readonly busy?: { readonly to: string };
  readonly noAnswer?: { readonly to: string; readonly afterSeconds: number };
  readonly unreachable?: { readonly to: string };
}

export interface ExtensionSettings {
  readonly number: string;
  readonly name: string;
  /** Clear text only on its way from a file to the store, which keeps HA1. */
  readonly password?: string;
  readonly srtp?: SrtpPolicy;
  readonly digest?: readonly DigestAlgorithm[];
  readonly forward: ForwardSettings;
  readonly mayForward: boolean;
  readonly doNotDisturb: boolean;
  /** True lets a group ring this extension while it is in a call. */
  readonly callWaiting: boolean;
  /** Calls at the same time, both directions together. */
  readonly maxCalls: number;
  readonly maxDevices: number;
  readonly ringSeconds?: number;
  readonly level: Level;
  readonly dtmf: DtmfMode;
  readonly locale?: Locale;
  readonly rejectAnonymous: boolean;
  /** Number shown to the outside instead of the line's. */
  readonly outsideNumber?: string;
  readonly enabled: boolean;
}

export type HuntStrategy = "linear" | "roundRobin" | "longestIdle" | "random";

export interface HuntGroupSettings {
  readonly number: string;
  readonly name: string;
  readonly strategy: HuntStrategy;
  readonly ringSeconds: number;
  readonly wrapUpSeconds: number;
  readonly showGroupName: boolean;
  readonly members: readonly { readonly extension: string; readonly order: number }[];
  readonly queue?: {
    readonly maxWaitSeconds: number;
    readonly maxCallers: number;
    readonly announcePosition: boolean;
    readonly music?: string;
  };
  readonly overflow?: { readonly to: string };
}

export interface RingGroupSettings {
  readonly number: string;
  readonly name: string;
  readonly members: readonly string[];
  readonly ringSeconds: number;
  readonly overflow?: { readonly to: string };
}

export interface RoomSettings {
  readonly number: string;
  readonly name: string;
  readonly pin?: string;
  readonly moderatorPin?: string;
  readonly capacity: number;
  readonly allowOutside: boolean;
  readonly record: boolean;
  readonly consentTone: boolean;
  readonly announceNames: boolean;
  /** Quiet and loud members are brought nearer to each other. */
  readonly automaticGain: boolean;
  readonly locale?: Locale;
}

export interface IncomingRoute {
  /** Exact number, prefix ending in `*`, or `*`. */
  readonly number: string;
  readonly to: string;
}

export interface LineSettings {
  readonly name: string;
  readonly kind: "register" | "peer";
  /** SIP URI of the carrier, e.g. `sip:sip.carrier.example;transport=tls`. */
  readonly server: string;
  readonly outboundProxy?: string;
  readonly username?: string;
  readonly authUsername?: string;
  readonly password?: string;
  readonly realms: readonly string[];
  readonly requestUriParameters: string;
  readonly registerSeconds: number;
  readonly optionsSeconds: number;
  /** Peer only: addresses or networks, and names in client certificates, that this line is known by. */
  readonly addresses: readonly string[];
  readonly certificateNames: readonly string[];
  readonly identity: "from" | "pai" | "rpid";
  readonly useTelUri: boolean;
  readonly calledNumberIn: "requestUri" | "to";
  readonly dtmf: DtmfMode;
  readonly codecs: readonly string[];
  readonly srtp: SrtpPolicy;
  readonly transport?: "udp" | "tcp" | "tls";
  readonly reliable: "off" | "supported" | "required";
  readonly incoming: readonly IncomingRoute[];
  readonly incomingMaxCalls?: number;
  readonly outgoing: {
    readonly maxCalls?: number;
    readonly noAnswerSeconds: number;
    readonly schedule: string;
    readonly callerNumber?: string;
  };
}

export interface RuleSettings {
  /** Digits, `x` for any digit, `[2-5]` or `[17]` for one of several, `*` at the end for any rest (also none). */
  readonly match: string;
  /** Digits taken off the front, before `prepend` is put there. */
  readonly strip: number;
  readonly prepend: string;
  /** Lines tried in turn; empty: these numbers are refused. */
  readonly via: readonly string[];
  readonly level: Level;
  readonly schedule: string;
}

/** A schedule named `always` is built in. */
export interface ScheduleSettings {
  readonly name: string;
  /** Weekly hours in the domain's time zone, `mo-fr 08:00-17:00`. */
  readonly hours: readonly string[];
  /** Dates (`2026-12-25`, `12-25` each year) on which the schedule is closed. */
  readonly holidays: readonly string[];
}

export interface CallerListEntry {
  readonly list: "white" | "black";
  /** Prefix of the called number; empty matches all. */
  readonly called: string;
  /** Prefix of the caller's number; empty matches all. */
  readonly caller: string;
  /** Share of matching calls the entry applies to, 0–100. */
  readonly percent: number;
}
