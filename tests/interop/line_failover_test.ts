/** The first SRV target of a carrier dies: real sockets, a real name server, a carrier at two addresses. */

import assert from "node:assert/strict";
import { SILENT_LOG } from "../../src/base/mod.ts";
import { createDirectory } from "../../src/pbx/directory/mod.ts";
import { ExternalLines } from "../../src/pbx/line/mod.ts";
import { SystemDns } from "../../src/platform/dns_client.ts";
import { SystemRoutes } from "../../src/platform/network_addresses.ts";
import { SystemClock } from "../../src/platform/system_clock.ts";
import { SystemRandom } from "../../src/platform/system_random.ts";
import { TcpNetwork } from "../../src/platform/tcp.ts";
import { openUdpNetwork } from "../../src/platform/udp.ts";
import { createHa1 } from "../../src/sip/auth/mod.ts";
import { SipEndpoint } from "../../src/sip/mod.ts";
import { Transports } from "../../src/sip/transport/mod.ts";
import { lineSettings, registerLine } from "../support/carrier.ts";
import { WireCarrier } from "../support/carrier_wire.ts";
import { DnsServer } from "../support/dns_server.ts";
import { Recorder, sdp } from "../support/sip_office.ts";

const CALLER = { domain: "office.example", number: "100", name: "Alice", isPrivate: false };

/** Signalling and lines of an office, on a socket of its own. */
function openOffice(dns: DnsServer) {
  const clock = new SystemClock();
  const random = new SystemRandom();
  const transports = new Transports({
    listen: [{ transport: "udp", host: "127.0.0.80", port: 0 }],
    datagrams: openUdpNetwork(),
    tcp: new TcpNetwork(),
    dns: new SystemDns({ random, settings: () => dns.settings() }),
    routes: new SystemRoutes(),
    clock,
    random,
    log: SILENT_LOG,
  });
  const endpoint = new SipEndpoint({ transport: transports, clock, random, log: SILENT_LOG, userAgent: "t" });
  const directory = createDirectory({
    settings: lineSettings([registerLine({ server: "sip:carrier.test", optionsSeconds: 0 })]),
    createHa1,
  });
  let registered = () => {};
  const isRegistered = new Promise<void>((resolve) => registered = resolve);
  const lines = new ExternalLines({
    endpoint,
    directory,
    clock,
    random,
    log: SILENT_LOG,
    events: { emit: (event) => void (event.kind === "line" && event.state === "registered" && registered()) },
    resolve: (uri) => transports.resolve(uri),
    isFailed: (target) => transports.isFailed(target),
  });
  endpoint.handle({
    request: (incoming) => incoming.reply({ statusCode: 404 }),
    flowClosed: (flow) => lines.flowClosed(flow),
  });
  return { clock, transports, endpoint, lines, isRegistered };
}

type OpenOffice = ReturnType<typeof openOffice>;

/** Places a call; resolves with the milliseconds to its answer. */
async function callThrough({ endpoint, lines }: OpenOffice): Promise<number> {
  const target = lines.target({ line: "carrier", number: "491711" }, { caller: CALLER, diversions: [] });
  assert.ok("requestUri" in target);
  const begun = performance.now();
  const heard = new Recorder();
  const over = new Promise<void>((resolve) => heard.on.answered = heard.on.ended = () => resolve());
  const { codecs: _, policy: _p, party: _y, ...invite } = target;
  const session = endpoint.invite({ ...invite, sdp: sdp("office") }, heard);
  await over;
  const ms = performance.now() - begun;
  assert.match(heard.events.at(-1)!, /^answered 200/);
  session.end();
  return ms;
}

Deno.test("a call goes to the second SRV target in under 5 s when the first has died, the next one at once", async () => {
  using dns = new DnsServer();
  using first = new WireCarrier("127.0.0.84");
  using second = new WireCarrier("127.0.0.86");
  const ttlSec = 60, weight = 0, port = 5060;
  dns.zone.set("_sip._udp.carrier.test", [
    { type: "SRV", priority: 20, weight, port, target: "b.carrier.test", ttlSec },
    { type: "SRV", priority: 10, weight, port, target: "a.carrier.test", ttlSec },
  ]);
  dns.zone.set("a.carrier.test", [{ type: "A", address: first.address, ttlSec }]);
  dns.zone.set("b.carrier.test", [{ type: "A", address: second.address, ttlSec }]);
  for (const carrier of [first, second]) carrier.realm = "carrier.test";
  const office = openOffice(dns);
  try {
    assert.ok((await office.transports.start(office.endpoint)).ok);
    office.lines.start();
    await office.isRegistered;
    assert.equal(second.requests("REGISTER").length, 0);
    await callThrough(office);
    first.isDead = true;
    const failover = await callThrough(office);
    assert.ok(failover < 5000, `${failover} ms`);
    assert.ok(await callThrough(office) < failover, "the dead place is not waited for again");
    assert.equal(first.requests("INVITE").length, 2, "with and without digest");
    assert.equal(second.requests("INVITE").length, 4);
  } finally {
    await office.lines.stop();
    office.transports.stop();
    office.clock.stop();
  }
});
