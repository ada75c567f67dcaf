/** Coming into a room with real phones: codes, PINs, a full and a locked room, transfer, being called. */

import assert from "node:assert/strict";
import { type Baresip, hasBaresip } from "../support/baresip.ts";
import { OwnOffice } from "../support/own_office.ts";
import { heardSeconds, shippedSound } from "../support/listening.ts";
import { press, ROOM_EXTENSIONS, ROOM_TONES, roomPhone, untilRoom } from "../support/room_phones.ts";
import { hearing } from "../support/wav.ts";
import { pause } from "../support/waiting.ts";

const AVAILABLE = await hasBaresip();
if (!AVAILABLE) console.log("skipped: baresip is not installed (apt-get install baresip-core)");

const PLACE = { server: "127.0.0.137", firstAddress: 138 };

/** These prompts, and not others, were what the server said; in seconds at least. */
async function assertHeard(phone: Baresip, prompts: Record<string, number>): Promise<void> {
  await phone.stop();
  const recordings = await phone.heard();
  for (const [prompt, least] of Object.entries(prompts)) {
    const sound = await shippedSound(`${prompt}.wav`);
    const heard = recordings.reduce((sum, wav) => sum + heardSeconds(wav, sound), 0);
    assert.ok(heard >= least, `${prompt} was heard for ${heard} s of ${least}`);
  }
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
          { number: "801", name: "Board", pin: "4711", moderatorPin: "9999", capacity: 2, locale: "zh" },
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
        await assertHeard(sixth, { "en/room-full": 0.75 });
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
        const pauseSec = Number(/Retry-After: (\d+)/.exec(carol.log)?.[1]);
        assert.ok(pauseSec > 20 && pauseSec <= 30, `a pause of ${pauseSec} s`);
        await assertHeard(carol, { "zh/room-wrong-pin": 1, "zh/room-try-later": 1.5 });
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
      await assertHeard(bob, { "en/room-locked": 0.75 });
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
      await pause(3500);
      await alice.command("hangup");
      await alice.waitFor("CALL_CLOSED");
      await carol.command("hangup");
      await Promise.all([alice.stop(), carol.stop()]);
      const best = Math.max(...(await alice.heard()).map((wav) => hearing(wav, ROOM_TONES[2]!).heardSeconds));
      assert.ok(best > 1, `alice heard carol for ${best} s`);
      const [heard] = await carol.heard();
      assert.ok(hearing(heard!, ROOM_TONES[0]!).heardSeconds > 1, "carol heard alice");
    });

    await step("somebody brought into a room by who is in it takes that place, without a PIN", async () => {
      await using alice = await roomPhone(0, PLACE, { transport: "tls", encryption: "srtp-mand" });
      await using bob = await roomPhone(1, PLACE);
      await using dave = await roomPhone(3, PLACE);
      await dave.dial("*6*801*4711");
      await alice.dial("101");
      await Promise.all([alice.waitFor("CALL_ESTABLISHED"), bob.waitFor("CALL_ESTABLISHED")]);
      await bob.command("hold");
      await pause(300);
      await bob.dial("*6*801*4711");
      await untilRoom(server, "801", members(2));
      await bob.transferFirstCall();
      await bob.waitFor("CALL_CLOSED", 8000, 2);
      const view = await untilRoom(server, "801", members(2));
      assert.deepEqual(view.members.map(({ number }) => number), ["103", "100"]);
      await pause(2500);
      rooms.command(server.domain, "801", { kind: "end" });
      await Promise.all([alice, dave].map((phone) => phone.waitFor("CALL_CLOSED")));
      await Promise.all([alice.stop(), dave.stop()]);
      // Baresip's recorder ends with the hold that came before: its count of packets tells.
      const received = Number(/packets:\s+\d+\s+(\d+)/.exec(alice.log)?.[1]);
      assert.ok(received > 120, `alice received ${received} packets`);
      const [heard] = await dave.heard();
      assert.ok(hearing(heard!, ROOM_TONES[0]!).heardSeconds > 1, "dave heard alice");
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
