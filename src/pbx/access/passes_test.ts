import assert from "node:assert/strict";
import { ManualClock, seededRandom } from "../../base/mod.ts";
import { testSettings } from "../../config/mod.ts";
import { createHa1 } from "../../sip/auth/mod.ts";
import { parseMessage } from "../../sip/message/mod.ts";
import type { IncomingRequest } from "../../sip/mod.ts";
import { PASS_MS, Passes } from "./passes.ts";

function incoming(
  { method = "INVITE", number = "*43", host = "127.0.0.1", extra = [] as readonly string[] } = {},
): Pick<IncomingRequest, "request" | "flow"> {
  const lines = [
    `${method} sip:${number}@office.example SIP/2.0`,
    "Via: SIP/2.0/TLS 192.0.2.50;branch=z9hG4bK1",
    "From: <sip:doctor@office.example>;tag=f",
    "To: <sip:*43@office.example>",
    "Call-ID: one",
    `CSeq: 1 ${method}`,
    "Max-Forwards: 70",
    ...extra,
    "Content-Length: 0",
    "",
    "",
  ];
  const parsed = parseMessage(new TextEncoder().encode(lines.join("\r\n")));
  assert.ok(parsed.ok && parsed.value.kind === "request");
  return {
    request: parsed.value,
    flow: {
      id: "1",
      transport: "tls",
      local: { host: "192.0.2.1", port: 5061 },
      remote: { host, port: 40_000 },
      peerNames: [],
      isOpen: true,
    },
  };
}

function open({ echoCode = "*43" } = {}) {
  const clock = new ManualClock();
  const passes = new Passes({
    clock,
    random: seededRandom(7),
    echoCode: () => echoCode,
    isLocal: (host) => host === "192.0.2.1",
  });
  return { clock, passes, domain: testSettings().domains[0]! };
}

Deno.test("a pass proves itself with its password, on this machine, for the echo test", () => {
  const { passes, domain } = open();
  const pass = passes.issue(domain);
  assert.ok(pass);
  assert.equal(pass.number, "*43");
  for (const host of ["127.0.0.1", "127.0.0.9", "::1", "192.0.2.1"]) {
    const found = passes.find(pass.domain, pass.user, incoming({ host }));
    assert.deepEqual(found?.ha1, createHa1(pass.user, pass.domain, pass.password));
  }
});

const USELESS: readonly [promise: string, request: Parameters<typeof incoming>[0]][] = [
  ["from another machine", { host: "192.0.2.50" }],
  ["to another number", { number: "101" }],
  ["to a number that begins alike", { number: "*430" }],
  ["to register", { method: "REGISTER" }],
  ["to send a message", { method: "MESSAGE" }],
  ["to take over a call", { extra: ["Replaces: other;to-tag=a;from-tag=b"] }],
];

for (const [promise, request] of USELESS) {
  Deno.test(`a pass is of no use ${promise}`, () => {
    const { passes, domain } = open();
    const pass = passes.issue(domain)!;
    assert.equal(passes.find(pass.domain, pass.user, incoming(request)), undefined);
  });
}

Deno.test("a pass is of no use in another domain, once spent, or after its minute", () => {
  const { clock, passes, domain } = open();
  const first = passes.issue(domain)!, second = passes.issue(domain)!;
  assert.notEqual(first.user, second.user);
  assert.equal(passes.find("other.example", first.user, incoming()), undefined);
  passes.spend(first.domain, first.user);
  assert.equal(passes.find(first.domain, first.user, incoming()), undefined);
  clock.advance(PASS_MS - 1);
  assert.ok(passes.find(second.domain, second.user, incoming()));
  clock.advance(1);
  assert.equal(passes.find(second.domain, second.user, incoming()), undefined);
});

Deno.test("passes without end do not grow: the oldest makes room", () => {
  const { passes, domain } = open();
  const made = Array.from({ length: 100 }, () => passes.issue(domain)!);
  const living = made.filter(({ domain, user }) => passes.find(domain, user, incoming()));
  assert.deepEqual(living, made.slice(-4));
});

Deno.test("there is no pass where the echo test is switched off", () => {
  const { passes, domain } = open({ echoCode: "" });
  assert.equal(passes.issue(domain), undefined);
});
