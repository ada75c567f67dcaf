/** A list of a domain whose entries have a key: the same operations for groups, rooms, lines and schedules. */

import { z } from "zod";
import type { DomainSettings } from "../../config/mod.ts";
import type { DirectoryKind } from "../../pbx/directory/mod.ts";
import type { ApiContext } from "./context.ts";
import { inFile } from "./directory_desk.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { cutPage, pageOf, pageQuery } from "./paging.ts";
import { Problem } from "./problem.ts";

type ListName = "huntGroups" | "ringGroups" | "rooms" | "lines" | "schedules" | "pickupGroups";
type Item<L extends ListName> = DomainSettings[L][number];

export interface CollectionRow<L extends ListName> {
  readonly list: L;
  readonly kind: DirectoryKind;
  /** For people: `a hunt group`. */
  readonly what: string;
  readonly key: "number" | "name";
  /** As it stands in the file. */
  readonly schema: z.ZodObject;
  /** Fields that are never shown. Left out of a change they stay; an empty text removes them. */
  readonly secrets: readonly string[];
  readonly view: z.ZodObject;
  readonly show: (item: Item<L>, at: { readonly domain: string; readonly context: ApiContext }) => object;
}

export const domainParams = z.object({ domain: z.string().max(255) });

export function collection<L extends ListName>(row: CollectionRow<L>): Endpoint[] {
  return [...wholeList(row), ...oneEntry(row)];
}

/** Everything of the list, and a new one for it. */
function wholeList<L extends ListName>(row: CollectionRow<L>): Endpoint[] {
  const { list, what, key } = row;
  const path = `/domains/{domain}/${list}`;
  const shared = { tag: list, access: "directory:write" } as const;
  return [
    endpoint({
      ...shared,
      method: "get",
      path,
      summary: `All of ${list}`,
      access: "directory:read",
      params: domainParams,
      query: pageQuery,
      response: pageOf(row.view),
      handle({ context, params: { domain: name }, query }) {
        const domain = context.directory.domain(name);
        if (domain instanceof Problem) return domain;
        const items: readonly Item<L>[] = domain[list];
        return cutPage(items, query, {
          texts: (item) => [keyOf(item, key), item.name],
          view: (item) => show(row, item, { domain: domain.name, context }),
        });
      },
    }),
    endpoint({
      ...shared,
      method: "post",
      path,
      problems: ["taken"],
      summary: `Add ${what}`,
      params: domainParams,
      body: row.schema,
      response: row.view,
      status: 201,
      async handle({ context, params: { domain }, body }) {
        const fault = await context.directory.change(domain, (stored, merged) => {
          const name = String((body as Record<string, unknown>)[key]);
          if (isTaken(context, { domain: merged.name, key: name, row })) {
            return new Problem("taken", `${name} is taken in ${merged.name}`);
          }
          return { stored: { ...stored, [list]: [...stored[list], body] } };
        });
        return fault ?? find(row, context, { domain, key: String((body as Record<string, unknown>)[key]) });
      },
    }),
  ];
}

