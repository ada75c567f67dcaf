/** UDP: sockets bound to the listeners, flows made of addresses (RFC 3261 §18). */

import { fail, isUnspecified, ok, type Result } from "../../base/mod.ts";
import type { DatagramNetwork, DatagramSocket, DatagramTaker } from "./ports.ts";
import { type ListenAddress, pickListener, type Reach } from "./reach.ts";
import { udpFlow } from "./flow.ts";
import type { Address, Flow, SendFault } from "./types.ts";

/** Flows kept at hand so that a packet costs no new objects; invented senders push out one another. */
const MAX_FLOWS = 20_000;

interface Listening extends ListenAddress {
  readonly socket: DatagramSocket;
  /** By both addresses as text. */
  readonly flows: Map<string, Flow>;
}

export interface DatagramDoor {
  /** Asked before anything of the datagram is looked at. */
  admit(remoteHost: string, bytes: number): boolean;
  datagram(bytes: Uint8Array<ArrayBuffer>, flow: Flow): void;
}

export class Datagrams {
  readonly #network: DatagramNetwork;
  readonly #reach: Reach;
  readonly #door: DatagramDoor;
  #listening: Listening[] = [];

  constructor(network: DatagramNetwork, options: { readonly reach: Reach; readonly door: DatagramDoor }) {
    this.#network = network;
    this.#reach = options.reach;
    this.#door = options.door;
  }

  get listening(): readonly ListenAddress[] {
    return this.#listening;
  }

  /** The error is a reason in words. */
  listen(address: ListenAddress): Result<void, string> {
    // The first datagram comes in a later turn, when `listening` is set.
    const taker: DatagramTaker = (bytes, source) => {
      if (!this.#door.admit(source.host, bytes.length)) return;
      this.#door.datagram(bytes, this.#flow(listening, source, source.localHost));
    };
    const socket = this.#network.bind(address, taker);
    if (!socket.ok) return fail(socket.error);
    const listening: Listening = {
      transport: "udp",
      host: address.host,
      port: socket.value.local.port,
      socket: socket.value,
      flows: new Map(),
    };
    this.#listening.push(listening);
    return ok(undefined);
  }

  close(): void {
    for (const { socket } of this.#listening) socket.close();
    this.#listening = [];
  }

  /** The flow to `remote` over the socket that suits it best; undefined when there is none. */
  flowTo(remote: Address): Flow | undefined {
    const routeHost = this.#reach.localHost(remote.host);
    const listening = pickListener(this.#listening, { transport: "udp", host: remote.host, routeHost });
    return listening && this.#flow(listening, remote);
  }

  /** The listener that a flow belongs to, also one from before a restart; undefined when it is no more. */
  listenerOf(flow: Flow): ListenAddress | undefined {
    return this.#listeningOf(flow);
  }

  /** False when the flow's socket is no more. */
  send(
    bytes: Uint8Array<ArrayBuffer>,
    path: { readonly flow: Flow; readonly remote: Address },
    onFault: (fault: SendFault) => void,
  ): boolean {
    const listening = this.#listeningOf(path.flow);
    listening?.socket.send(bytes, { remote: path.remote, localHost: path.flow.local.host, onFault });
    return listening !== undefined;
  }

  #listeningOf({ local }: Flow): Listening | undefined {
    let general: Listening | undefined;
    for (const one of this.#listening) {
      if (one.port !== local.port) continue;
      if (one.host === local.host) return one;
      if (isUnspecified(one.host)) general = one;
    }
    return general;
  }

  /** `localHost` is known of what came in; without it the kernel's route decides. */
  #flow(listening: Listening, remote: Address, localHost?: string): Flow {
    const host = localHost ?? this.#reach.contact(listening, remote.host).host;
    const key = `${host} ${remote.host} ${remote.port}`;
    const known = listening.flows.get(key);
    if (known) return known;
    const flow = udpFlow({ host, port: listening.port }, { host: remote.host, port: remote.port });
    if (listening.flows.size >= MAX_FLOWS) listening.flows.clear();
    listening.flows.set(key, flow);
    return flow;
  }
}
