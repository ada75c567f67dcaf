/** Two real phones through the real server: every transport, encryption and codec; both hear each other. */

import assert from "node:assert/strict";
import { Baresip, type BaresipOptions, hasBaresip } from "../support/baresip.ts";
import { TestServer } from "../support/server.ts";
import { heardShareOfLast, hearing } from "../support/wav.ts";
import { pause } from "../support/waiting.ts";

const AVAILABLE = await hasBaresip();
if (!AVAILABLE) console.log("skipped: baresip is not installed (apt-get install baresip-core)");

const SERVER = "127.0.0.10";
const TALK_MS = 3500;
/** Once both are connected: the media thread hears of the answer, jitter buffers fill. */
const SETTLE_MS = 200;
const HEARD_SHARE = 0.95;
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

/** It passes through like the others, in frames of variable length and by a payload number of its own. */
const OPUS: readonly (readonly [Transport, Encryption, Encryption])[] = [
  ["udp", "none", "none"],
  ["tls", "srtp-mand", "srtp-mand"],
  ["tcp", "none", "srtp-mand"],
];

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

interface Combination {
  readonly transport: Transport;
  readonly caller: Encryption;
  readonly callee: Encryption;
  readonly codec: Codec;
}

/** Pairs of phones that talk at the same time. */
const LANES = [0, 1, 2];

async function talk(options: Combination, lane: number): Promise<void> {
  const { transport, codec } = options;
  const [caller, callee] = [`1${lane}0`, `1${lane}1`];
  await using alice = await Baresip.start(
    phone(caller, { transport, codec, encryption: options.caller, address: `127.0.0.${21 + 2 * lane}` }),
  );
  await using bob = await Baresip.start(
    phone(callee, {
      transport,
      codec,
      encryption: options.callee,
      tone: CALLEE_TONE,
      address: `127.0.0.${22 + 2 * lane}`,
    }),
  );
  await alice.dial(callee);
  await Promise.all([alice.waitFor("CALL_ESTABLISHED"), bob.waitFor("CALL_ESTABLISHED")]);
  const connectedMs = performance.now();
  await pause(TALK_MS);
  const talkedSeconds = (performance.now() - connectedMs - SETTLE_MS) / 1000;
  await alice.command("hangup");
  await bob.waitFor("CALL_CLOSED");
  await Promise.all([alice.stop(), bob.stop()]);
  for (const [who, heard, tone] of [["caller", alice, CALLEE_TONE], ["callee", bob, CALLER_TONE]] as const) {
    const [recording] = await heard.heard();
    assert.ok(recording, `${who} recorded something`);
    const { steadyShare } = hearing(recording, tone);
    for (const share of [heardShareOfLast(recording, tone, talkedSeconds), steadyShare]) {
      assert.ok(share >= HEARD_SHARE, `${who} heard ${tone} Hz in ${Math.round(share * 100)} % of the time`);
    }
  }
}

Deno.test({
  name: "every combination of transport, encryption and codec is heard on both sides",
  ignore: !AVAILABLE,
  async fn(test) {
    await using server = await TestServer.start({
      address: SERVER,
      mediaPorts: "30000-30399",
      extensions: LANES.flatMap((lane) => [`1${lane}0`, `1${lane}1`])
        .map((number) => ({ number, name: `P${number}`, password: `secret-${number}` })),
    });
    const waiting: Combination[] = TRANSPORTS.flatMap((transport) =>
      ENCRYPTIONS.flatMap(([caller, callee]) => CODECS.map((codec) => ({ transport, caller, callee, codec })))
    );
    for (const [transport, caller, callee] of OPUS) {
      waiting.push({ transport, caller, callee, codec: "opus" });
    }
    const run = async (lane: number): Promise<void> => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const { transport, caller, callee, codec } = next;
        await test.step({
          name: `${transport}, ${caller} to ${callee}, ${codec}`,
          // Several calls at a time: resources of one step live while another begins.
          sanitizeOps: false,
          sanitizeResources: false,
          sanitizeExit: false,
          fn: () =>
            talk(next!, lane).catch((error) => {
              throw new Error(`${error.message}\n--- server\n${server.log.slice(-3000)}`, { cause: error });
            }),
        });
      }
    };
    await Promise.all(LANES.map(run));
  },
});
