/** All that is answered over HTTP, in order: who is asked for, health, metrics, events, the API, the page. */

import { Hono } from "hono";
import { isLoopback, type Log } from "../base/mod.ts";
import {
  type ApiContext,
  describeApi,
  ENDPOINTS,
  identify,
  mount,
  type PageEnv,
  Problem,
} from "./api/mod.ts";
import type { PageFiles } from "./assets.ts";
import type { EventHub } from "./events.ts";
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
      c.res = new Response(null, { status: 403 });
    } else if (!isOwnHost(c.req.header("host") ?? null, options.names)) {
      c.res = new Problem("forbidden", "The server does not go by this name").toResponse();
    } else await next();
    setSecurityHeaders(c.res.headers, context);
  });
  app.get("/healthz", () => health(context.queries.isReady()));
  app.get("/readyz", () => health(context.queries.isReady()));
  app.get("/metrics", (c) => metrics(c.req.raw, c.env.host, context));
  app.get("/api/v1/events", (c) => events(c.req.raw, options));
  const description = describeApi(ENDPOINTS, { version: options.version, secure: context.isSecure });
  app.get("/api/v1/openapi.json", (c) => c.json(description));
  mount(app, ENDPOINTS, { context, log });
  app.all("/api/*", (c) => noSuchOperation(c.req.path).toResponse());
  app.get("*", async (c) => {
    const file = (await options.files()).get(c.req.path, c.req.raw.headers);
    return file ?? new Problem("not-found").toResponse();
  });
  app.notFound(() => new Problem("wrong-method").toResponse());
  app.onError((error) => {
    log.error("a request could not be answered", { reason: error.stack ?? String(error) });
    const response = new Problem("internal", "The log says more").toResponse();
    setSecurityHeaders(response.headers, context);
    return response;
  });
  return app;
}

/** Says so little that anybody may ask. */
function health(isReady: boolean): Response {
  return new Response(isReady ? "ok\n" : "starting\n", {
    status: isReady ? 200 : 503,
    headers: { "content-type": "text/plain", "cache-control": "no-store" },
  });
}

/** From this machine without proof, as exporters beside the server expect; from elsewhere with a token. */
async function metrics(request: Request, host: string, context: ApiContext): Promise<Response> {
  if (!isLoopback(host)) {
    const found = identify(request, context);
    if (!found) return new Problem("unauthenticated").toResponse();
    if (!found.principal.scopes.has("metrics")) return new Problem("forbidden").toResponse();
  }
  return new Response(await context.queries.metrics(), {
    headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8", "cache-control": "no-store" },
  });
}

function events(request: Request, { context, events }: AppOptions): Response {
  const mayListen = () => identify(request, context)?.principal.scopes.has("status") ?? false;
  if (!identify(request, context)) return new Problem("unauthenticated").toResponse();
  if (!mayListen()) return new Problem("forbidden").toResponse();
  const kinds = new URL(request.url).searchParams.get("kinds")?.split(",");
  const lastEventId = request.headers.get("last-event-id");
  const stream = events.open({
    ...(kinds && { kinds }),
    ...(lastEventId !== null && { lastEventId }),
    isAllowed: mayListen,
  });
  return stream ?? new Problem("unavailable", "Too many event streams are open").toResponse();
}

function noSuchOperation(path: string): Problem {
  const isKnown = ENDPOINTS.some((row) => {
    const pattern = `/api/v1${row.path}`.split("/"), parts = path.split("/");
    return pattern.length === parts.length &&
      pattern.every((part, index) => part.startsWith("{") || part === parts[index]);
  });
  return new Problem(isKnown ? "wrong-method" : "not-found");
}
