import assert from "node:assert/strict";
import { afterAnswer, afterOffer, afterWithdrawal, NO_TURNS } from "./offer_answer.ts";

Deno.test("one offer at a time, whoever made it (RFC 3264 §4)", () => {
  const offered = afterOffer(NO_TURNS, "local");
  assert.deepEqual(offered, { isSettled: false, pending: "local" });
  assert.equal(afterOffer(offered!, "local"), undefined);
  assert.equal(afterOffer(offered!, "remote"), undefined);
  const settled = afterAnswer(offered!);
  assert.deepEqual(settled, { isSettled: true, pending: "none" });
  assert.deepEqual(afterOffer(settled, "remote"), { isSettled: true, pending: "remote" });
});

Deno.test("a refused offer leaves things as they were (RFC 3261 §14.1)", () => {
  assert.deepEqual(afterWithdrawal(afterOffer(NO_TURNS, "local")!), NO_TURNS);
  const settled = afterAnswer(afterOffer(NO_TURNS, "remote")!);
  assert.deepEqual(afterWithdrawal(afterOffer(settled, "local")!), settled);
});

Deno.test("an answer to nothing changes nothing", () => {
  assert.deepEqual(afterAnswer(NO_TURNS), NO_TURNS);
});
