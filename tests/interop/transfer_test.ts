/** Transfers by real phones: blind and attended, plain and encrypted mixed; who remains hears each other. */

import assert from "node:assert/strict";
import { type BaresipOptions, hasBaresip } from "../support/baresip.ts";
import {
  assertHeard,
  assertSpoke,
  play,
  RATES_MS,
  type Scene,
  silence,
  TONES,
} from "../support/phone_office.ts";
import { pause } from "../support/waiting.ts";

const AVAILABLE = await hasBaresip();
if (!AVAILABLE) console.log("skipped: baresip is not installed (apt-get install baresip-core)");

type Encryption = BaresipOptions["encryption"];
const MIXTURES: readonly (readonly [Encryption, Encryption, Encryption])[] = [
  ["none", "none", "none"],
  ["srtp-mand", "srtp-mand", "srtp-mand"],
  ["srtp-mand", "none", "srtp-mand"],
  ["none", "srtp-mand", "none"],
  ["none", "srtp-mand", "srtp-mand"],
  ["srtp-mand", "srtp-mand", "none"],
];

/** Seconds until, and while, somebody heard nobody, one for each side that was recorded. */
const gaps: number[] = [];

const BLIND: readonly Scene[] = MIXTURES.map(([a, b, c]) => ({
  name: `blind: ${a} called ${b}, who sends it to ${c}`,
  async run(office) {
    const alice = await office.phone("100", { encryption: a });
    const bob = await office.phone("101", { encryption: b });
    const carol = await office.phone("102", { encryption: c });
    await alice.dial("101");
    await Promise.all([alice.waitFor("CALL_ESTABLISHED"), bob.waitFor("CALL_ESTABLISHED")]);
    await pause(300);
    await bob.command("transfer", "sip:102@office.example");
    await carol.waitFor("CALL_ESTABLISHED");
    await bob.waitFor("CALL_CLOSED");
    await pause(2500);
    await alice.command("hangup");
    await carol.waitFor("CALL_CLOSED");
    await assertHeard([
      [carol, TONES["100"]!, "the one it was sent to"],
      [alice, TONES["102"]!, "the one who was sent"],
    ], 1.5);
    gaps.push(silence((await carol.heard())[0]!, [TONES["100"]!]));
    gaps.push(silence((await alice.heard())[0]!, [TONES["101"]!, TONES["102"]!]));
  },
}));

const ATTENDED: readonly Scene[] = MIXTURES.map(([a, b, c]) => ({
  name: `attended: ${a} called ${b}, who asks ${c} and joins them`,
  async run(office) {
    const alice = await office.phone("100", { encryption: a });
    const bob = await office.phone("101", { encryption: b });
    const carol = await office.phone("102", { encryption: c });
    await alice.dial("101");
    await Promise.all([alice.waitFor("CALL_ESTABLISHED"), bob.waitFor("CALL_ESTABLISHED")]);
    await bob.command("hold");
    await pause(300);
    await bob.dial("102");
    await carol.waitFor("CALL_ESTABLISHED");
    await pause(300);
    await bob.transferFirstCall();
    await bob.waitFor("CALL_CLOSED", 8000, 2);
    await pause(RATES_MS);
    await carol.command("hangup");
    await alice.waitFor("CALL_CLOSED");
    await assertHeard([[carol, TONES["100"]!, "the one who was asked"]], 1.5);
    gaps.push(silence((await carol.heard())[0]!, [TONES["101"]!, TONES["100"]!]));
    await assertSpoke(alice, "the one who was held");
  },
}));

Deno.test({
  name: "after a transfer the two who remain hear each other, whatever mixture of encryption",
  ignore: !AVAILABLE,
  async fn(test) {
    await play(test, [...BLIND, ...ATTENDED]);
    const sorted = gaps.toSorted((one, other) => one - other);
    console.log(`silence of ${sorted.map((gap) => gap.toFixed(2)).join(", ")} s`);
    // Most of them: this machine does other things too.
    assert.ok(sorted[Math.floor(sorted.length / 2)]! <= 1);
  },
});
