import assert from "node:assert/strict";
import { UNWATCHED, type WatchState, watchStep } from "./watch.ts";

const OPTIONS = { intervalMs: 30_000, chance: 0.5 };

/** What each outcome of a series tells; `-` for nothing. */
function told(outcomes: readonly (number | undefined)[]): string[] {
  let state: WatchState = UNWATCHED;
  return outcomes.map((outcome) => {
    const step = watchStep(state, outcome, OPTIONS);
    state = step.state;
    return step.event ?? "-";
  });
}

const ROWS: readonly (readonly [string, readonly (number | undefined)[], readonly string[]])[] = [
  ["the first answer is news, the second is not", [200, 200], ["up", "-"]],
  ["any answer is a sign of life", [404], ["up"]],
  ["also a refusal of the method", [405], ["up"]],
  ["one lost question is no outage", [200, undefined, 200], ["up", "-", "-"]],
  ["two are", [200, undefined, undefined, undefined], ["up", "-", "down", "-"]],
  ["503 says out of service", [200, 503, 503], ["up", "-", "down"]],
  ["whoever never answered is down", [undefined, undefined], ["-", "down"]],
  ["and comes back with one answer", [undefined, undefined, 200], ["-", "down", "up"]],
];

Deno.test("a watch tells what has changed, once", async (t) => {
  for (const [name, outcomes, expected] of ROWS) {
    await t.step(name, () => assert.deepEqual(told(outcomes), expected));
  }
});

Deno.test("doubt asks again soon; silence is asked as often as before, but at least every 33 s", () => {
  const doubt = watchStep({ health: "up", misses: 0 }, undefined, OPTIONS);
  assert.equal(doubt.delayMs, 2000);
  const slow = { intervalMs: 3_600_000, chance: 0.999 };
  assert.ok(watchStep({ health: "down", misses: 5 }, undefined, slow).delayMs <= 33_000);
  const up = watchStep({ health: "up", misses: 0 }, 200, slow).delayMs;
  assert.ok(up >= 3_240_000 && up <= 3_960_000);
});
