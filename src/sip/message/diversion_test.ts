import { testHeader } from "../../../tests/support/header_cases.ts";
import { parseDiversion, printDiversion } from "./diversion.ts";

const BOB = {
  scheme: "sip",
  user: "bob",
  host: "example.com",
  params: new Map(),
  headers: new Map(),
} as const;

testHeader({
  header: "Diversion",
  parse: parseDiversion,
  print: printDiversion,
  reads: [
    ["reason, counter and the rest", "<sip:bob@example.com>;reason=user-busy;counter=2;privacy=off", {
      address: { uri: BOB, params: new Map([["privacy", "off"]]) },
      reason: "user-busy",
      counter: 2,
    }],
    ["an address alone", "<sip:bob@example.com>", {
      address: { uri: BOB, params: new Map() },
      reason: "unknown",
      counter: 1,
    }, "<sip:bob@example.com>;reason=unknown;counter=1"],
  ],
  refuses: [["no URI", ";reason=unknown"], ["empty text", ""]],
});
