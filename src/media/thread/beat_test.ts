import assert from "node:assert/strict";
import { Beat } from "./beat.ts";

/** Runs the beat at these times and tells how many were due at each. */
function run(beat: Beat, timesMs: readonly number[]): number[] {
  return timesMs.map((nowMs) => {
    let count = 0;
    for (; beat.isDue(nowMs); count++) beat.take();
    return count;
  });
}

Deno.test("beats lie on a grid of 20 ms, however late each of them is", () => {
  const beat = new Beat(0);
  assert.deepEqual(run(beat, [19, 21, 44, 60, 79, 80.5]), [0, 1, 1, 1, 0, 1]);
  assert.equal(beat.nextMs, 100);
});

Deno.test("what was missed is made up for, and counted as late", () => {
  const beat = new Beat(0);
  assert.deepEqual(run(beat, [105]), [5]);
  assert.deepEqual([beat.beats, beat.lateBeats], [5, 4]);
});

Deno.test("after a long standstill the beat goes on from the present", () => {
  const beat = new Beat(0);
  assert.deepEqual(run(beat, [60_000, 60_020]), [1, 1]);
  assert.equal(beat.nextMs, 60_040);
});

Deno.test("an hour of beats does not drift", () => {
  const beat = new Beat(1000);
  let count = 0;
  for (let nowMs = 1000; nowMs <= 1000 + 3_600_000; nowMs += 7.3) {
    for (; beat.isDue(nowMs); count++) beat.take();
  }
  assert.ok(Math.abs(count - 180_000) <= 1, `${count} beats`);
});

Deno.test("while nothing is to be done the grid follows without beats", () => {
  const beat = new Beat(0);
  beat.skipTo(1_000_007);
  assert.deepEqual([beat.nextMs, beat.lateBeats], [1_000_020, 0]);
});
