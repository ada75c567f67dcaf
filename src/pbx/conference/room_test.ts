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

Deno.test("the right PIN behind the code lets in at once; the first one hears music and that it is alone", () => {
  const room = new FakeRoom();
  room.enter("a", withPin);
  assert.equal(room.kinds, "answer open mix say music");
  assert.equal(room.said("a"), "room-alone");
  assert.equal(room.find("music")?.on, true);
});

Deno.test("the second one ends the music and is announced to all by a tone", () => {
  const room = meeting("a");
  room.enter("b", withPin);
  assert.equal(room.kinds, "answer mix music announce");
  assert.equal(room.find("music")?.on, false);
  assert.deepEqual(room.find("announce"), { kind: "announce", sound: "join", prompts: [] });
});

Deno.test("without a PIN in the code it is asked for, and # or a pause of 4 s ends it", () => {
  for (const ending of ["#", "pause"]) {
    const room = new FakeRoom();
    room.enter("a");
    assert.equal(room.kinds, "answer say");
    assert.equal(room.said("a"), "room-enter-pin");
    room.type("a", "4711");
    assert.equal(room.where("a"), "pin");
    if (ending === "#") room.type("a", "#");
    else room.input({ kind: "timer", timer: "pin", member: "a" });
    assert.equal(room.where("a"), "inside");
  }
});

Deno.test("the first digit silences the prompt, a star begins anew", () => {
  const room = new FakeRoom();
  room.enter("a");
  room.type("a", "9");
  assert.equal(room.kinds, "hush");
  room.type("a", "12*4711#");
  assert.equal(room.where("a"), "inside");
});

Deno.test("a room without a PIN asks for none, and its moderator PIN still makes moderators", () => {
  const { pin: _, ...open } = ROOM;
  const room = new FakeRoom(open);
  room.enter("a");
  room.enter("m", asModerator);
  assert.deepEqual(room.inside, ["a", "m"]);
  assert.equal(room.state.guests.get("a")?.moderator, false);
  assert.equal(room.state.guests.get("m")?.moderator, true);
});

Deno.test("three wrong PINs end the visit, and each third one makes the pause twice as long", () => {
  const room = new FakeRoom();
  for (const [visit, pauseSec] of [[1, 30], [2, 60], [3, 120]] as const) {
    const member = `a${visit}`;
    room.enter(member, { number: "101" });
    for (const attempt of [1, 2]) {
      room.type(member, "0000#");
      assert.equal(room.said(member), "room-wrong-pin room-enter-pin", `attempt ${attempt}`);
    }
    room.type(member, "0000#");
    assert.equal(room.said(member), "room-wrong-pin room-try-later");
    room.input({ kind: "said", member });
    assert.deepEqual(room.find("hangUp"), { kind: "hangUp", member, reason: "wrong pin" });
    room.nowMs += pauseSec * 1000 - 1;
    room.enter("early", { number: "101", ...withPin });
    assert.equal(room.find("refuse")?.reason, "try later");
    room.nowMs += 2;
  }
  room.enter("late", { number: "101", ...withPin });
  assert.equal(room.where("late"), "inside");
});

Deno.test("hanging up between tries forgives nothing, a wrong PIN in the code counts, and others are not punished", () => {
  const room = new FakeRoom();
  for (const member of ["a", "b"]) {
    room.enter(member, { number: "101", pin: "1" });
    assert.equal(room.said(member), "room-wrong-pin room-enter-pin");
    room.input({ kind: "gone", member });
  }
  room.enter("c", { number: "101" });
  room.type("c", "2#");
  assert.equal(room.where("c"), "leaving");
  room.enter("d", { number: "102", ...withPin });
  assert.equal(room.where("d"), "inside");
});

Deno.test("outside callers count as one, whatever number they show, also when they try at the same time", () => {
  const room = new FakeRoom({ ...ROOM, allowOutside: true });
  for (const member of ["x", "y", "z", "w"]) room.enter(member, { outside: true });
  room.type("x", "1#");
  room.type("y", "2#");
  room.type("z", "3#");
  assert.equal(room.where("z"), "leaving");
  room.type("w", "4#");
  assert.equal(room.where("w"), "leaving");
  room.enter("v", { outside: true, ...withPin });
  assert.equal(room.find("refuse")?.reason, "try later");
});

Deno.test("wrong PINs are forgotten after a day, and at once when a local caller types the right one", () => {
  const room = new FakeRoom();
  room.enter("a", { pin: "1" });
  room.type("a", "4711#");
  assert.equal(room.state.penalties.size, 0);
  room.enter("b", { pin: "1" });
  room.input({ kind: "gone", member: "b" });
  room.nowMs += 86_400_001;
  room.enter("c", withPin);
  assert.equal(room.state.penalties.size, 0);
});

const REFUSALS: readonly [
  sentence: string,
  arrange: (room: FakeRoom) => void,
  entry: Parameters<FakeRoom["enter"]>[1],
  reason: string,
][] = [
  ["outside callers where the room is for the house", () => {}, { outside: true, ...withPin }, "not allowed"],
  [
    "the fourth of three",
    (room) => ["a", "b", "c"].forEach((member) => room.enter(member, withPin)),
    withPin,
    "full",
  ],
  [
    "even moderators when it is full",
    (room) => ["a", "b", "c"].forEach((member) => room.enter(member, withPin)),
    asModerator,
    "full",
  ],
  [
    "members when it is locked",
    (room) => {
      room.enter("m", asModerator);
      room.type("m", "*2");
    },
    withPin,
    "locked",
  ],
];

