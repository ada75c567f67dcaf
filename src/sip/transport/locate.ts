/** Where a URI leads: transport, addresses and ports in the order to try them (RFC 3263 §4, RFC 2782, RFC 7984 §3). */

import { below, canonicalIp, type Random } from "../../base/mod.ts";
import type { SipUri, TransportName, Uri } from "../message/mod.ts";
import type { DnsPort, DnsRecord } from "./ports.ts";
import { DEFAULT_PORT, DEFAULT_TLS_PORT } from "./top_via.ts";
import type { Target } from "./types.ts";

/** More places than anybody has patience for; a hostile zone gets no more of our time. */
const MAX_TARGETS = 16;
const MAX_SERVICES = 16;

type SrvRecord = Extract<DnsRecord, { type: "SRV" }>;
type NaptrRecord = Extract<DnsRecord, { type: "NAPTR" }>;

export interface LocateOptions {
  readonly dns: DnsPort;
  readonly random: Random;
  /** What we can send by, best first; decides the order where the other side's DNS does not. */
  readonly transports: readonly TransportName[];
  /** True when the kernel has a route there; others are tried only when nothing else is left. */
  readonly hasRoute: (address: string) => boolean;
}

/** A host still to be resolved, reached by one transport. */
interface Service {
  readonly transport: TransportName;
  readonly host: string;
  readonly port: number;
}

/** Never rejects; empty when nothing was found, or for a URI that is not `sip:` or `sips:`. */
export async function locate(uri: Uri, options: LocateOptions): Promise<readonly Target[]> {
  if (uri.scheme !== "sip" && uri.scheme !== "sips") return [];
  const wanted = wantedTransport(uri);
  if (wanted === "unknown") return [];
  const host = uri.params.get("maddr") ?? uri.host;
  const fallback = wanted ?? (uri.scheme === "sips" ? "tls" : "udp");
  const port = uri.port ?? defaultPort(fallback);
  const literal = canonicalIp(host);
  const services = literal !== undefined || uri.port !== undefined
    ? [{ transport: fallback, host: literal ?? host, port }]
    : await findServices({ host, wanted, isSecure: uri.scheme === "sips" }, options) ??
      [{ transport: fallback, host, port }];
  const usable = services.filter(({ transport }) => options.transports.includes(transport));
  // The certificate must carry the name that was asked for, not what unsigned DNS made of it (RFC 5922 §7.1).
  return await findAddresses(usable, {
    ...options,
    serverName: canonicalIp(uri.host) ? undefined : uri.host,
  });
}

/** The `transport` parameter, made secure for `sips:`; `unknown` when we do not speak it. */
function wantedTransport(uri: SipUri): TransportName | "unknown" | undefined {
  const name = uri.params.get("transport")?.toLowerCase();
  if (name === undefined) return undefined;
  if (name === "tls" || (name === "tcp" && uri.scheme === "sips")) return "tls";
  if (name === "tcp") return "tcp";
  return name === "udp" && uri.scheme === "sip" ? "udp" : "unknown";
}

function defaultPort(transport: TransportName): number {
  return transport === "tls" ? DEFAULT_TLS_PORT : DEFAULT_PORT;
}

interface Wish {
  readonly host: string;
  readonly wanted: TransportName | undefined;
  readonly isSecure: boolean;
}

/** Services by NAPTR and SRV in order; undefined when the zone knows none, so that its address records count. */
async function findServices(wish: Wish, options: LocateOptions): Promise<Service[] | undefined> {
  const { host, wanted, isSecure } = wish;
  const candidates = wanted ? [wanted] : isSecure ? ["tls" as const] : ["udp" as const, "tcp" as const];
  const transports = options.transports.filter((transport) => candidates.includes(transport));
  // Asked side by side: one round trip instead of two where there is no NAPTR, which is the usual case.
  const [naptr, ...srv] = await Promise.all([
    wanted ? [] : askNaptr(host, { isSecure, options }),
    ...transports.map((transport) => askSrv(serviceName(transport, host), transport, options)),
  ]);
  if (naptr.length > 0) {
    const found = await Promise.all(
      naptr.map(({ name, transport }) => askSrv(name, transport, options)),
    );
    const services = found.flatMap((some) => some ?? []);
    if (services.length > 0) return services;
  }
  const known = srv.filter((some) => some !== undefined);
  return known.length > 0 ? known.flat() : undefined;
}

