/** Transports over real loopback sockets, with what they received ready to be awaited. */

import assert from "node:assert/strict";
import { type Clock, type Log, SILENT_LOG } from "../../src/base/mod.ts";
import {
  createRequest,
  parseNameAddr,
  parseUri,
  type SipMessage,
  type SipRequest,
  type TransportName,
} from "../../src/sip/message/mod.ts";
import {
  type DatagramNetwork,
  type DnsPort,
  type Flow,
  type ListenAddress,
  type SendFault,
  type StreamNetwork,
  type TransportHooks,
  type TransportLimits,
  Transports,
  type TransportsOptions,
} from "../../src/sip/transport/mod.ts";
import { SystemRoutes } from "../../src/platform/network_addresses.ts";
import { SystemClock } from "../../src/platform/system_clock.ts";
import { SystemRandom } from "../../src/platform/system_random.ts";
import { TcpNetwork } from "../../src/platform/tcp.ts";
import { openUdpNetwork } from "../../src/platform/udp.ts";
import { Queue } from "./queue.ts";

export interface Received {
  readonly message: SipMessage;
  readonly flow: Flow;
}

export const NO_DNS: DnsPort = { query: () => Promise.resolve({ kind: "none", ttlSec: 1 }) };

export interface RealOptions {
  /** `udp://127.0.0.1:0` and the like. */
  readonly listen?: readonly string[];
  readonly datagrams?: DatagramNetwork;
  readonly tls?: StreamNetwork;
  readonly dns?: DnsPort;
  /** A manual clock moves deadlines; the sockets stay real. */
  readonly clock?: Clock;
  readonly log?: Log;
  readonly hooks?: TransportHooks;
  readonly limits?: Partial<TransportLimits>;
  readonly publicHost?: NonNullable<TransportsOptions["publicHost"]>;
}

export class RealTransports implements AsyncDisposable {
  readonly transports: Transports;
  readonly received = new Queue<Received>();
  readonly closed = new Queue<Flow>();
  readonly #systemClock: SystemClock | undefined;

  constructor(options: RealOptions) {
    this.#systemClock = options.clock ? undefined : new SystemClock();
    this.transports = new Transports({
      listen: (options.listen ?? ["udp://127.0.0.1:0"]).map(listenAddress),
      datagrams: options.datagrams ?? openUdpNetwork(),
      tcp: new TcpNetwork(),
      ...options.tls ? { tls: options.tls } : {},
      dns: options.dns ?? NO_DNS,
      routes: new SystemRoutes(),
      clock: options.clock ?? this.#systemClock!,
      random: new SystemRandom(),
      log: options.log ?? SILENT_LOG,
      ...options.hooks ? { hooks: options.hooks } : {},
      ...options.limits ? { limits: options.limits } : {},
      ...options.publicHost ? { publicHost: options.publicHost } : {},
    });
  }

  static async open(options: RealOptions = {}): Promise<RealTransports> {
    const real = new RealTransports(options);
    const started = await real.start();
    assert.ok(started.ok, started.ok ? "" : started.error);
    return real;
  }

  start() {
    return this.transports.start({
      message: (message, flow) => this.received.put({ message, flow }),
      flowClosed: (flow) => this.closed.put(flow),
    });
  }

  port(transport: TransportName): number {
    const one = this.transports.listening.find((listening) => listening.transport === transport);
    assert.ok(one, `no listener for ${transport}`);
    return one.port;
  }

  /** Resolves with the fault, or undefined when none has come by the time `until` is done. */
  async send(
    message: SipMessage,
    destination: Parameters<Transports["send"]>[1],
    until: Promise<unknown> = new Promise(() => {}),
  ): Promise<SendFault | undefined> {
    return await Promise.race([
      new Promise<SendFault>((resolve) => this.transports.send(message, destination, resolve)),
      until.then(() => undefined),
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.transports.stop();
    this.#systemClock?.stop();
    // The sockets of node: close a turn or two later.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export function listenAddress(text: string): ListenAddress {
  const [, transport, host, port] = /^(udp|tcp|tls):\/\/\[?([^\]]+?)\]?:([0-9]+)$/.exec(text) ?? [];
  assert.ok(transport === "udp" || transport === "tcp" || transport === "tls", text);
  return { transport, host: host ?? "", port: Number(port) };
}

let requestNumber = 0;

/** An OPTIONS request as an endpoint would hand it to the transports: the Via holds only a branch that counts. */
export function optionsRequest(options: { body?: Uint8Array; callId?: string } = {}): SipRequest {
  const uri = parseUri("sip:100@office.test"), from = parseNameAddr("<sip:101@office.test>;tag=a");
  const to = parseNameAddr("<sip:100@office.test>");
  assert.ok(uri.ok && from.ok && to.ok);
  const request = createRequest({
    method: "OPTIONS",
    requestUri: uri.value,
    from: from.value,
    to: to.value,
    callId: options.callId ?? `call-${++requestNumber}`,
    sequence: 1,
    maxForwards: 70,
    ...options.body ? { body: options.body, contentType: "application/octet-stream" } : {},
  });
  request.headers.prepend("Via", `SIP/2.0/UDP placeholder.invalid;branch=z9hG4bK${++requestNumber}`);
  return request;
}
