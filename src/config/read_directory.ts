/** Reads the directory as YAML: what `sipedge export` prints and `sipedge apply` takes. All problems at once. */

import { fail, ok } from "../base/mod.ts";
import { z } from "zod";
import { completeDomain, type DomainDefaults } from "./complete.ts";
import { pinText, strict, text } from "./fields.ts";
import type { Ha1Text } from "./print_directory.ts";
import { explainIssues, type Finding, placeFindings } from "./problems.ts";
import { parseFile, type Reading } from "./read.ts";
import { domainSchema, extensionSchema, lineSchema, roomSchema } from "./schema_domain.ts";
import type { DomainSettings } from "./types.ts";
import { readYaml } from "./yaml.ts";

const ha1Schema = strict({
  md5: z.string().regex(/^[0-9a-f]{32}$/, { error: "expected 32 hexadecimal digits" }),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, { error: "expected 64 hexadecimal digits" }),
});
/** An empty text takes a secret away; one left out stays as it is. */
const NONE = z.literal("");

const directorySchema = strict({
  domains: z.array(domainSchema.extend({
    extensions: z.array(extensionSchema.extend({ ha1: ha1Schema.exactOptional() })).max(50_000).default([]),
    rooms: z.array(
      roomSchema.extend({
        pin: pinText.or(NONE).exactOptional(),
        moderatorPin: pinText.or(NONE).exactOptional(),
      }),
    ).max(5000).default([]),
    lines: z.array(lineSchema.extend({ password: text(128).exactOptional() })).max(1000).default([]),
  })).max(10_000),
});

/** One domain of the file. */
export interface FileDomain {
  /** Complete, passwords and hashes of extensions taken out; secrets may be an empty text or absent. */
  readonly settings: DomainSettings;
  /** Keys that stand in the file, e.g. `name`, `locale`, `extensions`. */
  readonly keys: readonly string[];
  /** Extension → what it shall prove itself with. */
  readonly credentials: ReadonlyMap<string, { readonly password: string } | { readonly ha1: Ha1Text }>;
}

export interface DirectoryFile {
  readonly domains: readonly FileDomain[];
}

/** Never throws on any text. What must fit together is judged with the configuration file beside it, later. */
export function readDirectoryFile(
  source: string,
  defaultsOf: (domain: string) => DomainDefaults,
): Reading<DirectoryFile> {
  const yaml = readYaml(source);
  if (!yaml.ok) return { ...fail(yaml.error), warnings: [] };
  const file = yaml.value;
  const findings: Finding[] = [];
  const parsed = parseFile(directorySchema, file, findings);
  const place = (list: readonly Finding[]) => placeFindings(list, file);
  if (!parsed.success) {
    return { ...fail(place(explainIssues(parsed.error.issues, file.value))), warnings: place(findings) };
  }
  const domains = parsed.data.domains.map((raw, index): FileDomain => {
    const credentials: [string, { password: string } | { ha1: Ha1Text }][] = [];
    const extensions = raw.extensions.map(({ password, ha1, ...extension }) => {
      if (password !== undefined) credentials.push([extension.number, { password }]);
      else if (ha1 !== undefined) credentials.push([extension.number, { ha1 }]);
      return extension;
    });
    const { domains: written } = file.value as { domains: readonly object[] };
    return {
      settings: completeDomain({ ...raw, extensions }, defaultsOf(raw.name.toLowerCase())),
      keys: Object.keys(written[index]!),
      credentials: new Map(credentials),
    };
  });
  const twice = domains.flatMap(({ settings: { name } }, index) =>
    domains.findIndex((one) => one.settings.name === name) === index ? [] : [{
      severity: "error" as const,
      path: ["domains", index, "name"],
      message: `"${name}" stands in the file twice`,
    }]
  );
  const result = twice.length > 0 ? fail(place(twice)) : ok({ domains });
  return { ...result, warnings: place(findings) };
}
