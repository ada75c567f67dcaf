/** Schemas of one domain and all that it holds; the API takes the same objects. */

import { z } from "zod";
import {
  countryText,
  dialledText,
  hostText,
  nameText,
  networkText,
  numberText,
  patternText,
  pinText,
  prefixText,
  seconds,
  sipUriText,
  strict,
  text,
  timeZoneText,
  uriParametersText,
} from "./fields.ts";
import { isHoliday, readHours } from "./hours.ts";

export const localeSchema = z.enum(["en", "zh"]);
export const srtpPolicySchema = z.enum(["off", "optional", "required"]);
export const digestSchema = z.array(z.enum(["MD5", "SHA-256"])).min(1).max(2).refine(
  (list) => new Set(list).size === list.length,
  { error: "names an algorithm twice" },
);
export const dtmfSchema = z.enum(["auto", "rfc4733", "info", "inband"]);

/** Levels of a domain that names none of its own, from the least to the most. */
export const DEFAULT_LEVELS = ["internal", "outside", "longDistance", "international"] as const;

const ringSeconds = seconds(1, 600);
const destinationSchema = strict({ to: dialledText });

export const forwardSchema = strict({
  always: destinationSchema.exactOptional(),
  busy: destinationSchema.exactOptional(),
  noAnswer: strict({ to: dialledText, afterSeconds: ringSeconds.default(20) }).exactOptional(),
  unreachable: destinationSchema.exactOptional(),
});

export const extensionSchema = strict({
  number: numberText,
  name: text(64).default(""),
  password: text(128).min(1).exactOptional(),
  srtp: srtpPolicySchema.exactOptional(),
  digest: digestSchema.exactOptional(),
  forward: forwardSchema.prefault({}),
  mayForward: z.boolean().default(true),
  doNotDisturb: z.boolean().default(false),
  callWaiting: z.boolean().default(false),
  maxCalls: z.int().min(1).max(100).default(2),
  maxDevices: z.int().min(1).max(100).exactOptional(),
  ringSeconds: ringSeconds.exactOptional(),
  level: nameText.default("outside"),
  dtmf: dtmfSchema.default("auto"),
  locale: localeSchema.exactOptional(),
  rejectAnonymous: z.boolean().default(false),
  outsideNumber: dialledText.exactOptional(),
  enabled: z.boolean().default(true),
});

export const huntMemberSchema = strict({
  extension: numberText,
  order: z.int().min(0).max(9999).exactOptional(),
});

export const queueSchema = strict({
  maxWaitSeconds: seconds(1, 86_400).default(120),
  maxCallers: z.int().min(1).max(1000).default(20),
  announcePosition: z.boolean().default(true),
  music: text().exactOptional(),
});

export const huntGroupSchema = strict({
  number: numberText,
  name: text(64).default(""),
  strategy: z.enum(["linear", "roundRobin", "longestIdle", "random"]).default("linear"),
  ringSeconds: ringSeconds.default(15),
  wrapUpSeconds: seconds(0, 3600).default(0),
  showGroupName: z.boolean().default(true),
  members: z.array(
    z.union([numberText, huntMemberSchema], {
      error: "expected { extension: NUMBER, order: N } or a number",
    }),
  ).max(2000),
  queue: queueSchema.exactOptional(),
  overflow: destinationSchema.exactOptional(),
});

export const ringGroupSchema = strict({
  number: numberText,
  name: text(64).default(""),
  members: z.array(numberText).max(200),
  ringSeconds: ringSeconds.default(30),
  overflow: destinationSchema.exactOptional(),
});

export const roomSchema = strict({
  number: numberText,
  name: text(64).default(""),
  pin: pinText.exactOptional(),
  moderatorPin: pinText.exactOptional(),
  capacity: z.int().min(2).max(200).default(5),
  allowOutside: z.boolean().default(false),
  record: z.boolean().default(false),
  consentTone: z.boolean().default(true),
  announceNames: z.boolean().default(false),
  automaticGain: z.boolean().default(false),
  locale: localeSchema.exactOptional(),
});

export const incomingRouteSchema = strict({ number: prefixText, to: dialledText });

export const outgoingSchema = strict({
  maxCalls: z.int().min(0).max(100_000).exactOptional(),
  noAnswerSeconds: seconds(0, 600).default(0),
  schedule: nameText.default("always"),
  callerNumber: dialledText.exactOptional(),
});

