import assert from "node:assert/strict";
import type { RtpFormat } from "../../sdp/mod.ts";
import { allowCodecs, answerFormats, areAligned, commonFormats, offerFormats } from "./codec_choice.ts";

function format(payloadType: number, encoding: string, clockRate = 8000, channels = 1): RtpFormat {
  return { payloadType, encoding, clockRate, channels };
}

const PCMU = format(0, "pcmu");
const PCMA = format(8, "pcma");
const G722 = format(9, "g722");
const OPUS = format(96, "opus", 48_000, 2);
const EVENT = format(101, "telephone-event");

Deno.test("an answer keeps the far side's order and the offer's payload numbers", () => {
  const offered = [format(111, "opus", 48_000, 2), PCMU, PCMA, EVENT];
  const far = [PCMA, OPUS];
  assert.deepEqual(answerFormats(offered, far).map((one) => one.payloadType), [8, 111, 101]);
});

Deno.test("an answer without a common codec is empty, digits alone are no call", () => {
  assert.deepEqual(answerFormats([PCMU, EVENT], [PCMA, EVENT]), []);
});

Deno.test("digits are answered even when the far side has none: the server translates", () => {
  assert.deepEqual(answerFormats([PCMA, EVENT], [PCMA]), [PCMA, EVENT]);
});

Deno.test("the telephone-event with the codec's clock is preferred", () => {
  const wide = format(102, "telephone-event", 48_000);
  assert.deepEqual(answerFormats([OPUS, EVENT, wide], [OPUS]), [OPUS, wide]);
});

Deno.test("an offer gains telephone-event with a free payload number", () => {
  const offered = offerFormats([PCMA, format(101, "speex")]);
  assert.deepEqual(offered.map((one) => [one.payloadType, one.encoding]), [[8, "pcma"], [101, "speex"], [
    96,
    "telephone-event",
  ]]);
});

Deno.test("an offer that has telephone-event stays as it is", () => {
  assert.deepEqual(offerFormats([PCMA, EVENT]), [PCMA, EVENT]);
});

Deno.test("a codec list keeps its own order and the digits", () => {
  assert.deepEqual(allowCodecs([G722, PCMU, PCMA, EVENT], ["pcma", "pcmu"]), [PCMA, PCMU, EVENT]);
  assert.deepEqual(allowCodecs([G722, EVENT], []), [G722, EVENT]);
});

Deno.test("two sides are aligned only when neither may send what the other lacks", () => {
  assert.equal(areAligned([PCMA, EVENT], [PCMA]), true);
  assert.equal(areAligned([G722, PCMA], [PCMA]), false);
  assert.deepEqual(commonFormats([G722, PCMA], [PCMA, PCMU]), [PCMA]);
});
