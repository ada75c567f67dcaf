/** All TCP and TLS connections: accepted ones, and a pool of those we opened (RFC 3261 §18, RFC 5923). */

import { type Clock, fail, ok, printHostPort, type Result, type Timer } from "../../base/mod.ts";
import type { Framed } from "../message/mod.ts";
import { Connection } from "./connection.ts";
import { Door } from "./door.ts";
import { StreamFlow } from "./flow.ts";
import type { TransportLimits } from "./limits.ts";
import type { ConnectFault, StreamDoor, StreamListening, StreamNetwork, StreamSocket } from "./ports.ts";
import type { ListenAddress } from "./reach.ts";
import type { Address, Flow, SendFault, Target } from "./types.ts";

/** How often deadlines are looked at, over all connections at once. */
const CHECK_EVERY_MS = 1000;

type StreamTransport = "tcp" | "tls";

export interface ConnectionsOptions {
  readonly networks: { readonly tcp: StreamNetwork; readonly tls: StreamNetwork | undefined };
  readonly limits: TransportLimits;
  readonly clock: Clock;
  readonly events: ConnectionEvents;
}

export interface ConnectionEvents {
  admit(remoteHost: string, transport: StreamTransport): boolean;
  /** `connection` takes the answer to a malformed message. */
  framed(framed: Exclude<Framed, "ping" | "pong">, connection: Connection, bytes?: Uint8Array): void;
  flowClosed(flow: Flow, reason: string): void;
  /** A connection that was not taken, or whose handshake failed. */
  refused(remote: Address, transport: StreamTransport, reason: string): void;
  /** An outgoing connection did not come about. */
  connectFailed(target: Target, reason: string, isHope: boolean): void;
}

/** What is to be sent; `onFault` comes at most once, later. */
export interface Parcel {
  readonly bytes: Uint8Array;
  /** A request: told also when the connection ends before the peer has said anything more. */
  readonly isRequest: boolean;
  readonly onFault: (fault: SendFault) => void;
  /** For a connection that is only hoped for: how long it is waited for. That it fails is no news. */
  readonly hopeMs?: number;
}

interface Opening {
  readonly waiting: Parcel[];
  readonly giveUp: () => void;
}

