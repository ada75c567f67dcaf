import assert from "node:assert/strict";
import { testHeader } from "../../../tests/support/header_cases.ts";
import { Headers } from "./headers.ts";
import { parseOptionTag, printOptionTags, unsupportedTags } from "./option_tags.ts";

testHeader({
  header: "Supported",
  parse: parseOptionTag,
  print: (tag) => printOptionTags([tag]),
  reads: [["a tag in lower case", "100REL", "100rel", "100rel"]],
  refuses: [["empty text", ""], ["two words", "a b"]],
});

Deno.test("Require: what is not supported is listed in order", () => {
  const headers = new Headers();
  headers.append("Require", "nothingSupportsThis, 100rel, nor.this");
  assert.deepEqual(unsupportedTags({ headers }, new Set(["100rel"])), ["nothingsupportsthis", "nor.this"]);
});
