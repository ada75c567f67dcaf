import assert from "node:assert/strict";
import { isOneWay, SILENCE_OFF, type SilenceChange, type SilenceState, stepSilence } from "./mod.ts";

/** Looks every 20 ms from `from` to `to`; packets come at the times given. */
function run(
  start: SilenceState,
  { from, to, packets, expected = () => true }: {
    from: number;
    to: number;
    packets: (nowMs: number) => boolean;
    expected?: (nowMs: number) => boolean;
  },
): { state: SilenceState; news: (SilenceChange & { atMs: number })[] } {
  let state = start, lastPacketMs = 0;
  const news: (SilenceChange & { atMs: number })[] = [];
  for (let nowMs = from; nowMs <= to; nowMs += 20) {
    if (packets(nowMs)) lastPacketMs = nowMs;
    const step = stepSilence(state, { nowMs, expected: expected(nowMs), lastPacketMs });
    if (!step) continue;
    state = step.state;
    if (step.change) news.push({ ...step.change, atMs: nowMs });
  }
  return { state, news };
}

Deno.test("a stream that never begins is told within 3 s", () => {
  const { news } = run(SILENCE_OFF, { from: 1000, to: 9000, packets: () => false });
  assert.equal(news.length, 1);
  assert.equal(news[0]!.silent, true);
  assert.ok(news[0]!.atMs - 1000 <= 3000);
});

Deno.test("a stream that stops is told within 3 s, once, and told again when it comes back", () => {
  const { state, news } = run(SILENCE_OFF, {
    from: 1000,
    to: 20_000,
    packets: (now) => now < 5000 || now >= 12_000,
  });
  assert.deepEqual(news.map(({ silent }) => silent), [true, false]);
  assert.ok(news[0]!.atMs - 5000 <= 3000);
  assert.equal(news[1]!.atMs, 12_000);
  assert.ok(Math.abs(news[1]!.forMs - 7020) <= 20, String(news[1]!.forMs));
  assert.equal(state.kind, "flowing");
});

Deno.test("a stream that flows, or pauses shortly, says nothing", () => {
  const { news } = run(SILENCE_OFF, { from: 1000, to: 20_000, packets: (now) => now % 2000 < 200 });
  assert.deepEqual(news, []);
});

Deno.test("hold is not silence, and after hold the wait begins anew", () => {
  const { news } = run(SILENCE_OFF, {
    from: 1000,
    to: 30_000,
    packets: (now) => now < 5000,
    expected: (now) => now < 5000 || now >= 20_000,
  });
  assert.equal(news.length, 1);
  assert.ok(news[0]!.atMs >= 22_000);
});

Deno.test("one way is one side silent while the other is heard", () => {
  const silent = { kind: "silent", sinceMs: 0 } as const;
  assert.equal(isOneWay(silent, { lastPacketMs: 4900, nowMs: 5000 }), true);
  assert.equal(isOneWay(silent, { lastPacketMs: 2000, nowMs: 5000 }), false);
  assert.equal(isOneWay({ kind: "flowing" }, { lastPacketMs: 4900, nowMs: 5000 }), false);
});
