import assert from "node:assert/strict";
import { parseMessage, type SipRequest } from "../message/mod.ts";
import { cancelledKey, mergeKey, serverKey } from "./key.ts";

interface Parts {
  readonly method?: string;
  readonly via?: string;
  readonly requestUri?: string;
  readonly from?: string;
  readonly to?: string;
  readonly cseq?: string;
}

function request(parts: Parts = {}): SipRequest {
  const { method = "INVITE", via = "192.0.2.1:5060;branch=z9hG4bKabc" } = parts;
  const text = [
    `${method} ${parts.requestUri ?? "sip:bob@example.com"} SIP/2.0`,
    `Via: SIP/2.0/UDP ${via}`,
    `From: <sip:alice@example.com>${parts.from ?? ";tag=a"}`,
    `To: <sip:bob@example.com>${parts.to ?? ""}`,
    "Call-ID: c1",
    `CSeq: ${parts.cseq ?? `1 ${method}`}`,
    "Max-Forwards: 70",
    "Content-Length: 0",
    "",
    "",
  ].join("\r\n");
  const parsed = parseMessage(new TextEncoder().encode(text));
  assert.ok(parsed.ok && parsed.value.kind === "request");
  return parsed.value;
}

const ROWS: readonly (readonly [sentence: string, same: boolean, left: Parts, right: Parts])[] = [
  ["a copy is the same", true, {}, {}],
  ["the branch is compared without regard to case", true, {}, { via: "192.0.2.1:5060;branch=Z9HG4BKABC" }],
  ["another branch is another request", false, {}, { via: "192.0.2.1:5060;branch=z9hG4bKabd" }],
  ["another sent-by is another request", false, {}, { via: "192.0.2.9:5060;branch=z9hG4bKabc" }],
  ["another port of sent-by is another request", false, {}, { via: "192.0.2.1:5062;branch=z9hG4bKabc" }],
  ["another method is another request", false, {}, { method: "OPTIONS" }],
  ["an ACK belongs to its INVITE", true, {}, { method: "ACK", to: ";tag=b" }],
  ["with a cookie nothing but branch, sent-by and method counts", true, {}, {
    requestUri: "sip:carol@example.com",
  }],
  ["RFC 2543: the same without branch", true, { via: "192.0.2.1" }, { via: "192.0.2.1" }],
  ["RFC 2543: an ACK, whose To tag the INVITE could not know", true, { via: "192.0.2.1" }, {
    via: "192.0.2.1",
    method: "ACK",
    to: ";tag=b",
  }],
  ["RFC 2543: a branch without cookie counts as well", false, { via: "192.0.2.1;branch=1" }, {
    via: "192.0.2.1;branch=2",
  }],
  ["RFC 2543: another Request-URI", false, { via: "192.0.2.1" }, {
    via: "192.0.2.1",
    requestUri: "sip:carol@example.com",
  }],
  ["RFC 2543: another From tag", false, { via: "192.0.2.1" }, { via: "192.0.2.1", from: ";tag=z" }],
  ["RFC 2543: another CSeq", false, { via: "192.0.2.1" }, { via: "192.0.2.1", cseq: "2 INVITE" }],
];

for (const [sentence, same, left, right] of ROWS) {
  Deno.test(`server transaction key: ${sentence} (RFC 3261 §17.2.3)`, () => {
    assert.equal(serverKey(request(left)) === serverKey(request(right)), same);
  });
}

Deno.test("a CANCEL means the INVITE with its branch, and has a key of its own (RFC 3261 §9.2)", () => {
  for (const via of ["192.0.2.1;branch=z9hG4bKabc", "192.0.2.1"]) {
    const cancel = request({ method: "CANCEL", via });
    assert.equal(cancelledKey(cancel), serverKey(request({ via })));
    assert.notEqual(serverKey(cancel), cancelledKey(cancel));
  }
});

Deno.test("the same request by two ways has one merge key, the next one another (RFC 3261 §8.2.2.2)", () => {
  const other = request({ via: "192.0.2.7;branch=z9hG4bKxyz", requestUri: "sip:carol@example.com" });
  assert.equal(mergeKey(request()), mergeKey(other));
  assert.notEqual(mergeKey(request()), mergeKey(request({ cseq: "2 INVITE" })));
  assert.notEqual(mergeKey(request()), mergeKey(request({ from: ";tag=z" })));
});
