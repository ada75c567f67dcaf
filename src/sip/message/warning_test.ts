import { testHeader } from "../../../tests/support/header_cases.ts";
import { parseWarning, printWarning } from "./warning.ts";

testHeader({
  header: "Warning",
  parse: parseWarning,
  print: printWarning,
  reads: [["code, agent and text", '307 isi.edu:5060 "Session parameter \\"foo\\" not understood"', {
    code: 307,
    agent: "isi.edu:5060",
    text: 'Session parameter "foo" not understood',
  }]],
  refuses: [
    ["a code of four digits", '1812 overture "In Progress"'],
    ["no agent", '307 "text"'],
    ["no text", "307 h"],
    ["text after the text", '307 h "a" b'],
    ["empty text", ""],
  ],
});
