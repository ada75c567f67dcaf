/** What comes in: through the door, parsed, stamped, handed on; too broken: a stateless answer or silence (RFC 3261 §18.2.1). */

import type { Log } from "../../base/mod.ts";
import {
  isMalformed,
  type MalformedMessage,
  parseMessage,
  printMessage,
  reasonPhrase,
  type SipMessage,
  type TransportName,
} from "../message/mod.ts";
import type { Connection } from "./connection.ts";
import type { Reputation } from "./reputation.ts";
import { stampReceived } from "./top_via.ts";
import type { Address, Flow, TransportListener } from "./types.ts";

/** What others may hang in; each is called synchronously and must not throw. */
export interface TransportHooks {
  /** The door: false drops the datagram, or closes the connection, before anything of it is parsed. */
  admit?(remoteHost: string, transport: TransportName, datagramBytes?: number): boolean;
  /** A response over UDP: false keeps it back, since the sender may be an invention and the answer a blow to somebody. */
  mayAnswer?(remoteHost: string, bytes: number): boolean;
  /** Every message and every malformed one, as bytes. */
  trace?(direction: "in" | "out", bytes: Uint8Array, flow: Flow): void;
  malformed?(fault: MalformedMessage, flow: Flow): void;
  /** A connection that was not taken or whose handshake failed; `reason` in words. */
  refused?(remote: Address, transport: TransportName, reason: string): void;
}

export interface InletOptions {
  readonly hooks: TransportHooks;
  readonly log: Log;
  readonly reputation: Reputation;
}

export class Inlet {
  readonly #hooks: TransportHooks;
  readonly #log: Log;
  readonly #reputation: Reputation;
  readonly counts = { received: 0, malformed: 0, refused: 0 };
  listener: TransportListener | undefined;

  constructor(options: InletOptions) {
    this.#hooks = options.hooks;
    this.#log = options.log;
    this.#reputation = options.reputation;
  }

  admit(remoteHost: string, transport: TransportName, datagramBytes?: number): boolean {
    if (this.#hooks.admit?.(remoteHost, transport, datagramBytes) ?? true) return true;
    this.counts.refused++;
    return false;
  }

  datagram(
    bytes: Uint8Array<ArrayBuffer>,
    flow: Flow,
    send: (answer: Uint8Array<ArrayBuffer>) => void,
  ): void {
    if (isKeepAlive(bytes)) return;
    this.#hooks.trace?.("in", bytes, flow);
    const parsed = parseMessage(bytes);
    if (parsed.ok) return this.#received(parsed.value, flow);
    // What answers an invented sender must not be larger than what came: nobody is to be flooded through us.
    const answer = this.#malformed(parsed.error, flow, bytes.length);
    if (!answer || this.#hooks.mayAnswer?.(flow.remote.host, answer.length) === false) return;
    this.#answer(answer, flow, send);
  }

  /** `bytes` are those of this one message when they are known. */
  framed(framed: SipMessage | MalformedMessage, connection: Connection, bytes?: Uint8Array): void {
    const { flow } = connection;
    const { trace } = this.#hooks;
    if (!isMalformed(framed)) {
      const shown = trace && (bytes ?? printed(framed));
      if (shown) trace("in", shown, flow);
      return this.#received(framed, flow);
    }
    if (bytes) trace?.("in", bytes, flow);
    const answer = this.#malformed(framed, flow);
    if (answer) this.#answer(answer, flow, () => connection.write(answer));
  }

  /** A connection that was not taken or came to nothing. */
  refused(remote: Address, transport: TransportName, reason: string): void {
    this.counts.refused++;
    this.#hooks.refused?.(remote, transport, reason);
    if (!this.#reputation.mayLog(`${remote.host} ${reason}`)) return;
    this.#log.warn("connection refused", { transport, remote: remote.host, reason });
  }

  #received(message: SipMessage, flow: Flow): void {
    this.counts.received++;
    try {
      if (message.kind === "request") stampReceived(message, flow.remote);
      this.listener?.message(message, flow);
    } catch (error) {
      // A fault of ours in one message must not take the server from all others.
      const stack = error instanceof Error ? error.stack : undefined;
      this.#log.error("a message was not handled", { reason: String(error), stack });
    }
  }

  /** The bytes of the stateless answer, at most `limit`: with the reason in words, or without where that is too long. */
  #malformed(fault: MalformedMessage, flow: Flow, limit = Infinity): Uint8Array<ArrayBuffer> | undefined {
    this.counts.malformed++;
    this.#hooks.malformed?.(fault, flow);
    if (!fault.answer) return undefined;
    try {
      stampReceived(fault.answer, flow.remote);
    } catch {
      // A Via that cannot be read again names nobody to answer.
      return undefined;
    }
    const explained = printed(fault.answer);
    if (!explained || explained.length <= limit) return explained;
    const short = printed({ ...fault.answer, reasonPhrase: reasonPhrase(fault.answer.statusCode) });
    return short && short.length <= limit ? short : undefined;
  }

  #answer(
    answer: Uint8Array<ArrayBuffer>,
    flow: Flow,
    send: (answer: Uint8Array<ArrayBuffer>) => void,
  ): void {
    send(answer);
    this.#hooks.trace?.("out", answer, flow);
  }
}

/** Undefined for what was read leniently and cannot be written strictly. */
function printed(message: SipMessage): Uint8Array<ArrayBuffer> | undefined {
  try {
    return printMessage(message);
  } catch {
    return undefined;
  }
}

/** Datagrams without a message: CRLF and zero bytes of phones that keep a NAT open, STUN (RFC 5626 §3.5.2). */
function isKeepAlive(bytes: Uint8Array): boolean {
  const first = bytes[0];
  return first === undefined || (first === 13 && bytes.length <= 4) || first < 2;
}
