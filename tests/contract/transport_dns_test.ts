import assert from "node:assert/strict";
import { seededRandom } from "../../src/base/mod.ts";
import { parseUri } from "../../src/sip/message/mod.ts";
import { SystemDns } from "../../src/platform/dns_client.ts";
import { SystemRandom } from "../../src/platform/system_random.ts";
import { DnsServer } from "../support/dns_server.ts";
import { optionsRequest, RealTransports } from "../support/real_transports.ts";

function clientOf(server: DnsServer, changes = {}): SystemDns {
  const settings = server.settings(changes);
  return new SystemDns({ random: new SystemRandom(), settings: () => settings });
}

Deno.test("all four kinds of records come with their lives", async () => {
  using server = new DnsServer();
  const records = [
    { type: "A", address: "192.0.2.1", ttlSec: 60 },
    { type: "AAAA", address: "::5", ttlSec: 61 },
    { type: "SRV", priority: 1, weight: 2, port: 5061, target: "host.test", ttlSec: 62 },
    {
      type: "NAPTR",
      order: 10,
      preference: 20,
      flags: "s",
      service: "SIPS+D2T",
      regexp: "",
      replacement: "_sips._tcp.host.test",
      ttlSec: 63,
    },
  ] as const;
  server.zone.set("all.test", [...records]);
  const dns = clientOf(server);
  for (const record of records) {
    assert.deepEqual(await dns.query("all.test", record.type), { kind: "records", records: [record] });
  }
});

Deno.test("aliases are followed and shorten the life", async () => {
  using server = new DnsServer();
  server.zone.set("www.test", [{ type: "CNAME", target: "host.test", ttlSec: 5 }]);
  server.zone.set("host.test", [{ type: "A", address: "192.0.2.1", ttlSec: 60 }]);
  assert.deepEqual(await clientOf(server).query("WWW.test", "A"), {
    kind: "records",
    records: [{ type: "A", address: "192.0.2.1", ttlSec: 5 }],
  });
});

Deno.test("what does not exist is told with how long that holds", async () => {
  using server = new DnsServer();
  server.zone.set("host.test", []);
  const dns = clientOf(server);
  assert.deepEqual(await dns.query("host.test", "SRV"), { kind: "none", ttlSec: 7 });
  assert.deepEqual(await dns.query("nobody.test", "A"), { kind: "none", ttlSec: 7 });
});

Deno.test("a truncated answer is asked for again by TCP", async () => {
  using server = new DnsServer();
  const many = Array.from({ length: 60 }, (_, i) => ({
    type: "A" as const,
    address: `192.0.2.${i}`,
    ttlSec: 60,
  }));
  server.zone.set("many.test", many);
  const answer = await clientOf(server).query("many.test", "A");
  assert.deepEqual(answer, { kind: "records", records: many });
  assert.deepEqual(server.asked, ["A many.test", "A many.test tcp"]);
});

Deno.test("the same question asked by many at a time goes out once", async () => {
  using server = new DnsServer();
  server.zone.set("host.test", [{ type: "A", address: "192.0.2.1", ttlSec: 60 }]);
  const dns = clientOf(server);
  await Promise.all(Array.from({ length: 20 }, () => dns.query("host.test", "A")));
  assert.equal(server.asked.length, 1);
});

Deno.test("answers with another id, to another question, broken or stray are not believed", async () => {
  using server = new DnsServer();
  server.zone.set("host.test", [{ type: "A", address: "192.0.2.1", ttlSec: 60 }]);
  server.tamper = (reply) => {
    const otherId = reply.slice(), otherName = reply.slice(), notReply = reply.slice();
    otherId[0]! ^= 1;
    otherId.set([203, 0, 113, 66], otherId.length - 4);
    otherName[13]! ^= 1;
    notReply[2]! &= 0x7f;
    return [otherId, otherName, notReply, reply.slice(0, 11), reply.slice(0, -3), reply];
  };
  assert.deepEqual(await clientOf(server).query("host.test", "A"), {
    kind: "records",
    records: [{ type: "A", address: "192.0.2.1", ttlSec: 60 }],
  });
});

