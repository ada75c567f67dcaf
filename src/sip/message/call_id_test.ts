import { testHeader } from "../../../tests/support/header_cases.ts";
import { parseCallId, printCallId } from "./call_id.ts";

testHeader({
  header: "Call-ID",
  parse: parseCallId,
  print: printCallId,
  reads: [
    ["a word at a host", "a84b4c76e66710@pc33.example.com", "a84b4c76e66710@pc33.example.com"],
    ["every odd character", "w%ZK-!.*_+'@word`~)(><:\\/\"][?}{", "w%ZK-!.*_+'@word`~)(><:\\/\"][?}{"],
  ],
  refuses: [["empty text", ""], ["white space", "a b"], ["a control character", "a\0b"]],
});
