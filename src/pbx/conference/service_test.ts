import assert from "node:assert/strict";
import { FakePlane } from "../../../tests/support/fake_plane.ts";
import { ManualClock, SILENT_LOG } from "../../base/mod.ts";
import type { RoomSettings } from "../../config/mod.ts";
import type { Directory } from "../directory/mod.ts";
import type { PbxEvent } from "../ports.ts";
import { ROOM } from "./fake_room.ts";
import type { RoomControl, RoomHandle, RoomRecording } from "./ports.ts";
import { RoomService } from "./service.ts";

class FakeCaller implements RoomControl {
  readonly told: string[] = [];
  leg = 0;
  isAlive = false;
  handle!: RoomHandle;
  constructor(readonly office: Office, readonly id: string, readonly answers = true) {}

  answer(options: { near?: number }): { leg: number; stream: number } | undefined {
    this.told.push(options.near === undefined ? "answer" : `answer near ${options.near}`);
    if (!this.answers) return undefined;
    this.leg = this.office.legs++;
    this.office.openLeg(this.leg);
    return { leg: this.leg, stream: 0 };
  }
  refuse(reason: string): void {
    this.told.push(`refuse ${reason}`);
  }
  hangUp(reason: string): void {
    this.told.push(`hang up ${reason}`);
  }
  probe(): Promise<boolean> {
    this.told.push("probe");
    return Promise.resolve(this.isAlive);
  }
}

class Office {
  readonly plane = new FakePlane();
  readonly clock = new ManualClock();
  readonly events: PbxEvent[] = [];
  readonly recordings: RoomRecording[] = [];
  readonly removed: string[] = [];
  readonly invited: string[] = [];
  readonly service: RoomService;
  legs = 1;
  room: RoomSettings = { ...ROOM, locale: "en" };

  constructor() {
    const directory = {
      find: (_domain: string, number: string) =>
        number === "800" ? { kind: "room", room: this.room } : undefined,
      domain: () => undefined,
    } as unknown as Directory;
    this.service = new RoomService({
      plane: this.plane,
      clock: this.clock,
      log: SILENT_LOG,
      events: { emit: (event) => this.events.push(event) },
      sounds: {
        say: (prompts, locale) => ({ kind: "files", paths: prompts.map((prompt) => `${locale}/${prompt}`) }),
        music: () => ({ kind: "files", paths: ["music"] }),
      },
      files: {
        recordingPath: (_domain, room) => `rec-${room}.wav`,
        recorded: (recording) => this.recordings.push(recording),
        namePath: (call) => `name-${call}.wav`,
        remove: (path) => this.removed.push(path),
      },
      dialer: { invite: (_domain, _room, number) => this.invited.push(number) },
      directory,
    });
  }

  openLeg(leg: number): void {
    this.plane.open({ streams: [{ kind: "rtp" }], family: "ipv4" });
    assert.ok(this.plane.legs.has(leg));
  }

  enter(
    id: string,
    entry: { pin?: string; invited?: boolean } = { pin: "4711" },
    answers = true,
  ): FakeCaller {
    const caller = new FakeCaller(this, id, answers);
    caller.handle = this.service.enter(
      { id, caller: { number: id, outside: false }, control: caller },
      { domain: "office.example", room: this.room, entry },
    );
    return caller;
  }

  get mix() {
    return [...this.plane.rooms.values()][0];
  }

  /** Ends what the room plays, or what a leg hears, as a real plane would tell it. */
  finishPlaying(leg?: number): void {
    const playing = leg === undefined ? this.mix?.playing : this.plane.legs.get(leg)?.playing;
    const tag = playing?.options.tag;
    this.plane.emit({ kind: "played", leg: leg ?? 0, complete: true, ...(tag === undefined ? {} : { tag }) });
  }

  /** Paths that the room plays now. */
  get heard(): string {
    const source = this.mix?.playing?.source;
    return source?.kind === "files" ? source.paths.join(" ") : "";
  }
}

