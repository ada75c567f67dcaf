/** What a line puts on the wire, and what comes of what a carrier or a stranger puts there. */

import assert from "node:assert/strict";
import { WireCarrier } from "../support/carrier_wire.ts";
import { TestServer } from "../support/server.ts";
import { hasSipp, Sipp } from "../support/sipp.ts";
import { Callee, Caller, G711 } from "../support/sipp_script.ts";

const AVAILABLE = await hasSipp();
if (!AVAILABLE) console.log("skipped: SIPp is not installed (apt-get install sip-tester)");

const OFFICE = "127.0.0.80";
const CARRIER = "127.0.0.84";
const STRANGER = "127.0.0.86";
const ALICE = { user: "100", password: "secret-100", domain: "office.example" };

function startOffice(line: object, more: object = {}): Promise<TestServer> {
  return TestServer.start({
    address: OFFICE,
    mediaPorts: "37200-37299",
    extensions: [
      { number: "100", name: "Alice", password: "secret-100", level: "outside" },
      { number: "101", name: "Bob", password: "secret-101" },
    ],
    office: {
      lines: [line],
      rules: [{ match: "9*", strip: 1, via: ["carrier"], level: "outside" }],
      ...more,
    },
  });
}

const REGISTERED = {
  name: "carrier",
  kind: "register",
  server: `sip:${CARRIER}`,
  username: "4930123",
  password: "line-secret",
  incoming: [{ number: "*", to: "101" }],
};

const PEER = {
  name: "carrier",
  kind: "peer",
  server: "sip:127.0.0.85",
  addresses: ["127.0.0.85"],
  optionsSeconds: 0,
  outgoing: { callerNumber: "4930555" },
};

/** Extension 100 calls `number`, says nothing for a moment, and hangs up. */
function alice(number: string, port: number): Promise<Sipp> {
  const script = new Caller(ALICE, number).callThrough().pause(300).bye();
  return Sipp.start("alice", script, {
    address: "127.0.0.87",
    port,
    server: `${OFFICE}:5060`,
    flags: ["-mp", "37400"],
  });
}

for (
  const [locale, registrar, called] of [
    ["zh", `sip:${CARRIER};user=phone`, `sip:8613800@${CARRIER};user=phone`],
    ["en", `sip:${CARRIER}`, `sip:8613800@${CARRIER}`],
  ]
) {
  Deno.test({
    name: `locale ${locale}: Request-URIs of REGISTER and INVITE are ${registrar} and ${called}`,
    ignore: !AVAILABLE,
    async fn() {
      using carrier = new WireCarrier(CARRIER);
      carrier.realm = "carrier.example";
      {
        await using server = await startOffice(REGISTERED, { locale });
        await carrier.until(() =>
          carrier.requests("REGISTER").some(({ headers }) => headers.has("Authorization"))
        );
        await (await alice("98613800", 5071)).passed();
        await carrier.until(() => carrier.requests("BYE").length > 0);
        assert.deepEqual([...new Set(carrier.requestLines("REGISTER"))], [`REGISTER ${registrar} SIP/2.0`]);
        assert.deepEqual([...new Set(carrier.requestLines("INVITE"))], [`INVITE ${called} SIP/2.0`]);
        const { headers, body } = carrier.requests("INVITE").at(-1)!;
        const inside = /\b100\b|Alice|office\.example|127\.0\.0\.87/;
        for (const [name, value] of headers) assert.doesNotMatch(value, inside, name);
        assert.doesNotMatch(new TextDecoder().decode(body), inside);
        await server.stop();
      }
      const farewell = carrier.requests("REGISTER").at(-1)!;
      assert.equal(farewell.headers.get("Expires"), "0");
    },
  });
}

Deno.test({
  name: "an INVITE of a stranger is refused and rings nobody; the same from the line's server rings",
  ignore: !AVAILABLE,
  async fn() {
    using carrier = new WireCarrier(CARRIER);
    using stranger = new WireCarrier(STRANGER);
    await using _server = await startOffice(REGISTERED);
    await carrier.until(() => carrier.requests("REGISTER").length > 0);
    for (const [index, number] of ["4930123", "101", "98613800", "00882123"].entries()) {
      await stranger.send(invite(stranger.address, { number, callId: `stranger-${index}` }), OFFICE);
      await stranger.until(() => stranger.statuses.filter((status) => status >= 200).length > index);
    }
    assert.deepEqual(stranger.statuses.filter((status) => status !== 100), [401, 401, 401, 401]);
    assert.deepEqual(carrier.requests("INVITE"), []);
    await carrier.send(invite(carrier.address, { number: "4930123", callId: "carrier-1" }), OFFICE);
    await carrier.until(() => carrier.statuses.includes(480));
    assert.equal(carrier.statuses.includes(401), false, "Bob has no phone, but the line is known");
  },
});

function invite(address: string, { number, callId }: { number: string; callId: string }): string {
  return `INVITE sip:${number}@${OFFICE} SIP/2.0
Via: SIP/2.0/UDP ${address}:5060;branch=z9hG4bK${callId}
Max-Forwards: 70
From: <sip:100@office.example>;tag=${callId}
To: <sip:${number}@${OFFICE}>
Call-ID: ${callId}
CSeq: 1 INVITE
Contact: <sip:100@${address}>
P-Asserted-Identity: <sip:100@office.example>
Content-Type: application/sdp
Content-Length: 0

`;
}

const CARRIERS: readonly (readonly [string, object, Callee])[] = [
  [
    "100rel is demanded and the early answer acknowledged",
    { reliable: "required" },
    new Callee(ALICE)
      .expectRequest("INVITE", {
        keep: [
          ["via", "Via"],
          ["cseq", "CSeq"],
          ["from", "From"],
          ["to", "To"],
          ["remote", "From"],
          ["local", "To"],
          ["target", "Contact", "sip:[^&gt;]*"],
          ["required", "Require"],
        ],
      })
      .answer(183, "Session Progress", { headers: ["Require: 100rel", "RSeq: 7"], sdp: G711 })
      .expectRequest("PRACK").respond(200, "OK")
      .answer(200, "OK").established().expectBye(),
  ],
  [
    "a carrier that sends reliable answers and refuses PRACK with 405 is survived",
    {},
    new Callee(ALICE).expectInvite()
      .answer(183, "Session Progress", { headers: ["Require: 100rel", "RSeq: 1"], sdp: G711 })
      .expectRequest("PRACK").respond(405, "Method Not Allowed")
      .answer(200, "OK", { sdp: G711 }).established().expectBye(),
  ],
];

Deno.test({
  name: "carriers with habits",
  ignore: !AVAILABLE,
  async fn(test) {
    for (const [index, [name, line, script]] of CARRIERS.entries()) {
      await test.step(name, async () => {
        await using server = await startOffice({ ...PEER, ...line });
        const carrier = await Sipp.start(name, script, {
          address: "127.0.0.85",
          port: 5060,
          server: OFFICE,
          flags: ["-mp", "37450"],
        });
        const caller = await alice("9123", 5081 + index);
        const [messages] = await Promise.all([carrier.passed(), caller.passed()]).catch((error) => {
          throw new Error(`${error.message}\n${server.log.slice(-3000)}`, { cause: error });
        });
        const { text } = messages.find(({ name }) => name === "INVITE")!;
        assert.match(text, /^From: .*<sip:4930555@127\.0\.0\.85>/m);
        assert.equal(/^Require: .*100rel/m.test(text), "reliable" in line);
      });
    }
  },
});
