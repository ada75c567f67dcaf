import assert from "node:assert/strict";
import { testHeader } from "../../../tests/support/header_cases.ts";
import { parseMethod, printAllow } from "./allow.ts";
import { Headers } from "./headers.ts";
import { tokens } from "./reads.ts";

testHeader({
  header: "Allow",
  parse: parseMethod,
  print: (method) => printAllow([method]),
  reads: [["a method as written", "Invite", "Invite"]],
  refuses: [["empty text", ""], ["two words", "A B"]],
});

Deno.test("Allow: methods keep their case, over fields and commas", () => {
  const headers = new Headers();
  headers.append("allow", "INVITE,ACK ,, bye");
  headers.append("Allow", "");
  headers.append("Allow", "X");
  assert.deepEqual(tokens({ headers }, "Allow"), ["INVITE", "ACK", "bye", "X"]);
});
