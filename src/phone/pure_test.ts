import assert from "node:assert/strict";
import { createHeadersRequest } from "./fake_messages.ts";
import { infoDigit, keypadDigits, readInfoDigit } from "./digits.ts";
import { commonFormats, ownFormats, voiceOf } from "./formats.ts";
import { qualityOf, readEnd } from "./report.ts";
import { parseServer, parseTarget, shortName } from "./targets.ts";
import { answerDirection, narrow } from "../sdp/mod.ts";
import { printUri } from "../sip/message/mod.ts";
import type { SessionEnd } from "../sip/mod.ts";
import type { CallOutcome } from "./types.ts";

Deno.test("what people type becomes the address they mean", () => {
  const rows: [string, string][] = [
    ["101", "sip:101@office.example"],
    ["*43", "sip:*43@office.example"],
    ["+49 30 123".replace(/ /g, ""), "sip:+4930123@office.example"],
    ["101@Other.Example", "sip:101@other.example"],
    ["sip:101@other.example;transport=tcp", "sip:101@other.example;transport=tcp"],
    ["SIPS:bob@other.example", "sips:bob@other.example"],
    ["tel:+49-30-123", "tel:+49-30-123"],
    ["#1", "sip:%231@office.example"],
  ];
  for (const [typed, want] of rows) {
    const parsed = parseTarget(typed, "office.example");
    assert.equal(parsed.ok && printUri(parsed.value), want, typed);
  }
  for (const typed of ["", "  ", "http://x", "mailto:a@b", "1 2", "<101>", "sip:", "sip:@", "a@b c"]) {
    assert.ok(!parseTarget(typed, "office.example").ok, typed);
  }
});

Deno.test("a server is found whichever way it is written", () => {
  const rows: [string | undefined, string][] = [
    [undefined, "sip:office.example;transport=tls"],
    ["pbx.example", "sip:pbx.example;transport=tls"],
    ["192.0.2.1:5071", "sip:192.0.2.1:5071;transport=tls"],
    ["[2001:db8::1]:5071", "sip:[2001:db8::1]:5071;transport=tls"],
    ["sip:pbx.example;transport=udp", "sip:pbx.example;transport=tls"],
    ["sips:pbx.example", "sip:pbx.example;transport=tls"],
  ];
  for (const [written, want] of rows) {
    const parsed = parseServer(written, { domain: "office.example", transport: "tls" });
    assert.equal(parsed.ok && printUri(parsed.value), want, String(written));
  }
  const ipv6 = parseServer(undefined, { domain: "2001:db8::1", transport: "udp" });
  assert.equal(ipv6.ok && printUri(ipv6.value), "sip:[2001:db8::1];transport=udp");
  for (const written of ["", "pbx example", "pbx:port"]) {
    assert.ok(!parseServer(written, { domain: "x", transport: "udp" }).ok, written);
  }
});

Deno.test("the other side is called by its number or name", () => {
  for (
    const [text, want] of [["101@a.example", "101"], ["sip:a.example", "a.example"], [
      "tel:123",
      "123",
    ]] as const
  ) {
    const parsed = parseTarget(text, "office.example");
    assert.equal(parsed.ok && shortName(parsed.value), want);
  }
});

Deno.test("digits in INFO are read in every spelling of the field, and nothing else is", () => {
  const rows: [string | undefined, string, string | undefined][] = [
    ["application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", "5"],
    ["application/dtmf-relay", "Duration=160\r\nsignal = a\r\n", "A"],
    ["application/dtmf-relay;x=y", "Signal=10\r\n", "*"],
    ["Application/DTMF-Relay", "Signal=11", "#"],
    ["application/dtmf", "7", "7"],
    ["application/dtmf", " # ", "#"],
    ["application/dtmf-relay", "Signal=12", undefined],
    ["application/dtmf-relay", "Signal=", undefined],
    ["application/dtmf", "77", undefined],
    ["application/media_control+xml", "5", undefined],
    [undefined, "5", undefined],
    ["application/dtmf", "5".padStart(300), undefined],
  ];
  for (const [contentType, body, want] of rows) {
    assert.equal(
      readInfoDigit(createHeadersRequest("INFO", { contentType, body })),
      want,
      `${contentType} ${body}`,
    );
  }
  for (const digit of "0123456789ABCD*#") {
    const { contentType, bytes } = infoDigit(digit, 160);
    const body = new TextDecoder().decode(bytes);
    assert.equal(readInfoDigit(createHeadersRequest("INFO", { contentType, body })), digit);
  }
});

Deno.test("only keys of a keypad are pressed", () => {
  assert.equal(keypadDigits("12 34-ab#*"), "1234AB#*");
  for (const text of ["", "x", "12e", "1,2", "9".repeat(65)]) {
    assert.equal(keypadDigits(text), undefined, text);
  }
});

