/** A DNS server of the tests' own on loopback, UDP and TCP, with a zone that a test may change at any time. */

import type { DnsSettings } from "../../src/platform/dns_files.ts";
import type { DnsRecord, DnsType } from "../../src/sip/transport/mod.ts";

type Record = DnsRecord | { readonly type: "CNAME"; readonly target: string; readonly ttlSec: number };

const CODES = { A: 1, CNAME: 5, AAAA: 28, SRV: 33, NAPTR: 35 } as const;
const NAMES: { readonly [code: number]: DnsType } = { 1: "A", 28: "AAAA", 33: "SRV", 35: "NAPTR" };

export class DnsServer implements Disposable {
  /** Lower-case name → records. */
  readonly zone = new Map<string, Record[]>();
  /** Questions in order, `A host.test`, with `tcp` behind those that came by TCP. */
  readonly asked: string[] = [];
  /** Changes a reply before it goes out; undefined sends nothing. */
  tamper: (reply: Uint8Array<ArrayBuffer>, asked: string) => readonly Uint8Array<ArrayBuffer>[] = (reply) => [
    reply,
  ];
  /** Replies by UDP are cut to this size. */
  maxUdpBytes = 512;
  readonly #udp = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  readonly #tcp: Deno.TcpListener;
  readonly port: number;

  constructor() {
    const { addr } = this.#udp;
    this.port = addr.transport === "udp" ? addr.port : 0;
    this.#tcp = Deno.listen({ hostname: "127.0.0.1", port: this.port });
    this.#serveUdp();
    this.#serveTcp();
  }

  /** For a client that asks this server alone. */
  settings(changes: Partial<DnsSettings> = {}): DnsSettings {
    const servers = [{ host: "127.0.0.1", port: this.port }];
    return { servers, search: [], timeoutMs: 1000, attempts: 2, hosts: new Map(), ...changes };
  }

  [Symbol.dispose](): void {
    this.#udp.close();
    this.#tcp.close();
  }

  async #serveUdp(): Promise<void> {
    try {
      for await (const [query, from] of this.#udp) {
        const { reply, asked } = this.#answer(query, "");
        const cut = reply.length > this.maxUdpBytes ? truncated(reply, query.length) : reply;
        for (const bytes of this.tamper(cut, asked)) await this.#udp.send(bytes, from);
      }
    } catch { /* closed */ }
  }

  async #serveTcp(): Promise<void> {
    try {
      for await (const connection of this.#tcp) {
        const buffer = new Uint8Array(4096);
        const count = await connection.read(buffer) ?? 0;
        const { reply } = this.#answer(buffer.subarray(2, count), " tcp");
        await connection.write(Uint8Array.of(reply.length >> 8, reply.length & 255));
        await connection.write(reply);
        connection.close();
      }
    } catch { /* closed */ }
  }

  #answer(query: Uint8Array, by: string): { reply: Uint8Array<ArrayBuffer>; asked: string } {
    let at = 12;
    const labels: string[] = [];
    while (query[at]) {
      labels.push(new TextDecoder().decode(query.subarray(at + 1, at + 1 + query[at]!)));
      at += 1 + query[at]!;
    }
    const name = labels.join("."), type = NAMES[query[at + 1]! * 256 + query[at + 2]!];
    const asked = `${type} ${name}${by}`;
    this.asked.push(asked);
    const records = this.zone.get(name.toLowerCase());
    const answers: number[][] = [];
    let owner = name.toLowerCase();
    for (let hop = 0; hop < 4; hop++) {
      const alias = this.zone.get(owner)?.find((record) => record.type === "CNAME");
      if (alias?.type !== "CNAME") break;
      answers.push(printRecord(owner, alias));
      owner = alias.target;
    }
    for (const record of this.zone.get(owner) ?? []) {
      if (record.type === type) answers.push(printRecord(owner, record));
    }
    const code = records ? 0 : 3;
    const authority = answers.length > 0 ? [] : [printSoa()];
    const head = [query[0]!, query[1]!, 0x84, code, 0, 1, 0, answers.length, 0, authority.length, 0, 0];
    const question = query.subarray(12, at + 5);
    return { reply: Uint8Array.from([...head, ...question, ...answers.flat(), ...authority.flat()]), asked };
  }
}

function truncated(reply: Uint8Array, queryLength: number): Uint8Array<ArrayBuffer> {
  const cut = reply.slice(0, queryLength);
  cut[2]! |= 0x02;
  cut.fill(0, 6, 12);
  return cut;
}

function printRecord(owner: string, record: Record): number[] {
  const data = printData(record);
  const { ttlSec } = record;
  return [
    ...printName(owner),
    ...uint16(CODES[record.type]),
    ...uint16(1),
    ...uint16(ttlSec >>> 16),
    ...uint16(ttlSec & 0xffff),
    ...uint16(data.length),
    ...data,
  ];
}

function printData(record: Record): number[] {
  switch (record.type) {
    case "A":
      return record.address.split(".").map(Number);
    case "AAAA":
      // Only `::x` is needed here.
      return [...Array(15).fill(0), parseInt(record.address.slice(2), 16)];
    case "CNAME":
      return printName(record.target);
    case "SRV":
      return [record.priority, record.weight, record.port].flatMap(uint16).concat(printName(record.target));
    case "NAPTR":
      return [
        ...uint16(record.order),
        ...uint16(record.preference),
        ...[record.flags, record.service, record.regexp].flatMap(printString),
        ...printName(record.replacement),
      ];
  }
}

/** An SOA record of the root whose lives are 7 s. */
function printSoa(): number[] {
  const data = [0, 0, ...Array(16).fill(0), 0, 0, 0, 7];
  return [0, ...uint16(6), ...uint16(1), 0, 0, 0, 7, ...uint16(data.length), ...data];
}

function printName(name: string): number[] {
  return name === "" ? [0] : [...name.split(".").flatMap(printString), 0];
}

function printString(text: string): number[] {
  return [text.length, ...new TextEncoder().encode(text)];
}

function uint16(value: number): number[] {
  return [value >> 8, value & 255];
}
