import assert from "node:assert/strict";
import { createRequest, parseUri, type SipRequest } from "../../sip/message/mod.ts";
import { infoDigit, readInfoDigit } from "./digits.ts";
import { asksPrivacy, fromHeader, identityHeaders } from "./identity.ts";
import { failure, readFailure, worstOf } from "./outcome.ts";
import { passOn } from "./pass_on.ts";
import { ProfileMemory, profilesToTry } from "./srtp_profile.ts";

function request(
  method: string,
  headers: readonly (readonly [string, string])[],
  body?: { type: string; text: string },
): SipRequest {
  const uri = parseUri("sip:101@office.example");
  assert.ok(uri.ok);
  const party = { uri: uri.value, params: new Map([["tag", "x"]]) };
  const made = createRequest({
    method,
    requestUri: uri.value,
    from: party,
    to: party,
    callId: "c",
    sequence: 1,
  });
  for (const [name, value] of headers) made.headers.set(name, value);
  if (body) {
    made.headers.set("Content-Type", body.type);
    made.body = new TextEncoder().encode(body.text);
  }
  return made;
}

const CALLER = { domain: "office.example", number: "100", name: "Alice", isPrivate: false };

Deno.test("digits are read from both kinds of INFO bodies", () => {
  const rows: [string, string, string | undefined][] = [
    ["application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", "5"],
    ["application/dtmf-relay", "Signal= *\r\nDuration= 250\r\n", "*"],
    ["application/dtmf-relay", "Signal=11\r\n", "#"],
    ["application/dtmf", "7", "7"],
    ["application/dtmf", "d", "D"],
    ["application/dtmf", "77", undefined],
    ["application/dtmf-relay", "Duration=160", undefined],
    ["application/media_control+xml", "<x/>", undefined],
    ["application/dtmf", "9".repeat(300), undefined],
  ];
  for (const [type, text, digit] of rows) {
    assert.equal(
      readInfoDigit(request("INFO", [], { type, text }))?.digit,
      digit,
      `${type} ${text.slice(0, 20)}`,
    );
  }
});

Deno.test("a digit printed for INFO is read back", () => {
  const body = infoDigit("#", 120);
  const text = new TextDecoder().decode(body.bytes);
  assert.deepEqual(readInfoDigit(request("INFO", [], { type: body.contentType, text })), {
    digit: "#",
    durationMs: 120,
  });
});

Deno.test("a private caller is shown to nobody", () => {
  const hidden = { ...CALLER, isPrivate: true };
  assert.deepEqual(identityHeaders(hidden), [["Privacy", "id"]]);
  const from = fromHeader(hidden);
  assert.equal(from.uri.scheme === "sip" && from.uri.host, "anonymous.invalid");
  assert.equal(asksPrivacy(request("INVITE", [["Privacy", "id;critical"]])), true);
  assert.equal(asksPrivacy(request("INVITE", [["Privacy", "none"]])), false);
});

Deno.test("a name cannot break out of P-Asserted-Identity", () => {
  const [header] = identityHeaders({ ...CALLER, name: 'A" <sip:evil@x>' });
  assert.equal(header![1], '"A\\" <sip:evil@x>" <sip:100@office.example>');
});

Deno.test("nothing of the caller's INVITE passes but what the list names", () => {
  const invite = request("INVITE", [
    ["Max-Forwards", "10"],
    ["Subject", "lunch"],
    ["P-Asserted-Identity", "<sip:999@evil>"],
    ["X-Inside", "10.0.0.1"],
    ["Route", "<sip:10.0.0.1;lr>"],
  ]);
  const headers = passOn({
    invite,
    caller: CALLER,
    domain: "office.example",
    diversions: [],
    isInside: true,
  });
  assert.deepEqual(headers, [
    ["Max-Forwards", "9"],
    ["P-Asserted-Identity", '"Alice" <sip:100@office.example>'],
    ["Subject", "lunch"],
  ]);
});

Deno.test("a forwarded call says who sent it on and why", () => {
  const diversions = [{ from: "101", to: "102", reason: "no-answer" as const }];
  const headers = passOn({ caller: CALLER, domain: "office.example", diversions, isInside: true });
  assert.deepEqual(headers.filter(([name]) => name === "Diversion" || name === "History-Info"), [
    ["Diversion", "<sip:101@office.example>;reason=no-answer;counter=1"],
    ["History-Info", "<sip:101@office.example>;index=1"],
    ["History-Info", "<sip:102@office.example;cause=408>;index=1.1;mp=1"],
  ]);
});

Deno.test("of several devices the caller hears a person before a machine", () => {
  assert.equal(worstOf([failure("unreachable"), failure("busy"), failure("no answer")]).reason, "busy");
  assert.equal(worstOf([failure("busy"), failure("declined")]).reason, "declined");
  assert.equal(worstOf([]).reason, "unreachable");
});

Deno.test("final responses have a meaning each", () => {
  const rows: [number, string][] = [
    [486, "busy"],
    [600, "busy"],
    [603, "declined"],
    [480, "unreachable"],
    [408, "no answer"],
    [404, "not found"],
    [488, "not acceptable"],
    [302, "moved"],
    [500, "failed"],
    [403, "not allowed"],
  ];
  for (const [status, reason] of rows) assert.equal(readFailure(status), reason, String(status));
});

Deno.test("what a device showed is tried first, and never what policy forbids", () => {
  assert.deepEqual(profilesToTry("off", "secure"), ["plain"]);
  assert.deepEqual(profilesToTry("optional"), ["opportunistic", "secure", "plain"]);
  assert.deepEqual(profilesToTry("optional", "plain"), ["plain", "opportunistic", "secure"]);
  assert.deepEqual(profilesToTry("required", "plain"), ["secure", "opportunistic"]);
});

Deno.test("the memory of devices does not grow beyond its limit", () => {
  const memory = new ProfileMemory(2);
  memory.learn("a", "secure");
  memory.learn("b", "plain");
  memory.learn("a", "opportunistic");
  memory.learn("c", "plain");
  assert.equal(memory.get("b"), undefined);
  assert.equal(memory.get("a"), "opportunistic");
});
