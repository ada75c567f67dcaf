/** In a room with real phones: music alone, tones, keys of members and moderators, hold, a phone that dies, recording. */

import assert from "node:assert/strict";
import { type Baresip, hasBaresip } from "../support/baresip.ts";
import { heardSeconds, shippedSound } from "../support/listening.ts";
import { OwnOffice } from "../support/own_office.ts";
import {
  press,
  ROOM_EXTENSIONS,
  ROOM_RMS,
  ROOM_TONES,
  type RoomNow,
  roomPhone,
  untilRoom,
} from "../support/room_phones.ts";
import { decibels, lastPiece, secondsOfTone, soundRms, toneRms } from "../support/spectrum.ts";
import { readWav, type Wav } from "../support/wav.ts";
import { pause } from "../support/waiting.ts";

const AVAILABLE = await hasBaresip();
if (!AVAILABLE) console.log("skipped: baresip is not installed (apt-get install baresip-core)");

const PLACE = { server: "127.0.0.144", firstAddress: 145 };
const ROOM = "801";
/** Recorded from its second member on, with the names that its members speak. */
const BOARD = "803";
const CONSENT_HZ = 1400;

const inside = (count: number) => (view: RoomNow) =>
  view.members.filter(({ where }) => where === "inside").length === count;

const levelOf = (wav: Wav, position: number, piece: Parameters<typeof toneRms>[2]) =>
  decibels(toneRms(wav, ROOM_TONES[position]!, piece) / ROOM_RMS);

async function enter(phone: Baresip, pin: string): Promise<void> {
  await phone.dial(`*6*${ROOM}*${pin}`);
  await phone.waitFor("CALL_ESTABLISHED");
}

async function assertHeard(phone: Baresip, prompts: Record<string, number>): Promise<void> {
  const recordings = await phone.heard();
  for (const [prompt, least] of Object.entries(prompts)) {
    const sound = await shippedSound(`${prompt}.wav`);
    const heard = recordings.reduce((sum, wav) => sum + heardSeconds(wav, sound), 0);
    assert.ok(heard >= least, `${prompt} was heard for ${heard} s of ${least}`);
  }
}

/**
 * Two members, one of whom is muted from the beginning: whatever the other hears is the server's. Each speaks its tone
 * for a name.
 */
async function meetOnTheBoard(server: OwnOffice): Promise<void> {
  const { rooms, recordings } = server.office.parts;
  const dave = await roomPhone(3, PLACE);
  const erin = await roomPhone(4, PLACE, { transport: "tls", encryption: "srtp-mand" });
  try {
    await dave.dial(BOARD);
    await untilRoom(server, BOARD, inside(1), 15_000);
    await erin.dial(BOARD);
    const { members } = await untilRoom(server, BOARD, inside(2), 15_000);
    rooms.command(server.domain, BOARD, { kind: "mute", member: members[1]!.id, muted: true });
    await pause(16_500);
    assert.ok((await untilRoom(server, BOARD, inside(2))).recording, "it is recorded from the second one on");
    await erin.command("hangup");
    await untilRoom(server, BOARD, inside(1));
    await pause(6500);
    await dave.command("hangup");
    await untilRoom(server, BOARD, inside(0));
    await pause(300);
    await Promise.all([dave.stop(), erin.stop()]);
    await assertHeard(dave, { "en/room-recording": 1.5, "en/room-has-joined": 0.5, "en/room-has-left": 0.5 });
    await assertHeard(erin, { "en/room-say-name": 1.5 });
    const [wav] = await dave.heard();
    const name = secondsOfTone(wav!, ROOM_TONES[4]!, ROOM_RMS / 2);
    assert.ok(name > 6 && name < 9, `erin's name of 4 s was heard twice, in all ${name} s`);
    const consent = secondsOfTone(wav!, CONSENT_HZ, 0.02);
    assert.ok(consent > 0.1 && consent < 1, `the tone of being recorded was heard for ${consent} s`);
    const [kept] = recordings.list(server.domain).filter(({ room }) => room === BOARD);
    assert.deepEqual(kept?.members, ["103", "104"]);
    const recorded = readWav(await Deno.readFile(kept!.path));
    assert.ok(secondsOfTone(recorded, ROOM_TONES[3]!, ROOM_RMS / 2) > 14, "dave is in the recording");
  } finally {
    for (const phone of [dave, erin]) await phone[Symbol.asyncDispose]();
  }
}

