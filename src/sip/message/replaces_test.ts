import { testHeader } from "../../../tests/support/header_cases.ts";
import { parseReplaces, printReplaces } from "./replaces.ts";

testHeader({
  header: "Replaces",
  parse: parseReplaces,
  print: printReplaces,
  reads: [
    ["a dialog", "98732@sip.example.com;to-tag=ff87ff;from-tag=r33th4x0r", {
      callId: "98732@sip.example.com",
      toTag: "ff87ff",
      fromTag: "r33th4x0r",
      earlyOnly: false,
    }],
    ["any order and early-only", "a ;from-tag=1 ; early-only;to-tag=2;x=y", {
      callId: "a",
      toTag: "2",
      fromTag: "1",
      earlyOnly: true,
    }, "a;to-tag=2;from-tag=1;early-only"],
  ],
  refuses: [
    ["no tags", "a@b"],
    ["one tag", "a@b;to-tag=1"],
    ["an empty tag", 'a@b;to-tag="";from-tag=1'],
    ["a doubled tag", "a@b;to-tag=1;to-tag=2;from-tag=3"],
    ["no Call-ID", ";to-tag=1;from-tag=2"],
    ["empty text", ""],
  ],
});
