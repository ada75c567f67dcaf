/** Extensions: who they are, their devices, their passwords. */

import { z } from "zod";
import { extensionSchema, type ExtensionSettings, strict } from "../../config/mod.ts";
import { createPassword } from "../../pbx/directory/mod.ts";
import { domainParams } from "./collection.ts";
import type { ApiContext } from "./context.ts";
import { inFile } from "./directory_desk.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { cutPage, pageOf, pageQuery } from "./paging.ts";
import { showPassword } from "./phone_settings.ts";
import { Problem } from "./problem.ts";
import {
  type ExtensionDetail,
  extensionDetail,
  type ExtensionItem,
  extensionItem,
  passwordView,
} from "./views_directory.ts";

const params = z.object({ domain: z.string().max(255), number: z.string().max(64) });
const passwordText = z.string().min(8, { error: "expected at least 8 characters" }).max(128);

function showItem(extension: ExtensionSettings, domain: string, context: ApiContext): ExtensionItem {
  const { directory } = context.directory;
  const { number, name, enabled } = extension;
  return {
    number,
    name,
    enabled,
    fromFile: directory.isFromFile(domain, "extension", number),
    hasPassword: directory.credentials(domain, number) !== undefined,
    inCall: context.queries.callsOf(domain, number) > 0,
    doNotDisturb: context.queries.features(domain, number).doNotDisturb,
    devices: [...context.queries.devices(domain, number)],
  };
}

function showDetail(domain: string, number: string, context: ApiContext): ExtensionDetail | Problem {
  const settings = context.directory.domain(domain);
  if (settings instanceof Problem) return settings;
  const extension = context.directory.directory.extension(settings.name, number);
  if (!extension) return missing(number);
  const { password: _password, digest, ...shown } = extension;
  return {
    ...showItem(extension, settings.name, context),
    settings: { ...shown, ...(digest && { digest: [...digest] }) },
    forward: context.queries.features(settings.name, number).forward,
  };
}

function missing(number: string): Problem {
  return new Problem("not-found", `There is no extension ${number}`);
}

