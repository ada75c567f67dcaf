import assert from "node:assert/strict";
import type { PayloadFormat } from "../plane.ts";
import { mapPayloadTypes } from "./payload_map.ts";

const format = (payloadType: number, encoding: string, clockRate = 8000, channels?: number): PayloadFormat =>
  channels === undefined ? { payloadType, encoding, clockRate } : {
    payloadType,
    encoding,
    clockRate,
    channels,
  };

const ROWS: readonly (readonly [string, PayloadFormat[], PayloadFormat[], number, number])[] = [
  ["the same type stays", [format(0, "pcmu")], [format(0, "pcmu")], 0, 0],
  [
    "a dynamic type is matched by encoding",
    [format(101, "telephone-event")],
    [
      format(96, "telephone-event"),
    ],
    101,
    96,
  ],
  ["the first match counts", [format(8, "pcma")], [format(8, "pcma"), format(98, "pcma")], 8, 8],
  [
    "another clock is another format",
    [format(110, "telephone-event", 48000)],
    [
      format(101, "telephone-event"),
    ],
    110,
    -1,
  ],
  ["another number of channels too", [format(111, "opus", 48000, 2)], [format(99, "opus", 48000)], 111, -1],
  ["one channel is the default", [format(97, "l16", 8000, 1)], [format(98, "l16")], 97, 98],
  ["what the other side lacks is dropped", [format(9, "g722")], [format(0, "pcmu")], 9, -1],
  ["what was not agreed on is dropped", [format(0, "pcmu")], [format(0, "pcmu")], 8, -1],
  ["comfort noise passes unlisted", [], [], 13, 13],
  ["a type out of range is nobody's", [format(300, "pcmu")], [format(0, "pcmu")], 44, -1],
];

for (const [title, from, to, type, want] of ROWS) {
  Deno.test(`payload types: ${title}`, () => assert.equal(mapPayloadTypes(from, to)[type], want));
}
