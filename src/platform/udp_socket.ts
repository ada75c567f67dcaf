/** UDP for SIP over Deno's own datagram sockets: 2–3 µs each way, `node:dgram` takes ten times as much. */

import { canonicalIp, fail, ipFamily, ok, type Result } from "../base/mod.ts";
import type {
  Address,
  DatagramNetwork,
  DatagramSocket,
  DatagramTaker,
  SendFault,
} from "../sip/transport/mod.ts";
import { listenFault } from "./stream_socket.ts";

const MAX_DATAGRAM_BYTES = 65_536;
const RETRY_MS = 50;
/** Sends that may wait for the kernel; beyond, datagrams are dropped as a full queue in the network would do. */
const MAX_PENDING_SENDS = 10_000;

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
  #pendingSends = 0;
  #isClosed = false;

  constructor(socket: Deno.DatagramConn, options: { readonly host: string; readonly taker: DatagramTaker }) {
    this.#socket = socket;
    this.#taker = options.taker;
    const { addr } = socket;
    this.local = { host: options.host, port: addr.transport === "udp" ? addr.port : 0 };
    this.#receive();
  }

  send(bytes: Uint8Array<ArrayBuffer>, remote: Address, onFault: (fault: SendFault) => void): void {
    if (this.#isClosed || this.#pendingSends >= MAX_PENDING_SENDS) {
      return queueMicrotask(() => onFault("connection failed"));
    }
    this.#pendingSends++;
    const address = { transport: "udp", hostname: remote.host, port: remote.port } as const;
    this.#socket.send(bytes, address).then(
      () => this.#pendingSends--,
      (error) => {
        this.#pendingSends--;
        onFault(/too long/i.test(String(error)) ? "too large" : "connection failed");
      },
    );
  }

  close(): void {
    this.#isClosed = true;
    this.#socket.close();
  }

  async #receive(): Promise<void> {
    const buffer = new Uint8Array(MAX_DATAGRAM_BYTES), isIpv4 = ipFamily(this.local.host) === 4;
    while (!this.#isClosed) {
      try {
        const [bytes, from] = await this.#socket.receive(buffer);
        if (from.transport !== "udp" || this.#isClosed) continue;
        const host = isIpv4 ? from.hostname : canonicalIp(from.hostname);
        if (host !== undefined) this.#taker(bytes.slice(), host, from.port);
      } catch (error) {
        if (this.#isClosed) return;
        if (error instanceof Deno.errors.BadResource) return;
        // The next datagram may fare better, but a lasting fault shall not spin.
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }
}