export const extensionRoutes: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/domains/{domain}/extensions",
    summary: "All extensions with their devices",
    tag: "extensions",
    access: "directory:read",
    params: domainParams,
    query: pageQuery.extend({ state: z.enum(["all", "online", "offline"]).default("all") }),
    response: pageOf(extensionItem),
    handle({ context, params, query }) {
      const domain = context.directory.domain(params.domain);
      if (domain instanceof Problem) return domain;
      const { state } = query;
      const extensions = state === "all"
        ? domain.extensions
        : domain.extensions.filter(({ number }) =>
          (context.queries.devices(domain.name, number).length > 0) === (state === "online")
        );
      return cutPage(extensions, query, {
        texts: ({ number, name }) => [number, name],
        view: (extension) => showItem(extension, domain.name, context),
      });
    },
  }),
  endpoint({
    method: "post",
    path: "/domains/{domain}/extensions",
    problems: ["taken"],
    summary: "Add an extension; without a password one is made, and shown only now",
    tag: "extensions",
    access: "directory:write",
    params: domainParams,
    body: extensionSchema.extend({ password: passwordText.exactOptional() }),
    response: passwordView,
    status: 201,
    async handle({ context, params: { domain }, body, request }) {
      const { password = createPassword(context.random), ...extension } = body;
      const fault = await context.directory.change(domain, (stored, { name }) => {
        if (context.directory.directory.find(name, extension.number)) {
          return new Problem("taken", `${extension.number} is taken in ${name}`);
        }
        return {
          stored: { ...stored, extensions: [...stored.extensions, extension] },
          passwords: new Map([[extension.number, password]]),
        };
      });
      return fault ?? showPassword({ domain, number: extension.number, password }, { request, context });
    },
  }),
  endpoint({
    method: "get",
    path: "/domains/{domain}/extensions/{number}",
    summary: "One extension",
    tag: "extensions",
    access: "directory:read",
    params,
    response: extensionDetail,
    handle: ({ context, params: { domain, number } }) => showDetail(domain, number, context),
  }),
  endpoint({
    method: "put",
    path: "/domains/{domain}/extensions/{number}",
    problems: ["in-file"],
    summary: "Change an extension",
    tag: "extensions",
    access: "directory:write",
    params,
    body: extensionSchema.omit({ number: true, password: true }),
    response: extensionDetail,
    async handle({ context, params: { domain, number }, body }) {
      const fault = await context.directory.change(
        domain,
        (stored, { name }) =>
          refuse(context, name, number) ?? {
            stored: {
              ...stored,
              extensions: stored.extensions.map((one) => one.number === number ? { ...body, number } : one),
            },
          },
      );
      return fault ?? showDetail(domain, number, context);
    },
  }),
  endpoint({
    method: "delete",
    path: "/domains/{domain}/extensions/{number}",
    problems: ["in-file", "invalid"],
    summary: "Remove an extension, also from its groups",
    tag: "extensions",
    access: "directory:write",
    params,
    handle: ({ context, params: { domain, number } }) =>
      context.directory.change(domain, (stored, { name }) =>
        refuse(context, name, number) ?? {
          stored: {
            ...stored,
            extensions: stored.extensions.filter((one) => one.number !== number),
            huntGroups: stored.huntGroups.map((group) => ({
              ...group,
              members: group.members.filter(({ extension }) => extension !== number),
            })),
            ringGroups: stored.ringGroups.map((group) => ({
              ...group,
              members: without(group.members, number),
            })),
            pickupGroups: stored.pickupGroups.map((group) => ({
              ...group,
              members: without(group.members, number),
            })),
          },
          passwords: new Map([[number, undefined]]),
        }),
  }),
  endpoint({
    method: "post",
    path: "/domains/{domain}/extensions/{number}/password",
    problems: ["in-file"],
    summary: "Set a new password; without one it is made. Shown only now",
    tag: "extensions",
    access: "directory:write",
    params,
    body: strict({ password: passwordText.exactOptional() }),
    response: passwordView,
    async handle({ context, params: { domain, number }, body, request }) {
      const password = body.password ?? createPassword(context.random);
      const fault = await context.directory.setPassword(domain, number, password);
      return fault ?? showPassword({ domain, number, password }, { request, context });
    },
  }),
  endpoint({
    method: "put",
    path: "/domains/{domain}/extensions/{number}/doNotDisturb",
    summary: "Switch do-not-disturb as the phone would by code; the setting stays as it is",
    tag: "extensions",
    access: "directory:write",
    params,
    body: strict({ on: z.boolean() }),
    handle({ context, params: { domain, number }, body }) {
      const settings = context.directory.domain(domain);
      if (settings instanceof Problem) return settings;
      const done = context.commands.setFeatures(settings.name, number, { doNotDisturb: body.on });
      return done ? undefined : missing(number);
    },
  }),
  endpoint({
    method: "put",
    path: "/domains/{domain}/extensions/{number}/forward",
    summary:
      "Set or (without a destination) end a forward as the phone would by code; the setting stays as it is",
    tag: "extensions",
    access: "directory:write",
    params,
    body: z.strictObject({
      reason: z.enum(["always", "busy", "noAnswer", "unreachable"]),
      to: z.string().min(1).max(64).exactOptional(),
      afterSeconds: z.int().min(1).max(600).exactOptional(),
    }),
    handle({ context, params: { domain, number }, body }) {
      const done = context.commands.setForward(domain, number, body);
      if (done === undefined) return missing(number);
      return done.ok ? undefined : new Problem("invalid", done.error);
    },
  }),
  endpoint({
    method: "delete",
    path: "/domains/{domain}/extensions/{number}/devices",
    summary: "End the registration of one device; it may register again",
    tag: "extensions",
    access: "directory:write",
    params,
    query: z.object({ contact: z.string().max(1000) }),
    handle({ context, params: { domain, number }, query }) {
      const settings = context.directory.domain(domain);
      if (settings instanceof Problem) return settings;
      const done = context.commands.unregister(settings.name, number, query.contact);
      return done ? undefined : new Problem("not-found", "There is no such device");
    },
  }),
];

function refuse(
  { directory: { directory } }: ApiContext,
  domain: string,
  number: string,
): Problem | undefined {
  if (!directory.extension(domain, number)) return missing(number);
  return directory.isFromFile(domain, "extension", number) ? inFile(`Extension ${number}`) : undefined;
}

function without(members: readonly string[], number: string): string[] {
  return members.filter((member) => member !== number);
}
