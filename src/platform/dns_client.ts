/**
 * A small stub resolver: UDP first, TCP when truncated, over the servers of /etc/resolv.conf, with /etc/hosts in front
 * (RFC 1035 §7, RFC 5452). Deno.resolveDns gives no lifetimes, so that nothing of it could be cached.
 */

import { canonicalIp, ipFamily, type Random } from "../base/mod.ts";
import type { DnsAnswer, DnsPort, DnsType } from "../sip/transport/mod.ts";
import { DnsFiles, type DnsSettings } from "./dns_files.ts";
import { type DnsQuestion, type DnsReply, parseReply, printQuery } from "./dns_message.ts";

/** Questions at a time; more are failures at once, so that a flood of names costs no sockets. */
const MAX_PENDING = 200;
/** Datagrams ignored while waiting for one answer; more means that somebody guesses. */
const MAX_STRAYS = 50;
const HOSTS_TTL_SEC = 5;
const NO_ERROR = 0;
const NO_SUCH_NAME = 3;

export interface SystemDnsOptions {
  readonly random: Random;
  /** Asked for each question, so that changed files are followed; default: the files of the system. */
  readonly settings?: () => DnsSettings;
}

export class SystemDns implements DnsPort {
  readonly #random: Random;
  readonly #settings: () => DnsSettings;
  readonly #pending = new Map<string, Promise<DnsAnswer>>();

  constructor(options: SystemDnsOptions) {
    this.#random = options.random;
    const files = new DnsFiles();
    this.#settings = options.settings ?? (() => files.settings());
  }

  /** The same question asked twice at a time is sent once. */
  query(name: string, type: DnsType): Promise<DnsAnswer> {
    const key = `${type} ${name.toLowerCase()}`;
    const pending = this.#pending.get(key);
    if (pending) return pending;
    if (this.#pending.size >= MAX_PENDING) {
      return Promise.resolve({ kind: "failed", reason: "too many questions at once" });
    }
    const answer = this.#answer(name.toLowerCase(), type).finally(() => this.#pending.delete(key));
    this.#pending.set(key, answer);
    return answer;
  }

  async #answer(name: string, type: DnsType): Promise<DnsAnswer> {
    const settings = this.#settings();
    const local = fromHosts(settings, name, type);
    if (local) return local;
    let last: DnsAnswer = { kind: "failed", reason: `no name server answers for "${name}"` };
    for (const candidate of searchNames(name, settings)) {
      last = await this.#askServers({ name: candidate, type }, settings);
      if (last.kind === "records") return last;
    }
    return last;
  }

  async #askServers(question: DnsQuestion, settings: DnsSettings): Promise<DnsAnswer> {
    let reason = "no name server is configured";
    for (let attempt = 0; attempt < settings.attempts; attempt++) {
      for (const server of settings.servers) {
        const reply = await this.#ask(question, server, settings.timeoutMs);
        if (typeof reply === "string") reason = reply;
        else if (reply.responseCode === NO_ERROR && reply.records.length > 0) {
          return { kind: "records", records: reply.records };
        } else if (reply.responseCode === NO_ERROR || reply.responseCode === NO_SUCH_NAME) {
          return { kind: "none", ttlSec: reply.negativeTtlSec };
        } else reason = `name server ${server.host} answers code ${reply.responseCode}`;
      }
    }
    return { kind: "failed", reason };
  }

  /** The reply, or why there is none. */
  async #ask(question: DnsQuestion, server: Server, timeoutMs: number): Promise<DnsReply | string> {
    const idBytes = this.#random.bytes(2);
    const query = printQuery(idBytes[0]! * 256 + idBytes[1]!, question);
    if (!query) return `"${question.name}" is no DNS name`;
    try {
      const reply = await askByUdp(query, { question, server, timeoutMs });
      if (typeof reply === "string" || !reply.isTruncated) return reply;
      return await askByTcp(query, { question, server, timeoutMs });
    } catch (error) {
      return `name server ${server.host}: ${error instanceof Error ? error.message : error}`;
    }
  }
}

interface Server {
  readonly host: string;
  readonly port: number;
}

