import assert from "node:assert/strict";
import { below, seededRandom } from "../../base/mod.ts";
import { DelayEstimator } from "./delay_estimator.ts";

const BOUNDS = { minMs: 20, maxMs: 200 };

/** Target after so many packets with these delays. */
function targetAfter(
  packets: number,
  delay: (packet: number) => number,
  estimator = new DelayEstimator(BOUNDS),
): number {
  for (let i = 0; i < packets; i++) estimator.note(i * 20, i * 20 + 1000 + delay(i));
  return estimator.targetMs;
}

const TARGETS: readonly [
  sentence: string,
  delay: (random: () => number) => number,
  least: number,
  most: number,
][] = [
  ["no jitter asks for the smallest delay", () => 0, 20, 20],
  ["40 ms, equally likely, for all of them", (random) => random() * 40, 38, 45],
  [
    "one packet in a hundred 150 ms late is left to concealment",
    (random) => random() < 0.01 ? 150 : 0,
    20,
    20,
  ],
  ["one in twenty 100 ms late is waited for", (random) => random() < 0.05 ? 100 : 0, 100, 110],
  ["beyond the bounds the bound holds", (random) => random() * 900, 200, 200],
];

for (const [sentence, delay, least, most] of TARGETS) {
  Deno.test(`target: ${sentence}`, () => {
    const chance = seededRandom(11);
    const target = targetAfter(3000, () => delay(() => below(chance, 10_000) / 10_000));
    assert.ok(target >= least && target <= most, `${target}`);
  });
}

Deno.test("a bad time is forgotten within a minute", () => {
  const estimator = new DelayEstimator(BOUNDS);
  const chance = seededRandom(3);
  for (let i = 0; i < 1000; i++) estimator.note(i * 20, i * 20 + below(chance, 100));
  assert.ok(estimator.targetMs > 80);
  for (let i = 1000; i < 4000; i++) estimator.note(i * 20, i * 20);
  assert.equal(estimator.targetMs, 20);
});

Deno.test("a drifting clock moves the zero point, not the delay", () => {
  for (const ppm of [100, -100]) {
    const estimator = new DelayEstimator(BOUNDS);
    let worst = 0;
    for (let i = 0; i < 50_000; i++) {
      worst = Math.max(worst, estimator.note(i * 20, i * 20 * (1 + ppm / 1e6)));
    }
    assert.ok(worst < 1.1, `${worst}`);
    assert.equal(estimator.targetMs, 20);
  }
});

Deno.test("a path that becomes 60 ms longer is the new zero after ten seconds", () => {
  const estimator = new DelayEstimator(BOUNDS);
  let last = 0;
  for (let i = 0; i < 1000; i++) last = estimator.note(i * 20, i * 20 + (i < 300 ? 0 : 60));
  assert.equal(last, 0);
});