Deno.test("a server that is silent or broken is passed over for the next one", async () => {
  using silent = new DnsServer();
  using broken = new DnsServer();
  using good = new DnsServer();
  silent.tamper = () => [];
  broken.tamper = (reply) => [reply.with(3, 2)];
  good.zone.set("host.test", [{ type: "A", address: "192.0.2.1", ttlSec: 60 }]);
  const servers = [silent, broken, good].map(({ port }) => ({ host: "127.0.0.1", port }));
  const answer = await clientOf(good, { servers, timeoutMs: 30 }).query("host.test", "A");
  assert.equal(answer.kind, "records");
  const nobody = await clientOf(good, { servers: servers.slice(0, 2), timeoutMs: 10 }).query(
    "host.test",
    "A",
  );
  assert.deepEqual(nobody, { kind: "failed", reason: "name server 127.0.0.1 answers code 2" });
});

Deno.test("the hosts file and localhost need no server; short names try the search domains", async () => {
  using server = new DnsServer();
  server.zone.set("pbx.office.test", [{ type: "A", address: "192.0.2.9", ttlSec: 60 }]);
  const hosts = new Map([["box", ["192.0.2.7", "2001:db8::7"]]]);
  const dns = clientOf(server, { hosts, search: ["nowhere.test", "office.test"] });
  const addresses = async (name: string, type: "A" | "AAAA") => {
    const answer = await dns.query(name, type);
    return answer.kind === "records"
      ? answer.records.map((record) => "address" in record ? record.address : "")
      : [];
  };
  assert.deepEqual(await addresses("box", "A"), ["192.0.2.7"]);
  assert.deepEqual(await addresses("box", "AAAA"), ["2001:db8::7"]);
  assert.deepEqual(await addresses("localhost", "AAAA"), ["::1"]);
  assert.deepEqual(server.asked, []);
  assert.deepEqual(await addresses("pbx", "A"), ["192.0.2.9"]);
});

Deno.test("names that DNS cannot carry are answered without asking", async () => {
  using server = new DnsServer();
  const dns = clientOf(server);
  for (
    const name of ["a..b", "x".repeat(64) + ".test", "a b.test", "é.test", Array(60).fill("label").join(".")]
  ) {
    assert.equal((await dns.query(name, "A")).kind, "failed", name);
  }
  assert.deepEqual(server.asked, []);
});

Deno.test("a call fails over from the dead SRV target to the live one", async () => {
  using server = new DnsServer();
  await using live = await RealTransports.open({ listen: ["tcp://127.0.0.1:0"] });
  const dead = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const deadPort = dead.addr.port;
  dead.close();
  const srv = { type: "SRV", weight: 0, ttlSec: 60, target: "host.test" } as const;
  server.zone.set("carrier.test", [{
    type: "NAPTR",
    order: 1,
    preference: 1,
    flags: "S",
    service: "SIP+D2T",
    regexp: "",
    replacement: "_sip._tcp.carrier.test",
    ttlSec: 60,
  }]);
  server.zone.set("_sip._tcp.carrier.test", [
    { ...srv, priority: 2, port: live.port("tcp") },
    { ...srv, priority: 1, port: deadPort },
  ]);
  server.zone.set("host.test", [{ type: "A", address: "127.0.0.1", ttlSec: 60 }]);
  await using client = await RealTransports.open({ listen: [], dns: clientOf(server) });
  const uri = parseUri("sip:carrier.test");
  assert.ok(uri.ok);
  const targets = await client.transports.resolve(uri.value);
  assert.deepEqual(targets.map(({ transport, address }) => [transport, address.port]), [
    ["tcp", deadPort],
    ["tcp", live.port("tcp")],
  ]);
  const request = optionsRequest();
  let used = -1;
  for (const [index, target] of targets.entries()) {
    const arrival = index === 1 ? live.received.next() : new Promise(() => {});
    if (await client.send(request, { kind: "target", target }, arrival) === undefined) used = index;
  }
  assert.equal(used, 1);
  const asked = server.asked.length;
  await client.transports.resolve(uri.value);
  assert.equal(server.asked.length, asked, "answers are remembered as long as they live");
});

Deno.test("ids come from the random source", async () => {
  using server = new DnsServer();
  const ids: number[] = [];
  server.tamper = (reply) => {
    ids.push(reply[0]! * 256 + reply[1]!);
    return [reply];
  };
  const settings = server.settings();
  const dns = new SystemDns({ random: seededRandom(1), settings: () => settings });
  for (let i = 0; i < 5; i++) await dns.query(`n${i}.test`, "A");
  const expected = seededRandom(1);
  assert.deepEqual(
    ids,
    Array.from({ length: 5 }, () => {
      const [high = 0, low = 0] = expected.bytes(2);
      return high * 256 + low;
    }),
  );
});
