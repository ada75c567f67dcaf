import assert from "node:assert/strict";
import { ComfortNoise } from "./comfort_noise.ts";
import { dbov } from "./level.ts";

function measure(noise: ComfortNoise): { level: number; first: number } {
  let power = 0, product = 0, previous = 0;
  for (let i = 0; i < 16000; i++) {
    const sample = noise.next();
    power += sample * sample;
    product += sample * previous;
    previous = sample;
  }
  return { level: dbov(Math.sqrt(power / 16000)), first: product / power };
}

Deno.test("the level of the payload is heard, with and without a spectrum", () => {
  for (const payload of [[40], [60], [50, 127], [50, 60, 150, 120], [45, 200, 200]]) {
    const noise = new ComfortNoise();
    noise.setPayload(Uint8Array.from(payload));
    const { level } = measure(noise);
    assert.ok(Math.abs(level + payload[0]!) < 1, `${payload}: ${level.toFixed(1)} dBov`);
  }
});

Deno.test("the first reflection coefficient is, negated, the correlation of neighbours (RFC 3389 §3.2)", () => {
  for (const index of [20, 90, 160, 230]) {
    const noise = new ComfortNoise();
    noise.setPayload(Uint8Array.of(50, index));
    const k = 258 * (index - 127) / 32768;
    assert.ok(Math.abs(measure(noise).first + k) < 0.05);
  }
});

Deno.test("a hostile payload is neither loud nor unstable", () => {
  for (const coefficient of [0, 254, 255]) {
    const noise = new ComfortNoise();
    noise.setPayload(Uint8Array.from([0, ...new Array(60).fill(coefficient)]));
    const { level } = measure(noise);
    assert.ok(level < -28 && level > -40, `${level}`);
  }
});

Deno.test("an empty payload changes nothing", () => {
  const noise = new ComfortNoise();
  noise.setLevel(100);
  noise.setPayload(new Uint8Array(0));
  assert.equal(noise.rms, 100);
});
