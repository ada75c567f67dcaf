/** What the doctor sees of the network: listeners, certificates shown, names, addresses. */

import type { ServerStatus } from "../app_types.ts";
import { canonicalIp, isLoopback, isUnspecified, printHostPort } from "../base/mod.ts";
import { printSipListener, type Settings, type SipListener } from "../config/mod.ts";
import {
  type Finding,
  isPrivate,
  judgeDomain,
  judgeFiles,
  judgeLineName,
  judgeListener,
  judgeOutside,
  judgePage,
  judgeShown,
  skipped,
  SRV_NAMES,
} from "../doctor/mod.ts";
import { findUploadedCertificate } from "../office/uploaded_certificate.ts";
import type { PhoneWorld } from "../phone/mod.ts";
import { loadCertificate } from "../platform/certificate_files.ts";
import { probePage } from "../platform/page_probe.ts";
import { readTextFile } from "../platform/mod.ts";
import { localAddresses } from "../platform/network_addresses.ts";
import { askStun } from "../platform/stun.ts";
import { probeTls } from "../platform/tls_probe.ts";
import { parseUri } from "../sip/message/mod.ts";
import { type DnsAnswer, locate } from "../sip/transport/mod.ts";
import { probeListener } from "./doctor_probe.ts";

/** What is looked at, by the server's own settings. */
export interface Patient {
  readonly settings: Settings;
  readonly configFile?: string;
  /** Undefined: no server runs. */
  readonly status: ServerStatus | undefined;
  /** Names of all domains, those made on the page included while the server runs. */
  readonly domains: readonly string[];
  readonly extensions: number;
  readonly world: PhoneWorld;
}

/** A machine with many networks is not asked at every address it has. */
const MAX_ADDRESSES = 8;
const MAX_DOMAINS = 20;
const DNS_PATIENCE_MS = 4000;
const DAY_MS = 86_400_000;

export async function checkListeners({ settings, status, world }: Patient): Promise<Finding[]> {
  const findings = await Promise.all(settings.listen.sip.map(async (listener) => {
    if (!status) {
      const fault = await openingFault(listener, world);
      return judgeListener({ kind: "stopped", listener, ...(fault !== undefined && { fault }) });
    }
    const isServed = listener.port === 0 || status.listeners.includes(printSipListener(listener));
    if (listener.transport === "tls" && settings.tls.clientCertificates === "required") {
      return skipped(
        "listeners",
        `${printSipListener(listener)} wants client certificates, the doctor has none`,
      );
    }
    const hosts = isServed && listener.port !== 0 ? addressesOf(listener.host) : [];
    const probes = await Promise.all(hosts.map((host) => probeListener(world, listener, host)));
    return judgeListener({ kind: "running", listener, isServed, probes });
  }));
  return status?.page === undefined ? findings : [...findings, judgePage(await probePage(status.page))];
}

/** Opens the port as the server would, for a moment; the reason why not. */
async function openingFault(listener: SipListener, world: PhoneWorld): Promise<string | undefined> {
  const { host, port } = listener;
  if (listener.transport === "udp") {
    const socket = world.datagrams.bind({ host, port }, () => {});
    if (socket.ok) socket.value.close();
    return socket.ok ? undefined : socket.error;
  }
  const door = { admit: () => false, opened() {}, failed() {} };
  const listening = await world.tcp.listen({ host, port }, door);
  if (listening.ok) listening.value.close();
  return listening.ok ? undefined : listening.error;
}

function addressesOf(host: string): string[] {
  if (!isUnspecified(host)) return [host];
  const isIpv6 = host.includes(":");
  return localAddresses().filter((address) => address.includes(":") === isIpv6).slice(0, MAX_ADDRESSES);
}

export async function checkCertificates({ settings, status, domains, world }: Patient): Promise<Finding[]> {
  const nowMs = world.clock.now();
  const { data } = settings.server;
  const { certificate } = settings.tls;
  const files = certificate === "auto" ? findUploadedCertificate(data) : certificate;
  const tls = settings.listen.sip.filter(({ transport, port }) => transport === "tls" && port !== 0);
  const found: Finding[] = [];
  for (const pair of files ?? []) {
    const loaded = await loadCertificate(pair, nowMs);
    found.push(judgeFiles({
      ...pair,
      ...(loaded.ok
        ? { daysLeft: Math.floor((loaded.value.notAfterMs - nowMs) / DAY_MS) }
        : { fault: loaded.error }),
    }));
  }
  if (!status) {
    return found.length > 0
      ? found
      : [skipped("certificates", "no server runs that would show its own certificate")];
  }
  if (tls.length === 0) return [...found, skipped("certificates", "there is no TLS listener")];
  const authority = readTextFile(`${data}/tls/ca.pem`);
  const authorities = files === undefined && authority.ok ? [authority.value] : [];
  const shown = await Promise.all(tls.flatMap((listener) => {
    const host = addressesOf(listener.host)[0] ?? "127.0.0.1";
    return domains.slice(0, MAX_DOMAINS).map(async (serverName) => {
      const probe = await probeTls({ host, port: listener.port, serverName, authorities });
      const seen = probe.ok ? { certificate: probe.value } : { fault: probe.error };
      return judgeShown({ listener: printSipListener(listener), serverName, ...seen }, nowMs, {
        isOwn: files === undefined,
      });
    });
  }));
  return [...found, ...shown];
}

