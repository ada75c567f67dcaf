import { testHeader } from "../../../tests/support/header_cases.ts";
import { parseReason, printReason } from "./reason.ts";

testHeader({
  header: "Reason",
  parse: parseReason,
  print: printReason,
  reads: [
    ["a cause", "Q.850;cause=16", { protocol: "Q.850", cause: 16, params: new Map() }],
    ["text, always quoted", 'SIP;cause=200;text="Call completed elsewhere"', {
      protocol: "SIP",
      cause: 200,
      text: "Call completed elsewhere",
      params: new Map(),
    }],
    ["one word of text", 'SIP ; text="Busy";location=LN', {
      protocol: "SIP",
      text: "Busy",
      params: new Map([["location", "LN"]]),
    }, 'SIP;text="Busy";location=LN'],
    ["a cause that is no number, kept as it is", "SIP;cause=many", {
      protocol: "SIP",
      params: new Map([["cause", "many"]]),
    }],
  ],
  refuses: [["empty text", ""], ["no protocol", ";cause=16"]],
});