export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #door: Door;
  #listening: (ListenAddress & { readonly transport: StreamTransport; readonly socket: StreamListening })[] =
    [];
  readonly #byFlow = new Map<string, Connection>();
  /** Outgoing, by target: open, or opening with messages that wait. */
  readonly #pool = new Map<string, Connection | Opening>();
  #flowNumber = 0;
  #outgoing = 0;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#door = new Door(options.limits);
  }

  get listening(): readonly ListenAddress[] {
    return this.#listening;
  }

  get open(): { readonly accepted: number; readonly outgoing: number } {
    return { accepted: this.#door.total, outgoing: this.#outgoing };
  }

  hasTransport(transport: StreamTransport): boolean {
    return this.#options.networks[transport] !== undefined;
  }

  /** The error is a reason in words. */
  async listen(address: ListenAddress & { transport: StreamTransport }): Promise<Result<void, string>> {
    const { transport } = address;
    const network = this.#options.networks[transport];
    if (!network) return fail("there is no certificate for TLS");
    const socket = await network.listen(address, this.#streamDoor(transport));
    if (!socket.ok) return fail(socket.error);
    this.#listening.push({
      transport,
      host: address.host,
      port: socket.value.local.port,
      socket: socket.value,
    });
    return ok(undefined);
  }

  close(): void {
    this.#isClosed = true;
    for (const { socket } of this.#listening) socket.close();
    this.#listening = [];
    for (const one of this.#pool.values()) if (!(one instanceof Connection)) one.giveUp();
    this.#pool.clear();
    for (const connection of this.#byFlow.values()) connection.discard();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Ends every connection of a sender, e.g. when it was banned. */
  closeFrom(isMeant: (remoteHost: string) => boolean, reason: string): void {
    for (const connection of this.#byFlow.values()) {
      if (isMeant(connection.flow.remote.host)) connection.abort(reason);
    }
  }

  /** False when the connection of `flow` is gone. */
  sendOver(flow: Flow, parcel: Parcel): boolean {
    const connection = this.#byFlow.get(flow.id);
    return connection !== undefined && writeTo(connection, parcel);
  }

  /** The open connection to `target`, if there is one. */
  openFlow(target: Target): Flow | undefined {
    const known = this.#pool.get(poolKey(target));
    return known instanceof Connection && known.flow.isOpen ? known.flow : undefined;
  }

  /** Sends over the connection to `target`, opening it when there is none. */
  sendTo(target: Target, parcel: Parcel): void {
    const key = poolKey(target), known = this.#pool.get(key);
    if (known instanceof Connection) {
      if (writeTo(known, parcel)) return;
      this.#pool.delete(key);
    } else if (known) {
      if (known.waiting.length < this.#options.limits.maxQueuedMessages) {
        return void known.waiting.push(parcel);
      }
      return queueMicrotask(() => parcel.onFault("connection failed"));
    }
    this.#openTo(target, parcel);
  }

  #openTo(target: Target, first: Parcel): void {
    const { transport } = target, { networks, limits, events } = this.#options;
    const network = transport === "udp" ? undefined : networks[transport];
    if (transport === "udp" || !network || this.#isClosed) {
      return queueMicrotask(() => first.onFault("no such transport"));
    }
    const { hopeMs } = first;
    // What can do without leaves half of the room to what cannot.
    if (this.#outgoing >= (hopeMs === undefined ? limits.maxOutgoing : limits.maxOutgoing / 2)) {
      return queueMicrotask(() => first.onFault("connection failed"));
    }
    this.#outgoing++;
    const key = poolKey(target), waiting = [first];
    const options = {
      remote: target.address,
      deadlineMs: hopeMs ?? limits.connectMs,
      ...target.serverName === undefined ? {} : { serverName: target.serverName },
    };
    const giveUp = network.connect(options, (outcome) => {
      if (outcome.ok) return this.#opened(outcome.value, { key, transport, waiting });
      this.#pool.delete(key);
      this.#outgoing--;
      events.connectFailed(target, outcome.error.reason, hopeMs !== undefined);
      for (const { onFault } of waiting) onFault(outcome.error.fault satisfies ConnectFault);
    });
    this.#pool.set(key, { waiting, giveUp });
  }

  #opened(
    socket: StreamSocket,
    path: { readonly key: string; readonly transport: StreamTransport; readonly waiting: readonly Parcel[] },
  ): void {
    const connection = this.#adopt(socket, { transport: path.transport, isOutgoing: true });
    this.#pool.set(path.key, connection);
    for (const parcel of path.waiting) {
      if (!writeTo(connection, parcel)) parcel.onFault("connection failed");
    }
  }

  #streamDoor(transport: StreamTransport): StreamDoor {
    const { events } = this.#options;
    return {
      admit: (remote) => {
        if (this.#isClosed || !events.admit(remote.host, transport)) return false;
        let refusal = this.#door.refusal(remote.host);
        if (refusal === "too many unproven" && this.#dropOldestUnproven()) refusal = undefined;
        if (refusal !== undefined) events.refused(remote, transport, `${refusal} connections`);
        else this.#door.enter(remote.host);
        return refusal === undefined;
      },
      opened: (socket) => {
        if (this.#isClosed) return socket.destroy();
        this.#adopt(socket, { transport, isOutgoing: false });
      },
      failed: (remote, reason) => {
        this.#door.leave(remote.host, false);
        events.refused(remote, transport, reason);
      },
    };
  }

  /** A flood of connections pushes out its own: whoever waits longest without having said anything. */
  #dropOldestUnproven(): boolean {
    for (const connection of this.#byFlow.values()) {
      if (connection.isProven || !connection.flow.isOpen) continue;
      connection.abort("pushed out by newer connections");
      return true;
    }
    return false;
  }

  #adopt(
    socket: StreamSocket,
    kind: { readonly transport: StreamTransport; readonly isOutgoing: boolean },
  ): Connection {
    const { limits, clock } = this.#options;
    const id = `${kind.transport}:${++this.#flowNumber}`;
    const flow = new StreamFlow(id, kind.transport, socket);
    const connection = new Connection({
      flow,
      socket,
      limits,
      isOutgoing: kind.isOutgoing,
      nowMs: clock.now(),
    });
    this.#byFlow.set(id, connection);
    connection.start({
      admit: () => this.#options.events.admit(flow.remote.host, kind.transport),
      framed: (framed, connection, bytes) => this.#framed(framed, connection, bytes),
      closed: (connection, reason) => this.#closed(connection, reason),
    }, () => clock.now());
    this.#timer ??= clock.at(clock.now() + CHECK_EVERY_MS, () => this.#check());
    return connection;
  }

  #framed(framed: Exclude<Framed, "ping" | "pong">, connection: Connection, bytes?: Uint8Array): void {
    if (!connection.isProven && !("where" in framed)) {
      connection.isProven = true;
      this.#door.prove(connection.flow.remote.host);
    }
    this.#options.events.framed(framed, connection, bytes);
  }

  #closed(connection: Connection, reason: string): void {
    const { flow } = connection;
    this.#byFlow.delete(flow.id);
    if (connection.isOutgoing) {
      this.#outgoing--;
      for (const [key, pooled] of this.#pool) if (pooled === connection) this.#pool.delete(key);
    } else this.#door.leave(flow.remote.host, connection.isProven);
    this.#options.events.flowClosed(flow, reason);
  }

  #check(): void {
    const { clock } = this.#options, nowMs = clock.now();
    for (const connection of this.#byFlow.values()) connection.check(nowMs);
    this.#timer = this.#byFlow.size === 0 ? undefined : clock.at(nowMs + CHECK_EVERY_MS, () => this.#check());
  }
}

function writeTo(connection: Connection, { bytes, isRequest, onFault }: Parcel): boolean {
  return connection.write(bytes, isRequest ? () => onFault("connection failed") : undefined);
}

function poolKey({ transport, address, serverName }: Target): string {
  return `${transport} ${printHostPort(address.host, address.port)} ${serverName ?? ""}`;
}
