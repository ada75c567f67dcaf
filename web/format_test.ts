import assert from "node:assert/strict";
import { printBrowser, printBytes, printCodec, printDuration, printSpan } from "./format.ts";

const CASES: readonly (readonly [what: string, printed: string, expected: string])[] = [
  ["no codec", printCodec(undefined), "–"],
  ["a codec with a name of its own", printCodec("g722"), "G.722"],
  ["a codec in other letters", printCodec("OPUS"), "Opus"],
  ["a codec in capitals", printCodec("pcma"), "PCMA"],
  ["a codec that nobody knows", printCodec("speex"), "SPEEX"],
  ["a codec named like what every object has", printCodec("constructor"), "CONSTRUCTOR"],
  ["seconds", printDuration(7_900), "0:07"],
  ["hours", printDuration(3_723_000), "1:02:03"],
  ["a duration before its begin, by another clock", printDuration(-500), "0:00"],
  ["a short while", printSpan(59_000), "less than a minute"],
  ["minutes", printSpan(300_000), "5 min"],
  ["days", printSpan(90_000_000), "1 d 1 h"],
  ["bytes", printBytes(999), "999 B"],
  ["some of the next unit", printBytes(1500), "1.5 kB"],
  ["many of a unit", printBytes(123_400_000), "123 MB"],
  ["a browser", printBrowser("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Firefox/128.0"), "Firefox · Linux"],
  [
    "a browser that also names others",
    printBrowser("Windows NT Chrome/130 Safari/537 Edg/130"),
    "Edge · Windows",
  ],
  ["a program", printBrowser("curl/8.5"), "curl/8.5"],
  ["nobody", printBrowser(""), "–"],
];

for (const [what, printed, expected] of CASES) {
  Deno.test(`what the page prints: ${what}`, () => assert.equal(printed, expected));
}
