/** Two real phones through the real server: every transport, encryption and codec; both hear each other. */

import assert from "node:assert/strict";
import { Baresip, type BaresipOptions, hasBaresip } from "../support/baresip.ts";
import { TestServer } from "../support/server.ts";
import { hearing } from "../support/wav.ts";

const AVAILABLE = await hasBaresip();
if (!AVAILABLE) console.log("skipped: baresip is not installed (apt-get install baresip-core)");

const SERVER = "127.0.0.10";
const TALK_MS = 3500;
const CALLER_TONE = 440;
const CALLEE_TONE = 1000;

type Transport = BaresipOptions["transport"];
type Encryption = BaresipOptions["encryption"];
type Codec = BaresipOptions["codec"];

const TRANSPORTS: readonly Transport[] = ["udp", "tcp", "tls"];
const ENCRYPTIONS: readonly (readonly [Encryption, Encryption])[] = [
  ["none", "none"],
  ["srtp", "srtp"],
  ["srtp-mand", "srtp-mand"],
  ["none", "srtp-mand"],
  ["srtp-mand", "none"],
];
const CODECS: readonly Codec[] = ["PCMU", "PCMA", "G722"];

function phone(user: string, rest: Partial<BaresipOptions>): BaresipOptions {
  const transport = rest.transport ?? "udp";
  return {
    user,
    password: `secret-${user}`,
    domain: "office.example",
    server: `${SERVER}:${transport === "tls" ? 5061 : 5060}`,
    transport,
    encryption: "none",
    codec: "PCMA",
    tone: CALLER_TONE,
    address: "127.0.0.21",
    seconds: 40,
    ...rest,
  };
}

async function talk(
  options: { transport: Transport; caller: Encryption; callee: Encryption; codec: Codec },
): Promise<void> {
  const { transport, codec } = options;
  await using alice = await Baresip.start(phone("100", { transport, codec, encryption: options.caller }));
  await using bob = await Baresip.start(
    phone("101", { transport, codec, encryption: options.callee, tone: CALLEE_TONE, address: "127.0.0.22" }),
  );
  await alice.dial("101");
  await Promise.all([alice.waitFor("CALL_ESTABLISHED"), bob.waitFor("CALL_ESTABLISHED")]);
  await new Promise((resolve) => setTimeout(resolve, TALK_MS));
  await alice.command("hangup");
  await bob.waitFor("CALL_CLOSED");
  await Promise.all([alice.stop(), bob.stop()]);
  for (const [who, heard, tone] of [["caller", alice, CALLEE_TONE], ["callee", bob, CALLER_TONE]] as const) {
    const [recording] = await heard.heard();
    assert.ok(recording, `${who} recorded something`);
    const { heardSeconds, steadyShare } = hearing(recording, tone);
    assert.ok(heardSeconds >= TALK_MS / 1000 * 0.8, `${who} heard ${tone} Hz for ${heardSeconds} s`);
    assert.ok(
      steadyShare >= 0.95,
      `${who} heard ${tone} Hz in ${Math.round(steadyShare * 100)} % of the time`,
    );
  }
}

Deno.test({
  name: "every combination of transport, encryption and codec is heard on both sides",
  ignore: !AVAILABLE,
  async fn(test) {
    await using server = await TestServer.start({
      address: SERVER,
      mediaPorts: "30000-30399",
      extensions: [
        { number: "100", name: "Alice", password: "secret-100" },
        { number: "101", name: "Bob", password: "secret-101" },
      ],
    });
    for (const transport of TRANSPORTS) {
      for (const [caller, callee] of ENCRYPTIONS) {
        for (const codec of CODECS) {
          const name = `${transport}, ${caller} to ${callee}, ${codec}`;
          await test.step(name, () =>
            talk({ transport, caller, callee, codec }).catch((error) => {
              throw new Error(`${error.message}\n--- server\n${server.log.slice(-3000)}`, { cause: error });
            }));
        }
      }
    }
  },
});
