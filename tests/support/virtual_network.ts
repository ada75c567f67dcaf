/**
 * An in-memory network for scenarios of the whole SIP house: hosts with UDP and connections, a manual clock, and
 * switches for loss, duplication and delay. Messages are printed and parsed on their way, as on a wire.
 */
import { ManualClock } from "../../src/base/mod.ts";
import {
  parseMessage,
  printMessage,
  printVia,
  type SipMessage,
  topVia,
  type TransportName,
  type Uri,
} from "../../src/sip/message/mod.ts";
import type {
  Address,
  Destination,
  Flow,
  LocalContact,
  SendFault,
  Target,
  TransportListener,
  TransportPort,
} from "../../src/sip/transport/mod.ts";

/** One message on its way. */
export interface Packet {
  readonly atMs: number;
  readonly transport: TransportName;
  readonly from: Address;
  readonly to: Address;
  readonly message: SipMessage;
  /** `INVITE`, `180 INVITE`: method, or status with the method of CSeq. */
  readonly name: string;
}

/** How many copies arrive, and how much later than usual (milliseconds). */
export type Fate = { readonly copies?: number; readonly lateMs?: number };

class VirtualFlow implements Flow {
  isOpen = true;
  readonly peerNames: readonly string[] = [];
  /** The other end of a connection. */
  peer: VirtualFlow | undefined;

  constructor(
    readonly id: string,
    readonly transport: TransportName,
    readonly local: Address,
    readonly remote: Address,
  ) {}
}

export class VirtualNetwork {
  readonly clock = new ManualClock();
  /** Everything sent, in order, whether it arrived or not. */
  readonly sent: Packet[] = [];
  /** Set false for long runs, so that `sent` does not grow. */
  isRecording = true;
  delayMs = 5;
  /** Decides about each UDP packet; undefined: one copy in time. */
  fate: ((packet: Packet) => Fate | undefined) | undefined;
  /** What names resolve to. */
  readonly names = new Map<string, readonly Target[]>();
  readonly #hosts = new Map<string, VirtualHost>();

  host(address: string, options: { port?: number; transports?: readonly TransportName[] } = {}): VirtualHost {
    const host = new VirtualHost(this, { host: address, port: options.port ?? 5060 }, options.transports);
    this.#hosts.set(address, host);
    return host;
  }

  find(address: string): VirtualHost | undefined {
    return this.#hosts.get(address);
  }

  /** Takes a host off the network: what is sent to it is lost, its connections close. */
  remove(host: VirtualHost): void {
    this.#hosts.delete(host.address.host);
    host.closeAll();
  }

  /** Lets time pass, with every promise on the way settled. */
  async run(ms: number): Promise<void> {
    const end = this.clock.now() + ms;
    const step = Math.max(5, Math.floor(ms / 2000));
    await settle();
    while (this.clock.now() < end) {
      this.clock.advance(Math.min(step, end - this.clock.now()));
      await settle();
    }
  }

  /** Names of the messages between two hosts (either direction), in order, as `a>b INVITE`. */
  ladder(hosts: Readonly<Record<string, string>>): string[] {
    const name = (address: Address) => hosts[address.host] ?? address.host;
    return this.sent.map((packet) => `${name(packet.from)}>${name(packet.to)} ${packet.name}`);
  }

  /** Called by hosts. */
  carry(packet: Packet, deliver: () => void): void {
    if (this.isRecording) this.sent.push(packet);
    const { copies = 1, lateMs = 0 } = packet.transport === "udp" ? this.fate?.(packet) ?? {} : {};
    for (let i = 0; i < copies; i++) this.clock.at(this.clock.now() + this.delayMs + lateMs, deliver);
  }
}

export class VirtualHost implements TransportPort {
  readonly address: Address;
  listener: TransportListener | undefined;
  /** Refuses new connections. */
  isClosed = false;
  readonly #network: VirtualNetwork;
  readonly #transports: readonly TransportName[];
  readonly #flows = new Map<string, VirtualFlow>();

  constructor(
    network: VirtualNetwork,
    address: Address,
    transports: readonly TransportName[] = ["udp", "tcp", "tls"],
  ) {
    this.#network = network;
    this.address = address;
    this.#transports = transports;
  }

  resolve(uri: Uri): Promise<readonly Target[]> {
    if (uri.scheme !== "sip" && uri.scheme !== "sips") return Promise.resolve([]);
    const named = this.#network.names.get(uri.host);
    if (named) return Promise.resolve(named);
    if (!/^[\d.:a-f]+$/.test(uri.host)) return Promise.resolve([]);
    const asked = uri.params.get("transport") as TransportName | undefined;
    const transport = asked ?? (uri.scheme === "sips" ? "tls" : "udp");
    return Promise.resolve([{ transport, address: { host: uri.host, port: uri.port ?? 5060 } }]);
  }

  localContact(destination: Destination): LocalContact | undefined {
    const { transport } = destination.kind === "flow" ? destination.flow : destination.target;
    return this.#transports.includes(transport) ? { ...this.address, transport } : undefined;
  }

