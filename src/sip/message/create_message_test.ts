import assert from "node:assert/strict";
import { createRequest, createResponse } from "./create_message.ts";
import { parseMessage } from "./parse_message.ts";
import { printMessage } from "./print_message.ts";
import { reasonPhrase } from "./status_codes.ts";
import type { SipRequest } from "./message.ts";
import type { SipUri } from "./types.ts";

const BOB: SipUri = {
  scheme: "sip",
  user: "bob",
  host: "example.com",
  params: new Map(),
  headers: new Map(),
};

function request(change: Partial<Parameters<typeof createRequest>[0]> = {}): SipRequest {
  return createRequest({
    method: "INVITE",
    requestUri: BOB,
    from: { displayName: 'A "x"', uri: BOB, params: new Map([["tag", "1"]]) },
    to: { uri: BOB, params: new Map() },
    callId: "c",
    sequence: 7,
    ...change,
  });
}

Deno.test("a request has what every request must have, and passes the parser once it has a Via", () => {
  const made = request({
    headers: [["Subject", "x"]],
    body: new TextEncoder().encode("v=0"),
    contentType: "application/sdp",
  });
  made.headers.prepend("Via", "SIP/2.0/UDP h;branch=z9hG4bK1");
  made.headers.append("Content-Length", "999");
  assert.equal(
    new TextDecoder().decode(printMessage(made)),
    [
      "INVITE sip:bob@example.com SIP/2.0",
      "Via: SIP/2.0/UDP h;branch=z9hG4bK1",
      "Max-Forwards: 70",
      'From: "A \\"x\\"" <sip:bob@example.com>;tag=1',
      "To: <sip:bob@example.com>",
      "Call-ID: c",
      "CSeq: 7 INVITE",
      "Subject: x",
      "Content-Type: application/sdp",
      "Content-Length: 3",
      "",
      "v=0",
    ].join("\r\n"),
  );
  assert.ok(parseMessage(printMessage(made)).ok);
});

function received(): SipRequest {
  const made = request({ headers: [["Record-Route", "<sip:p;lr>"], ["Timestamp", "54"], ["Subject", "x"]] });
  made.headers.prepend("Via", "SIP/2.0/UDP b");
  made.headers.prepend("Via", "SIP/2.0/UDP a, SIP/2.0/TCP c");
  return made;
}

Deno.test("a response carries Via, From, To, Call-ID, CSeq, Timestamp as they came", () => {
  const response = createResponse(received(), 486, undefined, { toTag: "t" });
  assert.equal(response.reasonPhrase, "Busy Here");
  assert.deepEqual(response.headers.all("Via"), ["SIP/2.0/UDP a", "SIP/2.0/TCP c", "SIP/2.0/UDP b"]);
  assert.equal(response.headers.get("To"), "<sip:bob@example.com>;tag=t");
  assert.equal(response.headers.get("Timestamp"), "54");
  assert.equal(response.headers.has("Subject"), false);
});

Deno.test("only a response that can make a dialog carries Record-Route", () => {
  const kept = [100, 180, 200, 302, 486].filter((code) =>
    createResponse(received(), code).headers.has("Record-Route")
  );
  assert.deepEqual(kept, [180, 200]);
});

Deno.test("a To that has a tag keeps it", () => {
  const made = received();
  made.headers.set("To", "<sip:bob@example.com>;tag=old");
  assert.equal(
    createResponse(made, 200, "OK", { toTag: "new" }).headers.get("To"),
    "<sip:bob@example.com>;tag=old",
  );
});

for (
  const [promise, change] of [
    ["a method that is no token", { method: "IN VITE" }],
    ["a Request-URI with a line break", { requestUri: { scheme: "other", text: "a:b\r\nVia: x" } }],
    ["a Request-URI with a space", { requestUri: { scheme: "other", text: "a:b c" } }],
  ] as const
) {
  Deno.test(`${promise} is not printed`, () => {
    assert.throws(() => printMessage({ ...received(), ...change }), TypeError);
  });
}

Deno.test("a status code or phrase that breaks the status line is not printed", () => {
  const response = createResponse(received(), 200);
  assert.throws(() => printMessage({ ...response, statusCode: 99 }), TypeError);
  assert.throws(() => printMessage({ ...response, statusCode: 700 }), TypeError);
  assert.throws(() => printMessage({ ...response, reasonPhrase: "a\r\nb" }), TypeError);
});

Deno.test("every status code has a phrase, unregistered ones that of their class", () => {
  assert.equal(reasonPhrase(607), "Unwanted");
  assert.equal(reasonPhrase(499), "Request Failure");
  for (let code = 100; code < 700; code++) assert.ok(reasonPhrase(code));
});
