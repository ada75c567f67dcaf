import { testHeader } from "../../../tests/support/header_cases.ts";
import { parseUserAgent, printUserAgent } from "./user_agent.ts";

testHeader({
  header: "User-Agent",
  parse: parseUserAgent,
  print: printUserAgent,
  reads: [["products and a nested comment", "Softphone/1.5 (x86_64 (linux)) re", [
    { product: "Softphone", version: "1.5" },
    { comment: "x86_64 (linux)" },
    { product: "re" },
  ]]],
  refuses: [["a comment without end", "A (b"], ["a slash alone", "A/"], ["other text", "A, B"], [
    "empty text",
    "",
  ]],
});
