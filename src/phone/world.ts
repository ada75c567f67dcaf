/** What the phone needs from outside: sockets, names, time, media. Owned here, given by whoever runs the phone. */

import type { Clock, Log, Random, Result } from "../base/mod.ts";
import type { MediaPlane } from "../media/plane.ts";
import type { DatagramNetwork, DnsPort, RoutePort, StreamNetwork } from "../sip/transport/mod.ts";
import type { ServerTrust } from "./types.ts";

export interface PhoneWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Text of User-Agent. */
  readonly userAgent: string;
  readonly datagrams: DatagramNetwork;
  readonly tcp: StreamNetwork;
  /** Connections to servers whose certificates `trust` believes. */
  tls(trust: ServerTrust): StreamNetwork;
  readonly dns: DnsPort;
  readonly routes: RoutePort;
  /** Of this phone alone: it listens to all its events. Whoever made it stops it. */
  readonly plane: MediaPlane;
  /** Reads a sound file, to compare what was said with what was heard. */
  readFile(path: string): Promise<Result<Uint8Array, string>>;
}
