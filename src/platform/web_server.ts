/** HTTP and HTTPS listeners over `Deno.serve`; a new certificate takes over without a restart. */

import { fail, ok, type Result } from "../base/mod.ts";
import type { ServeOptions } from "../http/mod.ts";
import { listenFault } from "./stream_socket.ts";

/** How long requests that are being answered may go on after the listener has closed. */
const GRACE_MS = 500;
/** The port is free again a moment after the former listener has closed. */
const REOPEN_EVERY_MS = 20;
const REOPEN_TRIES = 150;

interface Listening {
  readonly port: number;
  /** Takes no more connections, then ends those that remain. */
  close(): Promise<void>;
}

/** Listens; the error is a reason in words. */
// deno-lint-ignore require-await -- the port is asynchronous for servers that are
export async function serveHttp(
  options: ServeOptions,
): Promise<Result<{ readonly port: number; stop(): Promise<void> }, string>> {
  let current: Listening;
  try {
    current = open(options, options.port);
  } catch (error) {
    return fail(listenFault(error as Error, options.port));
  }
  const { port } = current;
  let swapping: Promise<void> = Promise.resolve();
  let isStopped = false;
  const swap = async () => {
    if (isStopped) return;
    const closing = current.close();
    for (let tries = 1;; tries++) {
      try {
        current = open(options, port);
        break;
      } catch (error) {
        if (tries >= REOPEN_TRIES) throw error;
        await new Promise((resolve) => setTimeout(resolve, REOPEN_EVERY_MS));
      }
    }
    await closing;
  };
  const stopListening = options.certificate?.onChange(() => {
    swapping = swapping.then(swap);
  });
  return ok({
    port,
    async stop() {
      stopListening?.();
      isStopped = true;
      await swapping;
      await current.close();
    },
  });
}

function open({ host, certificate, handle }: ServeOptions, port: number): Listening {
  const abort = new AbortController();
  const pair = certificate?.choose();
  const server = Deno.serve(
    {
      hostname: host,
      port,
      signal: abort.signal,
      onListen() {},
      onError: () => new Response("Internal Server Error", { status: 500 }),
      ...(pair && { cert: pair.certificate, key: pair.key }),
    },
    (request, info) => handle(withHost(request), { host: info.remoteAddr.hostname }),
  );
  return {
    port: server.addr.port,
    async close() {
      const timer = setTimeout(() => abort.abort(), GRACE_MS);
      await server.shutdown();
      await server.finished;
      clearTimeout(timer);
    },
  };
}

/** HTTP/2 says `:authority` where HTTP/1.1 says `Host` (RFC 9113 §8.3.1): whoever answers finds one name for it. */
function withHost(request: Request): Request {
  if (request.headers.has("host")) return request;
  const headers = new Headers(request.headers);
  headers.set("host", new URL(request.url).host);
  const { url, method, body } = request;
  // Not copied as a whole: the runtime complains on standard error when the request's signal is asked for.
  return new Request(url, { method, headers, body });
}
