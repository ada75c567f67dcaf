import assert from "node:assert/strict";
import { testHeader } from "../../../tests/support/header_cases.ts";
import { parseVia, printVia, recoverVia } from "./via.ts";

testHeader({
  header: "Via",
  parse: parseVia,
  print: printVia,
  reads: [
    [
      "branch, received and rport",
      "SIP/2.0/UDP pc33.example.com:5066;branch=z9hG4bK1;received=192.0.2.1;rport",
      {
        transport: "UDP",
        host: "pc33.example.com",
        port: 5066,
        params: new Map([["branch", "z9hG4bK1"], ["received", "192.0.2.1"], ["rport", null]]),
      },
    ],
    [
      "white space round slashes and colon",
      "sip  /\t2.0 / tls   192.0.2.2 : 5061 ; BRANCH = z9hG4bKx",
      { transport: "TLS", host: "192.0.2.2", port: 5061, params: new Map([["branch", "z9hG4bKx"]]) },
      "SIP/2.0/TLS 192.0.2.2:5061;branch=z9hG4bKx",
    ],
    [
      "an IPv6 sent-by, received in brackets",
      "SIP/2.0/TCP [2001:DB8::9:1]:5060;received=[2001:db8::9:255];branch=z9hG4bKy",
      {
        transport: "TCP",
        host: "2001:db8::9:1",
        port: 5060,
        params: new Map([["received", "2001:db8::9:255"], ["branch", "z9hG4bKy"]]),
      },
      "SIP/2.0/TCP [2001:db8::9:1]:5060;received=2001:db8::9:255;branch=z9hG4bKy",
    ],
    ["a transport not known here", "SIP/2.0/UNKNOWN h", {
      transport: "UNKNOWN",
      host: "h",
      params: new Map(),
    }],
    [
      "a branch outside the grammar, kept byte for byte",
      "SIP/2.0/UDP h;branch=z9hG4bK+a/b==",
      { transport: "UDP", host: "h", params: new Map([["branch", "z9hG4bK+a/b=="]]) },
    ],
  ],
  refuses: [
    ["empty text", ""],
    ["another version", "SIP/3.0/UDP h"],
    ["another protocol", "HTTP/2.0/UDP h"],
    ["no sent-by", "SIP/2.0/UDP "],
    ["no space before sent-by", "SIP/2.0/UDP[::1]"],
    ["an IPv6 address without brackets", "SIP/2.0/UDP 2001:db8::1"],
    ["port 0", "SIP/2.0/UDP h:0"],
    ["port 65536", "SIP/2.0/UDP h:65536"],
    ["an empty parameter", "SIP/2.0/UDP h;;branch=x"],
    ["a parameter given twice", "SIP/2.0/UDP h;branch=a;branch=b"],
    ["a parameter without value", "SIP/2.0/UDP h;branch="],
  ],
});

Deno.test("Via: sent-by and branch are recovered from broken parameters, of any version", () => {
  assert.equal(
    printVia(recoverVia("SIP/7.0/UDP h:5070;;,;branch=z9hG4bKa;,,")!),
    "SIP/2.0/UDP h:5070;branch=z9hG4bKa",
  );
  assert.equal(recoverVia("nonsense"), undefined);
});
