import { testHeader } from "../../../tests/support/header_cases.ts";
import { parseRSeq, printRSeq } from "./rseq.ts";

testHeader({
  header: "RSeq",
  parse: parseRSeq,
  print: printRSeq,
  reads: [["a number", "988789", 988789], ["the largest", "4294967295", 4294967295]],
  refuses: [["zero", "0"], ["2**32", "4294967296"], ["empty text", ""]],
});
