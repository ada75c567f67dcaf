import { testHeader } from "../../../tests/support/header_cases.ts";
import { parseMinSe, printMinSe } from "./min_se.ts";

testHeader({
  header: "Min-SE",
  parse: parseMinSe,
  print: printMinSe,
  reads: [["seconds", "90", 90], ["parameters, which mean nothing", "90;lr", 90, "90"]],
  refuses: [["a word", "x"], ["empty text", ""]],
});
