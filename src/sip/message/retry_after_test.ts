import { testHeader } from "../../../tests/support/header_cases.ts";
import { parseRetryAfter, printRetryAfter } from "./retry_after.ts";

testHeader({
  header: "Retry-After",
  parse: parseRetryAfter,
  print: printRetryAfter,
  reads: [
    ["seconds", "5", { seconds: 5, params: new Map() }],
    ["a nested comment and duration", "120 (I'm in a (long \\)) meeting);duration=60", {
      seconds: 120,
      params: new Map([["duration", "60"]]),
    }, "120;duration=60"],
    ["a number beyond 32 bits, as the largest,", "1" + "0".repeat(30), {
      seconds: 4294967295,
      params: new Map(),
    }, "4294967295"],
  ],
  refuses: [["a comment without end", "5 (x"], ["a word", "later"], ["empty text", ""]],
});
