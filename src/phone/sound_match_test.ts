import assert from "node:assert/strict";
import { decodePcmu, encodePcmu } from "../media/codec/mod.ts";
import { readClip } from "../media/mix/mod.ts";
import { seededRandom } from "../base/mod.ts";
import { MATCH_RATE, matchSound } from "./sound_match.ts";

const SOUNDS = new URL("../../sounds/en/", import.meta.url);

function speech(name: string): Int16Array {
  const clip = readClip(Deno.readFileSync(new URL(`${name}.wav`, SOUNDS)), `${name}.wav`);
  assert.ok(clip.ok);
  return clip.value.at(MATCH_RATE);
}

const SAID = speech("no-answer");
const OTHER = speech("encryption-required");

/** What a recorder would have kept: the voice later, with something before and after. */
function recorded(samples: Int16Array, { delay, noise = 0 }: { delay: number; noise?: number }): Int16Array {
  const heard = new Int16Array(samples.length + delay + 4000);
  const random = seededRandom(3);
  const chances = random.bytes(heard.length);
  for (let i = 0; i < heard.length; i++) heard[i] = ((chances[i]! - 128) / 128) * noise;
  for (let i = 0; i < samples.length; i++) heard[i + delay]! += samples[i]!;
  return heard;
}

function throughPcmu(samples: Int16Array): Int16Array {
  const coded = new Uint8Array(samples.length), back = new Int16Array(samples.length);
  encodePcmu(samples, coded);
  decodePcmu(coded, back);
  return back;
}

Deno.test("the same voice is recognised whole, however late it comes and through a codec", () => {
  for (const delay of [0, 1, 123, 2400, 20_000]) {
    const match = matchSound(SAID, recorded(throughPcmu(SAID), { delay, noise: 30 }));
    assert.equal(match.share, 1, `delay ${delay}`);
    assert.ok(match.likeness > 0.95, `likeness ${match.likeness}`);
    assert.ok(Math.abs(match.delaySeconds * MATCH_RATE - delay) <= 1, `delay ${delay}`);
    assert.ok(match.speechSeconds > 3 && match.recognisedSeconds === match.speechSeconds);
  }
});

Deno.test("another voice, noise and silence are not recognised", () => {
  const rows: [string, Int16Array][] = [
    ["another voice", recorded(OTHER, { delay: 800 })],
    ["silence", new Int16Array(40_000)],
    ["nothing", new Int16Array(0)],
    ["noise", recorded(new Int16Array(40_000), { delay: 0, noise: 8000 })],
  ];
  for (const [name, heard] of rows) {
    const { share } = matchSound(SAID, heard);
    assert.ok(share < 0.15, `${name}: ${share}`);
  }
});

Deno.test("half a voice is half recognised, and one that drifts is followed", () => {
  const half = matchSound(SAID, recorded(SAID.subarray(0, SAID.length / 2), { delay: 500 }));
  assert.ok(half.share > 0.35 && half.share < 0.65, `${half.share}`);
  // A jitter buffer that inserts 20 ms in the middle, and again later.
  const third = Math.floor(SAID.length / 3);
  const drifting = [0, 1, 2].flatMap((
    part,
  ) => [...new Int16Array(160), ...SAID.subarray(part * third, (part + 1) * third)]);
  const match = matchSound(SAID, recorded(Int16Array.from(drifting), { delay: 300 }));
  assert.ok(match.share > 0.85, `${match.share}`);
});

Deno.test("where nothing was said nothing can be recognised", () => {
  const match = matchSound(new Int16Array(16_000), SAID);
  assert.deepEqual([match.share, match.recognisedSeconds], [0, 0]);
});
