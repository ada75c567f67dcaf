/** A real Linphone's SRTP: every suite that it offers. */

import assert from "node:assert/strict";
import { hasLinphone, Linphone } from "../support/linphone.ts";
import { TestServer } from "../support/server.ts";
import { hearing } from "../support/wav.ts";

const AVAILABLE = await hasLinphone();
if (!AVAILABLE) console.log("skipped: Linphone is not installed (apt-get install linphone-cli)");

const DOMAIN = "localhost";
const OWN_TONE = 440;
/** As it spells them; the last is the other spelling of one before (RFC 6188). AES_256_CM_80 has a test of its own. */
const SUITES = [
  "AES_CM_128_HMAC_SHA1_80",
  "AES_CM_128_HMAC_SHA1_32",
  "AES_256_CM_HMAC_SHA1_32",
  "AES_CM_256_HMAC_SHA1_80",
];

function startServer(): Promise<TestServer> {
  return TestServer.start({
    address: "127.0.0.1",
    domain: DOMAIN,
    mediaPorts: "39300-39399",
    extensions: ["100", "101"].map((number) => ({ number, password: `secret-${number}` })),
  });
}

function linphone(server: TestServer, suites: readonly string[]): Promise<Linphone> {
  return Linphone.start({
    user: "100",
    password: "secret-100",
    domain: DOMAIN,
    server: `${DOMAIN}:5061`,
    authority: `${server.data}/tls/ca.pem`,
    suites,
    tone: OWN_TONE,
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

Deno.test({
  name: "Linphone: hears its echo in every suite that it offers, answered in its own spelling",
  ignore: !AVAILABLE,
  async fn(test) {
    await using server = await startServer();
    for (const suite of SUITES) {
      await test.step(suite, async () => {
        await using phone = await linphone(server, [suite]);
        await phone.registered();
        await phone.command(`call sip:*43@${DOMAIN}`);
        await phone.waitForLog(/to LinphoneCallStreamsRunning/);
        await pause(2500);
        await phone.command("terminate");
        await phone.waitForLog(/to LinphoneCallReleased/);
        const named = (await phone.log()).match(/^a=crypto:\d+ \S+/gm) ?? [];
        assert.deepEqual([...new Set(named)], [`a=crypto:1 ${suite}`]);
        const { heardSeconds } = hearing(await phone.heard(), OWN_TONE);
        assert.ok(heardSeconds > 1, `${heardSeconds} s heard`);
      });
    }
  },
});
