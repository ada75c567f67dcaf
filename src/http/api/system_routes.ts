/** What belongs to the machine: bans, certificates, settings, log, tokens, sessions, audit, backup. */

import { z } from "zod";
import { strict } from "../../config/mod.ts";
import { canonicalIp, senderKey } from "../../base/mod.ts";
import { type ApiToken, SCOPES } from "../auth/mod.ts";
import { download } from "./call_routes.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { cutPage, pageOf, pageQuery } from "./paging.ts";
import type { Refusal } from "./ports.ts";
import { Problem } from "./problem.ts";
import {
  auditView,
  banView,
  certificateView,
  logLineView,
  sessionItem,
  settingsView,
  tokenView,
} from "./views_status.ts";

/** Not a network: a ban is of one sender, which with IPv6 is a whole /64. */
const addressText = z.string().max(64).refine((text) => canonicalIp(text) !== undefined, {
  error: "expected an IP address",
});
const pem = z.string().min(1).max(200_000);

const banRoutes: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/bans",
    summary: "Senders that are not answered",
    tag: "bans",
    access: "system:read",
    query: pageQuery,
    response: pageOf(banView),
    handle: ({ context, query }) =>
      cutPage(context.queries.bans(), query, {
        texts: ({ address, reason }) => [address, reason],
        view: (ban) => ({ ...ban }),
      }),
  }),
  endpoint({
    method: "post",
    path: "/bans",
    problems: ["conflict"],
    summary: "Ban a sender",
    tag: "bans",
    access: "system:write",
    body: strict({
      address: addressText,
      forSeconds: z.int().min(1).max(31_536_000).default(7200),
    }),
    handle({ context, body, visitor }) {
      const address = canonicalIp(body.address)!;
      if (senderKey(address) === senderKey(visitor.host)) {
        return new Problem("conflict", "This is the address you come from");
      }
      const done = context.commands.ban(address, body.forSeconds);
      return done ? undefined : new Problem("conflict", "The address stands in security.allow");
    },
  }),
  endpoint({
    method: "delete",
    path: "/bans/{address}",
    summary: "Lift a ban",
    tag: "bans",
    access: "system:write",
    params: z.object({ address: z.string().max(64) }),
    handle: ({ context, params }) =>
      context.commands.unban(params.address) ? undefined : new Problem("not-found", "There is no such ban"),
  }),
];

const certificateRoutes: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/certificates",
    summary: "Certificates in use, and the own authority",
    tag: "certificates",
    access: "system:read",
    response: z.object({ items: z.array(certificateView), fromFile: z.boolean() }),
    handle: ({ context }) => ({
      items: [...context.queries.certificates()],
      fromFile: context.queries.settings().tls.certificate !== "auto",
    }),
  }),
  endpoint({
    method: "put",
    path: "/certificates",
    problems: ["conflict"],
    summary: "Use this certificate (with its chain) and key from now on, without a restart",
    tag: "certificates",
    access: "system:write",
    body: strict({ certificate: pem, key: pem }),
    maxBody: 512 * 1024,
    async handle({ context, body }) {
      const done = await context.commands.installCertificate(body);
      return done.ok ? undefined : certificateRefused(done.error);
    },
  }),
  endpoint({
    method: "delete",
    path: "/certificates",
    problems: ["conflict"],
    summary: "Back to the own authority's certificate",
    tag: "certificates",
    access: "system:write",
    async handle({ context }) {
      const done = await context.commands.removeCertificate();
      return done.ok ? undefined : certificateRefused(done.error);
    },
  }),
  endpoint({
    method: "get",
    path: "/certificates/authority",
    problems: ["not-found"],
    summary: "The own authority, to be installed on telephones",
    tag: "certificates",
    access: "system:read",
    media: ["application/x-pem-file"],
    handle({ context }) {
      const authority = context.queries.authority();
      if (authority === undefined) return new Problem("not-found", "There is no own authority in use");
      return new Response(authority, {
        headers: download("application/x-pem-file", "sipedge-authority.pem"),
      });
    },
  }),
];

function certificateRefused({ message, reason, values }: Refusal): Problem {
  return new Problem("conflict", {
    detail: message,
    reason: `certificate.${reason}`,
    ...(values && { values }),
  });
}

