import assert from "node:assert/strict";
import fc from "fast-check";
import { FakeRoom, ROOM } from "./fake_room.ts";
import type { MemberId, RoomEffect, RoomInput } from "./types.ts";

const MEMBERS = ["a", "b", "c", "d", "e", "f"];
const member = fc.constantFrom(...MEMBERS);

const entering = fc.record({
  kind: fc.constant("enter" as const),
  member,
  caller: fc.record({ number: fc.constantFrom("101", "102", "103"), outside: fc.boolean() }),
  pin: fc.constantFrom("4711", "9999", "0", undefined),
  invited: fc.boolean(),
});
const doing = fc.oneof(
  fc.record({
    kind: fc.constant("digit" as const),
    member,
    digit: fc.constantFrom("4", "7", "1", "0", "2", "3", "9", "*", "#"),
  }),
  fc.record({ kind: fc.constantFrom("said" as const, "gone" as const, "alive" as const), member }),
  fc.record({ kind: fc.constant("named" as const), member, written: fc.boolean() }),
  fc.record({ kind: fc.constant("held" as const), member, held: fc.boolean() }),
  fc.record({ kind: fc.constant("level" as const), member, level: fc.integer({ min: 0, max: 100 }) }),
  fc.record({
    kind: fc.constant("silent" as const),
    member,
    silent: fc.boolean(),
    forMs: fc.constantFrom(0, 3000),
  }),
  fc.constant({ kind: "recordingFailed" as const }),
);
const commanding = fc.record({
  kind: fc.constant("command" as const),
  command: fc.oneof(
    fc.record({ kind: fc.constant("mute" as const), member, muted: fc.boolean() }),
    fc.record({ kind: fc.constant("muteAll" as const), muted: fc.boolean() }),
    fc.record({ kind: fc.constant("remove" as const), member }),
    fc.record({ kind: fc.constant("lock" as const), locked: fc.boolean() }),
    fc.record({ kind: fc.constant("record" as const), on: fc.boolean() }),
    fc.constant({ kind: "end" as const }),
  ),
});
const firing = fc.record({ kind: fc.constant("fire" as const), index: fc.nat() });
const history = fc.array(
  fc.oneof({ weight: 3, arbitrary: entering }, { weight: 5, arbitrary: doing }, commanding, {
    weight: 3,
    arbitrary: firing,
  }),
  { maxLength: 120 },
);

/** Plays the part of the shell: what is in the mix, which timers run, who is connected. */
class World {
  readonly mix = new Set<MemberId>();
  readonly timers = new Set<string>();
  /** Answered and neither hung up by us nor gone by itself. */
  readonly connected = new Set<MemberId>();
  open = false;
  recording = false;
  music = false;

  apply(effect: RoomEffect): void {
    switch (effect.kind) {
      case "open":
        assert.ok(!this.open, "opened twice");
        this.open = true;
        break;
      case "close":
        assert.ok(this.open && this.mix.size === 0 && !this.recording, "closed in use");
        this.open = false;
        break;
      case "answer":
        this.connected.add(effect.member);
        break;
      case "refuse":
        assert.ok(!this.connected.has(effect.member), "refused after the answer");
        break;
      case "hangUp":
        assert.ok(this.connected.delete(effect.member), "hung up on nobody");
        break;
      case "say":
        assert.ok(this.connected.has(effect.member), "said to nobody");
        break;
      case "mix":
        assert.ok(this.open && this.connected.has(effect.member), "mixed without a room or a call");
        this.mix.add(effect.member);
        break;
      case "unmix":
        assert.ok(this.mix.delete(effect.member), "unmixed what was not mixed");
        break;
      case "record":
        assert.notEqual(effect.on, this.recording);
        this.recording = effect.on;
        break;
      case "music":
        this.music = effect.on;
        break;
      case "timer":
        this.timers.add(`${effect.timer} ${effect.member ?? ""}`);
        break;
      case "cancel":
        this.timers.delete(`${effect.timer} ${effect.member ?? ""}`);
        break;
      case "cancelAll":
        for (const timer of [...this.timers]) {
          if (timer.endsWith(` ${effect.member}`)) this.timers.delete(timer);
        }
        break;
    }
  }
}

Deno.test("whatever happens, the promises of a room hold", () => {
  fc.assert(
    fc.property(
      history,
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
      (inputs, announceNames, record, allowOutside) => {
        const room = new FakeRoom({ ...ROOM, announceNames, record, allowOutside, consentTone: true });
        const world = new World();
        for (const input of inputs) {
          let next: RoomInput;
          if (input.kind === "fire") {
            const timers = [...world.timers];
            const due = timers[input.index % Math.max(1, timers.length)];
            if (due === undefined) continue;
            world.timers.delete(due);
            const [timer, owner] = due.split(" ");
            next = { kind: "timer", timer, ...(owner === "" ? {} : { member: owner }) } as RoomInput;
            room.nowMs += 500;
          } else if (input.kind === "enter") {
            const { pin, ...rest } = input;
            next = pin === undefined ? rest : { ...rest, pin };
          } else next = input;
          const goes = next.kind === "gone" && room.state.guests.has(next.member) ? next.member : undefined;
          for (const effect of room.input(next)) world.apply(effect);
          if (next.kind === "recordingFailed") world.recording = false;
          if (goes !== undefined) world.connected.delete(goes);

          const { inside } = room;
          assert.ok(inside.length <= ROOM.capacity, "more than fit");
          assert.deepEqual([...world.mix].sort(), [...inside].sort(), "the mix is who is inside");
          assert.equal(world.open, inside.length > 0, "open exactly while somebody is inside");
          assert.equal(world.music, inside.length === 1, "music exactly for one");
          assert.deepEqual(
            [...world.connected].sort(),
            [...room.state.guests.keys()].sort(),
            "every call is somebody's",
          );
          assert.equal(world.recording, room.state.recording);
          if (inside.length === 0) {
            assert.ok(
              !room.state.locked && !room.state.allMuted && !room.state.recording,
            );
          }
          for (const timer of world.timers) {
            const owner = timer.split(" ")[1]!;
            assert.ok(
              owner === "" ? room.state.recording : room.state.guests.has(owner),
              `timer ${timer} outlives its owner`,
            );
          }
        }
      },
    ),
    { numRuns: 1500 },
  );
});

Deno.test("nobody is ever stuck: with timers alone everybody at the door or leaving comes in or goes", () => {
  fc.assert(fc.property(history, fc.boolean(), (inputs, announceNames) => {
    const room = new FakeRoom({ ...ROOM, announceNames });
    const world = new World();
    const feed = (input: RoomInput) => {
      for (const effect of room.input(input)) world.apply(effect);
    };
    for (const input of inputs) {
      if (input.kind === "fire" || input.kind === "gone" || input.kind === "recordingFailed") continue;
      if (input.kind === "enter") {
        const { pin, ...rest } = input;
        feed(pin === undefined ? rest : { ...rest, pin });
      } else feed(input);
    }
    for (let round = 0; round < 50; round++) {
      for (const timer of [...world.timers]) {
        const [name, owner] = timer.split(" ");
        if (name === "silent" || owner === "") continue;
        world.timers.delete(timer);
        feed({ kind: "timer", timer: name, member: owner } as RoomInput);
      }
    }
    for (const guest of room.state.guests.values()) assert.equal(guest.phase.kind, "inside");
  }));
});
