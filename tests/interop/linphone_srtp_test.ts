/**
 * A real Linphone's SRTP: every suite that it offers, and the wrap of a sequence number. It begins its SRTP anew with every
 * description, also under the same key, so that it would hear nothing that was sealed with a rollover counter over 0.
 */

import assert from "node:assert/strict";
import {
  hasLinphone,
  LINPHONE_SUITE as AES_256,
  LINPHONE_TONE as OWN_TONE,
  officeLinphone,
} from "../support/linphone.ts";
import { TestServer } from "../support/server.ts";
import { SRTP_PHONE_TONE, SrtpPhone } from "../support/srtp_phone.ts";
import { hearing, readWav } from "../support/wav.ts";
import { pause, until } from "../support/waiting.ts";

const AVAILABLE = await hasLinphone();
if (!AVAILABLE) console.log("skipped: Linphone is not installed (apt-get install linphone-cli)");

const DOMAIN = "localhost";
/** As it spells them; the last is the other spelling of one before (RFC 6188). AES_256_CM_80 has a test of its own. */
const SUITES = [
  "AES_CM_128_HMAC_SHA1_80",
  "AES_CM_128_HMAC_SHA1_32",
  "AES_256_CM_HMAC_SHA1_32",
  "AES_CM_256_HMAC_SHA1_80",
];

const FIRST_SEQUENCE = 65_436;

function startServer(): Promise<TestServer> {
  return TestServer.start({
    address: "127.0.0.1",
    domain: DOMAIN,
    mediaPorts: "39300-39399",
    extensions: ["100", "101"].map((number) => ({ number, password: `secret-${number}` })),
  });
}

Deno.test({
  name: "Linphone: hears its echo in every suite that it offers, answered in its own spelling",
  ignore: !AVAILABLE,
  async fn(test) {
    await using server = await startServer();
    for (const suite of SUITES) {
      await test.step(suite, async () => {
        await using phone = await officeLinphone(server, { suites: [suite] });
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

Deno.test({
  name: "Linphone: after a wrap, hold and resume by either side leave both audible",
  ignore: !AVAILABLE,
  async fn() {
    await using server = await startServer();
    await using phone = await officeLinphone(server);
    await using raw = new SrtpPhone({
      user: "101",
      address: "127.0.0.1",
      server: "127.0.0.1",
      domain: DOMAIN,
      suite: AES_256,
      firstSequence: FIRST_SEQUENCE,
    });
    await phone.registered();
    const dialling = raw.phone.dial("100");
    await phone.waitForLog(/to LinphoneCallIncomingReceived/);
    await phone.command("answer");
    await dialling;
    const recordings: string[] = [];
    /** Until a hundred packets have gone each way; what Linphone hears is recorded. */
    const talking = async (when: string) => {
      const recording = `${phone.folder}/${recordings.length}.wav`;
      recordings.push(recording);
      await phone.command(`play ${phone.folder}/tone.wav`);
      await phone.command(`record ${recording}`);
      const wanted = raw.rtp.heard.length + 100, { sent } = raw;
      await until(() => raw.rtp.heard.length >= wanted, `100 packets of Linphone ${when}`);
      await until(() => raw.sent >= sent + 100, `100 packets to Linphone ${when}`);
    };
    await talking("at first");
    await until(() => raw.rtp.sequence < FIRST_SEQUENCE, "wrap");
    // As after a long loss: shortly behind the wrap even who had forgotten it would guess right.
    raw.rtp.sequence += 20_000;
    await talking("after the wrap");
    await phone.command("pause");
    await phone.waitForLog(/to LinphoneCallPaused/);
    await phone.command("resume");
    await phone.waitForLog(/to LinphoneCallResuming[\s\S]*to LinphoneCallStreamsRunning/);
    await talking("after it held");
    await raw.hold(true);
    await phone.waitForLog(/to LinphoneCallPausedByRemote/);
    await raw.hold(false);
    await phone.waitForLog(/to LinphoneCallPausedByRemote[\s\S]*to LinphoneCallStreamsRunning/);
    await talking("after it was held");
    await phone.command("terminate");
    await phone.waitForLog(/to LinphoneCallReleased/);
    assert.deepEqual([raw.keys, raw.rtp.unreadable], [1, 0]);
    for (const [i, recording] of recordings.entries()) {
      const { heardSeconds } = hearing(readWav(await Deno.readFile(recording)), SRTP_PHONE_TONE);
      assert.ok(heardSeconds > 0.5, `${heardSeconds} s heard in recording ${i}`);
    }
  },
});
