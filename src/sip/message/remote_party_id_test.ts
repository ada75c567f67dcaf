import { testHeader } from "../../../tests/support/header_cases.ts";
import { parseRemotePartyId, printRemotePartyId } from "./remote_party_id.ts";

const BOB = {
  scheme: "sip",
  user: "bob",
  host: "example.com",
  params: new Map(),
  headers: new Map(),
} as const;

testHeader({
  header: "Remote-Party-ID",
  parse: parseRemotePartyId,
  print: printRemotePartyId,
  reads: [
    ["all its parameters", '"B" <sip:bob@example.com>;party=calling;screen=yes;privacy=full;id-type=user', {
      address: { displayName: "B", uri: BOB, params: new Map([["id-type", "user"]]) },
      party: "calling",
      isScreened: true,
      privacy: "full",
    }],
    ["an address alone, which is not screened,", "<sip:bob@example.com>", {
      address: { uri: BOB, params: new Map() },
      isScreened: false,
    }, "<sip:bob@example.com>;screen=no"],
  ],
  refuses: [["no URI", "B"], ["empty text", ""]],
});
