import assert from "node:assert/strict";
import { MediaBench } from "../../../tests/support/media_bench.ts";

const VOICE = new Uint8Array(160).fill(0x55);

Deno.test("what two hundred calls leave behind is swept when nobody speaks, and not before", () => {
  const bench = new MediaBench();
  const phones = Array.from({ length: 200 }, (_, i) => bench.phone(`198.51.100.${i}`, i + 1));
  const legs = phones.map((phone) => bench.open(phone));
  const speaker = phones[7]!;
  bench.advance(3000, () => speaker.send(VOICE));
  assert.equal(bench.sweeps, 0);
  bench.advance(3000);
  assert.equal(bench.sweeps, 1);
  const [last, ...others] = legs.reverse();
  for (const leg of others) bench.tell({ kind: "close", request: 1, leg });
  bench.advance(3000);
  assert.equal(bench.sweeps, 1);
  bench.tell({ kind: "close", request: 1, leg: last! });
  bench.advance(3000);
  assert.equal(bench.sweeps, 2);
});

Deno.test("while something is played nothing is swept", () => {
  const bench = new MediaBench();
  const legs = Array.from({ length: 200 }, (_, i) => bench.open(bench.phone(`198.51.100.${i}`, i + 1)));
  const source = { kind: "tone", frequencies: [440], level: 0.1 } as const;
  bench.tell({ kind: "play", leg: legs[0]!, source, options: { loop: true } });
  bench.advance(3000);
  assert.equal(bench.sweeps, 0);
  bench.tell({ kind: "stopPlaying", leg: legs[0]! });
  bench.advance(3000);
  assert.equal(bench.sweeps, 1);
});
