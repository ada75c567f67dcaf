import assert from "node:assert/strict";
import {
  callId,
  contacts,
  cseq,
  expires,
  from,
  maxForwards,
  nameAddrs,
  to,
  tokens,
  topVia,
} from "./reads.ts";
import { parseMessage } from "./parse_message.ts";
import { printMessage } from "./print_message.ts";
import { encodeText } from "./text.ts";
import type { MalformedMessage, SipMessage, SipRequest } from "./message.ts";

const INVITE = [
  "INVITE sip:bob@biloxi.example.com SIP/2.0",
  "Via: SIP/2.0/TCP client.atlanta.example.com:5060;branch=z9hG4bK74bf9;rport",
  "Max-Forwards: 70",
  'From: "Alice" <sip:alice@atlanta.example.com>;tag=9fxced76sl',
  "t: Bob <sip:bob@biloxi.example.com>",
  "i: 3848276298220188511@atlanta.example.com",
  "CSeq: 1 INVITE",
  "m: <sip:alice@client.atlanta.example.com;transport=tcp>;expires=60",
  "k: 100rel,",
  "  timer",
  "Supported: replaces",
  "Content-Type: application/sdp",
  "Content-Length: 4",
  "",
  "v=0\n",
].join("\r\n");

function parse(text: string): SipMessage {
  const result = parseMessage(encodeText(text));
  assert.ok(result.ok, result.ok ? "" : `${result.error.where}: ${result.error.reason}`);
  return result.value;
}

function refuse(text: string): MalformedMessage {
  const result = parseMessage(encodeText(text));
  assert.ok(!result.ok, "was accepted");
  return result.error;
}

Deno.test("an INVITE is read with compact forms, folding and lists", () => {
  const message = parse(INVITE) as SipRequest;
  assert.equal(message.method, "INVITE");
  assert.equal(topVia(message).params.get("branch"), "z9hG4bK74bf9");
  assert.equal(topVia(message).port, 5060);
  assert.equal(from(message).displayName, "Alice");
  assert.equal(from(message).params.get("tag"), "9fxced76sl");
  assert.equal(to(message).displayName, "Bob");
  assert.equal(callId(message), "3848276298220188511@atlanta.example.com");
  assert.deepEqual(cseq(message), { sequence: 1, method: "INVITE" });
  assert.equal(maxForwards(message), 70);
  assert.equal(expires(message), undefined);
  assert.deepEqual(tokens(message, "Supported"), ["100rel", "timer", "replaces"]);
  const [contact] = contacts(message) as ReturnType<typeof nameAddrs>;
  assert.equal(contact?.params.get("expires"), "60");
  assert.equal(contact?.uri.scheme === "sip" && contact.uri.params.get("transport"), "tcp");
  assert.equal(new TextDecoder().decode(message.body), "v=0\n");
});

Deno.test("print after parse gives a message that reads the same", () => {
  const once = printMessage(parse(INVITE));
  const result = parseMessage(once);
  assert.ok(result.ok);
  assert.deepEqual(printMessage(result.value), once);
  assert.match(new TextDecoder().decode(once), /^Supported: 100rel, timer\r$/m);
});

Deno.test("bytes after the Content-Length of a datagram are dropped", () => {
  assert.equal(parse(INVITE + "INVITE sip:x@y SIP/2.0\r\n\r\n").body.length, 4);
});

Deno.test("without Content-Length the body of a datagram is all that follows", () => {
  assert.equal(parse(INVITE.replace("Content-Length: 4\r\n", "")).body.length, 4);
});

for (
  const [promise, change, where, statusCode] of [
    ["a missing Via cannot be answered", [/Via:.*\r\n/, ""], "Via", undefined],
    ["a missing Call-ID cannot be answered", [/i:.*\r\n/, ""], "Call-ID", undefined],
    ["an unknown version is answered 505", ["SIP/2.0\r", "SIP/7.0\r"], "request-line", 505],
    ["a CSeq of another method is answered 400", ["1 INVITE", "1 BYE"], "CSeq", 400],
    ["a CSeq over 2**31-1 is answered 400", ["1 INVITE", "2147483648 INVITE"], "CSeq", 400],
    ["a To without closing quote is answered 400", ["t: Bob <", 't: "Bob <'], "To", 400],
    ["two From are answered 400", ["Max-", "f: <sip:a@b>;tag=1\r\nMax-"], "From", 400],
    ["two Content-Length that differ are answered 400", ["Max-", "l: 3\r\nMax-"], "Content-Length", 400],
    ["a negative Content-Length is answered 400", ["Length: 4", "Length: -4"], "Content-Length", 400],
    ["a Content-Length over the datagram is answered 400", ["Length: 4", "Length: 5"], "Content-Length", 400],
    ["a bare LF is answered 400", ["Max-", "X: a\nMax-"], "message", 400],
    ["a Via with empty parameters is answered by its sent-by", [";rport", ";;,;,,"], "Via", 400],
    ["a branch of nothing but the cookie is answered 400", ["z9hG4bK74bf9", "z9hG4bK"], "Via", 400],
    [
      "a Request-URI with headers is answered 400",
      [".com SIP", ".com?Route=%3Csip:x%3E SIP"],
      "request-line",
      400,
    ],
    [
      "an ACK is never answered",
      [/INVITE/g, "ACK", "Max-Forwards: 70", "Max-Forwards: x"],
      "Max-Forwards",
      undefined,
    ],
  ] as const
) {
  Deno.test(promise, () => {
    const [pattern, text, ...more] = change;
    let source = INVITE.replace(pattern as string, text);
    if (more.length > 0) source = source.replace(more[0]!, more[1]!);
    const error = refuse(source);
    assert.equal(error.where, where);
    assert.equal(error.answer?.statusCode, statusCode);
    if (error.answer === undefined) return;
    assert.ok(error.answer.headers.get("To")?.includes(";tag="));
    assert.match(topVia(error.answer).host, /client/);
    printMessage(error.answer);
  });
}

Deno.test("two equal Content-Length fields are one", () => {
  assert.equal(parse(INVITE.replace("Max-", "l: 4\r\nMax-")).body.length, 4);
});

Deno.test("a response is read, with or without its phrase", () => {
  const text = INVITE.replace(/^.*\r\n/, "SIP/2.0 180 \r\n");
  const message = parse(text);
  assert.ok(message.kind === "response");
  assert.equal(message.statusCode, 180);
  assert.equal(message.reasonPhrase, "");
});
