/** What stands in the directory, as page and scripts see it: never a password, always where it comes from. */

import { z } from "zod";
import {
  callerListEntrySchema,
  domainSchema,
  extensionSchema,
  forwardSchema,
  huntGroupSchema,
  limitsSchema,
  lineSchema,
  pickupGroupSchema,
  ringGroupSchema,
  roomSchema,
  ruleSchema,
  scheduleSchema,
} from "../../config/mod.ts";
import { deviceView, lineView } from "./views_status.ts";

/** Dark and light modules, row by row; the page draws them. */
export const qrView = z.array(z.array(z.boolean()));

const source = { fromFile: z.boolean() };

/** Settings as they are served: every field of the schema, secrets left out. */
export const extensionSettingsView = extensionSchema.omit({ password: true });
export const huntGroupSettingsView = huntGroupSchema;
export const ringGroupSettingsView = ringGroupSchema;
export const roomSettingsView = roomSchema.omit({ pin: true, moderatorPin: true });
export const lineSettingsView = lineSchema.omit({ password: true });

export const extensionItem = z.object({
  number: z.string(),
  name: z.string(),
  enabled: z.boolean(),
  ...source,
  hasPassword: z.boolean(),
  inCall: z.boolean(),
  doNotDisturb: z.boolean(),
  devices: z.array(deviceView),
});

export const extensionDetail = extensionItem.extend({
  settings: extensionSettingsView,
  /** What is in force: the settings, and what was switched by code. */
  forward: forwardSchema,
});

/** Shown once, right after it was made. */
export const passwordView = z.object({
  password: z.string(),
  domain: z.string(),
  /** Name or address that a phone connects to, as its proxy when it is not the domain; IPv6 without brackets. */
  server: z.string(),
  port: z.int(),
  account: z.string(),
  transport: z.enum(["udp", "tcp", "tls"]),
  /** A `sip:` URI with the password, as a QR code for phones that read one. */
  qr: qrView,
  /** Settings by name, to be typed into a telephone. */
  text: z.string(),
});

/** What a table did, or would do. */
export const importView = z.object({
  /** False after a dry run. */
  applied: z.boolean(),
  added: z.array(z.string()),
  changed: z.array(z.string()),
  /** Those that were made. */
  passwords: z.array(z.object({ number: z.string(), name: z.string(), password: z.string() })),
});

export const huntGroupItem = z.object({ ...source, settings: huntGroupSettingsView });
export const ringGroupItem = z.object({ ...source, settings: ringGroupSettingsView });
export const roomItem = z.object({
  ...source,
  settings: roomSettingsView,
  hasPin: z.boolean(),
  hasModeratorPin: z.boolean(),
});
export const lineItem = z.object({
  ...source,
  settings: lineSettingsView,
  hasPassword: z.boolean(),
  status: lineView.exactOptional(),
});
export const pickupGroupItem = z.object({ ...source, settings: pickupGroupSchema });
export const scheduleItem = z.object({ ...source, settings: scheduleSchema });

export const ruleItem = z.object({ ...source, settings: ruleSchema });
export const callerListItem = z.object({ ...source, settings: callerListEntrySchema });

export const domainItem = z.object({
  name: z.string(),
  aliases: z.array(z.string()),
  locale: z.enum(["en", "zh"]),
  timeZone: z.string(),
  emergency: z.array(z.string()),
  levels: z.array(z.string()),
  limits: limitsSchema,
  ...source,
});

/** What can be set of a domain as a whole; its contents have addresses of their own. */
export const newDomainSchema = domainSchema.pick({
  name: true,
  aliases: true,
  locale: true,
  timeZone: true,
  emergency: true,
  levels: true,
  limits: true,
});

export type ExtensionItem = z.infer<typeof extensionItem>;
export type ExtensionDetail = z.infer<typeof extensionDetail>;
export type PasswordView = z.infer<typeof passwordView>;
export type ImportView = z.infer<typeof importView>;
export type HuntGroupItem = z.infer<typeof huntGroupItem>;
export type RingGroupItem = z.infer<typeof ringGroupItem>;
export type RoomItem = z.infer<typeof roomItem>;
export type LineItem = z.infer<typeof lineItem>;
export type RuleItem = z.infer<typeof ruleItem>;
export type ScheduleItem = z.infer<typeof scheduleItem>;
export type CallerListItem = z.infer<typeof callerListItem>;
export type DomainItem = z.infer<typeof domainItem>;
