import assert from "node:assert/strict";
import { testHeader } from "../../../tests/support/header_cases.ts";
import { mayBeIgnored, parseContentDisposition, printContentDisposition } from "./content_disposition.ts";

testHeader({
  header: "Content-Disposition",
  parse: parseContentDisposition,
  print: printContentDisposition,
  reads: [["handling", "session;handling=optional", {
    disposition: "session",
    params: new Map([["handling", "optional"]]),
  }]],
  refuses: [["empty text", ""], ["parameters alone", ";handling=optional"]],
});

Deno.test("Content-Disposition: only handling=optional lets a body be ignored", () => {
  assert.equal(mayBeIgnored({ disposition: "icon", params: new Map() }), false);
  assert.equal(mayBeIgnored({ disposition: "icon", params: new Map([["handling", "OPTIONAL"]]) }), true);
});
