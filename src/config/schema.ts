/** Schemas of the whole configuration file (shapes only; what must fit together is checked in `check.ts`). */

import { z } from "zod";
import { codeText, hostText, networkText, seconds, strict, text } from "./fields.ts";
import {
  readHepServer,
  readMediaAddress,
  readPortRange,
  readSipListener,
  readWebListener,
} from "./listeners.ts";
import { digestSchema, domainSchema, localeSchema, srtpPolicySchema } from "./schema_domain.ts";

export const serverSchema = strict({
  data: text().min(1).default("./data"),
  locale: localeSchema.exactOptional(),
  log: z.enum(["auto", "text", "json"]).default("auto"),
});

export const listenSchema = strict({
  sip: z.array(
    z.string().refine((value) => readSipListener(value) !== undefined, {
      error: "expected udp://, tcp:// or tls:// with an address and a port, like tls://0.0.0.0:5061",
    }),
  ).min(1).max(64).default(["udp://0.0.0.0:5060", "tcp://0.0.0.0:5060", "tls://0.0.0.0:5061"]),
  web: z.string().refine((value) => readWebListener(value) !== "bad", {
    error: "expected http:// or https:// with an address and a port, like http://127.0.0.1:8080, or off",
  }).default("http://127.0.0.1:8080"),
});

export const mediaSchema = strict({
  ports: z.string().refine((value) => readPortRange(value) !== undefined, {
    error: "expected a range of ports between 1024 and 65535, like 20000-29999",
  }).default("20000-29999"),
  address: z.string().refine((value) => readMediaAddress(value) !== undefined, {
    error: "expected auto, an IP address, or stun:HOST",
  }).default("auto"),
  workers: z.union([z.literal("auto"), z.int().min(1).max(256)], {
    error: "expected auto or a whole number from 1 to 256",
  }).default("auto"),
  dscp: z.int().min(0).max(63).default(46),
  crypto: z.enum(["fast", "webcrypto"]).default("fast"),
});

export const certificateSchema = strict({ cert: text().min(1), key: text().min(1) });

export const tlsSchema = strict({
  certificate: z.union([z.literal("auto"), certificateSchema, z.array(certificateSchema).min(1).max(1000)], {
    error: "expected auto, { cert: FILE, key: FILE }, or a list of these",
  }).default("auto"),
  names: z.array(hostText).max(64).default([]),
  clientCertificates: z.enum(["off", "optional", "required"]).default("off"),
  clientAuthority: text().min(1).exactOptional(),
});

export const banSchema = strict({
  failures: z.int().min(0).max(1000).default(5),
  withinSeconds: seconds(1, 86_400).default(60),
  forSeconds: seconds(1, 31_536_000).default(7200),
});

export const securitySchema = strict({
  srtp: srtpPolicySchema.default("optional"),
  digest: digestSchema.default(["MD5"]),
  allow: z.array(networkText).max(1000).default([]),
  ban: banSchema.prefault({}),
});

export const registrationSchema = strict({
  minSeconds: seconds(1, 3600).default(60),
  maxSeconds: seconds(60, 86_400).default(7200),
  defaultSeconds: seconds(60, 86_400).default(3600),
  maxDevices: z.int().min(1).max(100).default(10),
});

export const sessionTimerSchema = strict({
  // 90 s is the smallest interval anyone may ask for (RFC 4028 §4).
  expiresSeconds: seconds(90, 86_400).default(1800),
  minSeconds: seconds(90, 86_400).default(90),
});

export const sipSchema = strict({
  userAgent: text(64).min(1).default("sipedge"),
  registration: registrationSchema.prefault({}),
  ringSeconds: seconds(1, 600).default(60),
  sessionTimer: sessionTimerSchema.prefault({}),
  keepAliveSeconds: seconds(0, 3600).default(30),
});

export const codesSchema = strict({
  echo: codeText.default("*43"),
  tone: codeText.default("*44"),
  room: codeText.default("*6*"),
  pickupExtension: codeText.default("*40*"),
  pickupGroup: codeText.default("*50*"),
  park: codeText.default("*70*"),
  fetch: codeText.default("*71*"),
  join: codeText.default("*74"),
  forwardBusy: codeText.default("*90"),
  forwardUnreachable: codeText.default("*91"),
  forwardNoAnswer: codeText.default("*92"),
  forwardAlways: codeText.default("*93"),
  doNotDisturb: codeText.default("*78"),
  mailbox: codeText.default("*97"),
});

export const recordsSchema = strict({
  keepDays: z.int().min(1).max(36_500).default(365),
  maxRecords: z.int().min(1).max(100_000_000).default(1_000_000),
});

const hepServerText = z.string().refine((value) => readHepServer(value) !== undefined, {
  error: "expected udp:// with a host and a port, like udp://192.0.2.9:9060",
});

export const hepSchema = strict({
  to: hepServerText,
  agent: z.int().min(0).max(4_294_967_295).default(2001),
  password: text(128).min(1).exactOptional(),
  secrets: z.enum(["masked", "whole"]).default("masked"),
});

export const telemetrySchema = strict({
  hep: z.union([hepServerText.transform((to) => ({ to })).pipe(hepSchema), hepSchema], {
    error:
      "expected udp://HOST:PORT, or { to: udp://HOST:PORT, agent: 2001, password: TEXT, secrets: masked }",
  }).exactOptional(),
});

export const settingsSchema = strict({
  server: serverSchema.prefault({}),
  listen: listenSchema.prefault({}),
  media: mediaSchema.prefault({}),
  tls: tlsSchema.prefault({}),
  security: securitySchema.prefault({}),
  sip: sipSchema.prefault({}),
  codes: codesSchema.prefault({}),
  records: recordsSchema.prefault({}),
  telemetry: telemetrySchema.prefault({}),
  domains: z.array(domainSchema).max(10_000).default([]),
});

/** The file as written: shapes checked, simple defaults in place. */
export type RawSettings = z.output<typeof settingsSchema>;