const machineRoutes: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/settings",
    summary: "Settings in force; they are changed in the configuration file",
    tag: "system",
    access: "system:read",
    response: settingsView,
    handle({ context }) {
      const { domains: _domains, telemetry, ...rest } = context.queries.settings();
      const { password, ...hep } = telemetry.hep ?? {};
      const shown = password === undefined ? hep : { ...hep, password: "********" };
      const sections = { ...rest, telemetry: telemetry.hep ? { hep: shown } : {} };
      const { file, problems } = context.queries.configuration();
      return { ...(file !== undefined && { file }), problems: [...problems], sections };
    },
  }),
  endpoint({
    method: "get",
    path: "/log",
    summary: "The newest lines of the log, oldest of them first",
    tag: "system",
    access: "system:read",
    query: z.object({
      limit: z.coerce.number().int().min(1).max(1000).meta({ type: "integer" }).default(200),
    }),
    response: z.object({ items: z.array(logLineView) }),
    handle: ({ context, query }) => ({ items: [...context.queries.logTail(query.limit)] }),
  }),
  endpoint({
    method: "get",
    path: "/audit",
    summary: "Who changed what, newest first",
    tag: "system",
    access: "system:read",
    query: pageQuery.omit({ search: true }),
    response: pageOf(auditView),
    async handle({ context, query }) {
      const { rows, total } = await context.audit.list(query);
      return { items: rows.map((row) => ({ ...row })), total, ...query };
    },
  }),
  endpoint({
    method: "post",
    path: "/backup",
    problems: ["unavailable"],
    summary: "Everything as one encrypted file",
    tag: "system",
    access: "system:write",
    body: strict({ passphrase: z.string().min(8).max(256) }),
    media: ["application/octet-stream"],
    async handle({ context, body }) {
      const made = await context.commands.backup?.(body.passphrase);
      if (!made) return new Problem("unavailable", "This server cannot make a backup");
      if (!made.ok) return new Problem("unavailable", made.error);
      return new Response(made.value, { headers: download("application/octet-stream", "sipedge.backup") });
    },
  }),
];

function showToken({ scopes, ...token }: ApiToken): z.input<typeof tokenView> {
  return { ...token, scopes: [...scopes] };
}

const accessRoutes: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/tokens",
    summary: "Tokens for scripts",
    tag: "access",
    access: "session",
    response: z.object({ items: z.array(tokenView) }),
    handle: ({ context }) => ({ items: context.gate.tokens.list().map(showToken) }),
  }),
  endpoint({
    method: "post",
    path: "/tokens",
    problems: ["conflict"],
    summary: "Make a token; its secret is shown only now",
    tag: "access",
    access: "session",
    status: 201,
    body: strict({
      name: z.string().min(1).max(64),
      scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length),
      expiresAt: z.number().min(0).max(8.64e15).exactOptional(),
    }),
    response: z.object({ token: tokenView, secret: z.string() }),
    handle({ context, body, who }) {
      const made = context.gate.tokens.create(body, who!.name);
      if (!made) return new Problem("conflict", "There are too many tokens: remove some");
      return { token: showToken(made.token), secret: made.secret };
    },
  }),
  endpoint({
    method: "delete",
    path: "/tokens/{id}",
    summary: "Remove a token; it stops working at once",
    tag: "access",
    access: "session",
    params: z.object({ id: z.string().max(64) }),
    handle: ({ context, params }) =>
      context.gate.tokens.remove(params.id) ? undefined : new Problem("not-found", "There is no such token"),
  }),
  endpoint({
    method: "get",
    path: "/sessions",
    summary: "Who is signed in",
    tag: "access",
    access: "session",
    response: z.object({ items: z.array(sessionItem) }),
    handle: ({ context, who }) => ({
      items: context.gate.sessions.list().map((session) => ({
        ...session,
        isCurrent: session.id === who!.id,
      })),
    }),
  }),
  endpoint({
    method: "delete",
    path: "/sessions/{id}",
    summary: "End a session",
    tag: "access",
    access: "session",
    params: z.object({ id: z.string().max(64) }),
    handle: ({ context, params }) =>
      context.gate.sessions.close(params.id) ? undefined : new Problem("not-found", "The session has ended"),
  }),
];

export const systemRoutes: readonly Endpoint[] = [
  ...banRoutes,
  ...certificateRoutes,
  ...machineRoutes,
  ...accessRoutes,
];
