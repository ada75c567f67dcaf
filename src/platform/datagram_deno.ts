/** Media sockets on `Deno.listenDatagram`, where libc cannot be called: the same face, about 1.5 times the work. */
import { fail, ok, type Result } from "../base/mod.ts";
import {
  type AddressFamily,
  type BindFailure,
  type BindOptions,
  type DatagramReceiver,
  Inbox,
  MAX_DATAGRAM_BYTES,
  type MediaSocket,
  type Network,
  SocketAddress,
} from "../media/relay/mod.ts";

/** Sends under way on one socket; further ones are dropped, as a full kernel buffer would. */
const PENDING_SENDS = 64;
/** Taken once: a wall clock that is set later must not move the beat. */
const EPOCH_MS = performance.timeOrigin;
/** Errors in a row after which a socket is given up. */
const FAILURES = 100;

/** DSCP and the kernel's drop counter are not to be had here. */
export function openDenoNetwork(): Network {
  return new DenoNetwork();
}

class DenoNetwork implements Network {
  readonly inbox = new Inbox();
  readonly handles = [];
  readonly canMove = false;
  onFault: (error: unknown) => void = () => {};
  readonly #sockets = new Set<DenoSocket>();
  #endWait: (() => void) | undefined;

  bind(options: BindOptions): Result<MediaSocket, BindFailure> {
    const address = SocketAddress.parse(options.host, options.port);
    if (!address) return fail("no such address");
    try {
      const listener = Deno.listenDatagram({
        transport: "udp",
        hostname: address.host,
        port: options.port,
      });
      const socket = new DenoSocket(this, listener, () => this.#sockets.delete(socket));
      this.#sockets.add(socket);
      return ok(socket);
    } catch (error) {
      return fail(failureOf(error));
    }
  }

  now(): number {
    return EPOCH_MS + performance.now();
  }

  adopt(): undefined {
    return undefined;
  }

  /** Sockets are served between waits: what is busy and what waits cannot be told apart. */
  load(): number {
    return 0;
  }

  pump(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#endWait?.(), waitMs);
      this.#endWait = () => {
        clearTimeout(timer);
        this.#endWait = undefined;
        resolve();
      };
    });
  }

  wake(): void {
    this.#endWait?.();
  }

  close(): void {
    for (const socket of [...this.#sockets]) socket.close();
    this.wake();
  }
}

class DenoSocket implements MediaSocket {
  readonly port: number;
  readonly family: AddressFamily;
  readonly handle = undefined;
  receiver: DatagramReceiver | undefined = undefined;
  readonly #network: DenoNetwork;
  readonly #listener: Deno.DatagramConn;
  readonly #onClose: () => void;
  readonly #buffer = new Uint8Array(MAX_DATAGRAM_BYTES + 1);
  readonly #target = new SocketAddress();
  #targetName: Deno.NetAddr | undefined;
  #source: Deno.NetAddr | undefined;
  #sourceAddress: SocketAddress | undefined;
  #allowed: SocketAddress | undefined;
  #pending = 0;
  #sending: Promise<void> = Promise.resolve();
  #open = true;

  constructor(network: DenoNetwork, listener: Deno.DatagramConn, onClose: () => void) {
    this.#network = network;
    this.#listener = listener;
    this.#onClose = onClose;
    const local = listener.addr as Deno.NetAddr;
    this.port = local.port;
    this.family = local.hostname.includes(":") ? "ipv6" : "ipv4";
    this.#receiveAll();
  }

  send(bytes: Uint8Array<ArrayBuffer>, length: number, to: SocketAddress): boolean {
    if (!this.#open || this.#pending >= PENDING_SENDS) return false;
    if (!this.#targetName || !this.#target.equals(to)) {
      this.#target.copyFrom(to);
      this.#targetName = { transport: "udp", hostname: to.host, port: to.port };
    }
    this.#pending++;
    // Sends under way at once would overtake one another, and the caller's buffer holds the next datagram soon.
    const copy = bytes.slice(0, length), target = this.#targetName;
    this.#sending = this.#sending.then(() => this.#listener.send(copy, target)).catch(() => 0).then(() => {
      this.#pending--;
    });
    return true;
  }

  sendOn(length: number, to: SocketAddress): boolean {
    return this.send(this.#network.inbox.bytes, length, to);
  }

  restrict(to: SocketAddress | undefined): void {
    this.#allowed = undefined;
    if (!to) return;
    this.#allowed = new SocketAddress();
    this.#allowed.copyFrom(to);
  }

  kernelDrops(): number {
    return 0;
  }

  release(): void {
    this.close();
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.receiver = undefined;
    this.#listener.close();
    this.#onClose();
  }

  async #receiveAll(): Promise<void> {
    for (let failures = 0; this.#open && failures < FAILURES; failures++) {
      try {
        const [bytes, source] = await this.#listener.receive(this.#buffer);
        this.#hand(bytes, source as Deno.NetAddr);
        failures = -1;
      } catch {
        // An ICMP error of an earlier send may surface here, which ends nothing.
      }
    }
  }

  #hand(bytes: Uint8Array, source: Deno.NetAddr): void {
    if (!this.receiver || bytes.length > MAX_DATAGRAM_BYTES) return;
    if (source.port !== this.#source?.port || source.hostname !== this.#source.hostname) {
      this.#source = source;
      this.#sourceAddress = SocketAddress.parse(source.hostname, source.port);
    }
    if (!this.#sourceAddress || (this.#allowed && !this.#allowed.equals(this.#sourceAddress))) return;
    this.#network.inbox.bytes.set(bytes);
    this.#network.inbox.timeMs = this.#network.now();
    this.#network.inbox.source.copyFrom(this.#sourceAddress);
    try {
      this.receiver.onDatagram(bytes.length);
    } catch (error) {
      this.#network.onFault(error);
    }
  }
}

function failureOf(error: unknown): BindFailure {
  if (error instanceof Deno.errors.AddrInUse) return "in use";
  if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
    return "not permitted";
  }
  if (error instanceof Deno.errors.AddrNotAvailable) return "no such address";
  return error instanceof Error && /os error 2[34]/.test(error.message) ? "too many sockets" : "failed";
}
