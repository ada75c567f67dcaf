/** What the doctor sees of the machine: clock, ports, firewall, files, disk, limits, database. */

import { isLoopback } from "../base/mod.ts";
import type { Settings } from "../config/mod.ts";
import {
  type Door,
  type FileFacts,
  type Finding,
  judgeClock,
  judgeDatabase,
  judgeFirewall,
  judgeMachine,
  judgeMediaPorts,
  judgePermissions,
  parseIptables,
  parseNft,
  parseRanges,
  parseUdpPorts,
  type Ruleset,
  skipped,
} from "../doctor/mod.ts";
import {
  diskSpace,
  fileFacts,
  kernelClock,
  kernelSetting,
  processFacts,
  readKernelFile,
  runProgram,
} from "../platform/machine_facts.ts";
import { exists } from "../platform/mod.ts";
import { listFiles } from "../platform/folders.ts";
import { RECEIVE_BUFFER_BYTES } from "../platform/udp_libc.ts";
import { inspectDatabase } from "../store/mod.ts";
import type { Patient } from "./doctor_network.ts";
import { databasePath } from "./places.ts";

export function checkClock({ settings, world }: Patient): Finding {
  const kernel = kernelClock();
  const past = fileFacts(databasePath(settings.server.data))?.changedMs;
  return judgeClock({
    nowMs: world.clock.now(),
    isSynchronized: kernel?.isSynchronized,
    ...(kernel && { maxErrorMs: kernel.maxErrorMs }),
    ...(past !== undefined && { knownPastMs: past }),
  });
}

export function checkMediaPorts({ settings, status, extensions }: Patient): Finding[] {
  const { ports: range } = settings.media;
  const [outgoing] = parseRanges((kernelSetting("net.ipv4.ip_local_port_range") ?? "").replace(/\s+/, "-"));
  const { sip } = settings.listen;
  return judgeMediaPorts({
    range,
    ...(outgoing && { outgoing }),
    reserved: parseRanges(kernelSetting("net.ipv4.ip_local_reserved_ports") ?? ""),
    // While the server runs they are its own calls.
    taken: status ? [] : boundPorts().filter((port) => port >= range.first && port <= range.last),
    listening: sip.filter(({ transport }) => transport === "udp").map(({ port }) => port),
    extensions,
  });
}

function boundPorts(): number[] {
  return ["/proc/net/udp", "/proc/net/udp6"].flatMap((path) => {
    return parseUdpPorts(readKernelFile(path) ?? "");
  });
}

export async function checkFirewall({ settings }: Patient): Promise<Finding[]> {
  const doors = doorsOf(settings);
  if (doors.length === 0) {
    return [skipped("firewall", "the listeners are for this machine only: no firewall stands between")];
  }
  const { rules, reason } = await readFirewall();
  return judgeFirewall({ rules, doors, ...(reason !== undefined && { reason }) });
}

function doorsOf({ listen, media }: Settings): Door[] {
  const open = listen.sip.filter(({ host, port }) => !isLoopback(host) && port !== 0);
  if (open.length === 0) return [];
  return [
    ...open.map(({ transport, port }): Door => ({
      protocol: transport === "udp" ? "udp" : "tcp",
      first: port,
      last: port,
    })),
    { protocol: "udp", ...media.ports },
  ];
}

/** The rules of the kernel, from the tools that print them; iptables' own tables as iptables prints them. */
async function readFirewall(): Promise<{ rules: Ruleset | undefined; reason?: string }> {
  const [nft, ip, ip6] = await Promise.all([
    runProgram("/usr/sbin/nft", ["-j", "list", "ruleset"]),
    runProgram("/usr/sbin/iptables-save", []),
    runProgram("/usr/sbin/ip6tables-save", []),
  ]);
  const tables = [...(ip.ok ? ["ip filter"] : []), ...(ip6.ok ? ["ip6 filter"] : [])];
  const rules = new Map([
    ...(nft.ok ? parseNft(nft.value, tables) ?? [] : []),
    ...(ip.ok ? parseIptables(ip.value, "ip") : []),
    ...(ip6.ok ? parseIptables(ip6.value, "ip6") : []),
  ]);
  if (nft.ok || ip.ok) return { rules };
  return {
    rules: undefined,
    reason: `nft: ${nft.error}; iptables-save: ${ip.error}; run the doctor as root`,
  };
}

export function checkPermissions({ settings, configFile, status }: Patient): Finding[] {
  const { data } = settings.server;
  const { certificate } = settings.tls;
  const keys = [
    ...listFiles(`${data}/tls`).filter((name) => name.endsWith(".key")).map((name) => `${data}/tls/${name}`),
    `${data}/tls/uploaded/key.pem`,
    ...(certificate === "auto" ? [] : certificate.map(({ key }) => key)),
  ];
  const files = [
    { path: data, kind: "folder" } as const,
    { path: databasePath(data), kind: "database" } as const,
    ...keys.map((path) => ({ path, kind: "key" }) as const),
    ...(configFile === undefined
      ? []
      : [{ path: configFile, kind: "configuration", hasSecrets: hasSecrets(settings) } as const]),
  ].map((file): FileFacts => {
    const facts = fileFacts(file.path);
    return { ...file, mode: facts?.mode, ...(facts && { owner: facts.owner }) };
  });
  return judgePermissions(files, status && processFacts(status.processId).user);
}

function hasSecrets({ domains }: Settings): boolean {
  return domains.some(({ extensions, lines, rooms }) =>
    [...extensions, ...lines].some(({ password }) => password !== undefined) ||
    rooms.some(({ pin, moderatorPin }) => pin !== undefined || moderatorPin !== undefined)
  );
}

/** CAP_NET_ADMIN (capabilities(7)). */
const NET_ADMIN = 1n << 12n;

export function checkMachine({ settings, status, extensions }: Patient): Finding[] {
  const { data } = settings.server;
  const { first, last } = settings.media.ports;
  const { maxOpenFiles, capabilities } = processFacts(status?.processId ?? "self");
  const disk = diskSpace(exists(data) ? data : "/");
  const buffer = kernelSetting("net.core.rmem_max");
  return judgeMachine({
    data,
    mediaSockets: last - first + 1,
    wantedReceiveBuffer: RECEIVE_BUFFER_BYTES,
    mayForceBuffer: (capabilities & NET_ADMIN) !== 0n,
    extensions,
    ...(disk && { disk }),
    ...(maxOpenFiles !== undefined && { maxOpenFiles }),
    ...(buffer !== undefined && { maxReceiveBuffer: Number(buffer) }),
  });
}

export function checkStore({ settings, status }: Patient): Finding {
  const path = databasePath(settings.server.data);
  const facts = fileFacts(path);
  if (!facts) return judgeDatabase({ path, isThere: false });
  const isLive = status !== undefined || (fileFacts(`${path}-wal`)?.bytes ?? 0) > 0;
  const checked = inspectDatabase(path, { isLive });
  return judgeDatabase({
    path,
    isThere: true,
    bytes: facts.bytes,
    ...(!checked.ok && { fault: checked.error }),
  });
}
