/** The transports: everything that goes out and comes in, whatever carries it (RFC 3261 §18). */

import {
  type Clock,
  fail,
  isUnspecified,
  type Log,
  ok,
  printHostPort,
  type Random,
  type Result,
} from "../../base/mod.ts";
import {
  printForNow,
  printMessage,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  topVia,
  type TransportName,
  type Uri,
} from "../message/mod.ts";
import { Connections } from "./connections.ts";
import { Datagrams } from "./datagrams.ts";
import { DnsCache } from "./dns_cache.ts";
import { Inlet, type TransportHooks } from "./inlet.ts";
import { DEFAULT_LIMITS, type TransportLimits } from "./limits.ts";
import { locate } from "./locate.ts";
import { type ListenAddress, pickListener, Reach, withoutCovered } from "./reach.ts";
import type { DatagramNetwork, DnsPort, RoutePort, StreamNetwork } from "./ports.ts";
import { Reputation } from "./reputation.ts";
import { DEFAULT_PORT, reopenAddress, responseAddress, stampSent } from "./top_via.ts";
import type {
  Address,
  Destination,
  Flow,
  LocalContact,
  SendFault,
  Target,
  TransportListener,
  TransportPort,
} from "./types.ts";

export interface TransportsOptions {
  readonly listen: readonly ListenAddress[];
  readonly datagrams: DatagramNetwork;
  readonly tcp: StreamNetwork;
  /** Absent: no TLS, neither in nor out. */
  readonly tls?: StreamNetwork;
  readonly dns: DnsPort;
  readonly routes: RoutePort;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly hooks?: TransportHooks;
  readonly limits?: Partial<TransportLimits>;
  /** The address a peer shall know instead of `local`, e.g. the outside one of a NAT; undefined leaves it. */
  readonly publicHost?: (local: LocalContact, remoteHost: string) => string | undefined;
}

export interface TransportCounts {
  readonly received: number;
  readonly sent: number;
  readonly malformed: number;
  /** Datagrams and connections turned away at the door, and failed handshakes. */
  readonly refused: number;
  readonly acceptedConnections: number;
  readonly outgoingConnections: number;
}

export class Transports implements TransportPort {
  readonly #options: TransportsOptions;
  readonly #hooks: TransportHooks;
  readonly #limits: TransportLimits;
  readonly #reach: Reach;
  readonly #datagrams: Datagrams;
  readonly #connections: Connections;
  readonly #dns: DnsCache;
  readonly #reputation: Reputation;
  readonly #inlet: Inlet;
  #sentCount = 0;