Deno.test({
  name: "what happens in a room",
  ignore: !AVAILABLE,
  async fn(test) {
    await using server = await OwnOffice.start({
      address: PLACE.server,
      mediaPorts: "41400-41599",
      extensions: ROOM_EXTENSIONS,
      office: {
        rooms: [
          { number: ROOM, name: "Board", pin: "4711", moderatorPin: "9999" },
          { number: BOARD, name: "Names", record: true, consentTone: true, announceNames: true },
        ],
      },
    });
    const { rooms, recordings } = server.office.parts;
    const command = (wish: Parameters<typeof rooms.command>[2]) => rooms.command(server.domain, ROOM, wish);
    const until = (condition: (view: RoomNow) => boolean, ms?: number) =>
      untilRoom(server, ROOM, condition, ms);
    const step = (name: string, run: () => Promise<void>) =>
      test.step(name, async () => {
        try {
          await run();
        } catch (error) {
          throw new Error(`${(error as Error).message}\n--- server\n${server.log.slice(-3000)}`, {
            cause: error,
          });
        } finally {
          command({ kind: "end" });
          await until(inside(0));
        }
      });

    // Goes on beside the others: it takes long.
    const board = Promise.allSettled([meetOnTheBoard(server)]);

    await step("who is alone hears music, and tones when others come and go", async () => {
      await using alice = await roomPhone(0, PLACE);
      await using bob = await roomPhone(1, PLACE);
      await enter(alice, "4711");
      await pause(4500);
      const beforeMs = Date.now();
      await enter(bob, "4711");
      command({ kind: "mute", member: (await until(inside(2))).members[1]!.id, muted: true });
      await pause(1500);
      await alice.command("hangup");
      await alice.waitFor("CALL_CLOSED");
      const sinceMs = Date.now() - beforeMs;
      await Promise.all([alice.stop(), bob.stop()]);
      const [wav] = await alice.heard();
      const alone = lastPiece(wav!, { seconds: 1.5, beforeEndSec: sinceMs / 1000 + 0.3 });
      const joined = lastPiece(wav!, { seconds: sinceMs / 1000, beforeEndSec: 0 });
      assert.ok(soundRms(wav!, alone) > 0.01, `music alone: ${soundRms(wav!, alone)}`);
      assert.ok(soundRms(wav!, joined) > 0.005, `tone of joining: ${soundRms(wav!, joined)}`);
      const late = lastPiece(wav!, { seconds: 0.5, beforeEndSec: 0.1 });
      assert.ok(soundRms(wav!, late) < 0.003, `music has ended: ${soundRms(wav!, late)}`);
      await assertHeard(alice, { "en/room-alone": 1 });
      await assertHeard(bob, { "en/room-muted": 0.5 });
    });

    await step("*1 mutes oneself; *2, *3 and *0 lock, mute all and tell, for moderators only", async () => {
      await using alice = await roomPhone(0, PLACE, { transport: "tls", encryption: "srtp-mand" });
      await using bob = await roomPhone(1, PLACE);
      await enter(alice, "9999");
      await enter(bob, "4711");
      await until(inside(2));
      const bobIs = (muted: boolean) => (view: RoomNow) => view.members[1]!.muted === muted;
      await press(bob, "*1");
      await until(bobIs(true));
      await press(bob, "*1");
      await until(bobIs(false));
      await press(bob, "*2*3");
      await pause(300);
      const view = await until(inside(2));
      assert.deepEqual([view.locked, view.allMuted], [false, false], "a member is no moderator");
      await press(alice, "*2");
      await until(({ locked }) => locked);
      await press(bob, "*0");
      await press(alice, "*3");
      await until(({ allMuted, members }) => allMuted && members[1]!.muted && !members[0]!.muted);
      await press(alice, "*3");
      await until(({ allMuted, members }) => !allMuted && !members[1]!.muted);
      await press(alice, "*2");
      await until(({ locked }) => !locked);
      await press(alice, "*0");
      await pause(9500);
      command({ kind: "end" });
      await Promise.all([alice, bob].map((phone) => phone.waitFor("CALL_CLOSED")));
      await Promise.all([alice.stop(), bob.stop()]);
      await assertHeard(alice, { "en/room-menu": 2.25, "en/room-menu-moderator": 4.5, "en/room-ended": 0.5 });
      const [heardByBob] = await bob.heard();
      const forModerators = await shippedSound("en/room-menu-moderator.wav");
      assert.ok(heardSeconds(heardByBob!, forModerators) < 1, "a member hears only what it may do");
    });

    await step("a member on hold is not heard, and is again afterwards, in the same codec", async () => {
      await using alice = await roomPhone(0, PLACE, { transport: "tls", encryption: "srtp-mand" });
      await using bob = await roomPhone(1, PLACE, { codec: "G722" });
      await using carol = await roomPhone(2, PLACE, {
        transport: "tls",
        encryption: "srtp-mand",
        codec: "G722",
      });
      for (const phone of [alice, bob, carol]) await enter(phone, "4711");
      await until(inside(3));
      await pause(1000);
      await carol.command("hold");
      await until(({ members }) => members[2]!.held);
      await pause(2500);
      const resumedAt = Date.now();
      await carol.command("resume");
      await until(({ members }) => !members[2]!.held);
      await pause(2000);
      const view = await until(inside(3));
      assert.deepEqual(view.members.map(({ media }) => media?.codec), ["pcmu", "g722", "g722"]);
      assert.deepEqual(view.members.map(({ media }) => media?.suite), [
        "AES_CM_128_HMAC_SHA1_80",
        undefined,
        "AES_CM_128_HMAC_SHA1_80",
      ]);
      await Promise.all([alice, bob].map((phone) => phone.command("hangup")));
      await Promise.all([alice, bob].map((phone) => phone.waitFor("CALL_CLOSED")));
      const sinceSec = (Date.now() - resumedAt) / 1000;
      await Promise.all([alice.stop(), bob.stop()]);
      for (const [who, phone] of [["alice", alice], ["bob", bob]] as const) {
        const [wav] = await phone.heard();
        const held = levelOf(wav!, 2, lastPiece(wav!, { seconds: 1.5, beforeEndSec: sinceSec + 0.4 }));
        const back = levelOf(wav!, 2, lastPiece(wav!, { seconds: 1, beforeEndSec: 0.4 }));
        assert.ok(held < -40, `${who} hears the held one at ${held} dB`);
        assert.ok(Math.abs(back) < 1, `${who} hears it at ${back} dB afterwards`);
      }
    });

    await step("a phone that dies without a word is out within ten seconds", async () => {
      await using alice = await roomPhone(0, PLACE);
      await using bob = await roomPhone(1, PLACE);
      await using carol = await roomPhone(2, PLACE, { transport: "tls", encryption: "srtp-mand" });
      for (const phone of [alice, bob, carol]) await enter(phone, "4711");
      await until(inside(3));
      await pause(1000);
      const diedAt = Date.now();
      bob.kill();
      carol.kill();
      await until(inside(1), 11_000);
      const tookMs = Date.now() - diedAt;
      assert.ok(tookMs < 10_000, `it took ${tookMs} ms`);
      assert.equal((await until(inside(1))).members[0]!.number, "100");
    });

    await step("a recording holds everybody, is announced, and stands in the list", async () => {
      await using alice = await roomPhone(0, PLACE);
      await using bob = await roomPhone(1, PLACE, {
        transport: "tls",
        encryption: "srtp-mand",
        codec: "G722",
      });
      for (const phone of [alice, bob]) await enter(phone, "4711");
      await until(inside(2));
      await pause(3000);
      command({ kind: "record", on: true });
      await until(({ recording }) => recording);
      await pause(5000);
      command({ kind: "record", on: false });
      await until(({ recording }) => !recording);
      command({ kind: "end" });
      await until(inside(0));
      await pause(300);
      const list = recordings.list(server.domain).filter((one) => one.room === ROOM);
      assert.equal(list.length, 1);
      const { members, seconds, startedAt, endedAt, path, error } = list[0]!;
      assert.deepEqual([members, error], [["100", "101"], undefined]);
      assert.ok(Math.abs(seconds - 5) < 0.5, `${seconds} s`);
      assert.ok(Math.abs(endedAt - startedAt - 5000) < 1000);
      const wav = readWav(await Deno.readFile(path));
      const piece = lastPiece(wav, { seconds: 1.5, beforeEndSec: 0.3 });
      for (const position of [0, 1]) {
        const level = levelOf(wav, position, piece);
        assert.ok(Math.abs(level) < 1, `${position} is recorded at ${level} dB`);
      }
    });

    await test.step("who speaks a name is announced with it, and recording tells itself by words and tones", async () => {
      const [result] = await board;
      if (result!.status === "rejected") throw result!.reason;
    });
  },
});
