/** `/healthz` on the page's address: what a watchdog or a load balancer asks. */

import { type Result } from "../base/mod.ts";
import type { ListenSettings } from "../config/mod.ts";
import type { PageCertificate } from "../http/mod.ts";
import { serveHttp } from "../platform/web_server.ts";

export interface HealthOptions {
  readonly listen: NonNullable<ListenSettings["web"]>;
  /** True once all listeners are up; false again while stopping. */
  readonly isHealthy: () => boolean;
  readonly version: string;
  /** Shown where the address is `https:`. */
  readonly certificate: PageCertificate;
}

const HEADERS = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

/** Opens the listener; nothing but two GETs is answered. */
export function serveHealth(
  { listen, isHealthy, version, certificate }: HealthOptions,
): Promise<Result<{ readonly port: number; stop(): Promise<void> }, string>> {
  return serveHttp({
    host: listen.host,
    port: listen.port,
    ...(listen.secure && { certificate }),
    handle(request) {
      const { pathname } = new URL(request.url);
      if (request.method !== "GET") {
        return new Response("Method not allowed\n", { status: 405, headers: HEADERS });
      }
      if (pathname === "/healthz") {
        const isUp = isHealthy();
        return new Response(isUp ? "ok\n" : "stopping\n", { status: isUp ? 200 : 503, headers: HEADERS });
      }
      if (pathname === "/") {
        return new Response(`sipedge ${version} is running: ask it with "sipedge status"\n`, {
          headers: HEADERS,
        });
      }
      return new Response("Not found\n", { status: 404, headers: HEADERS });
    },
  });
}
