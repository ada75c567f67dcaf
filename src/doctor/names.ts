/** What the DNS says of a domain (RFC 3263): NAPTR, SRV and addresses, against the listeners there are. */

import type { SipListener } from "../config/mod.ts";
import type { DnsAnswer } from "../sip/transport/mod.ts";
import { enumerate, type Finding, fine, problem, skipped, warning } from "./finding.ts";

type Transport = SipListener["transport"];

export const SRV_NAMES: readonly (readonly [service: string, transport: Transport])[] = [
  ["_sips._tcp", "tls"],
  ["_sip._tcp", "tcp"],
  ["_sip._udp", "udp"],
];

export interface DomainFacts {
  readonly domain: string;
  readonly naptr: DnsAnswer;
  /** In the order of {@linkcode SRV_NAMES}. */
  readonly srv: readonly DnsAnswer[];
  /** Of the domain itself. */
  readonly addresses: readonly string[];
  /** Addresses of each SRV target. */
  readonly targets: ReadonlyMap<string, readonly string[]>;
  readonly listeners: readonly SipListener[];
  /** Addresses by which this machine is reached, those of a router in front of it included. */
  readonly own: readonly string[];
}

/** Names that no public DNS knows (RFC 2606, RFC 6761, RFC 6762, RFC 8375, RFC 9476) or that have no dot. */
export function isPrivateName(domain: string): boolean {
  return !domain.includes(".") ||
    /\.(?:test|example|invalid|localhost|local|internal|alt|lan|home|corp|home\.arpa)$/i.test(domain);
}

export function judgeDomain(facts: DomainFacts): Finding[] {
  const { domain, srv, addresses, naptr } = facts;
  const failed = [...srv, naptr].find((answer) => answer.kind === "failed");
  if (failed?.kind === "failed" && !isPrivateName(domain)) {
    return [
      problem(
        "names",
        `the DNS gives no answer about ${domain}: ${failed.reason}`,
        "a name server that answers: resolvectl status, or nameserver lines in /etc/resolv.conf",
      ),
    ];
  }
  const records = srv.flatMap((answer, index) =>
    answer.kind === "records"
      ? answer.records.flatMap((record) =>
        record.type === "SRV" ? [{ ...record, transport: SRV_NAMES[index]![1] }] : []
      )
      : []
  );
  if (records.length > 0) return records.flatMap((record) => judgeService(facts, record));
  if (addresses.length > 0) return [judgeAddresses(facts)];
  if (isPrivateName(domain)) {
    return [
      skipped(
        "names",
        `${domain} is no name of the public DNS: phones need the address of this machine as server or proxy`,
      ),
    ];
  }
  return [
    warning(
      "names",
      `the DNS knows nothing of ${domain}: phones that are told only the domain do not find the server`,
      ...zoneLines(facts),
    ),
  ];
}

function judgeService(
  { domain, listeners, targets, own }: DomainFacts,
  { target, port, transport }: {
    readonly target: string;
    readonly port: number;
    readonly transport: Transport;
  },
): Finding[] {
  const name = SRV_NAMES.find(([, one]) => one === transport)![0];
  const record = `${name}.${domain}`;
  // RFC 2782: a target of "." says that the service is decidedly not there.
  if (target === "") return [fine("names", `${record} says that there is no such service`)];
  const found = targets.get(target) ?? [];
  if (found.length === 0) {
    return [
      problem("names", `${record} leads to ${target}, which has no address`, `${target}. IN A ADDRESS`),
    ];
  }
  if (!found.some((address) => own.includes(address))) {
    return [
      warning(
        "names",
        `${record} leads to ${enumerate(found)}, which is no address of this machine`,
        "fine behind a router that passes SIP on; then tell it: media: { address: IP }",
      ),
    ];
  }
  if (!listeners.some((one) => one.transport === transport && one.port === port)) {
    return [
      problem(
        "names",
        `${record} leads to port ${port}, where nothing listens for ${transport.toUpperCase()}`,
        `listen: { sip: [ "${transport}://0.0.0.0:${port}" ] }, or another port in the record`,
      ),
    ];
  }
  return [fine("names", `${record} leads here, port ${port}`)];
}

/** Without SRV records phones take the domain as host and the default ports (RFC 3263 §4.2). */
function judgeAddresses({ domain, addresses, own, listeners }: DomainFacts): Finding {
  if (!addresses.some((address) => own.includes(address))) {
    return warning(
      "names",
      `${domain} leads to ${enumerate(addresses)}, which is no address of this machine`,
      `SRV records that lead here, for example: ${zoneLine(domain, "tls", listeners)}`,
    );
  }
  const standard = listeners.some(({ transport, port }) => port === (transport === "tls" ? 5061 : 5060));
  return standard
    ? fine("names", `${domain} leads here; there are no SRV records, the default ports are used`)
    : warning(
      "names",
      `${domain} leads here, but no listener has a default port and there are no SRV records`,
      zoneLine(domain, listeners[0]?.transport ?? "tls", listeners),
    );
}

function zoneLines({ domain, listeners }: DomainFacts): string[] {
  const transports = SRV_NAMES.map(([, transport]) => transport)
    .filter((transport) => listeners.some((one) => one.transport === transport));
  return [
    ...transports.map((transport) => zoneLine(domain, transport, listeners)),
    `sip.${domain}. 3600 IN A ADDRESS-OF-THIS-MACHINE`,
  ];
}

function zoneLine(domain: string, transport: Transport, listeners: readonly SipListener[]): string {
  const [name] = SRV_NAMES.find(([, one]) => one === transport)!;
  const port = listeners.find((one) => one.transport === transport)?.port ?? 5061;
  return `${name}.${domain}. 3600 IN SRV 10 10 ${port} sip.${domain}.`;
}

/** Where an external line goes to. */
export interface LineNameFacts {
  readonly line: string;
  readonly server: string;
  /** Places to try, resolved; empty when nothing was found. */
  readonly places: readonly string[];
}

export function judgeLineName({ line, server, places }: LineNameFacts): Finding {
  if (places.length > 0) return fine("names", `line ${line}: ${server} leads to ${enumerate(places, 3)}`);
  return problem(
    "names",
    `line ${line}: nothing is found for ${server}`,
    "the provider's server name in lines[].server, or a name server that answers in /etc/resolv.conf",
  );
}
