import assert from "node:assert/strict";
import fc from "fast-check";
import { type Random, seededRandom } from "../../base/mod.ts";
import { parseUri, type TransportName } from "../message/mod.ts";
import { locate, orderSrv } from "./locate.ts";
import type { DnsPort, DnsRecord } from "./ports.ts";

type Zone = Record<string, DnsRecord[] | "failed">;

function dnsOf(zone: Zone, asked: string[] = []): DnsPort {
  return {
    query(name, type) {
      asked.push(`${type} ${name}`);
      const found = zone[name];
      if (found === "failed") return Promise.resolve({ kind: "failed", reason: "down" });
      const records = (found ?? []).filter((record) => record.type === type);
      return Promise.resolve(
        records.length > 0 ? { kind: "records", records } : { kind: "none", ttlSec: 60 },
      );
    },
  };
}

const a = (address: string): DnsRecord => ({ type: "A", address, ttlSec: 60 });
const aaaa = (address: string): DnsRecord => ({ type: "AAAA", address, ttlSec: 60 });
const srv = (priority: number, port: number, target: string, weight = 0) =>
  ({ type: "SRV", priority, weight, port, target, ttlSec: 60 }) as const;
const naptr = (order: number, service: string, replacement: string, flags = "s"): DnsRecord => ({
  type: "NAPTR",
  order,
  preference: 0,
  flags,
  service,
  regexp: "",
  replacement,
  ttlSec: 60,
});

interface Options {
  readonly zone?: Zone;
  readonly asked?: string[];
  readonly transports?: readonly TransportName[];
  readonly hasRoute?: (address: string) => boolean;
}

/** Targets as text: `tls 192.0.2.1:5061 pbx.test`. */
async function found(text: string, options: Options = {}): Promise<string[]> {
  const uri = parseUri(text);
  assert.ok(uri.ok, text);
  const targets = await locate(uri.value, {
    dns: dnsOf(options.zone ?? {}, options.asked),
    random: seededRandom(1),
    transports: options.transports ?? ["udp", "tcp", "tls"],
    hasRoute: options.hasRoute ?? (() => true),
  });
  return targets.map(({ transport, address, serverName }) =>
    [transport, `${address.host}:${address.port}`, ...serverName === undefined ? [] : [serverName]].join(" ")
  );
}

Deno.test("a literal address needs no DNS; parameters and scheme choose transport and port", async () => {
  const rows: [string, string[]][] = [
    ["sip:a@192.0.2.1", ["udp 192.0.2.1:5060"]],
    ["sip:a@192.0.2.1:5070", ["udp 192.0.2.1:5070"]],
    ["sip:a@192.0.2.1;transport=tcp", ["tcp 192.0.2.1:5060"]],
    ["sip:a@192.0.2.1;transport=TLS", ["tls 192.0.2.1:5061"]],
    ["sips:a@192.0.2.1", ["tls 192.0.2.1:5061"]],
    ["sips:a@192.0.2.1:7000;transport=tcp", ["tls 192.0.2.1:7000"]],
    ["sip:a@[2001:db8::1]", ["udp 2001:db8::1:5060"]],
    ["sip:a@pbx.test;maddr=192.0.2.9;transport=tls", ["tls 192.0.2.9:5061 pbx.test"]],
    ["sip:a@192.0.2.1;transport=sctp", []],
    ["sips:a@192.0.2.1;transport=udp", []],
    ["tel:+4930123", []],
    ["mailto:a@b", []],
  ];
  for (const [uri, want] of rows) {
    const asked: string[] = [];
    assert.deepEqual(await found(uri, { asked }), want, uri);
    assert.deepEqual(asked, [], uri);
  }
});

Deno.test("an explicit port goes straight to the addresses, without NAPTR or SRV", async () => {
  const asked: string[] = [];
  const zone = {
    "pbx.test": [a("192.0.2.1"), a("192.0.2.2")],
    "_sip._udp.pbx.test": [srv(1, 5080, "x.test")],
  };
  assert.deepEqual(await found("sip:pbx.test:5090", { zone, asked }), [
    "udp 192.0.2.1:5090 pbx.test",
    "udp 192.0.2.2:5090 pbx.test",
  ]);
  assert.deepEqual(asked, ["A pbx.test", "AAAA pbx.test"]);
});

Deno.test("NAPTR decides transport and order; what we cannot do or may not do is left out", async () => {
  const zone = {
    "pbx.test": [
      naptr(30, "SIP+D2U", "_sip._udp.pbx.test"),
      naptr(10, "SIPS+D2T", "_sips._tcp.pbx.test"),
      naptr(20, "SIP+D2T", "_sip._tcp.pbx.test"),
      naptr(5, "SIP+D2S", "_sip._sctp.pbx.test"),
      naptr(1, "SIP+D2U", "sip.pbx.test", "u"),
    ],
    "_sips._tcp.pbx.test": [srv(1, 5061, "h.test")],
    "_sip._tcp.pbx.test": [srv(1, 5060, "h.test")],
    "_sip._udp.pbx.test": [srv(1, 5060, "h.test")],
    "h.test": [a("192.0.2.1")],
  };
  const all = ["tls 192.0.2.1:5061 pbx.test", "tcp 192.0.2.1:5060 pbx.test", "udp 192.0.2.1:5060 pbx.test"];
  assert.deepEqual(await found("sip:pbx.test", { zone }), all);
  assert.deepEqual(await found("sips:pbx.test", { zone }), all.slice(0, 1));
  assert.deepEqual(await found("sip:pbx.test", { zone, transports: ["udp"] }), all.slice(2));
});

