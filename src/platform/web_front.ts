/**
 * The front of the page: takes connections within limits and hands their bytes to the HTTP server behind, which has
 * none of its own. Without it connections that say nothing, or never finish what they say, would use up the open files
 * that calls need.
 */

export interface WebFrontLimits {
  readonly maxConnections: number;
  /** Of one address: a reverse proxy has many visitors. */
  readonly maxPerAddress: number;
  /** Until the first answer, from the beginning: a request, or a handshake, has to come by then. */
  readonly firstAnswerMs: number;
  /** Between the first byte of a request and the first of its answer. */
  readonly answerMs: number;
  /** Without a byte in either direction; the event stream beats every 15 s. */
  readonly idleMs: number;
}

export const WEB_LIMITS: WebFrontLimits = {
  maxConnections: 500,
  maxPerAddress: 100,
  firstAnswerMs: 20_000,
  answerMs: 60_000,
  idleMs: 120_000,
};

const CHECK_EVERY_MS = 1000;
const BUFFER_BYTES = 16_384;
/** Before the next try when no connection could be taken, e.g. for want of open files. */
const REST_MS = 100;

interface Visit {
  readonly connection: Deno.TcpConn;
  readonly host: string;
  readonly bornMs: number;
  inner: Deno.TcpConn | undefined;
  isAnswered: boolean;
  /** When the request began that has no answer yet. */
  askedMs: number | undefined;
  lastMs: number;
}

export interface WebFrontOptions {
  readonly host: string;
  readonly port: number;
  /** Port on 127.0.0.1 where the server listens now. */
  readonly server: () => number;
  readonly limits: WebFrontLimits;
}

export class WebFront {
  readonly #options: WebFrontOptions;
  readonly #listener: Deno.TcpListener;
  readonly #visits = new Set<Visit>();
  /** Who stands behind a connection to the server, by its port. */
  readonly #hosts = new Map<number, string>();
  readonly #timer: ReturnType<typeof setInterval>;
  #isStopped = false;

  /** Throws what `Deno.listen` throws. */
  constructor(options: WebFrontOptions) {
    this.#options = options;
    this.#listener = Deno.listen({ hostname: options.host, port: options.port });
    this.#timer = setInterval(
      () => this.#check(),
      Math.min(CHECK_EVERY_MS, options.limits.firstAnswerMs / 4),
    );
    void this.#accept();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  get size(): number {
    return this.#visits.size;
  }

  /** The visitor behind a connection that the server has from 127.0.0.1; undefined: it did not come through here. */
  hostOf(port: number): string | undefined {
    return this.#hosts.get(port);
  }

  /** Takes no more connections; those that remain end with the server's. */
  close(): void {
    this.#isStopped = true;
    this.#listener.close();
  }

  /** Ends what remains. */
  stop(): void {
    clearInterval(this.#timer);
    for (const visit of this.#visits) this.#end(visit);
  }

  async #accept(): Promise<void> {
    while (!this.#isStopped) {
      try {
        this.#take(await this.#listener.accept());
      } catch {
        if (!this.#isStopped) await new Promise((resolve) => setTimeout(resolve, REST_MS));
      }
    }
  }

  #take(connection: Deno.TcpConn): void {
    const { maxConnections, maxPerAddress } = this.#options.limits;
    const host = connection.remoteAddr.hostname;
    let ofHost = 0;
    for (const visit of this.#visits) if (visit.host === host) ofHost++;
    const isFull = this.#visits.size >= maxConnections && !this.#dropSilent();
    if (ofHost >= maxPerAddress || isFull) return connection.close();
    const now = Date.now();
    const visit: Visit = {
      connection,
      host,
      bornMs: now,
      inner: undefined,
      isAnswered: false,
      askedMs: undefined,
      lastMs: now,
    };
    this.#visits.add(visit);
    void this.#serve(visit);
  }

  /** A flood pushes out its own: who waits longest without an answer. */
  #dropSilent(): boolean {
    for (const visit of this.#visits) {
      if (visit.isAnswered) continue;
      this.#end(visit);
      return true;
    }
    return false;
  }

  async #serve(visit: Visit): Promise<void> {
    let port: number | undefined;
    try {
      const inner = await Deno.connect({ hostname: "127.0.0.1", port: this.#options.server() });
      port = inner.localAddr.port;
      // Known before the first byte of the request gets there.
      this.#hosts.set(port, visit.host);
      visit.inner = inner;
      if (!this.#visits.has(visit)) return inner.close();
      await Promise.all([this.#ask(visit, inner), this.#answer(visit, inner)]);
    } catch {
      // One side has gone: so does the other.
    } finally {
      this.#end(visit);
      if (port !== undefined) this.#hosts.delete(port);
    }
  }

  async #ask(visit: Visit, inner: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(BUFFER_BYTES);
    for (;;) {
      const length = await visit.connection.read(buffer);
      if (length === null) return await inner.closeWrite();
      visit.lastMs = Date.now();
      visit.askedMs ??= visit.lastMs;
      await writeAll(inner, buffer.subarray(0, length));
    }
  }

  async #answer(visit: Visit, inner: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(BUFFER_BYTES);
    for (;;) {
      const length = await inner.read(buffer);
      // The server has said all it will: a visitor that only listens is let go.
      if (length === null) return this.#end(visit);
      visit.isAnswered = true;
      visit.askedMs = undefined;
      visit.lastMs = Date.now();
      await writeAll(visit.connection, buffer.subarray(0, length));
    }
  }

  #end(visit: Visit): void {
    if (!this.#visits.delete(visit)) return;
    for (const connection of [visit.connection, visit.inner]) {
      try {
        connection?.close();
      } catch {
        // Closed already.
      }
    }
  }

  #check(): void {
    const now = Date.now();
    const { firstAnswerMs, answerMs, idleMs } = this.#options.limits;
    for (const visit of this.#visits) {
      const isOver = (!visit.isAnswered && now - visit.bornMs >= firstAnswerMs) ||
        (visit.askedMs !== undefined && now - visit.askedMs >= answerMs) || now - visit.lastMs >= idleMs;
      if (isOver) this.#end(visit);
    }
  }
}

async function writeAll(to: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
}
