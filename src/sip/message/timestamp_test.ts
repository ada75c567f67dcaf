import { testHeader } from "../../../tests/support/header_cases.ts";
import { parseTimestamp, printTimestamp } from "./timestamp.ts";

testHeader({
  header: "Timestamp",
  parse: parseTimestamp,
  print: printTimestamp,
  reads: [
    ["a time", "54.10", { time: "54.10" }],
    ["a time and a delay", "1700000000 0.25", { time: "1700000000", delaySec: 0.25 }],
  ],
  refuses: [["a word", "now"], ["a negative time", "-1"], ["empty text", ""]],
});
