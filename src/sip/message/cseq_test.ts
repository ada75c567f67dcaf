import { testHeader } from "../../../tests/support/header_cases.ts";
import { parseCSeq, printCSeq } from "./cseq.ts";

testHeader({
  header: "CSeq",
  parse: parseCSeq,
  print: printCSeq,
  reads: [
    ["a number and a method", "4711 INVITE", { sequence: 4711, method: "INVITE" }],
    ["leading zeros and spaces", "0009   INVITE", { sequence: 9, method: "INVITE" }, "9 INVITE"],
    ["the largest number", "2147483647 x", { sequence: 2147483647, method: "x" }],
    ["an odd method", "0 !a_*+`.%b'~", { sequence: 0, method: "!a_*+`.%b'~" }],
  ],
  refuses: [
    ["2**31", "2147483648 INVITE"],
    ["a number beyond 64 bits", "36893488147419103232 INVITE"],
    ["a negative number", "-1 INVITE"],
    ["no method", "1"],
    ["two methods", "1 INVITE ACK"],
    ["no number", "INVITE"],
    ["empty text", ""],
  ],
});
