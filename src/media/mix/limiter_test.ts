import assert from "node:assert/strict";
import fc from "fast-check";
import { LIMITER_KNEE, SoftLimiter } from "./limiter.ts";

Deno.test("sums below the knee leave exactly as they came", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -LIMITER_KNEE, max: LIMITER_KNEE }), { minLength: 160, maxLength: 160 }),
      (sum) => {
        const out = new Int16Array(160);
        new SoftLimiter().process(Int32Array.from(sum), out);
        assert.deepEqual([...out], sum);
      },
    ),
  );
});

Deno.test("nothing wraps or changes sign, however loud", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -7_000_000, max: 7_000_000 }), { minLength: 320, maxLength: 320 }),
      (sum) => {
        const out = new Int16Array(320);
        const limiter = new SoftLimiter();
        for (let i = 0; i < 3; i++) limiter.process(Int32Array.from(sum), out);
        for (let i = 0; i < 320; i++) {
          assert.ok(out[i]! * Math.sign(sum[i]!) >= 0, `${sum[i]} became ${out[i]}`);
        }
      },
    ),
  );
});

Deno.test("a steady tone of 12 dB too much is turned down and not squared off", () => {
  const limiter = new SoftLimiter();
  const sum = new Int32Array(160), out = new Int16Array(160);
  for (let beat = 0; beat < 10; beat++) {
    for (let i = 0; i < 160; i++) {
      sum[i] = Math.round(131_000 * Math.sin(2 * Math.PI * (beat * 160 + i) / 16));
    }
    limiter.process(sum, out);
  }
  let flat = 0;
  for (let i = 1; i < 160; i++) if (out[i] === out[i - 1] && Math.abs(out[i]!) > 20000) flat++;
  assert.equal(flat, 0);
  assert.ok(
    Math.max(...out) <= LIMITER_KNEE + 1 && Math.max(...out) > 0.9 * LIMITER_KNEE,
    `${Math.max(...out)}`,
  );
});

Deno.test("after a loud moment the gain comes back within a second", () => {
  const limiter = new SoftLimiter();
  const out = new Int16Array(160);
  limiter.process(new Int32Array(160).fill(100_000), out);
  assert.ok(limiter.gain < 0.3);
  for (let beat = 0; beat < 50; beat++) limiter.process(new Int32Array(160).fill(1000), out);
  assert.equal(limiter.gain, 1);
  assert.equal(out[159], 1000);
});
