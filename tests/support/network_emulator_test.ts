import assert from "node:assert/strict";
import { seededRandom } from "../../src/base/mod.ts";
import { type NetworkConditions, NetworkEmulator } from "./network_emulator.ts";

/** Sends a packet each 20 ms and tells when each arrived, as `number@ms`. */
function run(conditions: NetworkConditions, options: { seed?: number; packets?: number } = {}): string[] {
  const emulator = new NetworkEmulator<number>(conditions, seededRandom(options.seed ?? 1));
  const arrivals: string[] = [];
  const packets = options.packets ?? 1000;
  for (let ms = 0; ms < packets * 20 + 1000; ms++) {
    if (ms % 20 === 0 && ms < packets * 20) emulator.push(ms / 20, ms);
    for (let item = emulator.pop(ms); item !== undefined; item = emulator.pop(ms)) {
      arrivals.push(`${item}@${ms}`);
    }
  }
  assert.equal(emulator.size, 0);
  return arrivals;
}

const numbers = (arrivals: string[]) => arrivals.map((text) => Number(text.split("@")[0]));

Deno.test("a clean network delivers at once and in order", () => {
  assert.deepEqual(run({}, { packets: 3 }), ["0@0", "1@20", "2@40"]);
});

Deno.test("delay moves every packet alike", () => {
  assert.deepEqual(run({ delayMs: 35 }, { packets: 3 }), ["0@35", "1@55", "2@75"]);
});

Deno.test("the same seed gives the same fate, another seed another", () => {
  const conditions = { jitterMs: 40, loss: 0.1, duplication: 0.05, reordering: 0.05 };
  assert.deepEqual(run(conditions, { seed: 7 }), run(conditions, { seed: 7 }));
  assert.notDeepEqual(run(conditions, { seed: 7 }), run(conditions, { seed: 8 }));
});

Deno.test("loss and duplication are as large as asked", () => {
  const lost = 10_000 - run({ loss: 0.05 }, { packets: 10_000 }).length;
  assert.ok(lost > 400 && lost < 600, `${lost} of 10000 lost`);
  const doubled = run({ duplication: 0.05 }, { packets: 10_000 }).length - 10_000;
  assert.ok(doubled > 400 && doubled < 600, `${doubled} of 10000 doubled`);
});

Deno.test("jitter alone does not change the order; reordering does", () => {
  const steady = numbers(run({ jitterMs: 80 }));
  assert.deepEqual(steady, steady.toSorted((a, b) => a - b));
  const mixed = numbers(run({ reordering: 0.1 }));
  assert.notDeepEqual(mixed, mixed.toSorted((a, b) => a - b));
});
