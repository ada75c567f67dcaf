import assert from "node:assert/strict";
import {
  decodePcma,
  decodePcmu,
  encodePcma,
  encodePcmu,
  PCMA_SILENCE,
  PCMA_TO_LINEAR,
  PCMU_SILENCE,
  PCMU_TO_LINEAR,
} from "./mod.ts";

const ALL_CODES = Uint8Array.from({ length: 256 }, (_, code) => code);
const ALL_SAMPLES = Int16Array.from({ length: 65536 }, (_, i) => i - 32768);

const LAWS = [
  { name: "pcmu", table: PCMU_TO_LINEAR, decode: decodePcmu, encode: encodePcmu, max: 32124 },
  { name: "pcma", table: PCMA_TO_LINEAR, decode: decodePcma, encode: encodePcma, max: 32256 },
] as const;

for (const { name, table, decode, encode, max } of LAWS) {
  Deno.test(`${name}: every code decodes and encodes back to itself, but for the second zero`, () => {
    const samples = new Int16Array(256), codes = new Uint8Array(256);
    assert.equal(decode(ALL_CODES, samples), 256);
    assert.equal(encode(samples, codes), 256);
    const changed = ALL_CODES.filter((code, i) => codes[i] !== code);
    assert.deepEqual([...changed], name === "pcmu" ? [0x7f] : []);
  });

  Deno.test(`${name}: each sample goes to the value in whose step it lies, in order, and loudest to loudest`, () => {
    const codes = new Uint8Array(65536), back = new Int16Array(65536);
    encode(ALL_SAMPLES, codes);
    decode(codes, back);
    const values = [...new Set(table)].map(Math.abs).sort((a, b) => a - b);
    for (let i = 0; i < ALL_SAMPLES.length; i++) {
      const sample = ALL_SAMPLES[i]!, value = back[i]!;
      if (i > 0) assert.ok(value >= back[i - 1]!, "in order");
      if (Math.abs(sample) > max) continue;
      // The step of a segment is the distance to the next louder value; a value lies in the middle of its step.
      const louder = values.find((other) => other > Math.abs(value)) ?? Math.abs(value) + 1024;
      const half = (louder - Math.abs(value)) / 2;
      assert.ok(Math.abs(sample - value) <= half + 4, `${sample} became ${value}`);
    }
    assert.equal(Math.max(...table), max);
    assert.equal(Math.min(...table), -max);
  });

  Deno.test(`${name}: a sine of −10 dBm0 keeps at least 36 dB of signal to noise (G.711 quantizing distortion)`, () => {
    const samples = Int16Array.from({ length: 8000 }, (_, i) => Math.round(7000 * Math.sin(i * 0.801)));
    const codes = new Uint8Array(8000), back = new Int16Array(8000);
    encode(samples, codes);
    decode(codes, back);
    let signal = 0, noise = 0;
    samples.forEach((sample, i) => {
      signal += sample ** 2;
      noise += (sample - back[i]!) ** 2;
    });
    assert.ok(10 * Math.log10(signal / noise) > 36);
  });
}

Deno.test("silence is the code of zero", () => {
  assert.equal(PCMU_TO_LINEAR[PCMU_SILENCE], 0);
  assert.equal(PCMA_TO_LINEAR[PCMA_SILENCE], 8);
});

interface Tables {
  readonly tables: Readonly<Record<"pcmu" | "pcma", readonly number[]>>;
}

function tables(): Tables | undefined {
  try {
    const place = new URL("../../../../shared/cases/rtp/g711_tables.json", import.meta.url);
    return JSON.parse(Deno.readTextFileSync(place)) as Tables;
  } catch {
    return undefined;
  }
}

Deno.test({
  name: "decode tables equal those of two other decoders",
  ignore: tables() === undefined,
  fn() {
    assert.deepEqual([...PCMU_TO_LINEAR], tables()!.tables.pcmu);
    assert.deepEqual([...PCMA_TO_LINEAR], tables()!.tables.pcma);
  },
});
