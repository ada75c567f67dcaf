/** The directory as YAML in the words of the configuration file; what is as it would be anyway is left out. */

import { stringify } from "yaml";
import type { z } from "zod";
import { isEqual } from "./compare.ts";
import { isSecret } from "./problems.ts";
import {
  callerListEntrySchema,
  domainSchema,
  extensionSchema,
  huntGroupSchema,
  lineSchema,
  queueSchema,
  ringGroupSchema,
  roomSchema,
  ruleSchema,
  scheduleSchema,
} from "./schema_domain.ts";
import type { DomainSettings } from "./types.ts";

/** Hexadecimal, as the store keeps it. */
export interface Ha1Text {
  readonly md5: string;
  readonly sha256: string;
}

export interface ExportedDomain {
  readonly settings: DomainSettings;
  /** False for a domain that stands in the configuration file: only what was added to it is printed. */
  readonly isWhole: boolean;
  /** Extension → hash, and with them the passwords of lines and the PINs of rooms; undefined leaves all secrets out. */
  readonly credentials?: ReadonlyMap<string, Ha1Text>;
}

const LISTS: Readonly<Partial<Record<keyof DomainSettings, z.ZodObject>>> = {
  extensions: extensionSchema,
  huntGroups: huntGroupSchema,
  ringGroups: ringGroupSchema,
  rooms: roomSchema,
  lines: lineSchema,
  rules: ruleSchema,
  schedules: scheduleSchema,
  callerLists: callerListEntrySchema,
};

/** YAML text; `head` stands above it as a comment. */
export function printDirectory(domains: readonly ExportedDomain[], head: string): string {
  const text = stringify({ domains: domains.map(shorten) }, { lineWidth: 0, aliasDuplicateObjects: false });
  return `${head.split("\n").map((line) => `# ${line}\n`).join("")}${text}`;
}

function shorten({ settings, isWhole, credentials }: ExportedDomain): object {
  const shown: Record<string, unknown> = { name: settings.name };
  for (const [key, value] of Object.entries(withoutDefaults(domainSchema, settings))) {
    if (isWhole || Array.isArray(value) && key !== "levels" && key !== "emergency" && key !== "digest") {
      shown[key] = value;
    }
  }
  for (const [list, schema] of Object.entries(LISTS)) {
    const items = shown[list];
    if (!Array.isArray(items)) continue;
    shown[list] = (items as Record<string, unknown>[]).map((item) => {
      const short = withoutDefaults(schema, item);
      if (list === "huntGroups" && short.queue) {
        short.queue = withoutDefaults(queueSchema, short.queue as object);
      }
      if (!credentials) return withoutSecrets(short);
      const ha1 = list === "extensions" ? credentials.get(String(item.number)) : undefined;
      return ha1 ? { ...short, ha1: { md5: ha1.md5, sha256: ha1.sha256 } } : short;
    });
  }
  return shown;
}

/** An object without the fields that its schema would fill in just so. */
function withoutDefaults(schema: z.ZodObject, value: object): Record<string, unknown> {
  const short: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) {
    const shape = schema.shape[key];
    const absent = shape?.safeParse(undefined);
    if (!absent?.success || !isEqual(absent.data, field)) short[key] = field;
  }
  return short;
}

function withoutSecrets(item: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(item).filter(([key]) => !isSecret([key])));
}
