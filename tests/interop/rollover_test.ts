/**
 * SRTP over the wrap of the sequence number with real phones: the numbers of a raw phone begin at 65,4xx, wrap after two
 * seconds, and the call is held and resumed from either side afterwards. A rollover counter lost on the way is silence.
 */

import assert from "node:assert/strict";
import { Baresip, hasBaresip } from "../support/baresip.ts";
import { TestServer } from "../support/server.ts";
import { SrtpPhone } from "../support/srtp_phone.ts";
import { until } from "../support/waiting.ts";

const AVAILABLE = await hasBaresip();
if (!AVAILABLE) console.log("skipped: baresip is not installed (apt-get install baresip-core)");

const SERVER = "127.0.0.173";
const SUITE = "AES_CM_128_HMAC_SHA1_80";
const FIRST_SEQUENCE = 65_436;
/** What baresip sends and hears, less than 64,000 on a busy machine; what does not open is not counted there. */
const TALKING = /audio=[1-9]\d{4}\/[1-9]\d{4} \(bit\/s\)/;
/** Its rates are means of some seconds, and a busy machine may be slow. */
const PATIENCE_MS = 20_000;
const HELD = /audio=0\/0 \(bit\/s\)/;

function startServer(): Promise<TestServer> {
  return TestServer.start({
    address: SERVER,
    mediaPorts: "42640-42679",
    extensions: ["100", "101", "102", "103"].map((number) => ({ number, password: `secret-${number}` })),
  });
}

/** Who called whom: 100 or 102 wraps, 101 or 103 is baresip, each pair with addresses of its own. */
async function wrapAndHold(caller: "raw" | "baresip"): Promise<void> {
  const [rawUser, user] = caller === "raw" ? ["100", "101"] : ["102", "103"];
  await using raw = new SrtpPhone({
    user: rawUser!,
    address: caller === "raw" ? "127.0.0.174" : "127.0.0.176",
    server: SERVER,
    suite: SUITE,
    firstSequence: FIRST_SEQUENCE,
  });
  await using phone = await Baresip.start({
    user: user!,
    password: `secret-${user}`,
    domain: "office.example",
    server: `${SERVER}:5061`,
    transport: "tls",
    encryption: "srtp-mand",
    codec: "PCMA",
    tone: 1000,
    seconds: 150,
    address: caller === "raw" ? "127.0.0.175" : "127.0.0.177",
  });
  await raw.phone.register();
  if (caller === "baresip") await phone.dial(rawUser!);
  else await raw.phone.dial(user!);
  await phone.waitFor("CALL_ESTABLISHED");
  const talking = async (when: string) => {
    const wanted = raw.rtp.heard.length + 50;
    await phone.waitForNewLog(TALKING, PATIENCE_MS);
    await until(() => raw.rtp.heard.length >= wanted, `50 packets of baresip ${when}`);
    await phone.waitForNewLog(TALKING, PATIENCE_MS);
  };
  await talking("at first");
  await until(() => raw.rtp.sequence < FIRST_SEQUENCE, "wrap");
  // As after a long loss: shortly behind the wrap even who had forgotten it would guess right.
  raw.rtp.sequence += 20_000;
  await talking("after the wrap");
  for (const by of ["baresip", "the other"]) {
    const hold = (isHeld: boolean) =>
      by === "baresip" ? phone.command(isHeld ? "hold" : "resume") : raw.hold(isHeld);
    await hold(true);
    await phone.waitForNewLog(HELD, PATIENCE_MS);
    await hold(false);
    await talking(`after ${by} held`);
  }
  assert.equal(raw.keys, 1, "the server's key stays");
  assert.equal(raw.rtp.unreadable, 0);
  assert.doesNotMatch(phone.log, /failed to decrypt/);
  await phone.command("hangup");
  await phone.waitFor("CALL_CLOSED");
}

Deno.test({
  name: "baresip: after a wrap, hold and resume by either side leave both audible, whoever called",
  ignore: !AVAILABLE,
  async fn() {
    await using server = await startServer();
    await Promise.all([wrapAndHold("raw"), wrapAndHold("baresip")]);
    const { stdout } = await server.command("calls", "--past", "--json");
    assert.equal(stdout.match(new RegExp(`"srtpSuite": ?"${SUITE}"`, "g"))?.length, 4);
  },
});