  constructor(options: TransportsOptions) {
    this.#options = options;
    this.#hooks = options.hooks ?? {};
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#reach = new Reach(options.routes, options.clock);
    this.#dns = new DnsCache(options.dns, options.clock);
    this.#reputation = new Reputation(options.clock, this.#limits.demoteMs);
    this.#inlet = new Inlet({ hooks: this.#hooks, log: options.log, reputation: this.#reputation });
    this.#datagrams = new Datagrams(options.datagrams, {
      reach: this.#reach,
      door: {
        admit: (host, bytes) => this.#inlet.admit(host, "udp", bytes),
        datagram: (bytes, flow) =>
          this.#inlet.datagram(
            bytes,
            flow,
            (answer) => this.#datagrams.send(answer, { flow, remote: flow.remote }, () => {}),
          ),
      },
    });
    this.#connections = new Connections({
      networks: { tcp: options.tcp, tls: options.tls },
      limits: this.#limits,
      clock: options.clock,
      events: {
        admit: (host, transport) => this.#inlet.admit(host, transport),
        framed: (framed, connection, bytes) => this.#inlet.framed(framed, connection, bytes),
        flowClosed: (flow, reason) => this.#flowClosed(flow, reason),
        refused: (remote, transport, reason) => this.#inlet.refused(remote, transport, reason),
        connectFailed: (target, reason, isHope) => this.#connectFailed(target, reason, isHope),
      },
    });
  }

  /** Opens every listener, or none: the error names the one that could not and why. */
  async start(listener: TransportListener): Promise<Result<void, string>> {
    this.#inlet.listener = listener;
    for (const address of withoutCovered(this.#options.listen)) {
      const { transport, host, port } = address;
      const opened = transport === "udp"
        ? this.#datagrams.listen(address)
        : await this.#connections.listen({ transport, host, port });
      if (opened.ok) continue;
      this.stop();
      return fail(`Cannot listen on "${transport}://${printHostPort(host, port)}": ${opened.error}`);
    }
    return ok(undefined);
  }

  /** Closes listeners and connections; nothing is told any more. */
  stop(): void {
    this.#inlet.listener = undefined;
    this.#datagrams.close();
    this.#connections.close();
  }

  /** Where we listen, with the ports the kernel gave for 0. */
  get listening(): readonly ListenAddress[] {
    return [...this.#datagrams.listening, ...this.#connections.listening];
  }

  counts(): TransportCounts {
    const { accepted, outgoing } = this.#connections.open;
    return {
      ...this.#inlet.counts,
      sent: this.#sentCount,
      acceptedConnections: accepted,
      outgoingConnections: outgoing,
    };
  }

  /** Ends the connections of every host that `isMeant`, e.g. after a ban. */
  closeFrom(isMeant: (remoteHost: string) => boolean): void {
    this.#connections.closeFrom(isMeant, "not admitted");
  }

  async resolve(uri: Uri): Promise<readonly Target[]> {
    const targets = await locate(uri, {
      dns: this.#dns,
      random: this.#options.random,
      transports: this.#usableTransports(),
      hasRoute: (address) => this.#reach.localHost(address) !== undefined,
    });
    return this.#reputation.order(targets);
  }

  /**
   * A place that did not answer is tried after the others for a while. A phone may have taken a connection and said
   * nothing over it: the next large request does without.
   */
  markFailed(place: Destination): void {
    const target = place.kind === "target" ? place.target : tcpBeside(place);
    if (target) this.#reputation.demote(target);
  }

  /** True for a place that is to be tried after the others. */
  isFailed(target: Target): boolean {
    return this.#reputation.isDemoted(target);
  }

  send(message: SipMessage, destination: Destination, onFault: (fault: SendFault) => void): void {
    if (message.kind === "response") return this.#sendResponse(message, destination, onFault);
    const contact = this.localContact(destination);
    if (!contact) {
      const isGone = destination.kind === "flow";
      return queueMicrotask(() => onFault(isGone ? "flow closed" : "no such transport"));
    }
    const beside = tcpBeside(destination);
    if (beside && this.#follows(message, beside)) {
      return this.#sendToTarget(printMessage(message), beside, { message, onFault });
    }
    stampSent(message, contact);
    const bytes = printFor(contact.transport, message), parcel = { message, onFault };
    const isLarge = beside && bytes.length > this.#limits.maxUdpRequestBytes;
    if (isLarge && this.#sendLarge(parcel, { destination, contact, beside })) return;
    this.#sendStamped(bytes, destination, parcel);
  }

  localContact(destination: Destination): LocalContact | undefined {
    const local = destination.kind === "flow"
      ? this.#contactOfFlow(destination.flow)
      : this.#contactTowards(destination.target);
    if (!local) return undefined;
    const remote = destination.kind === "flow" ? destination.flow.remote : destination.target.address;
    const host = this.#options.publicHost?.(local, remote.host);
    return host === undefined ? local : { ...local, host };
  }

  #usableTransports(): TransportName[] {
    const transports: TransportName[] = ["tcp"];
    if (this.#datagrams.listening.length > 0) transports.unshift("udp");
    if (this.#connections.hasTransport("tls")) transports.push("tls");
    return transports;
  }

  #contactOfFlow(flow: Flow): LocalContact | undefined {
    if (flow.transport === "udp") {
      const listener = this.#datagrams.listenerOf(flow);
      return listener && { host: flow.local.host, port: listener.port, transport: "udp" };
    }
    if (!flow.isOpen) return undefined;
    const { transport, local, remote } = flow;
    const listener = pickListener(this.#connections.listening, {
      transport,
      host: remote.host,
      routeHost: local.host,
    });
    if (listener) {
      // A connection of ours leaves from the kernel's address of choice, at which nobody may listen.
      const host = isUnspecified(listener.host) ? local.host : listener.host;
      return { host, port: listener.port, transport };
    }
    return this.#reach.contactWithoutListener(transport, local);
  }

  #contactTowards(target: Target): LocalContact | undefined {
    const { transport, address: { host } } = target;
    const listeners = transport === "udp" ? this.#datagrams.listening : this.#connections.listening;
    const listener = pickListener(listeners, { transport, host, routeHost: this.#reach.localHost(host) });
    if (listener) return this.#reach.contact(listener, host);
    if (transport === "udp" || !this.#connections.hasTransport(transport)) return undefined;
    return this.#reach.contactWithoutListener(
      transport,
      this.#connections.openFlow(target)?.local ?? host,
    );
  }

  /** RFC 3261 §18.2.2: back over the same flow; when that is gone, over a new connection to where the peer listens. */
  #sendResponse(
    response: SipResponse,
    destination: Destination,
    onFault: (fault: SendFault) => void,
  ): void {
    const { transport } = destination.kind === "target" ? destination.target : destination.flow;
    const bytes = printFor(transport, response);
    if (destination.kind === "target") {
      return this.#sendToTarget(bytes, destination.target, { message: response, onFault });
    }
    const { flow } = destination;
    if (flow.transport === "udp") {
      if (this.#hooks.mayAnswer?.(flow.remote.host, bytes.length) === false) return;
      return this.#sendOverFlow(bytes, flow, { message: response, onFault });
    }
    if (this.#connections.sendOver(flow, { bytes, isRequest: false, onFault })) {
      return this.#sent(bytes, flow);
    }
    const target: Target = {
      transport: flow.transport,
      address: reopenAddress(response, flow.remote, flow.transport === "tls"),
    };
    this.#sendToTarget(bytes, target, { message: response, onFault });
  }

  #sendStamped(bytes: Uint8Array<ArrayBuffer>, destination: Destination, parcel: ParcelOptions): void {
    if (destination.kind === "flow") this.#sendOverFlow(bytes, destination.flow, parcel);
    else this.#sendToTarget(bytes, destination.target, parcel);
  }

  #sendOverFlow(bytes: Uint8Array<ArrayBuffer>, flow: Flow, parcel: ParcelOptions): void {
    const isRequest = parcel.message.kind === "request", { onFault } = parcel;
    const isSent = flow.transport === "udp"
      ? this.#datagrams.send(bytes, {
        flow,
        remote: isRequest ? flow.remote : responseAddress(parcel.message, flow.remote),
      }, onFault)
      : this.#connections.sendOver(flow, { bytes, isRequest, onFault });
    if (isSent) this.#sent(bytes, flow);
    else queueMicrotask(() => onFault("flow closed"));
  }

  #sendToTarget(bytes: Uint8Array<ArrayBuffer>, target: Target, parcel: ParcelOptions): void {
    if (target.transport === "udp") return this.#sendDatagram(bytes, target.address, parcel.onFault);
    const { message, ...rest } = parcel;
    this.#connections.sendTo(target, { bytes, isRequest: message.kind === "request", ...rest });
    this.#sent(bytes, this.#connections.openFlow(target) ?? this.#pendingFlow(target));
  }

  #sendDatagram(
    bytes: Uint8Array<ArrayBuffer>,
    remote: Address,
    onFault: (fault: SendFault) => void,
  ): void {
    const flow = this.#datagrams.flowTo(remote);
    if (!flow) return queueMicrotask(() => onFault("no such transport"));
    this.#datagrams.send(bytes, { flow, remote }, onFault);
    this.#sent(bytes, flow);
  }

  /** An ACK or CANCEL brings the Via of its INVITE and goes where that went (RFC 3261 §9.1, §17.1.1.3). */
  #follows({ method, headers }: SipRequest, beside: Target): boolean {
    if ((method !== "ACK" && method !== "CANCEL") || !headers.has("Via")) return false;
    return topVia({ headers }).transport === "TCP" && this.#connections.openFlow(beside) !== undefined;
  }

  /**
   * Tries a large request by TCP, and by UDP after all when no connection comes about (RFC 3261 §18.1.1). False when TCP
   * was tried in vain a short while ago: nobody shall wait for the same closed door again.
   */
  #sendLarge(
    parcel: { readonly message: SipRequest; readonly onFault: (fault: SendFault) => void },
    path: { readonly destination: Destination; readonly contact: LocalContact; readonly beside: Target },
  ): boolean {
    const { message } = parcel, { destination, beside } = path;
    const contact = this.localContact({ kind: "target", target: beside });
    if (!contact || this.#reputation.isDemoted(beside)) return false;
    stampSent(message, contact);
    const onFault = (fault: SendFault) => {
      if (fault !== "connection failed") return parcel.onFault(fault);
      stampSent(message, path.contact);
      this.#sendStamped(printForNow(message), destination, parcel);
    };
    const hope = destination.kind === "flow" ? { hopeMs: this.#limits.connectBesideFlowMs } : {};
    this.#sendToTarget(printMessage(message), beside, { message, onFault, ...hope });
    return true;
  }

  /** How a connection that is still opening is shown in traces. */
  #pendingFlow(target: Target): Flow {
    const { transport, address } = target;
    const local = this.localContact({ kind: "target", target }) ?? { host: "", port: 0 };
    return { id: `${transport}:opening`, transport, local, remote: address, peerNames: [], isOpen: false };
  }

  #sent(bytes: Uint8Array, flow: Flow): void {
    this.#sentCount++;
    this.#hooks.trace?.("out", bytes, flow);
  }

  #flowClosed(flow: Flow, reason: string): void {
    this.#options.log.debug("connection closed", {
      transport: flow.transport,
      remote: printHostPort(flow.remote.host, flow.remote.port),
      reason,
    });
    this.#inlet.listener?.flowClosed(flow);
  }

  #connectFailed(target: Target, reason: string, isHope: boolean): void {
    this.#reputation.demote(target);
    if (isHope) return;
    const remote = printHostPort(target.address.host, target.address.port);
    if (!this.#reputation.mayLog(`${remote} ${reason}`)) return;
    const { transport, serverName } = target;
    this.#options.log.warn("cannot connect", { transport, remote, serverName, reason });
  }
}

/** A datagram is copied or gone when it has been sent; a connection keeps what it has not yet written. */
function printFor(transport: TransportName, message: SipMessage): Uint8Array<ArrayBuffer> {
  return transport === "udp" ? printForNow(message) : printMessage(message);
}

/**
 * Where a request for UDP may go by TCP instead. A phone whose datagrams come from the very address that it names has no
 * NAT before it and may take connections there; behind a NAT only the way back of its datagrams is open.
 */
function tcpBeside(destination: Destination): Target | undefined {
  if (destination.kind === "target") {
    return destination.target.transport === "udp" ? { ...destination.target, transport: "tcp" } : undefined;
  }
  const { flow: { transport, remote }, named } = destination;
  const isSame = transport === "udp" && named?.host === remote.host &&
    (named.port ?? DEFAULT_PORT) === remote.port;
  return isSame ? { transport: "tcp", address: remote } : undefined;
}

interface ParcelOptions {
  readonly message: SipMessage;
  readonly onFault: (fault: SendFault) => void;
  readonly hopeMs?: number;
}
