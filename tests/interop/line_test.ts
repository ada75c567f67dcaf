/** Lines to a real carrier (Kamailio), with real phones inside and outside (baresip). */

import assert from "node:assert/strict";
import { Baresip, type BaresipOptions, hasBaresip } from "../support/baresip.ts";
import { hasKamailio, Kamailio } from "../support/carrier_kamailio.ts";
import { TestServer } from "../support/server.ts";
import { hearing } from "../support/wav.ts";

const AVAILABLE = await hasBaresip() && await hasKamailio();
if (!AVAILABLE) {
  console.log("skipped: baresip or Kamailio is not installed (apt-get install baresip-core kamailio)");
}

const OFFICE = "127.0.0.80";
const CARRIER = "127.0.0.81";
const TRUNK = "127.0.0.82";
const REALM = "carrier.example";
const PASSWORD = "line-secret";

function phone(rest: Partial<BaresipOptions> & { address: string; user: string }): Promise<Baresip> {
  return Baresip.start({
    password: `secret-${rest.user}`,
    domain: "office.example",
    server: `${OFFICE}:5061`,
    transport: "tls",
    encryption: "srtp-mand",
    codec: "PCMA",
    tone: 440,
    seconds: 60,
    rtpPorts: "37400-37499",
    ...rest,
  });
}

/** A telephone somewhere in the world, a customer of the same carrier. */
function outsidePhone(): Promise<Baresip> {
  return phone({
    user: "491711",
    password: PASSWORD,
    domain: REALM,
    server: `${CARRIER}:5060`,
    transport: "udp",
    encryption: "none",
    tone: 1000,
    address: "127.0.0.89",
  });
}

const LINES = [
  {
    name: "carrier",
    kind: "register",
    server: `sip:${REALM}`,
    outboundProxy: `sip:${CARRIER}`,
    username: "4930123",
    password: PASSWORD,
    registerSeconds: 60,
    incoming: [{ number: "4930123", to: "100" }],
  },
  {
    name: "trunk",
    kind: "peer",
    server: `sip:${TRUNK}`,
    addresses: [TRUNK],
    incoming: [{ number: "4940*", to: "100" }],
    outgoing: { callerNumber: "4940100" },
  },
];

async function withOffice(run: (server: TestServer) => Promise<void>): Promise<void> {
  await using _carrier = await Kamailio.start({
    address: CARRIER,
    trunk: TRUNK,
    office: OFFICE,
    trunkPrefix: "4940",
    password: PASSWORD,
    realm: REALM,
  });
  await using server = await TestServer.start({
    address: OFFICE,
    mediaPorts: "37000-37199",
    extensions: [{ number: "100", name: "Alice", password: "secret-100", level: "outside" }],
    office: {
      lines: LINES,
      rules: [
        { match: "9*", strip: 1, via: ["carrier"], level: "outside" },
        { match: "8*", strip: 1, via: ["trunk"], level: "outside" },
      ],
    },
  });
  await run(server);
}

async function lineStates(server: TestServer): Promise<Record<string, string>> {
  const { code, stdout } = await server.command("status", "--json");
  // Listeners are up a moment before questions are answered.
  if (code !== 0) return {};
  const { domains } = JSON.parse(stdout) as {
    domains: { lines: { name: string; state: string }[] }[];
  };
  return Object.fromEntries(domains[0]!.lines.map(({ name, state }) => [name, state]));
}

async function untilStates(server: TestServer, wanted: Record<string, string>): Promise<void> {
  let states = await lineStates(server);
  for (let i = 0; i < 20 && JSON.stringify(states) !== JSON.stringify(wanted); i++) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    states = await lineStates(server);
  }
  assert.deepEqual(states, wanted);
}

/** Both talk for a while; then one hangs up and both recordings are judged. */
async function talk(inside: Baresip, outside: Baresip): Promise<void> {
  await Promise.all([inside.waitFor("CALL_ESTABLISHED"), outside.waitFor("CALL_ESTABLISHED")]);
  await new Promise((resolve) => setTimeout(resolve, 3000));
  await outside.command("hangup");
  await inside.waitFor("CALL_CLOSED");
  await Promise.all([inside.stop(), outside.stop()]);
  const [[heardInside], [heardOutside]] = await Promise.all([inside.heard(), outside.heard()]);
  for (const [wav, frequency] of [[heardInside, 1000], [heardOutside, 440]] as const) {
    const { heardSeconds, steadyShare } = hearing(wav!, frequency);
    assert.ok(heardSeconds >= 2 && steadyShare >= 0.95, `${frequency} Hz: ${heardSeconds} s, ${steadyShare}`);
  }
}

const CALLS: readonly (readonly [string, (inside: Baresip, outside: Baresip) => Promise<void>])[] = [
  ["out over the registered line, by rule 9*", (inside) => inside.dial("9491711")],
  ["in over the registered line", (_inside, outside) => outside.command("dial", `sip:4930123@${REALM}`)],
  ["out over the trunk, by rule 8*", (inside) => inside.dial("8491711")],
  ["in over the trunk", (_inside, outside) => outside.command("dial", `sip:4940555@${REALM}`)],
];

Deno.test({
  name: "a line registers with digest, places and receives calls; so does a trunk; audio flows both ways",
  ignore: !AVAILABLE,
  async fn(test) {
    await withOffice(async (server) => {
      await untilStates(server, { carrier: "registered", trunk: "up" });
      for (const [name, dial] of CALLS) {
        await test.step(name, async () => {
          await using inside = await phone({ user: "100", address: "127.0.0.88" });
          await using outside = await outsidePhone();
          await dial(inside, outside);
          await talk(inside, outside).catch((error) => {
            const logs = [server.log, inside.log, outside.log].map((log) => log.slice(-4000));
            throw new Error([error.message.split("\n", 1), ...logs].join("\n---\n"), { cause: error });
          });
        });
      }
    });
  },
});
