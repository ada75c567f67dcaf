/** Signalling on this machine: listeners, certificates, DNS, and the endpoint on top of them. */

import { type Clock, ipFamily, type Log, ok, type Random, type Result } from "../base/mod.ts";
import type { Settings } from "../config/mod.ts";
import { Certificates } from "../platform/certificates.ts";
import { readText } from "../platform/certificate_files.ts";
import { SystemDns } from "../platform/dns_client.ts";
import { localAddresses, SystemRoutes } from "../platform/network_addresses.ts";
import { TcpNetwork } from "../platform/tcp.ts";
import { TlsNetwork } from "../platform/tls.ts";
import { openUdpNetwork } from "../platform/udp.ts";
import { type Endpoint, type EndpointHooks, SipEndpoint } from "../sip/mod.ts";
import { type TransportHooks, Transports } from "../sip/transport/mod.ts";
import { ownCertificateNames } from "./own_names.ts";
import { findUploadedCertificate } from "./uploaded_certificate.ts";

export interface NetworkOptions {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly transportHooks: TransportHooks;
  readonly endpointHooks: EndpointHooks;
  /** The address that peers beyond this machine's own networks know us by; undefined: the one they reach. */
  readonly publicHost: (remoteHost: string, family: 4 | 6) => string | undefined;
  /** Names of the domains as they are now, for the own certificate. */
  readonly domainNames: () => readonly string[];
}

export interface SignallingNetwork {
  readonly transports: Transports;
  readonly endpoint: Endpoint;
  readonly certificates: Certificates;
  /** True for a literal address of this machine. */
  isLocal(host: string): boolean;
  /** Opens the listeners. */
  start(): Promise<Result<void, string>>;
  stop(): void;
}

/** Loads certificates and puts the parts together; nothing listens yet. */
export async function openNetwork(options: NetworkOptions): Promise<Result<SignallingNetwork, string>> {
  const { settings, clock, random, log } = options;
  const certificates = new Certificates({
    clock,
    random,
    log,
    folder: `${settings.server.data}/tls`,
    // Asked at every look, so that a certificate uploaded on the page takes over at once.
    get source() {
      const { certificate } = settings.tls;
      return certificate === "auto" ? findUploadedCertificate(settings.server.data) ?? "auto" : certificate;
    },
    names: () => ownCertificateNames(settings, options.domainNames()),
  });
  const usable = await certificates.start();
  if (!usable.ok) return usable;
  const authorityFile = settings.tls.clientAuthority;
  const authority = authorityFile === undefined ? undefined : await readText(authorityFile);
  if (authority && !authority.ok) return authority;
  const authorities = () => [
    ...(authority?.ok ? [authority.value] : []),
    ...(certificates.authority ? [certificates.authority] : []),
  ];
  const transports = new Transports({
    listen: settings.listen.sip,
    datagrams: openUdpNetwork(),
    tcp: new TcpNetwork(),
    tls: new TlsNetwork({
      certificates,
      clientCertificates: settings.tls.clientCertificates,
      clientAuthorities: authorities,
      serverAuthorities: authorities,
      // Carriers that ask for a certificate refuse one of an authority they have never heard of, but not none at all.
      presentCertificate: settings.tls.certificate !== "auto",
    }),
    dns: new SystemDns({ random }),
    routes: new SystemRoutes(),
    clock,
    random,
    log,
    hooks: options.transportHooks,
    publicHost: (local, remoteHost) => options.publicHost(remoteHost, ipFamily(local.host) ?? 4),
    limits: { pingMs: 1000 * settings.sip.keepAliveSeconds },
  });
  const endpoint = new SipEndpoint({
    transport: transports,
    clock,
    random,
    log,
    userAgent: settings.sip.userAgent,
    hooks: options.endpointHooks,
  });
  return ok({
    transports,
    endpoint,
    certificates,
    isLocal: localAddressTest(clock),
    start: () => transports.start(endpoint),
    stop() {
      transports.stop();
      certificates.stop();
    },
  });
}

/** Interfaces change by the day, calls by the millisecond: the list is good for a while. */
const ADDRESSES_GOOD_MS = 10_000;

function localAddressTest(clock: Clock): (host: string) => boolean {
  let known: ReadonlySet<string> = new Set();
  let goodUntil = 0;
  return (host) => {
    const now = clock.now();
    if (now >= goodUntil) {
      known = new Set(localAddresses());
      goodUntil = now + ADDRESSES_GOOD_MS;
    }
    return known.has(host);
  };
}
