import { testHeader } from "../../../tests/support/header_cases.ts";
import { parseCallInfo, printCallInfo } from "./call_info.ts";

testHeader({
  header: "Call-Info",
  parse: parseCallInfo,
  print: printCallInfo,
  reads: [["a purpose", "<sip:h>;answer-after=0;purpose=icon", {
    uri: "sip:h",
    params: new Map([["answer-after", "0"], ["purpose", "icon"]]),
  }]],
  refuses: [["no brackets", "sip:h"], ["empty text", ""]],
});
