/** Domains, groups, rooms, lines, schedules, rules and caller lists. */

import { z } from "zod";
import {
  callerListEntrySchema,
  callerNameSchema,
  huntGroupSchema,
  limitsSchema,
  lineSchema,
  pickupGroupSchema,
  ringGroupSchema,
  roomSchema,
  ruleSchema,
  scheduleSchema,
} from "../../config/mod.ts";
import { collection, domainParams } from "./collection.ts";
import type { ApiContext } from "./context.ts";
import { inFile } from "./directory_desk.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { orderedList } from "./ordered_list.ts";
import { cutPage, pageOf, pageQuery } from "./paging.ts";
import { Problem } from "./problem.ts";
import {
  domainItem,
  huntGroupItem,
  lineItem,
  newDomainSchema,
  pickupGroupItem,
  ringGroupItem,
  roomItem,
  scheduleItem,
} from "./views_directory.ts";

function showDomain(name: string, context: ApiContext): z.infer<typeof domainItem> | Problem {
  const domain = context.directory.domain(name);
  if (domain instanceof Problem) return domain;
  const { aliases, locale, timeZone, emergency, levels, limits } = domain;
  const { denied, countries, ...rest } = limits;
  return {
    name: domain.name,
    aliases: [...aliases],
    locale,
    timeZone,
    emergency: [...emergency],
    levels: [...levels],
    limits: {
      ...rest,
      denied: [...denied],
      countries: [...countries],
    },
    fromFile: context.directory.directory.isFromFile(domain.name, "domain", domain.name),
  };
}

const domainRoutes: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/domains",
    summary: "All domains",
    tag: "domains",
    access: "directory:read",
    query: pageQuery,
    response: pageOf(domainItem),
    handle: ({ context, query }) =>
      cutPage(context.directory.directory.domains(), query, {
        texts: ({ name, aliases }) => [name, ...aliases],
        view: ({ name }) => showDomain(name, context) as z.infer<typeof domainItem>,
      }),
  }),
  endpoint({
    method: "post",
    path: "/domains",
    problems: ["taken"],
    summary: "Add a domain",
    tag: "domains",
    access: "directory:write",
    body: newDomainSchema,
    response: domainItem,
    status: 201,
    async handle({ context, body }) {
      const name = body.name.toLowerCase();
      return await context.directory.addDomain({ ...body, name }) ?? showDomain(name, context);
    },
  }),
  endpoint({
    method: "get",
    path: "/domains/{domain}",
    summary: "One domain",
    tag: "domains",
    access: "directory:read",
    params: domainParams,
    response: domainItem,
    handle: ({ context, params }) => showDomain(params.domain, context),
  }),
  endpoint({
    method: "put",
    path: "/domains/{domain}",
    problems: ["in-file"],
    summary:
      "Change names, language, time zone, emergency numbers, levels; limits stay where they are left out",
    tag: "domains",
    access: "directory:write",
    params: domainParams,
    body: newDomainSchema.omit({ name: true }).extend({ limits: limitsSchema.exactOptional() }),
    response: domainItem,
    async handle({ context, params, body }) {
      const fault = await context.directory.change(
        params.domain,
        (stored, { name }) =>
          context.directory.directory.isFromFile(name, "domain", name)
            ? inFile(`The domain ${name}`)
            : { stored: { ...stored, ...body } },
      );
      return fault ?? showDomain(params.domain, context);
    },
  }),
  endpoint({
    method: "delete",
    path: "/domains/{domain}",
    problems: ["in-file"],
    summary: "Remove a domain with all that is in it",
    tag: "domains",
    access: "directory:write",
    params: domainParams,
    handle: ({ context, params }) => context.directory.removeDomain(params.domain),
  }),
];

const dryRunRoutes: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/domains/{domain}/route",
    summary: "Dry run: what would happen if this extension dialled that, and why",
    tag: "rules",
    access: "directory:read",
    params: domainParams,
    query: z.object({
      from: z.string().min(1).max(64),
      to: z.string().min(1).max(128),
      locale: z.enum(["en", "zh"]).default("en"),
      at: z.coerce.number().min(0).max(8.64e15).meta({ type: "number" }).exactOptional(),
    }),
    response: z.object({ isAllowed: z.boolean(), lines: z.array(z.string()) }),
    handle({ context, params, query }) {
      const domain = context.directory.domain(params.domain);
      if (domain instanceof Problem) return domain;
      const { from, to, locale, at } = query;
      const answer = context.queries.dryRun({
        domain: domain.name,
        from,
        dialled: to,
        locale,
        ...(at !== undefined && { at }),
      });
      if (!answer) return new Problem("not-found", `There is no extension ${from}`);
      return { isAllowed: answer.isAllowed, lines: [...answer.lines] };
    },
  }),
];

export const directoryRoutes: readonly Endpoint[] = [
  ...domainRoutes,
  ...collection({
    list: "huntGroups",
    kind: "huntGroup",
    what: "a hunt group",
    key: "number",
    schema: huntGroupSchema,
    secrets: [],
    view: huntGroupItem,
    show: () => ({}),
  }),
  ...collection({
    list: "ringGroups",
    kind: "ringGroup",
    what: "a ring group",
    key: "number",
    schema: ringGroupSchema,
    secrets: [],
    view: ringGroupItem,
    show: () => ({}),
  }),
  ...collection({
    list: "rooms",
    kind: "room",
    what: "a room",
    key: "number",
    schema: roomSchema,
    secrets: ["pin", "moderatorPin"],
    view: roomItem,
    show: ({ pin, moderatorPin }) => ({
      hasPin: pin !== undefined,
      hasModeratorPin: moderatorPin !== undefined,
    }),
  }),
  ...collection({
    list: "lines",
    kind: "line",
    what: "a line",
    key: "name",
    schema: lineSchema,
    secrets: ["password"],
    view: lineItem,
    show: ({ name, password }, { domain, context }) => {
      const status = context.queries.lines(domain).find((line) => line.name === name);
      return { hasPassword: password !== undefined, ...(status && { status }) };
    },
  }),
  ...collection({
    list: "schedules",
    kind: "schedule",
    what: "a schedule",
    key: "name",
    schema: scheduleSchema,
    secrets: [],
    view: scheduleItem,
    show: () => ({}),
  }),
  ...collection({
    list: "pickupGroups",
    kind: "pickupGroup",
    what: "a pickup group",
    key: "name",
    schema: pickupGroupSchema,
    secrets: [],
    view: pickupGroupItem,
    show: () => ({}),
  }),
  ...orderedList({ list: "rules", what: "rules", schema: ruleSchema }),
  ...orderedList({ list: "callerLists", what: "caller lists", schema: callerListEntrySchema }),
  ...orderedList({ list: "callerNames", what: "caller names", schema: callerNameSchema }),
  ...dryRunRoutes,
];
