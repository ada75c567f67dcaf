/** Settings made by code: the defaults, the office of a first start, and what tests need. */

import { fail, ok, type Result } from "../base/mod.ts";
import { checkSettings } from "./check.ts";
import { completeSettings } from "./complete.ts";
import { explainIssues, type Problem, withoutPlace } from "./problems.ts";
import { settingsSchema } from "./schema.ts";
import type { Settings } from "./types.ts";

/** Any part of the configuration as it would stand in the file, in the shape of plain data. */
export type SettingsInput = { readonly [Key in keyof Settings]?: unknown };

/** What an empty file means: every default, no domain. */
export function defaultSettings(): Settings {
  return completeSettings(settingsSchema.parse({}), { locale: "en", timeZone: "UTC" });
}

/**
 * Settings from plain data in the shape of the file, e.g. `settingsFrom({ listen: { sip: ["udp://127.0.0.1:0"] } })`;
 * every default is filled in.
 */
export function settingsFrom(input: SettingsInput): Result<Settings, readonly Problem[]> {
  const parsed = settingsSchema.safeParse(input);
  if (!parsed.success) return fail(withoutPlace(explainIssues(parsed.error.issues, input)));
  const settings = completeSettings(parsed.data, { locale: "en", timeZone: "UTC" });
  const errors = checkSettings(settings).filter(({ severity }) => severity === "error");
  return errors.length > 0 ? fail(withoutPlace(errors)) : ok(settings);
}

/**
 * Settings for tests: loopback, ports chosen by the system, domain `office.example` with extensions 100, 101, 102
 * (passwords `s3cret-100` …) unless `input` names domains. Throws `TypeError` that lists what is wrong with `input`.
 */
export function testSettings(input: SettingsInput = {}): Settings {
  const extensions = ["100", "101", "102"].map((number) => ({ number, password: `s3cret-${number}` }));
  const settings = settingsFrom({
    listen: {
      sip: ["udp://127.0.0.1:0", "tcp://127.0.0.1:0", "tls://127.0.0.1:0"],
      web: "http://127.0.0.1:0",
    },
    domains: [{ name: "office.example", extensions }],
    ...input,
  });
  if (settings.ok) return settings.value;
  throw new TypeError(
    `Cannot make settings: ${settings.error.map(({ path, message }) => `${path} ${message}`).join("; ")}`,
  );
}

/** Where the office of a first start listens: this machine only. */
const LOOPBACK = {
  listen: {
    sip: ["udp://127.0.0.1:5060", "tcp://127.0.0.1:5060", "tls://127.0.0.1:5061"],
    web: "http://127.0.0.1:8080",
  },
} as const;

export interface OfficeOptions {
  /** Folder for database, certificates and recordings. */
  readonly data: string;
}

/** The server of a start without a file: loopback listeners; its domain lives in the store. */
export function loopbackSettings({ data }: OfficeOptions): Settings {
  const settings = settingsFrom({ ...LOOPBACK, server: { data } });
  if (!settings.ok) {
    throw new TypeError(`Cannot use the data folder "${data}": ${settings.error[0]?.message}`);
  }
  return settings.value;
}

/** Name of the domain of a first start. */
export const OFFICE_DOMAIN = "office.local";

/** The office of a first start as plain data: extensions 100–102, hunt group 600, room 800. Passwords are not in it. */
export function sampleOffice(): Readonly<Record<string, unknown>> {
  const names = { "100": "Alice", "101": "Bob", "102": "Carol" };
  return {
    name: OFFICE_DOMAIN,
    aliases: ["localhost"],
    extensions: Object.entries(names).map(([number, name]) => ({ number, name })),
    huntGroups: [{
      number: "600",
      name: "Everyone",
      members: Object.keys(names),
      queue: {},
      overflow: { to: "100" },
    }],
    rooms: [{ number: "800", name: "Meeting" }],
  };
}