  send(message: SipMessage, destination: Destination, onFault: (fault: SendFault) => void): void {
    const flow = destination.kind === "flow"
      ? destination.flow as VirtualFlow
      : this.#flowTo(destination.target);
    if (message.kind === "request") this.#stamp(message, flow.transport);
    const bytes = printMessage(message);
    const parsed = parseMessage(bytes);
    if (!parsed.ok) throw new Error(`our own message cannot be parsed: ${parsed.error.reason}`);
    const to = flow.transport === "udp" && message.kind === "response"
      ? { host: flow.remote.host, port: responsePort(message, flow) }
      : flow.remote;
    const packet = this.#packet(parsed.value, flow.transport, to);
    if (flow.transport === "udp") this.#carryDatagram(packet, bytes);
    else this.#carryOverConnection(packet, { flow, bytes, onFault });
  }

  /** Sends text or a message from this host as it stands, for peers that are played by the test. */
  sendRaw(message: SipMessage | string, to: Address): void {
    const bytes = typeof message === "string" ? new TextEncoder().encode(message) : printMessage(message);
    const parsed = parseMessage(bytes);
    if (!parsed.ok) throw new Error(`the test's message cannot be parsed: ${parsed.error.reason}`);
    this.#carryDatagram(this.#packet(parsed.value, "udp", to), bytes);
  }

  /** Opens a connection, as a phone does to register over it. */
  connect(transport: "tcp" | "tls", remote: Address): Flow {
    return this.#flowTo({ transport, address: remote });
  }

  /** Ends a connection on both sides. */
  close(flow: Flow): void {
    const open = flow as VirtualFlow;
    for (const side of [open, open.peer]) {
      if (!side?.isOpen) continue;
      side.isOpen = false;
      const host = this.#network.find(side.local.host);
      host?.forget(side);
    }
  }

  closeAll(): void {
    for (const flow of [...this.#flows.values()]) this.close(flow);
  }

  forget(flow: Flow): void {
    this.#flows.delete(flow.id);
    this.listener?.flowClosed(flow);
  }

  /** A datagram or a message over a connection has arrived. */
  arrive(bytes: Uint8Array, flow: Flow): void {
    const parsed = parseMessage(bytes.slice());
    if (!parsed.ok) return;
    const message = parsed.value;
    if (message.kind === "request") {
      const via = topVia(message);
      const params = new Map(via.params).set("received", flow.remote.host);
      if (params.has("rport")) params.set("rport", String(flow.remote.port));
      message.headers.removeFirst("Via");
      message.headers.prepend("Via", printVia({ ...via, params }));
    }
    this.listener?.message(message, flow);
  }

  datagramFlow(remote: Address): VirtualFlow {
    const id = `udp:${this.address.host}:${this.address.port}-${remote.host}:${remote.port}`;
    return new VirtualFlow(id, "udp", this.address, remote);
  }

  accept(flow: VirtualFlow): void {
    this.#flows.set(flow.id, flow);
  }

  #carryDatagram(packet: Packet, bytes: Uint8Array): void {
    const from = this.address;
    this.#network.carry(packet, () => {
      const host = this.#network.find(packet.to.host);
      if (host?.address.port === packet.to.port) host.arrive(bytes, host.datagramFlow(from));
    });
  }

  #carryOverConnection(
    packet: Packet,
    options: { flow: VirtualFlow; bytes: Uint8Array; onFault: (fault: SendFault) => void },
  ): void {
    const { flow, bytes, onFault } = options;
    const { peer } = flow;
    if (!flow.isOpen || !peer) {
      const fault: SendFault = peer ? "flow closed" : "connection failed";
      this.#network.clock.at(this.#network.clock.now() + this.#network.delayMs, () => onFault(fault));
      return;
    }
    this.#network.carry(packet, () => {
      if (peer.isOpen) this.#network.find(peer.local.host)?.arrive(bytes, peer);
    });
  }

  #flowTo(target: Target): VirtualFlow {
    if (target.transport === "udp") return this.datagramFlow(target.address);
    const { host, port } = target.address;
    const id = `${target.transport}:${this.address.host}-${host}:${port}`;
    const known = this.#flows.get(id);
    if (known) return known;
    const ephemeral = { host: this.address.host, port: 40_000 + this.#flows.size };
    const flow = new VirtualFlow(id, target.transport, ephemeral, target.address);
    const remote = this.#network.find(host);
    if (!remote || remote.isClosed || remote.address.port !== port) return flow;
    flow.peer = new VirtualFlow(`${id}:accepted`, target.transport, target.address, ephemeral);
    flow.peer.peer = flow;
    this.#flows.set(id, flow);
    remote.accept(flow.peer);
    return flow;
  }

  #stamp(message: SipMessage, transport: TransportName): void {
    const via = topVia(message);
    const { host, port } = this.address;
    const params = new Map(via.params).set("rport", null);
    message.headers.removeFirst("Via");
    message.headers.prepend("Via", printVia({ transport: transport.toUpperCase(), host, port, params }));
  }

  #packet(message: SipMessage, transport: TransportName, to: Address): Packet {
    const method = message.headers.get("CSeq")?.split(" ")[1] ?? "";
    const name = message.kind === "request" ? message.method : `${message.statusCode} ${method}`;
    return { atMs: this.#network.clock.now(), transport, from: this.address, to, message, name };
  }
}

function responsePort(message: SipMessage, flow: Flow): number {
  const via = topVia(message);
  return Number(via.params.get("rport") ?? 0) || (via.port ?? 5060) || flow.remote.port;
}

/** Lets everything run that waits for a promise. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 12; i++) await Promise.resolve();
}
