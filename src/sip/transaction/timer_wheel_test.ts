import assert from "node:assert/strict";
import fc from "fast-check";
import { ManualClock } from "../../base/mod.ts";
import { TimerWheel } from "./timer_wheel.ts";

Deno.test("timers run in order of time, each once, at their time rounded up to 10 ms", () => {
  const clock = new ManualClock(1_000_000);
  const wheel = new TimerWheel(clock);
  const seen: string[] = [];
  for (const delayMs of [500, 30, 7, 30, 40_960, 100_000, 0]) {
    wheel.start(
      delayMs,
      { timerFired: (name) => seen.push(`${name}@${clock.now() - 1_000_000}`) },
      `${delayMs}`,
    );
  }
  assert.equal(wheel.pending, 7);
  clock.advance(200_000);
  assert.deepEqual(seen, [
    "0@0",
    "7@10",
    "30@30",
    "30@30",
    "500@500",
    "40960@40960",
    "100000@100000",
  ]);
  assert.equal(wheel.pending, 0);
  assert.equal(clock.pending, 0);
});

Deno.test("however many timers wait, the clock is asked for one call, and for none when all are cancelled", () => {
  const clock = new ManualClock();
  const wheel = new TimerWheel(clock);
  const timers = Array.from(
    { length: 1000 },
    (_, i) => wheel.start(1 + i * 37, { timerFired: () => assert.fail() }),
  );
  assert.equal(clock.pending, 1);
  for (const timer of timers) timer.cancel();
  for (const timer of timers) timer.cancel();
  assert.equal(wheel.pending, 0);
  assert.equal(clock.pending, 0);
  clock.advance(100_000);
});

Deno.test("a task may start and cancel timers, also those due at the same time", () => {
  const clock = new ManualClock();
  const wheel = new TimerWheel(clock);
  const seen: string[] = [];
  wheel.start(20, {
    timerFired: () => {
      seen.push("first");
      victim.cancel();
      wheel.start(0, { timerFired: () => seen.push("next") });
      wheel.start(30, { timerFired: () => seen.push(`later@${clock.now() - 1_000_000}`) });
    },
  });
  const victim = wheel.start(20, { timerFired: () => assert.fail("ran") });
  clock.advance(100);
  assert.deepEqual(seen, ["first", "next", "later@50"]);
  assert.equal(clock.pending, 0);
});

Deno.test("a task that throws loses no other timer", () => {
  const clock = new ManualClock();
  const wheel = new TimerWheel(clock);
  let runs = 0;
  wheel.at(clock.now() + 10, () => {
    throw new Error("broken task");
  });
  wheel.at(clock.now() + 10, () => runs++);
  assert.throws(() => clock.advance(10), /broken task/);
  clock.advance(20);
  assert.equal(runs, 1);
  assert.equal(clock.pending, 0);
});

Deno.test("what a task throws is told to who wants to know it, and the clock goes on", () => {
  const clock = new ManualClock();
  const errors: unknown[] = [];
  const wheel = new TimerWheel(clock, { onError: (error) => errors.push(error) });
  wheel.at(clock.now() + 10, () => {
    throw "broken";
  });
  wheel.at(clock.now() + 10, () => errors.push("served"));
  clock.advance(10);
  assert.deepEqual(errors, ["broken", "served"]);
  assert.equal(clock.pending, 0);
});

Deno.test("any history of starts, cancels and jumps runs what a plain list would run", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("start" as const), ms: fc.integer({ min: 0, max: 120_000 }) }),
    fc.record({ kind: fc.constant("cancel" as const), index: fc.nat(50) }),
    fc.record({ kind: fc.constant("advance" as const), ms: fc.integer({ min: 0, max: 90_000 }) }),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const clock = new ManualClock(1_000_003);
    const wheel = new TimerWheel(clock);
    const ran = new Map<number, number>();
    const started: { dueMs: number; cancelledAt?: number; cancel: () => void }[] = [];
    for (const each of steps) {
      if (each.kind === "advance") clock.advance(each.ms);
      else if (each.kind === "start") {
        const id = started.length;
        const timer = wheel.start(each.ms, { timerFired: () => ran.set(id, clock.now()) });
        started.push({ dueMs: Math.ceil((clock.now() + each.ms) / 10) * 10, cancel: () => timer.cancel() });
      } else {
        const chosen = started[each.index];
        if (chosen && chosen.cancelledAt === undefined) {
          chosen.cancelledAt = clock.now();
          chosen.cancel();
        }
      }
    }
    clock.advance(200_000);
    for (const [id, { dueMs, cancelledAt }] of started.entries()) {
      const wanted = cancelledAt !== undefined && cancelledAt < dueMs ? undefined : dueMs;
      assert.equal(ran.get(id), wanted);
    }
    assert.equal(clock.pending, 0);
  }));
});
