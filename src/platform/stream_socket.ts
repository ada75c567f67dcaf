/** One TCP or TLS connection of `node:net` behind the StreamSocket port. */

import type { Socket } from "node:net";
import { canonicalIp } from "../base/mod.ts";
import type { Address, StreamSocket } from "../sip/transport/mod.ts";

/** Silence after which the kernel asks whether the peer still lives. */
const KEEP_ALIVE_MS = 60_000;

export class NodeStreamSocket implements StreamSocket {
  readonly local: Address;
  readonly remote: Address;
  readonly peerNames: readonly string[];
  declare readonly tlsVersion?: string;
  readonly #socket: Socket;
  #reason: string | undefined;
  #isClosed = false;
  #onClosed: ((reason?: string) => void) | undefined;

  constructor(
    socket: Socket,
    { peerNames = [], tlsVersion }: {
      readonly peerNames?: readonly string[];
      readonly tlsVersion?: string | null;
    } = {},
  ) {
    this.#socket = socket;
    if (tlsVersion) this.tlsVersion = tlsVersion;
    this.local = { host: canonicalIp(socket.localAddress ?? "") ?? "", port: socket.localPort ?? 0 };
    this.remote = remoteOf(socket);
    this.peerNames = peerNames;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on("error", (error: Error) => this.#reason ??= error.message);
    socket.on("close", () => {
      this.#isClosed = true;
      this.#onClosed?.(this.#reason);
    });
  }

  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  start(handlers: { data(bytes: Uint8Array): void; closed(reason?: string): void }): void {
    if (this.#isClosed) return queueMicrotask(() => handlers.closed(this.#reason));
    this.#onClosed = handlers.closed;
    this.#socket.on("data", (bytes: Uint8Array) => handlers.data(bytes));
  }

  write(bytes: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  end(): void {
    // `end` alone would wait for a peer that never closes its side.
    if (this.#socket.writable) this.#socket.end(() => this.#socket.destroy());
    else this.#socket.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

export function remoteOf(socket: Socket): Address {
  return { host: canonicalIp(socket.remoteAddress ?? "") ?? "", port: socket.remotePort ?? 0 };
}

/** Why a socket could not listen, in words an administrator can act on. */
export function listenFault(error: { code?: string; name?: string; message: string }, port: number): string {
  const code = error.code ?? error.name;
  switch (code) {
    case "EADDRINUSE":
    case "AddrInUse":
      return "port is in use";
    case "EADDRNOTAVAIL":
    case "AddrNotAvailable":
      return "this machine has no such address";
    case "EACCES":
    case "EPERM":
    case "PermissionDenied":
      return port < 1024 ? "ports below 1024 need CAP_NET_BIND_SERVICE" : "not permitted";
    case "EMFILE":
    case "ENFILE":
      return "too many open files; raise LimitNOFILE";
    default:
      return error.message;
  }
}
