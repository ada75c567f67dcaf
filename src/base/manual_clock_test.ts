import assert from "node:assert/strict";
import { ManualClock } from "./manual_clock.ts";

Deno.test("advance runs due tasks in order of time, then of registration", () => {
  const clock = new ManualClock(0);
  const seen: string[] = [];
  clock.at(20, () => seen.push(`late@${clock.now()}`));
  clock.at(10, () => seen.push("first"));
  clock.at(10, () => seen.push("second"));
  clock.advance(15);
  assert.deepEqual(seen, ["first", "second"]);
  clock.advance(5);
  assert.deepEqual(seen, ["first", "second", "late@20"]);
});

Deno.test("a cancelled task never runs and is not pending", () => {
  const clock = new ManualClock(0);
  const timer = clock.at(5, () => assert.fail("ran"));
  timer.cancel();
  assert.equal(clock.pending, 0);
  clock.advance(10);
});

Deno.test("a task made by a task runs within the same advance when due", () => {
  const clock = new ManualClock(0);
  const times: number[] = [];
  const tick = () => {
    times.push(clock.now());
    if (times.length < 3) clock.at(clock.now() + 10, tick);
  };
  clock.at(10, tick);
  clock.advance(30);
  assert.deepEqual(times, [10, 20, 30]);
});
