import { testHeader } from "../../../tests/support/header_cases.ts";
import { parseReferredBy, printReferredBy } from "./referred_by.ts";

testHeader({
  header: "Referred-By",
  parse: parseReferredBy,
  print: printReferredBy,
  reads: [["a quoted cid", '<sip:r@ref.example>;cid="2UWQFN309shb3@ref.example"', {
    uri: { scheme: "sip", user: "r", host: "ref.example", params: new Map(), headers: new Map() },
    params: new Map([["cid", "2UWQFN309shb3@ref.example"]]),
  }, "<sip:r@ref.example>;cid=2UWQFN309shb3@ref.example"]],
  refuses: [["no URI", "r"], ["empty text", ""]],
});