Deno.test("directions meet where both allow", () => {
  const rows = [
    ["sendrecv", "sendrecv", "sendrecv"],
    ["sendonly", "sendrecv", "recvonly"],
    ["recvonly", "sendrecv", "sendonly"],
    ["inactive", "sendrecv", "inactive"],
    ["sendonly", "sendonly", "inactive"],
    ["sendrecv", "sendonly", "sendonly"],
    ["recvonly", "sendonly", "sendonly"],
  ] as const;
  for (const [offered, own, want] of rows) {
    assert.equal(answerDirection(offered, own), want, `${offered} ${own}`);
  }
  assert.equal(narrow("recvonly", "sendonly"), "inactive");
});

Deno.test("codecs in common keep the peer's order and numbers; digits alone are no voice", () => {
  const own = ownFormats(["pcma", "pcmu"]);
  const format = (payloadType: number, encoding: string, clockRate = 8000) => ({
    payloadType,
    encoding,
    clockRate,
    channels: 1,
  });
  const remote = [
    format(0, "pcmu"),
    format(96, "opus", 48_000),
    format(8, "pcma"),
    format(100, "telephone-event"),
  ];
  const common = commonFormats(remote, own);
  assert.deepEqual(common.map(({ payloadType }) => payloadType), [0, 8, 100]);
  assert.equal(voiceOf(common)?.encoding, "pcmu");
  assert.deepEqual(commonFormats([format(100, "telephone-event"), format(18, "g729")], own), []);
  assert.equal(voiceOf(ownFormats())?.encoding, "g722");
});

const response = (statusCode: number) =>
  ({ kind: "response", statusCode, reasonPhrase: "Phrase" }) as Extract<
    SessionEnd,
    { cause: "rejected" }
  >["response"];

Deno.test("every status is one outcome that a script can act upon", () => {
  const rows: [number, CallOutcome][] = [
    [486, "busy"],
    [600, "busy"],
    [603, "declined"],
    [404, "not found"],
    [484, "not found"],
    [401, "not allowed"],
    [403, "not allowed"],
    [480, "unavailable"],
    [408, "no answer"],
    [487, "cancelled"],
    [488, "not acceptable"],
    [500, "failed"],
    [503, "failed"],
    [302, "failed"],
  ];
  for (const [statusCode, want] of rows) {
    const end = readEnd({ by: "peer", cause: "rejected", response: response(statusCode) }, {
      wasActive: false,
      direction: "outgoing",
    });
    assert.deepEqual([end.outcome, end.statusCode, end.reason], [want, statusCode, `${statusCode} Phrase`]);
  }
});

Deno.test("the reason of an end tells who and why", () => {
  const active = { wasActive: true, direction: "outgoing" } as const;
  const bye = createHeadersRequest("BYE", { reason: 'SIP;cause=200;text="Call completed elsewhere"' });
  assert.deepEqual(readEnd({ by: "peer", cause: "bye", request: bye }, active), {
    outcome: "answered",
    endedBy: "peer",
    reason: "the other side hung up: Call completed elsewhere",
    statusCode: 200,
  });
  assert.equal(readEnd({ by: "peer", cause: "bye" }, active).reason, "the other side hung up");
  const odd = createHeadersRequest("BYE", { reason: ";;;" });
  assert.equal(readEnd({ by: "peer", cause: "bye", request: odd }, active).reason, "the other side hung up");
  const fault = "the server's certificate is not believed: expired";
  const nobody = { wasActive: false, direction: "outgoing", connectFault: fault } as const;
  assert.equal(readEnd({ by: "network", cause: "unreachable" }, nobody).reason, fault);
  assert.match(readEnd({ by: "network", cause: "timeout" }, nobody).reason, /does not answer/);
  assert.equal(readEnd({ by: "network", cause: "session expired" }, active).outcome, "answered");
});

Deno.test("loss is a share of what was expected", () => {
  const stream = {
    stream: 0,
    packetsReceived: 90,
    packetsSent: 100,
    bytesReceived: 0,
    bytesSent: 0,
    lost: 10,
    late: 1,
    duplicates: 0,
    jitterMs: 2,
    unauthentic: 3,
    replayed: 0,
    strangers: 0,
    unsealed: 0,
    malformed: 0,
  };
  assert.equal(qualityOf(stream).lossShare, 0.1);
  assert.equal(qualityOf({ ...stream, packetsReceived: 0, lost: 0 }).lossShare, 0);
  assert.equal(qualityOf({ ...stream, mos: 4.2, roundTripMs: 8 }).mos, 4.2);
});
