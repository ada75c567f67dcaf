/** UDP in memory under a manual clock: networks with addresses on one wire, each path as good or bad as told. */
import { fail, type ManualClock, ok, type Random, type Result, seededRandom } from "../../src/base/mod.ts";
import {
  type AddressFamily,
  type BindFailure,
  type BindOptions,
  type DatagramReceiver,
  Inbox,
  type MediaSocket,
  type Network,
  SocketAddress,
} from "../../src/media/mod.ts";
import { type NetworkConditions, NetworkEmulator } from "./network_emulator.ts";

interface Datagram {
  readonly bytes: Uint8Array;
  readonly from: string;
  readonly to: string;
}

/** Joins the networks of one test. */
export class MemoryWire {
  readonly clock: ManualClock;
  readonly sockets = new Map<string, MemorySocket>();
  /** Datagrams that sockets let through to their receivers. */
  taken = 0;
  /** Datagrams for addresses at which nobody listens, as text. */
  readonly unclaimed: string[] = [];
  readonly #random: Random;
  readonly #paths = new Map<string, NetworkEmulator<Datagram>>();
  readonly #rest: NetworkEmulator<Datagram>;

  constructor(clock: ManualClock, seed = 1) {
    this.clock = clock;
    this.#random = seededRandom(seed);
    this.#rest = new NetworkEmulator({}, this.#random);
  }

  /** Conditions of all that goes from one host to another. */
  setPath(from: string, to: string, conditions: NetworkConditions): NetworkEmulator<unknown> {
    const path = new NetworkEmulator<Datagram>(conditions, this.#random);
    this.#paths.set(`${from}>${to}`, path);
    return path;
  }

  send(datagram: Datagram): void {
    const path = this.#paths.get(`${hostOf(datagram.from)}>${hostOf(datagram.to)}`) ?? this.#rest;
    path.push(datagram, this.clock.now());
  }

  /** Hands over what has arrived by now. */
  run(): void {
    const nowMs = this.clock.now();
    for (const path of [this.#rest, ...this.#paths.values()]) {
      for (let next = path.pop(nowMs); next; next = path.pop(nowMs)) {
        const socket = this.sockets.get(next.to);
        if (socket) socket.take(next.bytes, next.from);
        else this.unclaimed.push(`${next.from}>${next.to}`);
      }
    }
  }

  /** Moves the clock on in steps and runs the wire after each; `step` does what else each step needs. */
  advance(ms: number, options: { readonly stepMs?: number; readonly step?: () => void } = {}): void {
    const stepMs = options.stepMs ?? 5;
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.clock.advance(stepMs);
      options.step?.();
      this.run();
    }
  }
}

/** The sockets of one host. */
export class MemoryNetwork implements Network {
  readonly inbox = new Inbox();
  readonly handles = [];
  readonly canMove = true;
  onFault: (error: unknown) => void = (error) => {
    throw error;
  };
  readonly host: string;
  readonly wire: MemoryWire;
  #nextPort = 40_000;
  /** Whom the kernel still lets in on sockets that one thread released and none has adopted yet, by their names. */
  readonly #released = new Map<string, SocketAddress | undefined>();

  constructor(wire: MemoryWire, host: string) {
    this.wire = wire;
    this.host = host;
  }

  now(): number {
    return this.wire.clock.now();
  }

  bind(options: BindOptions): Result<MediaSocket, BindFailure> {
    const port = options.port === 0 ? this.#nextPort++ : options.port;
    const address = SocketAddress.parse(this.host, port);
    if (!address) return fail("no such address");
    if (this.wire.sockets.has(address.toString())) return fail("in use");
    return ok(this.#open(address));
  }

  /** The handle is the port: one network is one host, whichever thread asks. */
  adopt(_handle: number, port: number): MediaSocket {
    const socket = this.#open(SocketAddress.parse(this.host, port)!);
    socket.restrict(this.#released.get(socket.name));
    this.#released.delete(socket.name);
    return socket;
  }

  /** For {@linkcode MemorySocket}: a restriction is the socket's, not the thread's. */
  keepRestriction(name: string, allowed: SocketAddress | undefined): void {
    this.#released.set(name, allowed);
  }

  pump(): Promise<void> {
    this.wire.run();
    return Promise.resolve();
  }

  load(): number {
    return 0;
  }

  wake(): void {}

  close(): void {
    for (const socket of [...this.wire.sockets.values()]) if (socket.network === this) socket.close();
  }

  #open(address: SocketAddress): MemorySocket {
    const socket = new MemorySocket(this, address);
    this.wire.sockets.set(socket.name, socket);
    return socket;
  }
}

class MemorySocket implements MediaSocket {
  receiver: DatagramReceiver | undefined = undefined;
  readonly network: MemoryNetwork;
  readonly name: string;
  readonly port: number;
  readonly family: AddressFamily;
  #allowed: SocketAddress | undefined;

  constructor(network: MemoryNetwork, address: SocketAddress) {
    this.network = network;
    this.name = address.toString();
    this.port = address.port;
    this.family = address.isIpv6 ? "ipv6" : "ipv4";
  }

  get handle(): number {
    return this.port;
  }

  take(bytes: Uint8Array, from: string): void {
    const source = parseName(from);
    if (this.#allowed && !this.#allowed.equals(source)) return;
    this.network.wire.taken++;
    const { inbox } = this.network;
    inbox.bytes.set(bytes);
    inbox.source.copyFrom(source);
    inbox.timeMs = this.network.now();
    this.receiver?.onDatagram(bytes.length);
  }

  send(bytes: Uint8Array<ArrayBuffer>, length: number, to: SocketAddress): boolean {
    if (this.network.wire.sockets.get(this.name) !== this) return false;
    this.network.wire.send({ bytes: bytes.slice(0, length), from: this.name, to: to.toString() });
    return true;
  }

  sendOn(length: number, to: SocketAddress): boolean {
    return this.send(this.network.inbox.bytes, length, to);
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
    this.network.keepRestriction(this.name, this.#allowed);
    this.close();
  }

  close(): void {
    if (this.network.wire.sockets.get(this.name) === this) this.network.wire.sockets.delete(this.name);
    this.receiver = undefined;
  }
}

function parseName(name: string): SocketAddress {
  const colon = name.lastIndexOf(":");
  return SocketAddress.parse(name.slice(0, colon), Number(name.slice(colon + 1)))!;
}

function hostOf(name: string): string {
  return name.slice(0, name.lastIndexOf(":"));
}
