/** Coming into a room with real phones: codes, PINs, a full and a locked room, transfer, being called. */

import assert from "node:assert/strict";
import { type Baresip, hasBaresip } from "../support/baresip.ts";
import { OwnOffice } from "../support/own_office.ts";
import { pause, press, ROOM_EXTENSIONS, ROOM_TONES, roomPhone, untilRoom } from "../support/room_phones.ts";
import { soundRms } from "../support/spectrum.ts";
import { hearing } from "../support/wav.ts";

const AVAILABLE = await hasBaresip();
if (!AVAILABLE) console.log("skipped: baresip is not installed (apt-get install baresip-core)");

const PLACE = { server: "127.0.0.137", firstAddress: 138 };

/** Words of the server were among what the phone heard. */
async function assertHeardWords(phone: Baresip, leastSeconds: number): Promise<void> {
  await phone.stop();
  const spoken = (await phone.heard()).map((wav) => {
    const size = wav.sampleRate / 20;
    let loud = 0;
    for (let at = 0; at + size <= wav.samples.length; at += size) {
      const piece = { fromSec: at / wav.sampleRate, toSec: (at + size) / wav.sampleRate };
      if (soundRms(wav, piece) > 0.01) loud++;
    }
    return loud / 20;
  });
  const total = spoken.reduce((sum, seconds) => sum + seconds, 0);
  assert.ok(total >= leastSeconds, `heard ${spoken.join(" and ")} s of words`);
}

const members = (count: number) => (view: { members: readonly { where: string }[] }) =>
  view.members.filter(({ where }) => where === "inside").length === count;

Deno.test({
  name: "who comes to a room's door",
  ignore: !AVAILABLE,
  async fn(test) {
    await using server = await OwnOffice.start({
      address: PLACE.server,
      mediaPorts: "41200-41399",
      extensions: ROOM_EXTENSIONS,
      office: {
        rooms: [
          { number: "800", name: "Meeting" },
          { number: "801", name: "Board", pin: "4711", moderatorPin: "9999", capacity: 2 },
        ],
      },
    });
    const { rooms } = server.office.parts;
    const step = (name: string, run: () => Promise<void>) =>
      test.step(name, () =>
        run().catch((error) => {
          throw new Error(`${error.message}\n--- server\n${server.log.slice(-3000)}`, { cause: error });
        }));

    await step("the sixth finds a room of five full, hears it before the answer and sees it", async () => {
      const phones = await Promise.all(ROOM_TONES.map((_, i) => roomPhone(i, PLACE)));
      try {
        for (const phone of phones.slice(0, 5)) await phone.dial("800");
        await untilRoom(server, "800", members(5));
        const sixth = phones[5]!;
        await sixth.dial("800");
        await sixth.waitFor("CALL_CLOSED");
        assert.match(sixth.log, /SIP\/2\.0 183 /);
        assert.match(sixth.log, /SIP\/2\.0 486 Room is full/);
        assert.equal(sixth.count("CALL_ESTABLISHED"), 0);
        await assertHeardWords(sixth, 0.8);
        rooms.command(server.domain, "800", { kind: "end" });
        await Promise.all(phones.slice(0, 5).map((phone) => phone.waitFor("CALL_CLOSED")));
        await untilRoom(server, "800", members(0));
      } finally {
        await Promise.all(phones.map((phone) => phone[Symbol.asyncDispose]()));
      }
    });

    await step(
      "*6*ROOM*PIN and the PIN on the keys lead in; a wrong one is asked for three times",
      async () => {
        await using alice = await roomPhone(0, PLACE, { transport: "tls", encryption: "srtp-mand" });
        await using bob = await roomPhone(1, PLACE);
        await using carol = await roomPhone(2, PLACE);
        await alice.dial("*6*801*4711");
        await bob.dial("801");
        await bob.waitFor("CALL_ESTABLISHED");
        await pause(500);
        await press(bob, "4711#");
        await untilRoom(server, "801", members(2));
        await bob.command("hangup");
        await untilRoom(server, "801", members(1));

        await carol.dial("*6*801");
        await carol.waitFor("CALL_ESTABLISHED");
        for (let tried = 0; tried < 3; tried++) {
          await pause(500);
          await press(carol, "1234#");
        }
        await carol.waitFor("CALL_CLOSED", 12_000);
        await carol.dial("801");
        await carol.waitFor("CALL_CLOSED", 8000, 2);
        assert.match(carol.log, /SIP\/2\.0 403 Too many wrong PINs/);
        assert.match(carol.log, /Retry-After: \d+/);
        await assertHeardWords(carol, 4);
        await alice.command("hangup");
        await untilRoom(server, "801", members(0));
      },
    );

    await step("a locked room is closed to all but its moderators", async () => {
      await using alice = await roomPhone(0, PLACE);
      await using bob = await roomPhone(1, PLACE);
      await alice.dial("800");
      await untilRoom(server, "800", members(1));
      rooms.command(server.domain, "800", { kind: "lock", locked: true });
      await bob.dial("800");
      await bob.waitFor("CALL_CLOSED");
      assert.match(bob.log, /SIP\/2\.0 403 Room is locked/);
      await assertHeardWords(bob, 0.5);
      await alice.command("hangup");
      await untilRoom(server, "800", members(0));
    });

    await step("somebody transferred into a room is in it, and hears the others", async () => {
      await using alice = await roomPhone(0, PLACE, { transport: "tls", encryption: "srtp-mand" });
      await using bob = await roomPhone(1, PLACE);
      await using carol = await roomPhone(2, PLACE, { codec: "G722" });
      await carol.dial("800");
      await untilRoom(server, "800", members(1));
      await alice.dial("101");
      await Promise.all([alice.waitFor("CALL_ESTABLISHED"), bob.waitFor("CALL_ESTABLISHED")]);
      await pause(300);
      await bob.command("transfer", `sip:800@${server.domain}`);
      await bob.waitFor("CALL_CLOSED");
      await untilRoom(server, "800", members(2));
      await pause(2500);
      await alice.command("hangup");
      await alice.waitFor("CALL_CLOSED");
      await carol.command("hangup");
      await Promise.all([alice.stop(), carol.stop()]);
      const best = Math.max(...(await alice.heard()).map((wav) => hearing(wav, ROOM_TONES[2]!).heardSeconds));
      assert.ok(best > 1, `alice heard carol for ${best} s`);
      const [heard] = await carol.heard();
      assert.ok(hearing(heard!, ROOM_TONES[0]!).heardSeconds > 1, "carol heard alice");
    });

    await step("whom the room calls comes in without a PIN", async () => {
      await using alice = await roomPhone(0, PLACE);
      await using bob = await roomPhone(1, PLACE, {
        transport: "tls",
        encryption: "srtp-mand",
        codec: "G722",
      });
      await alice.dial("*6*801*4711");
      await untilRoom(server, "801", members(1));
      rooms.command(server.domain, "801", { kind: "invite", number: "101" });
      await bob.waitFor("CALL_ESTABLISHED");
      const view = await untilRoom(server, "801", members(2));
      assert.deepEqual(view.members.map(({ number }) => number), ["100", "101"]);
      await pause(2500);
      rooms.command(server.domain, "801", { kind: "remove", member: view.members[1]!.id });
      await bob.waitFor("CALL_CLOSED");
      await bob.stop();
      const [heard] = await bob.heard();
      assert.ok(hearing(heard!, ROOM_TONES[0]!).heardSeconds > 1, "bob heard alice");
      await alice.command("hangup");
      await untilRoom(server, "801", members(0));
    });
  },
});
