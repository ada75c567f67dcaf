import { testHeader } from "../../../tests/support/header_cases.ts";
import { parseMaxForwards, printMaxForwards } from "./max_forwards.ts";

testHeader({
  header: "Max-Forwards",
  parse: parseMaxForwards,
  print: printMaxForwards,
  reads: [["zero", "0", 0], ["leading zeros", "0068", 68, "68"], ["300", "300", 300]],
  refuses: [["a negative number", "-1"], ["a number beyond 32 bits", "4294967296"], ["empty text", ""]],
});
