/**
 * A real Linphone: it checks our authority and the name in the certificate, answers SHA-256, and talks with SRTP of
 * 256 bits. It wants a DNS name, so the domain is `localhost`, which every machine resolves.
 */

import assert from "node:assert/strict";
import { createAuthority } from "../../src/platform/own_authority.ts";
import { SystemRandom } from "../../src/platform/mod.ts";
import { Baresip, hasBaresip } from "../support/baresip.ts";
import {
  hasLinphone,
  LINPHONE_SUITE as AES_256,
  LINPHONE_TONE as OWN_TONE,
  officeLinphone,
} from "../support/linphone.ts";
import { TestServer } from "../support/server.ts";
import { hearing, type Wav } from "../support/wav.ts";
import { pause } from "../support/waiting.ts";

const AVAILABLE = await hasLinphone() && await hasBaresip();
if (!AVAILABLE) {
  console.log("skipped: Linphone or baresip is not installed (apt-get install linphone-cli baresip-core)");
}

const DOMAIN = "localhost";
const ADDRESS = "127.0.0.1";
const THEIR_TONE = 1000;

function start(): Promise<TestServer> {
  return TestServer.start({
    address: ADDRESS,
    domain: DOMAIN,
    mediaPorts: "39000-39099",
    extensions: [
      { number: "100", name: "Linphone", password: "secret-100", srtp: "required", digest: ["SHA-256"] },
      { number: "101", name: "Baresip", password: "secret-101" },
    ],
  });
}

function assertTone(wav: Wav, tone: number): void {
  const { heardSeconds, steadyShare } = hearing(wav, tone);
  assert.ok(heardSeconds > 1.5 && steadyShare > 0.9, `${heardSeconds} s, ${steadyShare} of ${tone} Hz`);
}

Deno.test({
  name: "Linphone: registers by TLS and SHA-256, hears its echo by AES-256, and talks with baresip both ways",
  ignore: !AVAILABLE,
  async fn(test) {
    await using server = await start();
    await using phone = await officeLinphone(server);
    await test.step("it registers: certificate and name checked, SHA-256 chosen", async () => {
      await phone.registered();
      assert.match(await phone.log(), /Authorization:\s*Digest .*algorithm=SHA-256/);
      const { stdout } = await server.command("status");
      assert.match(stdout, /^100 +Linphone +registered +tls Linphonec/m);
    });
    await test.step("the echo test, by AES-256", async () => {
      await phone.command(`call sip:*43@${DOMAIN}`);
      await phone.waitForLog(/to LinphoneCallStreamsRunning/);
      await pause(3000);
      await phone.command("terminate");
      await phone.waitForLog(/to LinphoneCallReleased/);
      assertTone(await phone.heard(), OWN_TONE);
      await pause(500);
      const { stdout } = await server.command("calls", "--past", "--json");
      assert.match(stdout, new RegExp(`"srtpSuite": ?"${AES_256}"`));
    });
    await using bob = await Baresip.start({
      user: "101",
      password: "secret-101",
      domain: DOMAIN,
      server: `${ADDRESS}:5061`,
      transport: "tls",
      encryption: "srtp-mand",
      codec: "PCMA",
      tone: THEIR_TONE,
      address: "127.0.0.93",
    });
    await test.step("Linphone calls baresip", async () => {
      await phone.command(`record ${phone.folder}/heard.wav`);
      await phone.command(`call sip:101@${DOMAIN}`);
      await bob.waitFor("CALL_ESTABLISHED");
      await pause(3000);
      await phone.command("terminate");
      await bob.waitFor("CALL_CLOSED");
      assertTone(await phone.heard(), THEIR_TONE);
    });
    await test.step("baresip calls Linphone", async () => {
      await phone.command(`record ${phone.folder}/heard.wav`);
      await bob.dial("100");
      await phone.waitForLog(/to LinphoneCallIncomingReceived/);
      await phone.command("answer");
      await bob.waitFor("CALL_ESTABLISHED", 8000, 2);
      await pause(3000);
      await bob.command("hangup");
      await bob.waitFor("CALL_CLOSED", 8000, 2);
      await pause(300);
      assertTone(await phone.heard(), THEIR_TONE);
    });
    await bob.stop();
    const heard = await bob.heard();
    assert.equal(heard.length, 2);
    for (const wav of heard) assertTone(wav, OWN_TONE);
  },
});

Deno.test({
  name: "Linphone: refuses a server of another authority, and one by a name that its certificate lacks",
  ignore: !AVAILABLE,
  async fn() {
    await using server = await start();
    const other = await createAuthority("somebody else", { random: new SystemRandom(), nowMs: Date.now() });
    const authority = `${server.data}/other.pem`;
    await Deno.writeTextFile(authority, other.certificate);
    for (const changes of [{ authority }, { server: "127.0.0.1:5061" }]) {
      await using phone = await officeLinphone(server, changes);
      await phone.waitForLog(/to \[LinphoneRegistrationFailed\]/);
      assert.doesNotMatch(await phone.log(), /LinphoneRegistrationOk/);
    }
    // The same complaint of the same phone is logged once.
    assert.match(server.log, /"connection refused"[^}]*does not trust the certificate/);
  },
});
