import assert from "node:assert/strict";
import fc from "fast-check";
import { estimateMos, mosFromRating, mouthToEarMs, transmissionRating } from "./mod.ts";

Deno.test("with all defaults the rating is 93.2 and the score 4.41 (G.107 §7.7, Annex B)", () => {
  assert.equal(transmissionRating({ lossFraction: 0, delayMs: 0 }), 93.2);
  assert.equal(Math.round(mosFromRating(93.2) * 100) / 100, 4.41);
});

// G.107 Table B.1: the limits of R for user satisfaction and their MOS.
for (
  const [rating, mos] of [[90, 4.34], [80, 4.03], [70, 3.60], [60, 3.10], [50, 2.58], [0, 1], [100, 4.5]]
) {
  Deno.test(`R ${rating} is MOS ${mos} (G.107 Annex B)`, () => {
    assert.ok(Math.abs(mosFromRating(rating!) - mos!) < 0.01, String(mosFromRating(rating!)));
  });
}

Deno.test("the impairment of loss is that of G.113: 3 % on G.711 with concealment costs 10 points", () => {
  const rating = transmissionRating({ lossFraction: 0.03, delayMs: 0 });
  assert.ok(Math.abs(93.2 - rating - 95 * 3 / 28.1) < 1e-9, String(rating));
  assert.equal(transmissionRating({ encoding: "g729", lossFraction: 0, delayMs: 0 }), 93.2 - 11);
});

Deno.test("delay costs little up to 150 ms and much from 300 ms on (G.114)", () => {
  const at = (delayMs: number) => transmissionRating({ lossFraction: 0, delayMs });
  assert.ok(at(150) > 88 && at(150) < 92, String(at(150)));
  assert.ok(at(300) < 80 && at(300) > 70, String(at(300)));
  assert.ok(at(500) < 65 && at(500) > 50, String(at(500)));
});

Deno.test("more loss or more delay never sounds better, and the score stays within 1 and 4.5", () => {
  const loss = fc.double({ min: 0, max: 1, noNaN: true }),
    delay = fc.double({ min: 0, max: 2000, noNaN: true });
  fc.assert(fc.property(loss, loss, delay, delay, (l1, l2, d1, d2) => {
    const better = estimateMos({ lossFraction: Math.min(l1, l2), delayMs: Math.min(d1, d2) });
    const worse = estimateMos({ lossFraction: Math.max(l1, l2), delayMs: Math.max(d1, d2) });
    assert.ok(worse <= better + 1e-9 && worse >= 1 && better <= 4.5);
  }));
});

Deno.test("mouth to ear is half the round trip, twice the jitter and two packets", () => {
  assert.equal(mouthToEarMs({ roundTripMs: 80, jitterMs: 5, packetMs: 20 }), 90);
  assert.equal(mouthToEarMs({ jitterMs: 0, packetMs: 20 }), 40);
});
