import { testHeader } from "../../../tests/support/header_cases.ts";
import { parseContentLength, printContentLength } from "./content_length.ts";

testHeader({
  header: "Content-Length",
  parse: parseContentLength,
  print: printContentLength,
  reads: [["zero", "0", 0], ["the largest message", "65536", 65536]],
  refuses: [
    ["a negative number", "-999"],
    ["more than any message", "65537"],
    ["a number beyond 64 bits", "99999999999999999999999"],
    ["a sign", "+1"],
    ["hexadecimal", "0x10"],
    ["two numbers", "1 1"],
    ["empty text", ""],
  ],
});
