import assert from "node:assert/strict";
import { FakeRoom, ROOM } from "./fake_room.ts";

const withPin = { pin: "4711" };
const asModerator = { pin: "9999" };

/** A room with these members inside; a name that begins with "m" is a moderator. */
function meeting(...members: string[]): FakeRoom {
  const room = new FakeRoom({ ...ROOM, capacity: 10 });
  for (const member of members) room.enter(member, member.startsWith("m") ? asModerator : withPin);
  return room;
}

Deno.test("leaving: a tone for those who stay, music for the last one, and lock and mute end with the room", () => {
  const room = meeting("m", "b", "c");
  room.type("m", "*2");
  room.type("m", "*3");
  room.input({ kind: "gone", member: "b" });
  assert.equal(room.kinds, "unmix announce");
  room.input({ kind: "gone", member: "c" });
  assert.equal(room.kinds, "unmix announce music");
  room.input({ kind: "gone", member: "m" });
  assert.equal(room.kinds, "unmix music close");
  room.enter("a", withPin);
  assert.equal(room.where("a"), "inside");
  assert.equal(room.find("mix")?.muted, false);
});

Deno.test("who hung up is not hung up on", () => {
  const room = meeting("a");
  room.input({ kind: "gone", member: "a" });
  assert.equal(room.all.some((effect) => effect.kind === "hangUp"), false);
});

Deno.test("recording by command: everybody hears it, also who comes later; it ends with the last one", () => {
  const room = meeting("a", "b");
  room.input({ kind: "command", command: { kind: "record", on: true } });
  assert.deepEqual(room.find("announce")?.prompts, ["room-recording"]);
  room.enter("c", withPin);
  assert.equal(room.said("c"), "room-recording");
  for (const member of ["a", "b", "c"]) room.input({ kind: "gone", member });
  assert.deepEqual(room.find("record"), { kind: "record", on: false });
  assert.equal(room.state.recording, false);
});

Deno.test("recording always begins with the second member, and a consent tone sounds every 15 s", () => {
  const room = new FakeRoom({ ...ROOM, record: true, consentTone: true });
  room.enter("a", withPin);
  assert.equal(room.state.recording, false);
  room.enter("b", withPin);
  assert.equal(room.find("record")?.on, true);
  assert.deepEqual(room.find("timer"), { kind: "timer", timer: "consent", ms: 15_000 });
  room.input({ kind: "timer", timer: "consent" });
  assert.equal(room.find("announce")?.sound, "consent");
  room.input({ kind: "command", command: { kind: "record", on: false } });
  assert.deepEqual(room.find("cancel"), { kind: "cancel", timer: "consent" });
  room.input({ kind: "timer", timer: "consent" });
  assert.equal(room.kinds, "");
});

Deno.test("a recording that fails is announced as ended, and the conference goes on", () => {
  const room = meeting("a", "b");
  room.input({ kind: "command", command: { kind: "record", on: true } });
  room.input({ kind: "recordingFailed" });
  assert.equal(room.state.recording, false);
  assert.deepEqual(room.find("announce")?.prompts, ["room-recording-ended"]);
  assert.deepEqual(room.inside, ["a", "b"]);
});

Deno.test("a silent member is asked for a sign of life and is gone within 10 s when none comes", () => {
  const room = meeting("a", "b");
  room.input({ kind: "silent", member: "a", silent: true, forMs: 3000 });
  const waited = room.find("timer")!;
  assert.equal(waited.timer, "silent");
  room.input({ kind: "timer", timer: "silent", member: "a" });
  assert.equal(room.kinds, "probe");
  const probed = room.find("timer")!;
  assert.ok(3000 + waited.ms + probed.ms <= 8000, "with time to spare for a busy machine");
  room.input({ kind: "timer", timer: "probe", member: "a" });
  assert.equal(room.kinds, "unmix hangUp announce music");
  assert.equal(room.find("hangUp")?.reason, "network");
});

Deno.test("a telephone that is merely quiet stays, and one that speaks again is not asked", () => {
  const room = meeting("a", "b");
  room.input({ kind: "silent", member: "a", silent: true, forMs: 3000 });
  room.input({ kind: "timer", timer: "silent", member: "a" });
  room.input({ kind: "alive", member: "a" });
  assert.ok(room.last.some((effect) => effect.kind === "cancel" && effect.timer === "probe"));
  room.input({ kind: "silent", member: "a", silent: false, forMs: 0 });
  room.input({ kind: "timer", timer: "silent", member: "a" });
  assert.equal(room.kinds, "");
  assert.deepEqual(room.inside, ["a", "b"]);
});

Deno.test("on hold a member hears and says nothing, and its silence is no loss", () => {
  const room = meeting("a", "b");
  room.input({ kind: "held", member: "a", held: true });
  assert.deepEqual(room.find("mix"), { kind: "mix", member: "a", muted: false, held: true });
  room.input({ kind: "silent", member: "a", silent: true, forMs: 3000 });
  assert.equal(room.find("timer"), undefined);
  room.input({ kind: "timer", timer: "silent", member: "a" });
  assert.equal(room.kinds, "");
  room.input({ kind: "held", member: "a", held: false });
  assert.equal(room.find("mix")?.held, false);
  assert.equal(room.find("timer")?.timer, "silent");
});

Deno.test("spoken names: asked for, recorded, announced on coming and leaving, forgotten", () => {
  const room = new FakeRoom({ ...ROOM, announceNames: true });
  room.enter("a", withPin);
  assert.equal(room.said("a"), "room-say-name tone-name");
  room.input({ kind: "said", member: "a" });
  assert.deepEqual(room.find("recordName"), { kind: "recordName", member: "a", on: true });
  room.type("a", "#");
  assert.deepEqual(room.find("recordName"), { kind: "recordName", member: "a", on: false });
  room.input({ kind: "named", member: "a", written: true });
  assert.equal(room.where("a"), "inside");
  room.enter("b", withPin);
  room.input({ kind: "said", member: "b" });
  room.input({ kind: "timer", timer: "naming", member: "b" });
  room.input({ kind: "named", member: "b", written: true });
  assert.deepEqual(room.find("announce"), {
    kind: "announce",
    sound: "join",
    name: "b",
    prompts: ["room-has-joined"],
  });
  room.input({ kind: "gone", member: "b" });
  assert.deepEqual(room.find("announce")?.prompts, ["room-has-left"]);
  assert.deepEqual(room.find("forgetName"), { kind: "forgetName", member: "b" });
});

Deno.test("who says no name comes in with a tone alone", () => {
  const room = new FakeRoom({ ...ROOM, announceNames: true });
  for (const member of ["a", "b"]) {
    room.enter(member, withPin);
    room.input({ kind: "named", member, written: false });
  }
  assert.deepEqual(room.find("announce"), { kind: "announce", sound: "join", prompts: [] });
});
