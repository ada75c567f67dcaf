/** A list of a domain whose order counts and whose entries have no key: read whole, changed whole. */

import { z } from "zod";
import { strict } from "../../config/mod.ts";
import type { ApiContext } from "./context.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { Problem } from "./problem.ts";

type ListName = "rules" | "callerLists" | "callerNames";

export interface OrderedListRow {
  readonly list: ListName;
  readonly what: string;
  readonly schema: z.ZodObject;
}

const MAX_BODY = 8 * 1024 * 1024;

/** What stands in the file comes first and is not touched by a change. */
export function orderedList({ list, what, schema }: OrderedListRow): Endpoint[] {
  const params = z.object({ domain: z.string().max(255) });
  const response = z.object({ items: z.array(z.object({ fromFile: z.boolean(), settings: schema })) });
  const path = `/domains/{domain}/${list}`;
  return [
    endpoint({
      method: "get",
      path,
      summary: `The ${what} in their order, those of the file first`,
      tag: list,
      access: "directory:read",
      params,
      response,
      handle: ({ context, params }) => show(list, params.domain, context),
    }),
    endpoint({
      method: "put",
      path,
      summary: `Replace the ${what} that do not stand in the file`,
      tag: list,
      access: "directory:write",
      params,
      body: strict({ items: z.array(schema).max(50_000) }),
      maxBody: MAX_BODY,
      response,
      async handle({ context, params, body }) {
        const fault = await context.directory.change(params.domain, (stored) => ({
          stored: { ...stored, [list]: body.items },
        }));
        return fault ?? show(list, params.domain, context);
      },
    }),
  ];
}

function show(
  list: ListName,
  name: string,
  context: ApiContext,
): { items: { fromFile: boolean; settings: Record<string, unknown> }[] } | Problem {
  const domain = context.directory.domain(name);
  if (domain instanceof Problem) return domain;
  const inFile = context.queries.settings().domains.find((one) => one.name === domain.name)?.[list].length ??
    0;
  return {
    items: domain[list].map((settings, index) => ({ fromFile: index < inFile, settings: { ...settings } })),
  };
}
