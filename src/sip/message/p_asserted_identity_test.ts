import { testHeader } from "../../../tests/support/header_cases.ts";
import { parseAssertedIdentity, printAssertedIdentity } from "./p_asserted_identity.ts";

testHeader({
  header: "P-Asserted-Identity",
  parse: parseAssertedIdentity,
  print: printAssertedIdentity,
  reads: [["a name and a number", '"Cullen" <tel:+14085264000>', {
    displayName: "Cullen",
    uri: { scheme: "tel", number: "+14085264000", params: new Map() },
    params: new Map(),
  }]],
  refuses: [["another scheme", "<http://example.com>"], ["no URI", "Cullen"], ["empty text", ""]],
});
