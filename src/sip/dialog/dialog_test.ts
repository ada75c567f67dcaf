import assert from "node:assert/strict";
import {
  parseMessage,
  printUri,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from "../message/mod.ts";
import { Dialog } from "./dialog.ts";

function parse(start: string, headers: readonly string[]): SipMessage {
  const text = [start, ...headers, "Content-Length: 0", "", ""].join("\r\n");
  const parsed = parseMessage(new TextEncoder().encode(text));
  assert.ok(parsed.ok, text);
  return parsed.value;
}

const COMMON = [
  "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
  "From: Alice <sip:alice@example.com>;tag=a",
  "Call-ID: c1",
  "CSeq: 7 INVITE",
];

function invite(...headers: string[]): SipRequest {
  const to = "To: Bob <sip:bob@example.com>";
  return parse("INVITE sip:bob@example.com SIP/2.0", [
    ...COMMON,
    to,
    "Max-Forwards: 70",
    ...headers,
  ]) as SipRequest;
}

function ok(...headers: string[]): SipResponse {
  return parse("SIP/2.0 200 OK", [
    ...COMMON,
    "To: Bob <sip:bob@example.com>;tag=b",
    ...headers,
  ]) as SipResponse;
}

const RECORDED = "Record-Route: <sip:p2.example;lr>, <sip:p1.example;lr>";

Deno.test("the caller's route set is Record-Route reversed, its target the Contact of the response (§12.1.2)", () => {
  const dialog = Dialog.asCaller(invite(), ok(RECORDED, "Contact: <sip:bob@192.0.2.4>"));
  assert.deepEqual(dialog.routeSet, ["<sip:p1.example;lr>", "<sip:p2.example;lr>"]);
  const bye = dialog.createRequest("BYE");
  assert.equal(printUri(bye.requestUri), "sip:bob@192.0.2.4");
  assert.deepEqual(bye.headers.all("Route"), ["<sip:p1.example;lr>", "<sip:p2.example;lr>"]);
  assert.equal(bye.headers.get("From"), '"Alice" <sip:alice@example.com>;tag=a');
  assert.equal(bye.headers.get("To"), '"Bob" <sip:bob@example.com>;tag=b');
  assert.equal(bye.headers.get("CSeq"), "8 BYE");
  assert.equal(printUri(dialog.nextHop), "sip:p1.example;lr");
});

Deno.test("the called side's route set is Record-Route in order, its target the Contact of the INVITE (§12.1.1)", () => {
  const dialog = Dialog.asCalled(invite(RECORDED, "Contact: <sip:alice@192.0.2.1>"), "b");
  assert.deepEqual(dialog.routeSet, ["<sip:p2.example;lr>", "<sip:p1.example;lr>"]);
  assert.equal(dialog.remoteSequence, 7);
  const bye = dialog.createRequest("BYE");
  assert.equal(printUri(bye.requestUri), "sip:alice@192.0.2.1");
  assert.equal(bye.headers.get("From"), '"Bob" <sip:bob@example.com>;tag=b');
  assert.equal(bye.headers.get("CSeq"), "1 BYE");
});

Deno.test("a strict router of RFC 2543 gets itself as Request-URI and the target at the end (§12.2.1.1)", () => {
  const dialog = Dialog.asCaller(
    invite(),
    ok("Record-Route: <sip:p2.example;lr>, <sip:old.example>", "Contact: <sip:bob@192.0.2.4>"),
  );
  const bye = dialog.createRequest("BYE");
  assert.equal(printUri(bye.requestUri), "sip:old.example");
  assert.deepEqual(bye.headers.all("Route"), ["<sip:p2.example;lr>", "<sip:bob@192.0.2.4>"]);
});

Deno.test("the 2xx has the last word on the route set; later messages move the target only (§13.2.2.4, §12.2)", () => {
  const dialog = Dialog.asCaller(invite(), ok("Contact: <sip:early@192.0.2.4>"));
  dialog.confirm(ok(RECORDED, "Contact: <sip:bob@192.0.2.5>"));
  assert.equal(dialog.routeSet.length, 2);
  dialog.refreshTarget(ok("Record-Route: <sip:other.example;lr>", "Contact: <sip:bob@192.0.2.6>"));
  assert.deepEqual(dialog.routeSet, ["<sip:p1.example;lr>", "<sip:p2.example;lr>"]);
  assert.equal(printUri(dialog.remoteTarget), "sip:bob@192.0.2.6");
  dialog.refreshTarget(ok());
  assert.equal(printUri(dialog.remoteTarget), "sip:bob@192.0.2.6");
});

Deno.test("a Contact with header and method parts leaves them out of the Request-URI (§19.1.1)", () => {
  const dialog = Dialog.asCaller(invite(), ok("Contact: <sip:bob@192.0.2.4;method=REFER;ob?Subject=x>"));
  assert.equal(printUri(dialog.createRequest("BYE").requestUri), "sip:bob@192.0.2.4;ob");
});

Deno.test("without Contact the caller falls back to the Request-URI, the called side to From", () => {
  assert.equal(printUri(Dialog.asCaller(invite(), ok()).remoteTarget), "sip:bob@example.com");
  assert.equal(printUri(Dialog.asCalled(invite(), "b").remoteTarget), "sip:alice@example.com");
});

Deno.test("an older or equal CSeq is not taken, gaps are (§12.2.2)", () => {
  const dialog = Dialog.asCalled(invite(), "b");
  const numbered = (sequence: number) =>
    parse("BYE sip:b@x SIP/2.0", [
      ...COMMON.slice(0, 3),
      `CSeq: ${sequence} BYE`,
      "To: <sip:bob@example.com>;tag=b",
      "Max-Forwards: 70",
    ]) as SipRequest;
  assert.deepEqual([7, 6, 9, 8, 10].map((sequence) => dialog.takeSequence(numbered(sequence))), [
    false,
    false,
    true,
    false,
    true,
  ]);
});

Deno.test("an ACK names the CSeq of its INVITE and takes none of its own", () => {
  const dialog = Dialog.asCaller(invite(), ok());
  assert.equal(dialog.createRequest("ACK", 7).headers.get("CSeq"), "7 ACK");
  assert.equal(dialog.createRequest("INFO").headers.get("CSeq"), "8 INFO");
});
