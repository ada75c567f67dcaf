import { testHeader } from "../../../tests/support/header_cases.ts";
import { parseContentType, printContentType } from "./content_type.ts";

testHeader({
  header: "Content-Type",
  parse: parseContentType,
  print: printContentType,
  reads: [
    ["a plain type", "application/sdp", { type: "application", subtype: "sdp", params: new Map() }],
    ["any case and spaces", 'Application / SDP ; Charset="UTF-8"', {
      type: "application",
      subtype: "sdp",
      params: new Map([["charset", "UTF-8"]]),
    }, "application/sdp;charset=UTF-8"],
    ["a quoted boundary", 'multipart/mixed;boundary="a b\\"c"', {
      type: "multipart",
      subtype: "mixed",
      params: new Map([["boundary", 'a b"c']]),
    }],
  ],
  refuses: [["no subtype", "text"], ["an empty subtype", "text/"], ["empty text", ""], [
    "a second value",
    "a/b, c/d",
  ]],
});
