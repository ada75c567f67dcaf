import { testHeader } from "../../../tests/support/header_cases.ts";
import { parseSessionExpires, printSessionExpires } from "./session_expires.ts";

testHeader({
  header: "Session-Expires",
  parse: parseSessionExpires,
  print: printSessionExpires,
  reads: [
    ["seconds alone", "1800", { seconds: 1800, params: new Map() }],
    [
      "a refresher",
      "90;refresher=UAS;x=y",
      { seconds: 90, refresher: "uas", params: new Map([["x", "y"]]) },
      "90;refresher=uas;x=y",
    ],
  ],
  refuses: [["another refresher", "90;refresher=me"], ["a refresher without value", "90;refresher="], [
    "a word",
    "long",
  ]],
});
