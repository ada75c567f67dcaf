import { testHeader } from "../../../tests/support/header_cases.ts";
import { parseAlertInfo, printAlertInfo } from "./alert_info.ts";

testHeader({
  header: "Alert-Info",
  parse: parseAlertInfo,
  print: printAlertInfo,
  reads: [
    ["a URL with commas and semicolons", "<http://www.example.com/a,b;c.wav>", {
      uri: "http://www.example.com/a,b;c.wav",
      params: new Map(),
    }],
    ["a ring tone by name", "<http://127.0.0.1>;info=group", {
      uri: "http://127.0.0.1",
      params: new Map([["info", "group"]]),
    }],
  ],
  refuses: [["no brackets", "http://example.com"], ["a bracket without end", "<http://example.com"], [
    "empty text",
    "",
  ]],
});