Deno.test("two callers are answered, mixed on one thread, and the first hears music until the second comes", () => {
  const office = new Office();
  const a = office.enter("101");
  assert.equal(office.heard, "music");
  assert.equal(office.mix?.playing?.options.loop, true);
  const b = office.enter("102");
  assert.deepEqual([a.told, b.told], [["answer"], [`answer near ${a.leg}`]]);
  assert.deepEqual([...office.mix!.members.keys()], [a.leg, b.leg]);
  assert.equal(office.heard, "en/tone-join");
  office.finishPlaying();
  assert.ok(office.events.some((event) => event.kind === "room" && event.room === "800"));
});

Deno.test("the mix is made as the room's settings say", () => {
  const office = new Office();
  office.room = { ...office.room, capacity: 40, automaticGain: true };
  office.enter("101");
  assert.deepEqual(office.mix?.options, { maxMembers: 40, automaticGain: true });
});

Deno.test("music begins after the tone that the second one has left", () => {
  const office = new Office();
  office.enter("101");
  const b = office.enter("102");
  office.finishPlaying();
  b.handle.gone();
  assert.equal(office.heard, "en/tone-leave");
  office.finishPlaying();
  assert.equal(office.heard, "music");
});

Deno.test("an announcement whose end is never told does not hold up the next for ever", () => {
  const office = new Office();
  office.enter("101");
  office.enter("102").handle.gone();
  office.clock.advance(40_000);
  assert.equal(office.heard, "music");
});

Deno.test("the PIN is asked for on the caller's leg, typed, and lets in", () => {
  const office = new Office();
  const a = office.enter("101", {});
  const playing = office.plane.leg(a.leg).playing;
  assert.deepEqual(playing?.source, { kind: "files", paths: ["en/room-enter-pin"] });
  for (const digit of "4711#") a.handle.digit(digit);
  assert.equal(office.mix?.members.size, 1);
});

Deno.test("no digits at all: three prompts later the caller is hung up on", () => {
  const office = new Office();
  const a = office.enter("101", {});
  office.clock.advance(46_000);
  office.finishPlaying(a.leg);
  assert.deepEqual(a.told, ["answer", "hang up wrong pin"]);
});

Deno.test("a caller without a codec that can be mixed leaves no trace", () => {
  const office = new Office();
  const a = office.enter("101", { pin: "4711" }, false);
  assert.deepEqual(a.told, ["answer"]);
  assert.equal(office.plane.rooms.size, 0);
  assert.equal(office.clock.pending, 0);
});

Deno.test("capacity comes from the settings of the moment; the one too many is refused", () => {
  const office = new Office();
  for (const id of ["101", "102", "103"]) office.enter(id);
  assert.deepEqual(office.enter("104").told, ["refuse full"]);
  office.room = { ...office.room, capacity: 4 };
  assert.deepEqual(office.enter("105").told, ["answer near 1"]);
});

Deno.test("a member that drops off the network is asked and is out within 10 s; a living one stays", async () => {
  for (const isAlive of [false, true]) {
    const office = new Office();
    const a = office.enter("101");
    office.enter("102");
    a.isAlive = isAlive;
    office.plane.emit({ kind: "silent", leg: a.leg, stream: 0, silent: true, forMs: 3000 });
    office.clock.advance(2600);
    assert.equal(a.told.at(-1), "probe");
    await Promise.resolve();
    await Promise.resolve();
    office.clock.advance(2600);
    assert.equal(office.mix!.members.has(a.leg), isAlive);
    assert.equal(a.told.includes("hang up network"), !isAlive);
  }
});

Deno.test("a held member stays in the mix as held; muting by command is heard by that member alone", () => {
  const office = new Office();
  const a = office.enter("101"), b = office.enter("102");
  a.handle.held(true);
  assert.equal(office.mix!.members.get(a.leg)?.held, true);
  office.service.command("office.example", "800", { kind: "mute", member: "102", muted: true });
  assert.equal(office.mix!.members.get(b.leg)?.muted, true);
  assert.deepEqual(office.plane.leg(b.leg).playing?.source, { kind: "files", paths: ["en/room-muted"] });
});

