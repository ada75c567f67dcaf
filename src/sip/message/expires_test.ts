import { testHeader } from "../../../tests/support/header_cases.ts";
import { parseExpires, printExpires } from "./expires.ts";

testHeader({
  header: "Expires",
  parse: parseExpires,
  print: printExpires,
  reads: [
    ["zero", "0", 0],
    ["a number", "3600", 3600],
    ["a number beyond 32 bits, as the largest,", "18446744073709551616", 4294967295, "4294967295"],
  ],
  refuses: [["a negative number", "-1"], ["a word", "soon"], ["empty text", ""], ["a fraction", "1.5"]],
});