function serviceName(transport: TransportName, host: string): string {
  return transport === "tls" ? `_sips._tcp.${host}` : `_sip._${transport}.${host}`;
}

const NAPTR_SERVICES: Record<string, TransportName> = {
  "sip+d2u": "udp",
  "sip+d2t": "tcp",
  "sips+d2t": "tls",
};

/** The zone's own preference among what we can do (RFC 3263 §4.1). */
async function askNaptr(
  host: string,
  { isSecure, options }: { readonly isSecure: boolean; readonly options: LocateOptions },
): Promise<{ name: string; transport: TransportName }[]> {
  const answer = await options.dns.query(host, "NAPTR");
  if (answer.kind !== "records") return [];
  return answer.records
    .filter((record): record is NaptrRecord => record.type === "NAPTR")
    .toSorted((a, b) => a.order - b.order || a.preference - b.preference)
    .flatMap(({ service, flags, replacement, regexp }) => {
      const transport = NAPTR_SERVICES[service.toLowerCase()];
      const isUsable = transport && options.transports.includes(transport) &&
        (transport === "tls" || !isSecure);
      if (!isUsable || flags.toLowerCase() !== "s" || regexp !== "" || replacement === "") return [];
      return [{ name: replacement, transport }];
    })
    .slice(0, MAX_SERVICES);
}

/** Undefined when there are no such records; empty when the zone says that the service is not there. */
async function askSrv(
  name: string,
  transport: TransportName,
  { dns, random }: LocateOptions,
): Promise<Service[] | undefined> {
  const answer = await dns.query(name, "SRV");
  if (answer.kind !== "records") return undefined;
  const records = answer.records.filter((record): record is SrvRecord => record.type === "SRV");
  return orderSrv(records.slice(0, MAX_SERVICES), random)
    .filter(({ target, port }) => target !== "" && port > 0)
    .map(({ target, port }) => ({ transport, host: target, port }));
}

/** By priority; within one priority by chance in proportion to weight, weight 0 seldom first (RFC 2782). */
export function orderSrv(records: readonly SrvRecord[], random: Random): SrvRecord[] {
  const ordered: SrvRecord[] = [];
  const rest = records.toSorted((a, b) => a.priority - b.priority || a.weight - b.weight);
  while (rest.length > 0) {
    const end = rest.findIndex(({ priority }) => priority !== rest[0]!.priority);
    const group = end < 0 ? rest.length : end;
    let sum = 0;
    for (let i = 0; i < group; i++) sum += rest[i]!.weight;
    let left = below(random, sum + 1), index = 0;
    while (index < group - 1 && (left -= rest[index]!.weight) > 0) index++;
    ordered.push(...rest.splice(index, 1));
  }
  return ordered;
}

async function findAddresses(
  services: readonly Service[],
  options: LocateOptions & { readonly serverName: string | undefined },
): Promise<readonly Target[]> {
  const found = await Promise.all(
    services.slice(0, MAX_SERVICES).map(async (service) => {
      const addresses = await askAddresses(service.host, options.dns);
      return addresses.map((host): Target => ({
        transport: service.transport,
        address: { host, port: service.port },
        ...options.serverName === undefined ? {} : { serverName: options.serverName },
      }));
    }),
  );
  const targets = found.flat();
  const routed = targets.filter(({ address }) => options.hasRoute(address.host));
  return withoutDoubles(routed.length > 0 ? routed : targets).slice(0, MAX_TARGETS);
}

/**
 * IPv4 first, against the usual order: a broken IPv6 path would cost a caller up to 32 s over UDP, where there is no
 * racing of two connections.
 */
async function askAddresses(host: string, dns: DnsPort): Promise<string[]> {
  const literal = canonicalIp(host);
  if (literal !== undefined) return [literal];
  const answers = await Promise.all([dns.query(host, "A"), dns.query(host, "AAAA")]);
  return answers.flatMap((answer) => answer.kind === "records" ? answer.records : [])
    .flatMap((record) => record.type === "A" || record.type === "AAAA" ? [record.address] : []);
}

function withoutDoubles(targets: readonly Target[]): Target[] {
  const seen = new Set<string>();
  return targets.filter(({ transport, address }) => {
    const key = `${transport} ${address.host} ${address.port}`;
    return !seen.has(key) && seen.add(key);
  });
}