Deno.test("a recording is kept with room, members and times when its file is complete", () => {
  const office = new Office();
  const a = office.enter("101"), b = office.enter("102");
  const startedAt = office.clock.now();
  office.service.command("office.example", "800", { kind: "record", on: true });
  assert.deepEqual(office.mix?.recording, { path: "rec-800.wav" });
  const c = office.enter("103");
  office.clock.advance(5000);
  for (const caller of [a, b, c]) caller.handle.gone();
  assert.equal(office.plane.rooms.size, 0);
  office.plane.emit({ kind: "recorded", leg: 0, path: "rec-800.wav", seconds: 5 });
  assert.deepEqual(office.recordings, [{
    domain: "office.example",
    room: "800",
    path: "rec-800.wav",
    startedAt,
    endedAt: startedAt + 5000,
    seconds: 5,
    members: ["101", "102", "103"],
  }]);
});

Deno.test("a full disk ends the recording and not the conference", async () => {
  const office = new Office();
  office.enter("101");
  office.enter("102");
  office.service.command("office.example", "800", { kind: "record", on: true });
  office.plane.emit({ kind: "recorded", leg: 0, path: "rec-800.wav", seconds: 1, error: "no space left" });
  assert.equal(office.recordings[0]?.error, "no space left");
  const view = await office.service.view("office.example", "800");
  assert.equal(view?.recording, false);
  assert.equal(view?.members.length, 2);
});

Deno.test("names are recorded, announced and deleted after their owner has left", () => {
  const office = new Office();
  office.room = { ...office.room, announceNames: true };
  const come = (id: string) => {
    const caller = office.enter(id);
    office.finishPlaying(caller.leg);
    assert.equal(office.plane.leg(caller.leg).recording?.path, `name-${id}.wav`);
    caller.handle.digit("#");
    office.plane.emit({ kind: "recorded", leg: caller.leg, path: `name-${id}.wav`, seconds: 1.2 });
    return caller;
  };
  come("101");
  const b = come("102");
  assert.equal(office.heard, "en/tone-join name-102.wav en/room-has-joined");
  b.handle.gone();
  office.clock.advance(31_000);
  assert.deepEqual(office.removed, ["name-102.wav"]);
});

Deno.test("the view shows members, levels and media; an unknown room is none, an empty one is shown", async () => {
  const office = new Office();
  const a = office.enter("101");
  office.enter("102", {});
  const room = office.mix!.room;
  office.plane.emit({ kind: "talking", room, leg: a.leg, level: 70 });
  office.plane.emit({ kind: "talking", room: "other", leg: a.leg, level: 10 });
  const view = await office.service.view("office.example", "800");
  assert.deepEqual(view?.members.map((member) => [member.number, member.where, member.level]), [
    ["101", "inside", 70],
    ["102", "door", 0],
  ]);
  assert.equal(view?.members[0]?.media?.lossPercent, 0);
  assert.equal((await office.service.views()).length, 1);
  assert.equal(await office.service.view("office.example", "801"), undefined);
  assert.equal(office.service.command("office.example", "801", { kind: "end" }), false);
  const empty = new Office();
  assert.equal((await empty.service.view("office.example", "800"))?.members.length, 0);
});

Deno.test("an empty room can invite; who answers comes in without a PIN", () => {
  const office = new Office();
  office.service.command("office.example", "800", { kind: "invite", number: "105" });
  assert.deepEqual(office.invited, ["105"]);
  office.enter("105", { invited: true });
  assert.equal(office.mix?.members.size, 1);
});

Deno.test("end for all: everybody hears it, is hung up on, and nothing is left running", () => {
  const office = new Office();
  const callers = ["101", "102", "103"].map((id) => office.enter(id));
  office.service.command("office.example", "800", { kind: "end" });
  assert.equal(office.plane.rooms.size, 0);
  for (const caller of callers) {
    office.finishPlaying(caller.leg);
    assert.equal(caller.told.at(-1), "hang up ended");
    caller.handle.gone();
  }
  office.clock.advance(60_000);
  assert.equal(office.clock.pending, 0);
});

Deno.test("a thousand visits leave no timer, no party and no room behind", async () => {
  const office = new Office();
  for (let i = 0; i < 1000; i++) {
    const a = office.enter(`1${i}`), b = office.enter(`2${i}`);
    a.handle.gone();
    b.handle.gone();
  }
  office.clock.advance(60_000);
  assert.equal(office.clock.pending, 0);
  assert.equal(office.plane.rooms.size, 0);
  assert.deepEqual(await office.service.views(), []);
});
