/** Puts the rows of the API behind their addresses: who asks, are the values right, then the handler, then the audit log. */

import type { Hono } from "hono";
import type { z } from "zod";
import type { Log } from "../../base/mod.ts";
import { explainIssues, printPath } from "../../config/mod.ts";
import type { Principal, Visitor } from "../auth/mod.ts";
import { admit } from "./admission.ts";
import { DEFAULT_MAX_BODY, readJson } from "./body.ts";
import type { ApiContext } from "./context.ts";
import { type Endpoint, Reply } from "./endpoint.ts";
import { invalid } from "./directory_desk.ts";
import { Problem } from "./problem.ts";

/** What every request of the page carries beside itself. */
export interface PageEnv {
  readonly Bindings: { readonly host: string };
}

export interface MountOptions {
  readonly context: ApiContext;
  readonly log: Log;
}

export function mount(app: Hono<PageEnv>, endpoints: readonly Endpoint[], options: MountOptions): void {
  for (const row of endpoints) {
    const path = `/api/v1${row.path.replace(/\{(\w+)\}/g, ":$1")}`;
    app.on(row.method.toUpperCase(), path, (c) =>
      answer(row, {
        ...options,
        request: c.req.raw,
        params: c.req.param(),
        query: c.req.query(),
        visitor: { host: c.env.host, userAgent: c.req.header("user-agent") ?? "" },
      }));
  }
}

interface Incoming extends MountOptions {
  readonly request: Request;
  readonly params: unknown;
  readonly query: unknown;
  readonly visitor: Visitor;
}

async function answer(row: Endpoint, incoming: Incoming): Promise<Response> {
  const { context, request, visitor } = incoming;
  const who = admit(request, row.access, context);
  if (who instanceof Problem) return who.toResponse();
  const params = check(row.params, incoming.params, "path");
  if (params instanceof Problem) return params.toResponse();
  const query = check(row.query, incoming.query, "query");
  if (query instanceof Problem) return query.toResponse();
  const body = await readBody(row, request);
  if (body instanceof Problem) return body.toResponse();
  const outcome = await row.handle({
    params: params.value,
    query: query.value,
    body: body.value,
    who,
    visitor,
    context,
    request,
  });
  const response = toResponse(row, outcome);
  if (row.method !== "get" && row.audit !== false && response.status < 400 && who) {
    note(row, incoming, who);
  }
  return response;
}

function check(
  schema: z.ZodType | undefined,
  value: unknown,
  where: "path" | "query" | "body",
): { value: unknown } | Problem {
  if (!schema) return { value: undefined };
  const parsed = schema.safeParse(value);
  if (parsed.success) return { value: parsed.data };
  if (where === "path") return new Problem("not-found");
  const errors = explainIssues(parsed.error.issues, value).map(({ path, message }) => ({
    path: printPath(path),
    message,
  }));
  return where === "query" ? new Problem("bad-request", { errors }) : invalid(errors);
}

async function readBody(row: Endpoint, request: Request): Promise<{ value: unknown } | Problem> {
  if (!row.body) return { value: undefined };
  const body = await readJson(request, row.maxBody ?? DEFAULT_MAX_BODY);
  return body instanceof Problem ? body : check(row.body, body.value, "body");
}

function toResponse(row: Endpoint, outcome: unknown): Response {
  if (outcome instanceof Problem) return outcome.toResponse();
  if (outcome instanceof Response) return outcome;
  const reply = outcome instanceof Reply ? outcome : new Reply(outcome, {});
  const headers = new Headers({ "cache-control": "no-store", ...reply.headers });
  if (!row.response) return new Response(null, { status: 204, headers });
  return Response.json(reply.body, { status: row.status ?? 200, headers });
}

function note(row: Endpoint, { context, params, visitor }: Incoming, who: Principal): void {
  const given = params as Record<string, string>;
  const names = [...row.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  const target = names.map((name) => given[name]).join("/").slice(0, 200);
  const verb = { post: "add", put: "change", delete: "remove", get: "read" }[row.method];
  const thing = row.path.split("/").findLast((part) => part !== "" && !part.startsWith("{")) ?? "";
  context.gate.audit(who, visitor.host, { action: `${verb} ${thing}`, ...(target !== "" && { target }) });
}