Deno.test("without NAPTR every transport with SRV records is tried, ours first", async () => {
  const zone = {
    "_sip._tcp.pbx.test": [srv(1, 5060, "h.test")],
    "_sip._udp.pbx.test": [srv(20, 5082, "h.test"), srv(10, 5081, "h.test")],
    "h.test": [a("192.0.2.1")],
  };
  const want = [
    "udp 192.0.2.1:5081 pbx.test",
    "udp 192.0.2.1:5082 pbx.test",
    "tcp 192.0.2.1:5060 pbx.test",
  ];
  assert.deepEqual(await found("sip:pbx.test", { zone }), want);
  assert.deepEqual(await found("sip:pbx.test", { zone: { ...zone, "pbx.test": "failed" } }), want);
});

Deno.test("a given transport asks for its own SRV, and for nothing else", async () => {
  const asked: string[] = [];
  const zone = { "_sips._tcp.pbx.test": [srv(1, 5071, "h.test")], "h.test": [a("192.0.2.1")] };
  const got = await found("sip:pbx.test;transport=tls", { zone, asked });
  assert.deepEqual(got, ["tls 192.0.2.1:5071 pbx.test"]);
  assert.deepEqual(asked, ["SRV _sips._tcp.pbx.test", "A h.test", "AAAA h.test"]);
});

Deno.test("without SRV the name's own addresses and the usual port serve", async () => {
  const zone = { "pbx.test": [a("192.0.2.1"), aaaa("2001:db8::1")] };
  assert.deepEqual(await found("sip:pbx.test", { zone }), [
    "udp 192.0.2.1:5060 pbx.test",
    "udp 2001:db8::1:5060 pbx.test",
  ]);
  assert.deepEqual(await found("sips:pbx.test", { zone }), [
    "tls 192.0.2.1:5061 pbx.test",
    "tls 2001:db8::1:5061 pbx.test",
  ]);
});

Deno.test("a zone that says the service is not there is believed", async () => {
  const zone = { "_sip._tcp.pbx.test": [srv(0, 0, "")], "pbx.test": [a("192.0.2.1")] };
  assert.deepEqual(await found("sip:pbx.test;transport=tcp", { zone }), []);
});

Deno.test("addresses without a route are left out while there are others", async () => {
  const zone = { "pbx.test": [a("192.0.2.1"), aaaa("2001:db8::1")] };
  const hasRoute = (address: string) => !address.includes(":");
  assert.deepEqual(await found("sip:pbx.test", { zone, hasRoute }), ["udp 192.0.2.1:5060 pbx.test"]);
  assert.equal((await found("sip:pbx.test", { zone, hasRoute: () => false })).length, 2);
});

Deno.test("the certificate's name is the one asked for, whatever DNS says", async () => {
  const zone = { "_sips._tcp.bank.test": [srv(1, 5061, "evil.test")], "evil.test": [a("203.0.113.66")] };
  assert.deepEqual(await found("sips:bank.test", { zone }), ["tls 203.0.113.66:5061 bank.test"]);
});

Deno.test("a zone cannot make us try without end", async () => {
  const many = Array.from({ length: 200 }, (_, i) => srv(i, 5060, `h${i % 40}.test`));
  const zone: Zone = { "_sip._udp.pbx.test": many };
  for (let i = 0; i < 40; i++) {
    zone[`h${i}.test`] = Array.from({ length: 50 }, (_, j) => a(`192.0.${i}.${j}`));
  }
  const asked: string[] = [];
  assert.equal((await found("sip:pbx.test", { zone, asked })).length, 16);
  assert.ok(asked.length < 50);
});

Deno.test("SRV order is by priority, and a fair share by weight within one (RFC 2782)", () => {
  const random = seededRandom(7), first = new Map<number, number>();
  const records = [
    srv(2, 9, "z", 5),
    srv(1, 1, "a", 10),
    srv(1, 2, "b", 30),
    srv(1, 3, "c", 60),
    srv(1, 4, "d", 0),
  ];
  for (let i = 0; i < 5000; i++) {
    const ordered = orderSrv(records, random);
    assert.equal(ordered.at(-1)?.port, 9);
    assert.equal(new Set(ordered.map(({ port }) => port)).size, 5);
    const { port } = ordered[0]!;
    first.set(port, (first.get(port) ?? 0) + 1);
  }
  const share = (port: number) => (first.get(port) ?? 0) / 50;
  assert.ok(Math.abs(share(1) - 10) < 3 && Math.abs(share(2) - 30) < 4 && Math.abs(share(3) - 60) < 4);
  assert.ok(share(4) > 0 && share(4) < 3, "weight 0 is seldom first, not never");
});

Deno.test("SRV ordering loses and doubles nothing, whatever the weights", () => {
  const record = fc.tuple(fc.nat(3), fc.nat(65_535), fc.nat(65_535)).map(([priority, weight, port]) =>
    srv(priority, port, "h", weight)
  );
  const bytes = fc.infiniteStream(fc.nat(255));
  fc.assert(fc.property(fc.array(record, { maxLength: 12 }), bytes, (records, stream) => {
    const random: Random = {
      bytes: (length) => Uint8Array.from({ length }, () => stream.next().value as number),
    };
    const ordered = orderSrv(records, random);
    assert.deepEqual(ordered.map(({ port }) => port).sort(), records.map(({ port }) => port).sort());
    for (let i = 1; i < ordered.length; i++) assert.ok(ordered[i - 1]!.priority <= ordered[i]!.priority);
  }));
});
