/**
 * UDP for SIP over Deno's own datagram sockets, for where libc is not to be had: 2–3 µs each way (`node:dgram` takes ten
 * times as much), but on a machine with several addresses an answer may leave from another one than was asked.
 */

import { canonicalIp, fail, ipFamily, ok, type Result } from "../base/mod.ts";
import type {
  Address,
  DatagramNetwork,
  DatagramPath,
  DatagramSocket,
  DatagramTaker,
} from "../sip/transport/mod.ts";
import { listenFault } from "./stream_socket.ts";

const MAX_DATAGRAM_BYTES = 65_536;
const RETRY_MS = 50;
/** Sends that may wait for the kernel; beyond, datagrams are dropped as a full queue in the network would do. */
const MAX_WAITING = 1000;

export class UdpNetwork implements DatagramNetwork {
  bind(local: Address, taker: DatagramTaker): Result<DatagramSocket, string> {
    try {
      const socket = Deno.listenDatagram({ transport: "udp", hostname: local.host, port: local.port });
      return ok(new DenoUdpSocket(socket, { host: local.host, taker }));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return fail(listenFault(error, local.port));
    }
  }
}

class DenoUdpSocket implements DatagramSocket {
  readonly local: Address;
  readonly #socket: Deno.DatagramConn;
  readonly #taker: DatagramTaker;
  readonly #waiting: { readonly bytes: Uint8Array<ArrayBuffer>; readonly path: DatagramPath }[] = [];
  #isClosed = false;

  constructor(socket: Deno.DatagramConn, options: { readonly host: string; readonly taker: DatagramTaker }) {
    this.#socket = socket;
    this.#taker = options.taker;
    const { addr } = socket;
    this.local = { host: options.host, port: addr.transport === "udp" ? addr.port : 0 };
    this.#receive();
  }

  send(bytes: Uint8Array<ArrayBuffer>, path: DatagramPath): void {
    if (this.#isClosed || this.#waiting.length >= MAX_WAITING) {
      return queueMicrotask(() => path.onFault("connection failed"));
    }
    if (this.#waiting.push({ bytes: bytes.slice(), path }) === 1) this.#sendWaiting();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.close();
  }

  /** One after another: sends started side by side may leave in any order, and an ACK must not overtake. */
  async #sendWaiting(): Promise<void> {
    for (let next = this.#waiting[0]; next && !this.#isClosed; next = this.#waiting[0]) {
      const { bytes, path: { remote, onFault } } = next;
      try {
        await this.#socket.send(bytes, { transport: "udp", hostname: remote.host, port: remote.port });
      } catch (error) {
        if (!this.#isClosed) onFault(/too long/i.test(String(error)) ? "too large" : "connection failed");
      }
      this.#waiting.shift();
    }
  }

  async #receive(): Promise<void> {
    const buffer = new Uint8Array(MAX_DATAGRAM_BYTES), isIpv4 = ipFamily(this.local.host) === 4;
    while (!this.#isClosed) {
      try {
        const [bytes, from] = await this.#socket.receive(buffer);
        if (from.transport !== "udp" || this.#isClosed) continue;
        const host = isIpv4 ? from.hostname : canonicalIp(from.hostname);
        if (host !== undefined) this.#taker(bytes, { host, port: from.port });
      } catch (error) {
        if (this.#isClosed) return;
        if (error instanceof Deno.errors.BadResource) return;
        // The next datagram may fare better, but a lasting fault shall not spin.
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }
}
