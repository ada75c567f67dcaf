/** All that is answered over HTTP, in order: who is asked for, health, metrics, events, the API, the page. */

import { Hono } from "hono";
import type { Log } from "../base/mod.ts";
import {
  admit,
  type ApiContext,
  describeApi,
  ENDPOINTS,
  hostOf,
  identify,
  mount,
  type PageEnv,
  Problem,
} from "./api/mod.ts";
import type { PageFiles } from "./assets.ts";
import { EVENT_STREAM, type EventHub } from "./events.ts";
import { isOwnHost, setSecurityHeaders } from "./headers.ts";

export interface AppOptions {
  readonly context: ApiContext;
  readonly events: EventHub;
  /** Resolves when the page has been bundled; the API does not wait for it. */
  readonly files: () => Promise<PageFiles>;
  readonly log: Log;
  readonly version: string;
  /** Names the server goes by: domains, names of its certificates. */
  readonly names: () => readonly string[];
  /** False: this sender is banned and gets nothing but a closed door. */
  readonly isWelcome: (host: string) => boolean;
}

export type PageApp = Hono<PageEnv>;

export function createApp(options: AppOptions): PageApp {
  const { context, log } = options;
  const app: PageApp = new Hono<PageEnv>();
  app.use("*", async (c, next) => {
    // An administrator whose own phone got the office banned must be able to come in and lift that.
    if (!options.isWelcome(c.env.host) && !identify(c.req.raw, context)) {
      c.res = new Problem("forbidden").toResponse();
    } else if (!isOwnHost(hostOf(c.req.raw), options.names)) {
      c.res = new Problem("forbidden", "The server does not go by this name").toResponse();
    } else await next();
    setSecurityHeaders(c.res.headers, context);
  });
  app.get("/healthz", () => health(context.queries.isReady() ? [] : ["starting"]));
  app.get("/readyz", async () => health(await context.queries.missing()));
  app.get("/metrics", (c) => metrics(c.req.raw, context));
  app.get("/api/v1/events", (c) => events(c.req.raw, options));
  const description = describeApi(ENDPOINTS, { version: options.version, secure: context.isSecure });
  app.get("/api/v1/openapi.json", (c) => c.json(description));
  mount(app, ENDPOINTS, { context, log });
  app.all("/api/*", (c) => noSuchOperation(c.req.path).toResponse());
  app.get("*", async (c) => {
    const file = (await options.files()).get(c.req.path, c.req.raw.headers);
    return file ?? new Problem("not-found").toResponse();
  });
  app.notFound(() => new Problem("wrong-method", { allow: ["GET", "HEAD"] }).toResponse());
  app.onError((error) => {
    log.error("a request could not be answered", { reason: error.stack ?? String(error) });
    const response = new Problem("internal", "The log says more").toResponse();
    setSecurityHeaders(response.headers, context);
    return response;
  });
  return app;
}

/** Says so little that anybody may ask. */
function health(missing: readonly string[]): Response {
  const isReady = missing.length === 0;
  return new Response(isReady ? "ok\n" : `${missing.join("\n")}\n`, {
    status: isReady ? 200 : 503,
    headers: { "content-type": "text/plain", "cache-control": "no-store" },
  });
}

/**
 * With a token, also from this machine: numbers of extensions and lines are nobody's business, and behind a reverse
 * proxy the whole world comes from this machine.
 */
async function metrics(request: Request, context: ApiContext): Promise<Response> {
  const who = admit(request, "metrics", context);
  if (who instanceof Problem) return who.toResponse();
  return new Response(await context.queries.metrics(), {
    headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8", "cache-control": "no-store" },
  });
}

function events(request: Request, { context, events }: AppOptions): Response {
  const who = admit(request, "status", context);
  if (who instanceof Problem) return who.toResponse();
  // Without a body nobody would ever read or end the stream.
  if (request.method === "HEAD") return new Response(null, { headers: EVENT_STREAM });
  const kinds = new URL(request.url).searchParams.get("kinds")?.split(",");
  const lastEventId = request.headers.get("last-event-id");
  const stream = events.open({
    ...(kinds && { kinds }),
    ...(lastEventId !== null && { lastEventId }),
    isAllowed: () => !(admit(request, "status", context) instanceof Problem),
  });
  return stream ?? new Problem("unavailable", "Too many event streams are open").toResponse();
}

/** 405 with the methods that there are, or 404. */
function noSuchOperation(path: string): Problem {
  const parts = path.split("/");
  const methods = OPERATIONS.filter(({ pattern }) =>
    pattern.length === parts.length &&
    pattern.every((part, index) => part.startsWith("{") || part === parts[index])
  ).map(({ method }) => method);
  if (methods.length === 0) return new Problem("not-found");
  return new Problem("wrong-method", { allow: methods.includes("GET") ? [...methods, "HEAD"] : methods });
}

const OPERATIONS = [
  ...ENDPOINTS.map(({ method, path }) => ({ method: method.toUpperCase(), path })),
  { method: "GET", path: "/events" },
  { method: "GET", path: "/openapi.json" },
].map(({ method, path }) => ({ method, pattern: `/api/v1${path}`.split("/") }));
