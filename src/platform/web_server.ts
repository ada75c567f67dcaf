/** HTTP and HTTPS over `Deno.serve`, behind a front with limits; a new certificate takes over without a restart. */

import { fail, ok, type Result } from "../base/mod.ts";
import type { ServeOptions } from "../http/mod.ts";
import { listenFault } from "./stream_socket.ts";
import { WEB_LIMITS, WebFront, type WebFrontLimits } from "./web_front.ts";

/** How long requests that are being answered may go on after the listener has closed. */
const GRACE_MS = 500;

interface Listening {
  readonly port: number;
  /** Takes no more connections, then ends those that remain. */
  close(): Promise<void>;
}

/** Listens; the error is a reason in words. */
export function serveHttp(
  options: ServeOptions,
  limits: WebFrontLimits = WEB_LIMITS,
): Promise<Result<{ readonly port: number; stop(): Promise<void> }, string>> {
  let front: WebFront;
  let current: Listening;
  const hostOf = (port: number) => front.hostOf(port);
  try {
    // First the port that may be in use: the one behind is any that is free.
    front = new WebFront({ host: options.host, port: options.port, server: () => current.port, limits });
  } catch (error) {
    return Promise.resolve(fail(listenFault(error as Error, options.port)));
  }
  current = open(options, hostOf);
  let closing: Promise<void> = Promise.resolve();
  const stopListening = options.certificate?.onChange(() => {
    const former = current;
    current = open(options, hostOf);
    closing = closing.then(() => former.close());
  });
  return Promise.resolve(ok({
    port: front.port,
    async stop() {
      stopListening?.();
      front.close();
      await closing;
      await current.close();
      front.stop();
    },
  }));
}

/** The server itself, which hears the front only. */
function open(
  { certificate, handle }: ServeOptions,
  hostOf: (port: number) => string | undefined,
): Listening {
  const abort = new AbortController();
  const pair = certificate?.choose();
  const server = Deno.serve(
    {
      hostname: "127.0.0.1",
      port: 0,
      signal: abort.signal,
      onListen() {},
      onError: () => new Response("Internal Server Error", { status: 500 }),
      ...(pair && { cert: pair.certificate, key: pair.key }),
    },
    (request, { remoteAddr }) => {
      const host = hostOf(remoteAddr.port);
      // Another program of this machine that found the port: it may come through the front like everybody.
      return host === undefined ? new Response(null, { status: 403 }) : handle(request, { host });
    },
  );
  return {
    port: server.addr.port,
    async close() {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const tooLate = new Promise<"too late">((resolve) =>
        timer = setTimeout(() => resolve("too late"), GRACE_MS)
      );
      const end = await Promise.race([server.shutdown(), tooLate]);
      clearTimeout(timer);
      // A request that never ends holds the server open even so: whoever stops does not wait for it. A server that has
      // ended by itself has nothing left to abort.
      if (end === "too late") abort.abort();
    },
  };
}
