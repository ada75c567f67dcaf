/** One TCP or TLS connection: framing, keep-alive, deadlines (RFC 3261 §18.3, RFC 5626 §3.5.1, §4.4.1). */

import { type Framed, StreamFramer } from "../message/mod.ts";
import type { StreamFlow } from "./flow.ts";
import type { TransportLimits } from "./limits.ts";
import type { StreamSocket } from "./ports.ts";

const CRLF = Uint8Array.of(13, 10);
const PING = Uint8Array.of(13, 10, 13, 10);
/** Requests remembered as perhaps not arrived; older ones have their transaction's timer. */
const MAX_UNHEARD = 200;

export interface ConnectionOwner {
  /** Asked for each piece of bytes, so that a banned sender is cut off. */
  admit(flow: StreamFlow): boolean;
  /** `bytes` are those of the one message when they are known exactly. */
  framed(framed: Exclude<Framed, "ping" | "pong">, connection: Connection, bytes?: Uint8Array): void;
  /** The last word. */
  closed(connection: Connection, reason: string): void;
}

export interface ConnectionOptions {
  readonly flow: StreamFlow;
  readonly socket: StreamSocket;
  readonly isOutgoing: boolean;
  readonly limits: TransportLimits;
  readonly nowMs: number;
}

export class Connection {
  readonly flow: StreamFlow;
  readonly isOutgoing: boolean;
  readonly bornMs: number;
  /** True once a whole message came, or when we opened it ourselves. */
  isProven: boolean;
  readonly #socket: StreamSocket;
  readonly #limits: TransportLimits;
  readonly #framer = new StreamFramer();
  #heardMs: number;
  #partialSinceMs: number | undefined;
  #pingedMs: number | undefined;
  #answersPings = false;
  #sentBytes = 0;
  #leftBytes = 0;
  #leftMs: number;
  #closeReason: string | undefined;
  #unheard: (() => void)[] = [];
  #endingSinceMs: number | undefined;

  constructor(options: ConnectionOptions) {
    this.flow = options.flow;
    this.isOutgoing = this.isProven = options.isOutgoing;
    this.#socket = options.socket;
    this.#limits = options.limits;
    this.bornMs = this.#heardMs = this.#leftMs = options.nowMs;
  }

  start(owner: ConnectionOwner, now: () => number): void {
    this.#socket.start({
      data: (bytes) => this.#data(bytes, { owner, nowMs: now() }),
      closed: (reason) => {
        this.flow.isOpen = false;
        owner.closed(this, this.#closeReason ?? reason ?? "closed by the peer");
        for (const onLost of this.#unheard.splice(0)) onLost();
      },
    });
  }

  /**
   * False when the connection is closed, or was now because the peer does not read. `onLost` is called when the
   * connection ends before the peer has said anything more: on a connection that the peer was just closing, what is
   * written vanishes without an error.
   */
  write(bytes: Uint8Array, onLost?: () => void): boolean {
    if (!this.flow.isOpen) return false;
    if (this.#socket.queuedBytes + bytes.length > this.#limits.maxQueuedBytes) {
      this.abort("does not read what it is sent");
      return false;
    }
    this.#sentBytes += bytes.length;
    this.#socket.write(bytes);
    if (onLost && this.#unheard.push(onLost) > MAX_UNHEARD) this.#unheard.shift();
    return true;
  }

  /** Closes after what was written has gone out. */
  end(reason: string): void {
    this.#close(reason);
    this.#socket.end();
  }

  /** Closes at once. */
  abort(reason: string): void {
    this.#close(reason);
    this.#socket.destroy();
  }

  /** Closes at once and tells nobody about what was on its way. */
  discard(): void {
    this.#unheard = [];
    this.abort("server stops");
  }

  #close(reason: string): void {
    this.flow.isOpen = false;
    this.#closeReason ??= reason;
  }

  #data(
    bytes: Uint8Array,
    { owner, nowMs }: { readonly owner: ConnectionOwner; readonly nowMs: number },
  ): void {
    if (!this.flow.isOpen) return;
    if (!owner.admit(this.flow)) return this.abort("not admitted");
    this.#heardMs = nowMs;
    this.#pingedMs = undefined;
    if (this.#unheard.length > 0) this.#unheard = [];
    const wasEmpty = this.#framer.waiting === 0;
    const framed = this.#framer.push(bytes);
    const isExact = wasEmpty && framed.length === 1 && this.#framer.waiting === 0;
    for (const one of framed) {
      if (!this.flow.isOpen) return;
      if (one === "ping") this.write(CRLF);
      else if (one === "pong") this.#answersPings = true;
      else {
        this.#partialSinceMs = undefined;
        owner.framed(one, this, isExact ? bytes : undefined);
      }
    }
    if (this.#framer.failed) this.end(`framing broken: ${this.#framer.failed.reason}`);
    else if (this.#framer.waiting === 0) this.#partialSinceMs = undefined;
    else this.#partialSinceMs ??= nowMs;
  }

  /** Called every second or so: pings, and ends what has lasted too long. */
  check(nowMs: number): void {
    if (!this.flow.isOpen) return this.#checkEnding(nowMs);
    const reason = this.#overdue(nowMs);
    if (reason !== undefined) return this.abort(reason);
    const { pingMs } = this.#limits;
    if (!this.isOutgoing || pingMs === 0 || this.#pingedMs !== undefined) return;
    if (nowMs - this.#heardMs >= pingMs && this.write(PING)) this.#pingedMs = nowMs;
  }

  /** A peer that does not take the last bytes shall not hold the socket. */
  #checkEnding(nowMs: number): void {
    this.#endingSinceMs ??= nowMs;
    if (nowMs - this.#endingSinceMs >= this.#limits.stallMs) this.#socket.destroy();
  }

  #overdue(nowMs: number): string | undefined {
    const limits = this.#limits;
    if (!this.isProven && nowMs - this.bornMs >= limits.firstMessageMs) return "sends no message";
    if (this.#partialSinceMs !== undefined && nowMs - this.#partialSinceMs >= limits.partialMessageMs) {
      return "does not finish its message";
    }
    if (nowMs - this.#heardMs >= limits.idleMs) return "silent for too long";
    if (this.#pingedMs !== undefined && nowMs - this.#pingedMs >= limits.pongMs) {
      // Only a peer that has shown that it knows pings is held to them (RFC 5626 §4.4.1).
      if (this.#answersPings) return "no longer answers pings";
      if (nowMs - this.#pingedMs >= limits.pingMs) this.#pingedMs = undefined;
    }
    const left = this.#sentBytes - this.#socket.queuedBytes;
    if (left !== this.#leftBytes || this.#socket.queuedBytes === 0) {
      this.#leftBytes = left;
      this.#leftMs = nowMs;
    }
    return nowMs - this.#leftMs >= limits.stallMs ? "does not read what it is sent" : undefined;
  }
}
