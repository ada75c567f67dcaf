import { testHeader } from "../../../tests/support/header_cases.ts";
import { parseRAck, printRAck } from "./rack.ts";

testHeader({
  header: "RAck",
  parse: parseRAck,
  print: printRAck,
  reads: [
    ["all three parts", "776656 1 INVITE", { rseq: 776656, cseq: { sequence: 1, method: "INVITE" } }],
    [
      "more white space",
      "1 \t 2   INVITE",
      { rseq: 1, cseq: { sequence: 2, method: "INVITE" } },
      "1 2 INVITE",
    ],
  ],
  refuses: [["no method", "1 1"], ["rseq 0", "0 1 INVITE"], ["two parts", "1 INVITE"], ["empty text", ""]],
});