export const lineSchema = strict({
  name: nameText,
  kind: z.enum(["register", "peer"]),
  server: sipUriText,
  outboundProxy: sipUriText.exactOptional(),
  username: text(128).min(1).exactOptional(),
  authUsername: text(128).min(1).exactOptional(),
  password: text(128).min(1).exactOptional(),
  realms: z.array(text(128).min(1)).max(16).default([]),
  requestUriParameters: uriParametersText.exactOptional(),
  registerSeconds: seconds(60, 86_400).default(600),
  optionsSeconds: seconds(0, 3600).default(30),
  addresses: z.array(networkText).max(256).default([]),
  certificateNames: z.array(hostText).max(64).default([]),
  identity: z.enum(["from", "pai", "rpid"]).default("from"),
  useTelUri: z.boolean().default(false),
  calledNumberIn: z.enum(["requestUri", "to"]).default("requestUri"),
  dtmf: dtmfSchema.default("auto"),
  codecs: z.array(text(32).min(1)).max(16).default([]),
  srtp: srtpPolicySchema.exactOptional(),
  transport: z.enum(["udp", "tcp", "tls"]).exactOptional(),
  reliable: z.enum(["off", "supported", "required"]).default("supported"),
  incoming: z.array(incomingRouteSchema).max(10_000).default([]),
  incomingMaxCalls: z.int().min(0).max(100_000).exactOptional(),
  outgoing: outgoingSchema.prefault({}),
});

export const ruleSchema = strict({
  match: patternText,
  strip: z.int().min(0).max(32).default(0),
  prepend: z.string().regex(/^\+?[0-9*#]{0,32}$/, { error: "expected digits, like 0049" }).default(""),
  via: z.array(nameText).max(16),
  level: nameText.default("outside"),
  schedule: nameText.default("always"),
});

export const scheduleSchema = strict({
  name: nameText,
  hours: z.array(
    z.string().refine((value) => readHours(value) !== undefined, {
      error: "expected days and hours like mo-fr 08:00-17:00",
    }),
  ).max(100),
  holidays: z.array(
    z.string().refine(isHoliday, {
      error: "expected a date like 2026-12-25, or 12-25 for each year",
    }),
  ).max(1000).default([]),
});

/** Satellites, networks without a country, and premium numbers of the world (ITU-T E.164): what toll fraud calls first. */
export const DENIED_PREFIXES = ["+870", "+878", "+881", "+882", "+883", "+979"] as const;

export const limitsSchema = strict({
  callsPerHour: z.int().min(1).max(100_000).default(100),
  domainCallsPerHour: z.int().min(1).max(1_000_000).exactOptional(),
  countries: z.array(countryText).max(300).default([]),
  denied: z.array(countryText).max(1000).default([...DENIED_PREFIXES]),
  internationalPrefix: z.string().regex(/^[0-9]{1,6}$/, { error: "expected digits, like 00 or 011" }).default(
    "00",
  ),
});

export const callerListEntrySchema = strict({
  list: z.enum(["white", "black"]),
  called: z.string().regex(/^\+?[0-9A-Za-z]{0,32}$/, { error: "expected the beginning of a number" }).default(
    "",
  ),
  caller: z.string().regex(/^\+?[0-9A-Za-z]{0,32}$/, { error: "expected the beginning of a number" }),
  percent: z.int().min(0).max(100).default(100),
});

export const callerNameSchema = strict({ number: dialledText, name: text(64) });
export const pickupGroupSchema = strict({ name: nameText, members: z.array(numberText).max(2000) });

export const domainSchema = strict({
  name: hostText,
  aliases: z.array(hostText).max(64).default([]),
  locale: localeSchema.exactOptional(),
  timeZone: timeZoneText.exactOptional(),
  digest: digestSchema.exactOptional(),
  emergency: z.array(dialledText).max(32).exactOptional(),
  levels: z.array(nameText).min(1).max(32).default([...DEFAULT_LEVELS]),
  extensions: z.array(extensionSchema).max(50_000).default([]),
  huntGroups: z.array(huntGroupSchema).max(5000).default([]),
  ringGroups: z.array(ringGroupSchema).max(5000).default([]),
  rooms: z.array(roomSchema).max(5000).default([]),
  lines: z.array(lineSchema).max(1000).default([]),
  rules: z.array(ruleSchema).max(5000).default([]),
  schedules: z.array(scheduleSchema).max(500).default([]),
  callerLists: z.array(callerListEntrySchema).max(50_000).default([]),
  callerNames: z.array(callerNameSchema).max(50_000).default([]),
  pickupGroups: z.array(pickupGroupSchema).max(1000).default([]),
  limits: limitsSchema.prefault({}),
});

/** A domain as written: shapes checked, simple defaults in place, those that depend on others still absent. */
export type RawDomain = z.output<typeof domainSchema>;
