import assert from "node:assert/strict";
import type { DnsAnswer, DnsRecord } from "../sip/transport/mod.ts";
import type { FindingState } from "./finding.ts";
import { type DomainFacts, isPrivateName, judgeDomain, judgeLineName } from "./names.ts";

const NONE: DnsAnswer = { kind: "none", ttlSec: 60 };
const DEAD: DnsAnswer = { kind: "failed", reason: "name server 192.0.2.53 does not answer" };
const OWN = "203.0.113.5";

function srv(port: number, target = "sip.firm.com"): DnsAnswer {
  const record: DnsRecord = { type: "SRV", priority: 1, weight: 1, port, target, ttlSec: 60 };
  return { kind: "records", records: [record] };
}

function judge(changes: Partial<DomainFacts>) {
  return judgeDomain({
    domain: "firm.com",
    naptr: NONE,
    srv: [NONE, NONE, NONE],
    addresses: [],
    targets: new Map([["sip.firm.com", [OWN]]]),
    listeners: [{ transport: "tls", host: "0.0.0.0", port: 5061 }, {
      transport: "udp",
      host: "0.0.0.0",
      port: 5060,
    }],
    own: ["10.0.0.5", OWN],
    ...changes,
  });
}

const ROWS: readonly [promise: string, facts: Partial<DomainFacts>, state: FindingState, words: RegExp][] = [
  [
    "SRV that leads here",
    { srv: [srv(5061), NONE, NONE] },
    "ok",
    /_sips\._tcp\.firm\.com leads here, port 5061/,
  ],
  [
    "SRV to a port of nobody",
    { srv: [srv(5071), NONE, NONE] },
    "problem",
    /nothing listens for TLS.*tls:\/\/0\.0\.0\.0:5071/s,
  ],
  ["SRV to the port of another transport", { srv: [NONE, NONE, srv(5061)] }, "problem", /for UDP/],
  [
    "SRV elsewhere",
    { srv: [srv(5061), NONE, NONE], own: ["10.0.0.5"] },
    "warning",
    /no address of this machine/,
  ],
  ["SRV into the void", { srv: [srv(5061, "gone.firm.com"), NONE, NONE] }, "problem", /has no address/],
  ["SRV that denies the service", { srv: [srv(0, ""), NONE, NONE] }, "ok", /no such service/],
  ["addresses alone", { addresses: [OWN] }, "ok", /default ports are used/],
  [
    "addresses alone, odd ports",
    { addresses: [OWN], listeners: [{ transport: "tls", host: "::", port: 6000 }] },
    "warning",
    /IN SRV 10 10 6000/,
  ],
  ["addresses of a web server", { addresses: ["198.51.100.1"] }, "warning", /no address of this machine/],
  [
    "nothing at all: the records to add",
    {},
    "warning",
    /_sips\._tcp\.firm\.com\. 3600 IN SRV 10 10 5061 sip\.firm\.com\./,
  ],
  ["nothing, for a name of the house", { domain: "office.local" }, "skipped", /no name of the public DNS/],
  [
    "a dead name server",
    { srv: [DEAD, DEAD, DEAD], naptr: DEAD },
    "problem",
    /192\.0\.2\.53 does not answer.*resolv\.conf/s,
  ],
  [
    "a dead name server, for a name of the house",
    { domain: "office.local", srv: [DEAD, DEAD, DEAD] },
    "skipped",
    /public/,
  ],
];

for (const [promise, facts, state, words] of ROWS) {
  Deno.test(`names: ${promise}`, () => {
    const [found] = judge(facts);
    assert.equal(found?.state, state, found?.text);
    assert.match([found?.text, ...found?.fix ?? []].join("\n"), words);
  });
}

Deno.test("names: each record is judged for itself", () => {
  assert.deepEqual(judge({ srv: [srv(5061), NONE, srv(5070)] }).map(({ state }) => state), ["ok", "problem"]);
});

Deno.test("names: a line's server is found, or it is not", () => {
  assert.equal(judgeLineName({ line: "a", server: "s", places: ["udp 192.0.2.1:5060"] }).state, "ok");
  assert.equal(judgeLineName({ line: "a", server: "s", places: [] }).state, "problem");
});

Deno.test("names: those that no public DNS can know", () => {
  for (const name of ["office", "office.local", "office.example", "pbx.home.arpa", "a.internal"]) {
    assert.ok(isPrivateName(name));
  }
  for (const name of ["firm.com", "example.firm.de", "local.firm.com"]) assert.ok(!isPrivateName(name));
});
