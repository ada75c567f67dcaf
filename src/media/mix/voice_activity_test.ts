import assert from "node:assert/strict";
import { applyGain, AutomaticGain } from "./automatic_gain.ts";
import { dbov, meter, rmsOf } from "./level.ts";
import { VoiceActivity } from "./voice_activity.ts";

function listen(levels: readonly (readonly [dbov: number, beats: number])[]): boolean[] {
  const activity = new VoiceActivity();
  return levels.flatMap(([level, beats]) =>
    Array.from({ length: beats }, () => activity.update(rmsOf(level)))
  );
}

Deno.test("speech is noticed in its first 20 ms and given up 300 ms after its end", () => {
  const heard = listen([[-65, 50], [-30, 10], [-65, 50]]);
  assert.equal(heard.indexOf(true), 50);
  assert.equal(heard.lastIndexOf(true), 50 + 10 - 1 + 14);
});

Deno.test("a steady tone stays audible for ever", () => {
  assert.ok(listen([[-40, 3000]]).every(Boolean));
});

Deno.test("the hum of a fan at −52 dBov is learnt and costs nothing any more; soft speech above it is heard", () => {
  const heard = listen([[-52, 3000], [-44, 1]]);
  assert.equal(heard[2999], false);
  assert.equal(heard[3000], true);
});

Deno.test("the meter shows 0 for silence, 100 for full speech, and rises between", () => {
  assert.deepEqual([-100, -60, -35, -10, 0].map((level) => meter(rmsOf(level))), [0, 0, 50, 100, 100]);
  assert.equal(Math.round(dbov(rmsOf(-33))), -33);
  assert.equal(dbov(0), -127);
});

Deno.test("automatic gain brings −36 and −12 dBov near to −22 dBov within ten seconds, never by leaps", () => {
  for (const [level, expected] of [[-36, -24], [-30, -22], [-12, -21]] as const) {
    const automatic = new AutomaticGain();
    let previous = 1;
    for (let beat = 0; beat < 500; beat++) {
      const gain = automatic.update(rmsOf(level));
      assert.ok(Math.abs(20 * Math.log10(gain / previous)) < 0.07);
      previous = gain;
    }
    assert.ok(Math.abs(level + 20 * Math.log10(previous) - expected) < 1.1, `${level}: ${previous}`);
  }
});

Deno.test("gain moves evenly from one value to the other and clamps", () => {
  const pcm = new Int16Array(160).fill(1000);
  applyGain(pcm, 160, { from: 1, to: 2 });
  assert.equal(pcm[159], 2000);
  assert.ok(pcm.every((sample, i) => i === 0 || sample >= pcm[i - 1]!));
  pcm.fill(-30000);
  applyGain(pcm, 160, { from: 2, to: 2 });
  assert.equal(pcm[3], -32768);
});
