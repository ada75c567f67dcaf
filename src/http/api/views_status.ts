/** What the page and scripts see of the running server. The types of the page are made from these schemas. */

import { z } from "zod";
import { SCOPES } from "../auth/mod.ts";

const milliseconds = z.number();

export const listenerView = z.object({
  transport: z.enum(["udp", "tcp", "tls", "http", "https"]),
  host: z.string(),
  port: z.int(),
});

export const certificateView = z.object({
  source: z.string(),
  names: z.array(z.string()),
  subject: z.string(),
  issuer: z.string(),
  notBefore: milliseconds,
  notAfter: milliseconds,
  daysLeft: z.int(),
  fingerprint: z.string(),
  isAuthority: z.boolean(),
  warning: z.string().exactOptional(),
});

/** `key` and `values` for a page that speaks the reader's language, `text` in English for all others. */
export const warningView = z.object({
  severity: z.enum(["info", "warning", "error"]),
  key: z.string(),
  values: z.record(z.string(), z.string()),
  text: z.string(),
});

export const domainSummary = z.object({
  name: z.string(),
  fromFile: z.boolean(),
  extensions: z.int(),
  registered: z.int(),
  calls: z.int(),
});

export const sampleView = z.object({
  at: milliseconds,
  cpuPercent: z.number(),
  memoryBytes: z.number(),
  calls: z.int(),
});

export const systemView = z.object({
  cpuPercent: z.number(),
  cores: z.int(),
  memoryBytes: z.number(),
  memoryTotal: z.number(),
  /** Newest last, one every few seconds. */
  history: z.array(sampleView),
  media: z.array(
    z.object({
      worker: z.int(),
      load: z.number(),
      legs: z.int(),
      packets: z.number(),
      kernelDrops: z.number(),
    }),
  ),
});

export const countsView = z.object({
  extensions: z.int(),
  registered: z.int(),
  devices: z.int(),
  calls: z.int(),
  callsSinceStart: z.int(),
  lines: z.int(),
  linesUp: z.int(),
  groups: z.int(),
  waiting: z.int(),
  rooms: z.int(),
  roomMembers: z.int(),
  bans: z.int(),
});

export const overviewView = z.object({
  version: z.string(),
  startedAt: milliseconds,
  now: milliseconds,
  locale: z.enum(["en", "zh"]),
  configFile: z.string().exactOptional(),
  listeners: z.array(listenerView),
  certificates: z.array(certificateView),
  counts: countsView,
  domains: z.array(domainSummary),
  system: systemView,
  warnings: z.array(warningView),
});

export const deviceView = z.object({
  contact: z.string(),
  transport: z.enum(["udp", "tcp", "tls"]),
  remote: z.string(),
  userAgent: z.string().exactOptional(),
  registeredAt: milliseconds,
  refreshedAt: milliseconds,
  expiresAt: milliseconds,
  /** False while it does not answer, or its connection is gone. */
  isReachable: z.boolean(),
});

export const groupCallerView = z.object({
  call: z.string(),
  /** Who calls, as the call's record has it. */
  caller: z.string(),
  callerName: z.string().exactOptional(),
  sinceMs: z.number(),
  waiting: z.boolean(),
  ringing: z.array(z.string()),
});

export const groupView = z.object({
  kind: z.enum(["huntGroup", "ringGroup"]),
  number: z.string(),
  name: z.string(),
  callers: z.array(groupCallerView),
  /** `hindrance`: why the member would not be rung now. */
  members: z.array(
    z.object({ extension: z.string(), name: z.string(), hindrance: z.string().exactOptional() }),
  ),
});

export const mediaQuality = z.object({
  codec: z.string().exactOptional(),
  suite: z.string().exactOptional(),
  lossPercent: z.number(),
  jitterMs: z.number(),
  roundTripMs: z.number().exactOptional(),
  mos: z.number().exactOptional(),
});

export const roomMemberView = z.object({
  id: z.string(),
  number: z.string(),
  name: z.string().exactOptional(),
  outside: z.boolean(),
  moderator: z.boolean(),
  since: milliseconds,
  where: z.enum(["door", "inside", "leaving"]),
  muted: z.boolean(),
  held: z.boolean(),
  /** 0–100 while talking. */
  level: z.number(),
  silent: z.boolean(),
  media: mediaQuality.exactOptional(),
});

export const roomView = z.object({
  number: z.string(),
  name: z.string(),
  capacity: z.int(),
  locked: z.boolean(),
  allMuted: z.boolean(),
  recording: z.boolean(),
  members: z.array(roomMemberView),
});

export const lineView = z.object({
  name: z.string(),
  kind: z.enum(["register", "peer"]),
  server: z.string(),
  fromFile: z.boolean(),
  /** `registered`, `up`, `down`, `refused` …; `unknown` before anything was tried. */
  state: z.string(),
  isUp: z.boolean(),
  detail: z.string().exactOptional(),
  since: milliseconds.exactOptional(),
  incomingCalls: z.int(),
  outgoingCalls: z.int(),
});

export const banView = z.object({
  address: z.string(),
  since: milliseconds,
  until: milliseconds,
  reason: z.string(),
});

export const logLineView = z.object({
  at: milliseconds,
  level: z.enum(["debug", "info", "warn", "error"]),
  event: z.string(),
  fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});

export const auditView = z.object({
  at: milliseconds,
  who: z.string(),
  host: z.string(),
  action: z.string(),
  target: z.string().exactOptional(),
  detail: z.string().exactOptional(),
});

export const tokenView = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  createdAt: milliseconds,
  createdBy: z.string(),
  expiresAt: milliseconds.exactOptional(),
  lastUsedAt: milliseconds.exactOptional(),
});

export const sessionItem = z.object({
  id: z.string(),
  account: z.string(),
  createdAt: milliseconds,
  seenAt: milliseconds,
  host: z.string(),
  userAgent: z.string(),
  isCurrent: z.boolean(),
});

/** Section by section as the file has them, every default filled in. */
export const settingsView = z.object({
  file: z.string().exactOptional(),
  problems: z.array(z.string()),
  sections: z.record(z.string(), z.unknown()),
});

export type AuditItem = z.infer<typeof auditView>;
export type TokenItem = z.infer<typeof tokenView>;
export type SessionItem = z.infer<typeof sessionItem>;
export type SettingsView = z.infer<typeof settingsView>;
export type Listener = z.infer<typeof listenerView>;
export type Certificate = z.infer<typeof certificateView>;
export type Warning = z.infer<typeof warningView>;
export type DomainSummary = z.infer<typeof domainSummary>;
export type Sample = z.infer<typeof sampleView>;
export type Overview = z.infer<typeof overviewView>;
export type Device = z.infer<typeof deviceView>;
export type GroupView = z.infer<typeof groupView>;
export type MediaQuality = z.infer<typeof mediaQuality>;
export type RoomView = z.infer<typeof roomView>;
export type LineView = z.infer<typeof lineView>;
export type Ban = z.infer<typeof banView>;
export type LogLine = z.infer<typeof logLineView>;