interface Asking {
  readonly question: DnsQuestion;
  readonly server: Server;
  readonly timeoutMs: number;
}

/** A socket of its own for each question: the port the kernel chooses is half of the secret (RFC 5452 §4.5). */
async function askByUdp(query: Uint8Array<ArrayBuffer>, asking: Asking): Promise<DnsReply | string> {
  const { server, question } = asking;
  const hostname = ipFamily(server.host) === 6 ? "::" : "0.0.0.0";
  const socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
  const timer = setTimeout(() => socket.close(), asking.timeoutMs);
  try {
    await socket.send(query, { transport: "udp", hostname: server.host, port: server.port });
    for (let strays = 0; strays < MAX_STRAYS; strays++) {
      const [bytes, from] = await socket.receive();
      if (from.transport !== "udp" || from.port !== server.port) continue;
      if (canonicalIp(from.hostname) !== canonicalIp(server.host)) continue;
      const reply = parseReply(bytes, question);
      if (reply.ok && hasId(query, reply.value.id)) return reply.value;
    }
    return `name server ${server.host} sends only stray answers`;
  } catch (error) {
    // Closing the socket is how the time-out ends the wait.
    if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) {
      return `name server ${server.host} does not answer`;
    }
    throw error;
  } finally {
    clearTimeout(timer);
    try {
      socket.close();
    } catch { /* closed by the time-out */ }
  }
}

async function askByTcp(query: Uint8Array<ArrayBuffer>, asking: Asking): Promise<DnsReply | string> {
  const { server, question } = asking;
  const signal = AbortSignal.timeout(asking.timeoutMs);
  const connection = await Deno.connect({ hostname: server.host, port: server.port, signal });
  const timer = setTimeout(() => connection.close(), asking.timeoutMs);
  try {
    const framed = new Uint8Array(2 + query.length);
    new DataView(framed.buffer).setUint16(0, query.length);
    framed.set(query, 2);
    for (let sent = 0; sent < framed.length;) sent += await connection.write(framed.subarray(sent));
    const head = await readFully(connection, 2);
    const bytes = head && await readFully(connection, head[0]! * 256 + head[1]!);
    if (!bytes) return `name server ${server.host} closes the connection`;
    const reply = parseReply(bytes, question);
    if (!reply.ok) return `name server ${server.host}: ${reply.error}`;
    return hasId(query, reply.value.id) ? reply.value : `name server ${server.host}: another id`;
  } finally {
    clearTimeout(timer);
    try {
      connection.close();
    } catch { /* closed by the time-out */ }
  }
}

async function readFully(connection: Deno.TcpConn, length: number): Promise<Uint8Array | undefined> {
  const bytes = new Uint8Array(length);
  for (let filled = 0; filled < length;) {
    const count = await connection.read(bytes.subarray(filled));
    if (count === null) return undefined;
    filled += count;
  }
  return bytes;
}

function hasId(query: Uint8Array, id: number): boolean {
  return query[0]! * 256 + query[1]! === id;
}

function fromHosts(settings: DnsSettings, name: string, type: DnsType): DnsAnswer | undefined {
  if (type !== "A" && type !== "AAAA") return undefined;
  const addresses = settings.hosts.get(name) ?? (isLocalhost(name) ? ["127.0.0.1", "::1"] : undefined);
  if (!addresses) return undefined;
  const family = type === "A" ? 4 : 6;
  const records = addresses.filter((address) => ipFamily(address) === family)
    .map((address) => ({ type, address, ttlSec: HOSTS_TTL_SEC }));
  return records.length > 0 ? { kind: "records", records } : { kind: "none", ttlSec: HOSTS_TTL_SEC };
}

/** RFC 6761 §6.3: never asked of a server. */
function isLocalhost(name: string): boolean {
  return name === "localhost" || name.endsWith(".localhost");
}

/** A name without a dot is tried in the search domains first; all others are taken as they are. */
function searchNames(name: string, settings: DnsSettings): string[] {
  if (name.includes(".")) return [name];
  return [...settings.search.map((domain) => `${name}.${domain}`), name];
}
