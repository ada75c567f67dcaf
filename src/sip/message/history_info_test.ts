import { testHeader } from "../../../tests/support/header_cases.ts";
import { parseHistoryInfo, printHistoryInfo } from "./history_info.ts";

testHeader({
  header: "History-Info",
  parse: parseHistoryInfo,
  print: printHistoryInfo,
  reads: [["an entry with its reason", "<sip:bob@p.example?Reason=SIP%3Bcause%3D302>;index=1.12;mp=1", {
    target: {
      uri: {
        scheme: "sip",
        user: "bob",
        host: "p.example",
        params: new Map(),
        headers: new Map([["Reason", "SIP;cause=302"]]),
      },
      params: new Map([["mp", "1"]]),
    },
    index: [1, 12],
  }]],
  refuses: [
    ["no index", "<sip:a@b>"],
    ["an index that is no number", "<sip:a@b>;index=1.x"],
    ["an endless index", "<sip:a@b>;index=1" + ".1".repeat(40)],
  ],
});