for (const [sentence, arrange, entry, reason] of REFUSALS) {
  Deno.test(`a room refuses ${sentence}: not answered, with a reason and words`, () => {
    const room = new FakeRoom();
    arrange(room);
    room.enter("late", entry);
    assert.equal(room.kinds, "refuse");
    assert.equal(room.find("refuse")?.reason, reason);
    assert.ok(room.find("refuse")!.prompts.length > 0);
    assert.equal(room.where("late"), "gone");
  });
}

Deno.test("a room that fills up while the PIN is typed says so and hangs up", () => {
  const room = new FakeRoom();
  room.enter("slow");
  for (const member of ["a", "b", "c"]) room.enter(member, withPin);
  room.type("slow", "4711#");
  assert.equal(room.said("slow"), "room-full");
  room.input({ kind: "timer", timer: "leaving", member: "slow" });
  assert.deepEqual(room.find("hangUp"), { kind: "hangUp", member: "slow", reason: "full" });
});

Deno.test("a locked room lets in moderators and those it called itself", () => {
  const room = meeting("m");
  room.type("m", "*2");
  assert.equal(room.said("m"), "room-now-locked");
  room.enter("m2", asModerator);
  room.enter("guest", { invited: true, outside: true });
  assert.deepEqual(room.inside, ["m", "m2", "guest"]);
  room.enter("a");
  room.type("a", "4711#");
  assert.equal(room.said("a"), "room-locked");
});

Deno.test("*1 mutes and unmutes oneself, *0 explains, moderators more", () => {
  const room = meeting("a", "m");
  room.type("a", "*1");
  assert.deepEqual(room.find("mix"), { kind: "mix", member: "a", muted: true, held: false });
  assert.equal(room.said("a"), "room-muted");
  room.type("a", "*1");
  assert.equal(room.find("mix")?.muted, false);
  room.type("a", "*0");
  assert.equal(room.said("a"), "room-menu");
  room.type("m", "*0");
  assert.equal(room.said("m"), "room-menu room-menu-moderator");
});

Deno.test("*2 and *3 do nothing for members; single digits do nothing for anybody", () => {
  const room = meeting("a", "b", "m");
  room.type("a", "*2");
  room.type("a", "*3");
  room.type("m", "2");
  room.type("m", "3");
  assert.equal(room.state.locked, false);
  assert.equal(room.state.allMuted, false);
});

Deno.test("a star is forgotten after four seconds", () => {
  const room = meeting("a", "b");
  room.type("a", "*");
  assert.deepEqual(room.find("timer"), { kind: "timer", timer: "star", ms: 4000, member: "a" });
  room.input({ kind: "timer", timer: "star", member: "a" });
  room.type("a", "1");
  assert.equal(room.kinds, "");
});

Deno.test("*3 mutes all but moderators, who come later too; members may take their voice back", () => {
  const room = meeting("a", "b", "m");
  room.type("m", "*3");
  assert.deepEqual(room.last.filter((effect) => effect.kind === "mix").map((effect) => effect.member), [
    "a",
    "b",
  ]);
  room.enter("c", withPin);
  assert.equal(room.find("mix")?.muted, true);
  assert.equal(room.said("c"), "room-muted");
  room.type("a", "*1");
  assert.equal(room.find("mix")?.muted, false);
  room.type("m", "*3");
  assert.equal(room.state.allMuted, false);
});

Deno.test("page and API: mute, mute all, remove, lock, invite, and nothing for members who are not there", () => {
  const room = meeting("a", "b", "c");
  room.input({ kind: "command", command: { kind: "mute", member: "a", muted: true } });
  assert.equal(room.find("mix")?.muted, true);
  room.input({ kind: "command", command: { kind: "lock", locked: true } });
  assert.equal(room.state.locked, true);
  room.input({ kind: "command", command: { kind: "invite", number: "105" } });
  assert.deepEqual(room.find("invite"), { kind: "invite", number: "105" });
  room.input({ kind: "command", command: { kind: "remove", member: "b" } });
  assert.equal(room.kinds, "unmix say announce");
  assert.equal(room.said("b"), "room-removed");
  room.input({ kind: "command", command: { kind: "remove", member: "nobody" } });
  room.input({ kind: "command", command: { kind: "mute", member: "nobody", muted: true } });
  assert.equal(room.kinds, "");
});

Deno.test("who is removed at the door is hung up on as well", () => {
  const room = new FakeRoom();
  room.enter("a");
  room.input({ kind: "command", command: { kind: "remove", member: "a" } });
  room.input({ kind: "said", member: "a" });
  assert.equal(room.find("hangUp")?.reason, "removed");
});

Deno.test("end: all leave the mix, the room closes, each hears it is over and is hung up on", () => {
  const room = meeting("a", "b");
  room.enter("door");
  room.input({ kind: "command", command: { kind: "end" } });
  assert.equal(room.kinds, "unmix unmix music close say say say");
  assert.equal(room.state.open, false);
  for (const member of ["a", "b", "door"]) {
    room.input({ kind: "said", member });
    assert.equal(room.find("hangUp")?.reason, "ended");
  }
  assert.equal(room.state.guests.size, 0);
});

Deno.test("levels are told on when they differ, and silence always", () => {
  const room = meeting("a", "b");
  const told = (level: number) => room.input({ kind: "level", member: "a", level }).length > 0;
  assert.deepEqual([60, 62, 70, 3, 0, 0].map(told), [true, false, true, true, true, false]);
});

Deno.test("inputs about strangers change nothing", () => {
  const room = meeting("a");
  const before = room.state;
  for (const kind of ["said", "gone", "alive"] as const) room.input({ kind, member: "x" });
  room.input({ kind: "digit", member: "x", digit: "1" });
  room.input({ kind: "timer", timer: "pin", member: "x" });
  assert.deepEqual(room.state, before);
  assert.equal(room.kinds, "");
});
