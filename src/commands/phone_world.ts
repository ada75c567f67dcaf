/** The world of a phone on this machine: its sockets, its certificates, its media thread. */

import type { Clock, Log, Random } from "../base/mod.ts";
import { openPlane } from "../office/media.ts";
import type { PhoneWorld } from "../phone/mod.ts";
import { SystemDns } from "../platform/dns_client.ts";
import { MEDIA_FILES } from "../platform/media_files.ts";
import { SystemRoutes } from "../platform/network_addresses.ts";
import { TcpNetwork } from "../platform/tcp.ts";
import { TlsNetwork } from "../platform/tls.ts";
import { openUdpNetwork } from "../platform/udp.ts";

/** Below the system's own range for outgoing sockets, and beside the server's. */
const DEFAULT_PORTS = { first: 16_384, last: 17_383 };
/** Expedited forwarding (RFC 3246). */
const VOICE_DSCP = 46;

export interface PhoneWorldOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly version: string;
  /** For media, default 16384–17383. */
  readonly ports?: { readonly first: number; readonly last: number };
}

/** Starts a media thread; `close` ends it, after the phones on it have stopped. */
export function openPhoneWorld(options: PhoneWorldOptions): PhoneWorld & { close(): Promise<void> } {
  const { clock, random, log, version, ports = DEFAULT_PORTS } = options;
  const plane = openPlane({ ports, address: "auto", workers: 1, dscp: VOICE_DSCP, crypto: "fast" }, {
    clock,
    log,
  });
  return {
    clock,
    random,
    log,
    plane,
    userAgent: `sipedge-phone/${version}`,
    datagrams: openUdpNetwork(),
    tcp: new TcpNetwork(),
    tls: ({ authorities = [], insecure = false }) =>
      new TlsNetwork({ serverAuthorities: () => authorities, verifyServers: !insecure }),
    dns: new SystemDns({ random }),
    routes: new SystemRoutes(),
    readFile: (path) => MEDIA_FILES.read(path),
    close: () => plane.stop(),
  };
}
