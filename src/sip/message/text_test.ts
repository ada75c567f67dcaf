import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeText, encodeText, encodeWithBody } from "./text.ts";

Deno.test("well-formed UTF-8 becomes its characters", () => {
  const text = "J\u00f6rg \u5317\u4eac \u{1f4de} \ufeff\ufffd";
  assert.equal(decodeText(new TextEncoder().encode(text)), text);
  assert.deepEqual(encodeText(text), new TextEncoder().encode(text));
});

Deno.test("a byte that belongs to no character becomes one character and that byte again", () => {
  assert.equal(decodeText(new Uint8Array([0x4a, 0xf6, 0x72])), "J\udcf6r");
  assert.deepEqual([...encodeText("J\udcf6r")], [0x4a, 0xf6, 0x72]);
});

/** Lead bytes, continuation bytes and the edges of what UTF-8 forbids come often. */
const octet = fc.oneof(
  fc.integer({ min: 0, max: 255 }),
  fc.constantFrom(0x80, 0xbf, 0xc0, 0xc2, 0xe0, 0xa0, 0x9f, 0xed, 0xf0, 0x90, 0xf4, 0x8f, 0xef, 0xbd, 0xbb),
);
const bytes = fc.array(octet, { maxLength: 40 }).map((octets) => new Uint8Array(octets));

Deno.test("decode and encode give back any bytes", () => {
  fc.assert(fc.property(bytes, (original) => {
    assert.deepEqual([...encodeText(decodeText(original))], [...original]);
  }));
});

Deno.test("text cut from two messages and joined prints the bytes of both", () => {
  fc.assert(fc.property(bytes, bytes, (a, b) => {
    const head = decodeText(a) + "|" + decodeText(b);
    const expected = [...a, 0x7c, ...b];
    assert.deepEqual([...encodeText(head)], expected);
    assert.deepEqual([...encodeWithBody(head, b)], [...expected, ...b]);
  }));
});

Deno.test("a range is decoded without what lies round it", () => {
  assert.equal(decodeText(new Uint8Array([0xc3, 0xb6, 0xc3, 0xb6]), 1, 3), "\udcb6\udcc3");
});
