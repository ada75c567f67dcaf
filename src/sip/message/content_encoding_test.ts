import assert from "node:assert/strict";
import { testHeader } from "../../../tests/support/header_cases.ts";
import { isUnpacked, parseContentCoding } from "./content_encoding.ts";
import { Headers } from "./headers.ts";

testHeader({
  header: "Content-Encoding",
  parse: parseContentCoding,
  print: (coding) => coding,
  reads: [["a coding in any case", "GZip", "gzip", "gzip"], ["no coding at all", "identity", "identity"]],
  refuses: [["nothing", ""], ["a parameter", "gzip;q=1"], ["two words", "gzip deflate"]],
});

for (
  const [promise, values, expected] of [
    ["no header is a body as it is", [], true],
    ["an empty one, too", [""], true],
    ["identity, too, in any case", ["Identity"], true],
    ["gzip is not", ["gzip"], false],
    ["whatever stands behind identity counts", ["identity, gzip"], false],
    ["a second field counts", ["identity", "deflate"], false],
    ["what is no coding is nothing we could unpack", ["gzip;level=9"], false],
  ] as const
) {
  Deno.test(`Content-Encoding: ${promise}`, () => {
    const headers = new Headers();
    for (const value of values) headers.append("e", value);
    assert.equal(isUnpacked({ headers }), expected);
  });
}