export async function checkNames(patient: Patient): Promise<Finding[]> {
  const { settings, domains, world } = patient;
  const own = await ownAddresses(patient);
  const found = await Promise.all([
    ...domains.slice(0, MAX_DOMAINS).map((domain) => checkDomain(domain, { patient, own })),
    ...settings.domains.flatMap(({ lines }) => lines).map(async ({ name, server, outboundProxy }) => {
      const places = await placesOf(outboundProxy ?? server, world);
      return [judgeLineName({ line: name, server: outboundProxy ?? server, places })];
    }),
  ]);
  return found.length > 0 ? found.flat() : [skipped("names", "there is no domain yet")];
}

async function checkDomain(
  domain: string,
  { patient, own }: { readonly patient: Patient; readonly own: readonly string[] },
): Promise<Finding[]> {
  const { settings, world } = patient;
  const ask = (name: string, type: "A" | "AAAA" | "SRV" | "NAPTR") =>
    inTime(world, world.dns.query(name, type));
  const [naptr, a, aaaa, ...srv] = await Promise.all(
    [
      ask(domain, "NAPTR"),
      ask(domain, "A"),
      ask(domain, "AAAA"),
      ...SRV_NAMES.map(([service]) => ask(`${service}.${domain}`, "SRV")),
    ] as const,
  );
  const hosts = new Set(srv.flatMap((answer) => targetsOf(answer)));
  const targets = await Promise.all(
    [...hosts].slice(0, MAX_ADDRESSES).map(async (host) => {
      const answers = await Promise.all([ask(host, "A"), ask(host, "AAAA")]);
      return [host, answers.flatMap(hostsOf)] as const;
    }),
  );
  return judgeDomain({
    domain,
    naptr,
    srv,
    addresses: [a, aaaa].flatMap(hostsOf),
    targets: new Map(targets),
    listeners: settings.listen.sip,
    own,
  });
}

function targetsOf(answer: DnsAnswer): string[] {
  if (answer.kind !== "records") return [];
  return answer.records.flatMap((record) =>
    record.type === "SRV" && record.target !== "" ? [record.target] : []
  );
}

function hostsOf(answer: DnsAnswer): string[] {
  if (answer.kind !== "records") return [];
  return answer.records.flatMap((record) => "address" in record ? [canonicalIp(record.address) ?? ""] : []);
}

/** The stub resolver tries long and well, as calls need it; somebody who waits at a terminal does not. */
async function inTime(world: PhoneWorld, answer: Promise<DnsAnswer>): Promise<DnsAnswer> {
  const late = Promise.withResolvers<DnsAnswer>();
  const reason = `no name server has answered in ${DNS_PATIENCE_MS / 1000} s`;
  const { clock } = world;
  const timer = clock.at(clock.now() + DNS_PATIENCE_MS, () => late.resolve({ kind: "failed", reason }));
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    timer.cancel();
  }
}

/** Where calls to `uri` would go, `udp 192.0.2.1:5060` each. */
async function placesOf(uri: string, world: PhoneWorld): Promise<string[]> {
  const parsed = parseUri(uri);
  if (!parsed.ok) return [];
  const dns = {
    query: (name: string, type: Parameters<PhoneWorld["dns"]["query"]>[1]) =>
      inTime(world, world.dns.query(name, type)),
  };
  const targets = await locate(parsed.value, {
    dns,
    random: world.random,
    transports: ["tls", "tcp", "udp"],
    hasRoute: () => true,
  });
  return targets.map(({ transport, address }) => `${transport} ${printHostPort(address.host, address.port)}`);
}

export async function checkOutside(patient: Patient): Promise<Finding> {
  const { settings, status, world } = patient;
  const { address } = settings.media;
  const found = typeof address === "object" && "stun" in address
    ? await askStun(address.stun, world.random)
    : undefined;
  const devices = status?.domains.flatMap(({ extensions }) => extensions.flatMap((one) => one.devices)) ?? [];
  const lines = await Promise.all(
    settings.domains.flatMap((domain) => domain.lines).map(({ server }) => placesOf(server, world)),
  );
  const hosts = [
    ...devices.map(({ contact }) => contact),
    ...lines.flat().map((place) => place.split(" ")[1]!),
  ].flatMap((text) => hostOf(text) ?? []);
  return judgeOutside({
    address,
    local: localAddresses(),
    isLoopbackOnly: settings.listen.sip.every(({ host }) => isLoopback(host)),
    ...(found !== undefined && { found }),
    peers: [...new Set(hosts)].filter((host) => !isPrivate(host)),
  });
}

/** The literal address in a contact or after a transport. */
function hostOf(text: string): string | undefined {
  const [, bracketed, plain] =
    /(?:@|^|:)(?:\[([0-9a-fA-F:.]+)\]|(\d{1,3}(?:\.\d{1,3}){3}))(?:[:;>]|$)/.exec(text) ?? [];
  return canonicalIp(bracketed ?? plain ?? "");
}

/** Addresses of this machine, and the one that the settings or a STUN server name. */
async function ownAddresses({ settings, world }: Patient): Promise<string[]> {
  const { address } = settings.media;
  if (address === "auto") return localAddresses();
  const outside = "ip" in address ? address.ip : await askStun(address.stun, world.random);
  return [...localAddresses(), ...(outside === undefined ? [] : [outside])];
}
