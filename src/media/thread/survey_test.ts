import assert from "node:assert/strict";
import { readSurvey } from "./survey.ts";

Deno.test("what a survey does not know of a leg is absent, not NaN", () => {
  const figures = Float64Array.of(7, 100, 2, 1.5, NaN, NaN, 9, 50, 0, 0.5, 30, 4.1);
  assert.deepEqual([...readSurvey([figures, new Float64Array()])], [
    [7, { packetsReceived: 100, lost: 2, jitterMs: 1.5 }],
    [9, { packetsReceived: 50, lost: 0, jitterMs: 0.5, roundTripMs: 30, mos: 4.1 }],
  ]);
});
