import { testHeader } from "../../../tests/support/header_cases.ts";
import { parsePrivacy, printPrivacy } from "./privacy.ts";

testHeader({
  header: "Privacy",
  parse: parsePrivacy,
  print: printPrivacy,
  reads: [
    ["one value", "id", ["id"]],
    ["several in any case", "Header ; user;ID", ["header", "user", "id"], "header;user;id"],
    ["commas, as some phones send them", "user, id", ["user", "id"], "user;id"],
  ],
  refuses: [["empty text", ""], ["two words", "a b"]],
});
