/** One table per header: what it reads, what it prints, what it refuses, and that no text makes it throw. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Result } from "../../src/base/mod.ts";
import type { ParseFault } from "../../src/sip/message/mod.ts";

export interface HeaderCases<T> {
  readonly header: string;
  readonly parse: (text: string) => Result<T, ParseFault>;
  readonly print: (value: T) => string;
  /** The sentence, the text, its value, and how it is printed when not as `text`. */
  readonly reads: readonly (readonly [promise: string, text: string, value: T, printed?: string])[];
  readonly refuses: readonly (readonly [promise: string, text: string])[];
}

const PIECES = fc.constantFrom(
  ...'"\\<>;,:=@/.*?%() \t\0\u007f[]',
  "a",
  "Z",
  "0",
  "42",
  "4294967296",
  "sip:",
  "__proto__",
  "constructor",
  "\u00e9",
  "\udc80",
  "tag",
  "q",
);

/** Texts made of what grammars stumble over. */
export const HOSTILE_TEXT = fc.array(PIECES, { maxLength: 40 }).map((pieces) => pieces.join(""));

/** Registers the tests of one header. */
export function testHeader<T>({ header, parse, print, reads, refuses }: HeaderCases<T>): void {
  for (const [promise, text, value, printed = text] of reads) {
    Deno.test(`${header}: ${promise} is read and printed`, () => {
      assert.deepEqual(parse(text), { ok: true, value });
      assert.equal(print(value), printed);
      assert.deepEqual(parse(printed), { ok: true, value });
    });
  }
  for (const [promise, text] of refuses) {
    Deno.test(`${header}: ${promise} is refused`, () => {
      const result = parse(text);
      assert.equal(result.ok, false);
      assert.ok(!result.ok && result.error.reason !== "" && !result.error.reason.endsWith("."));
    });
  }
  Deno.test(`${header}: no text makes it throw, and what it accepts it prints and reads again`, () => {
    fc.assert(fc.property(HOSTILE_TEXT, (text) => {
      const first = parse(text);
      if (!first.ok) return;
      const printed = print(first.value);
      assert.ok(!/[\r\n]/.test(printed));
      assert.deepEqual(parse(printed), first);
    }));
  });
}