/** One entry: looked at, changed, removed. */
function oneEntry<L extends ListName>(row: CollectionRow<L>): Endpoint[] {
  const { list, what, key } = row;
  const path = `/domains/{domain}/${list}/{${key}}`;
  const params = z.object({ domain: z.string().max(255), [key]: z.string().max(64) });
  const withSecrets = row.schema.extend(Object.fromEntries(
    row.secrets.map((name) => [name, z.literal("").or(z.string().min(1).max(128)).exactOptional()]),
  ));
  const shared = { tag: list, access: "directory:write" } as const;
  return [
    endpoint({
      ...shared,
      method: "get",
      path,
      summary: `One of ${list}`,
      access: "directory:read",
      params,
      response: row.view,
      handle: ({ context, params }) =>
        find(row, context, { domain: String(params.domain), key: String(params[key]) }),
    }),
    endpoint({
      ...shared,
      method: "put",
      path,
      problems: ["in-file"],
      summary: `Change ${what}`,
      params,
      body: withSecrets.omit({ [key]: true }),
      response: row.view,
      async handle({ context, params, body }) {
        const at = { domain: String(params.domain), key: String(params[key]) };
        const fault = await context.directory.change(at.domain, (stored, merged) => {
          const refusal = refuse(row, context, { ...at, domain: merged.name });
          if (refusal) return refusal;
          const items: readonly Item<L>[] = stored[list];
          const changed = items.map((item) =>
            keyOf(item, key) === at.key ? { ...keepSecrets(row, item, body), [key]: at.key } : item
          );
          return { stored: { ...stored, [list]: changed } };
        });
        return fault ?? find(row, context, at);
      },
    }),
    endpoint({
      ...shared,
      method: "delete",
      path,
      // What others lean on is not taken away from under them.
      problems: ["in-file", "invalid"],
      summary: `Remove ${what}`,
      params,
      handle({ context, params }) {
        const at = { domain: String(params.domain), key: String(params[key]) };
        return context.directory.change(at.domain, (stored, merged) => {
          const refusal = refuse(row, context, { ...at, domain: merged.name });
          if (refusal) return refusal;
          const items: readonly Item<L>[] = stored[list];
          return { stored: { ...stored, [list]: items.filter((item) => keyOf(item, key) !== at.key) } };
        });
      },
    }),
  ];
}

function keyOf(item: object, key: "number" | "name"): string {
  return String((item as Record<string, unknown>)[key]);
}

function show<L extends ListName>(
  row: CollectionRow<L>,
  item: Item<L>,
  at: { readonly domain: string; readonly context: ApiContext },
): Record<string, unknown> {
  const settings = Object.fromEntries(Object.entries(item).filter(([name]) => !row.secrets.includes(name)));
  const fromFile = at.context.directory.directory.isFromFile(at.domain, row.kind, keyOf(item, row.key));
  return { fromFile, settings, ...row.show(item, at) };
}

function find<L extends ListName>(
  row: CollectionRow<L>,
  context: ApiContext,
  at: { readonly domain: string; readonly key: string },
): Record<string, unknown> | Problem {
  const domain = context.directory.domain(at.domain);
  if (domain instanceof Problem) return domain;
  const items: readonly Item<L>[] = domain[row.list];
  const item = items.find((one) => keyOf(one, row.key) === at.key);
  return item ? show(row, item, { domain: domain.name, context }) : missing(row, at.key);
}

/** Why an entry cannot be changed: it is not there, or it stands in the file. */
function refuse<L extends ListName>(
  row: CollectionRow<L>,
  { directory }: ApiContext,
  at: { readonly domain: string; readonly key: string },
): Problem | undefined {
  const domain = directory.domain(at.domain);
  if (domain instanceof Problem) return domain;
  const items: readonly Item<L>[] = domain[row.list];
  if (!items.some((item) => keyOf(item, row.key) === at.key)) return missing(row, at.key);
  return directory.directory.isFromFile(at.domain, row.kind, at.key) ? inFile(at.key) : undefined;
}

function missing<L extends ListName>({ what }: CollectionRow<L>, key: string): Problem {
  return new Problem("not-found", `There is not ${what} "${key}"`);
}

function isTaken<L extends ListName>(
  { directory }: ApiContext,
  at: { readonly domain: string; readonly key: string; readonly row: CollectionRow<L> },
): boolean {
  if (at.row.key === "number") return directory.directory.find(at.domain, at.key) !== undefined;
  const domain = directory.domain(at.domain);
  if (domain instanceof Problem) return false;
  const items: readonly Item<L>[] = domain[at.row.list];
  return items.some((item) => keyOf(item, at.row.key) === at.key);
}

function keepSecrets<L extends ListName>(row: CollectionRow<L>, item: Item<L>, body: object): object {
  const before = item as Record<string, unknown>, after: Record<string, unknown> = { ...body };
  for (const name of row.secrets) {
    if (after[name] === "") delete after[name];
    else if (after[name] === undefined && before[name] !== undefined) after[name] = before[name];
  }
  return after;
}
