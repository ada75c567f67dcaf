import assert from "node:assert/strict";
import { isMalformed } from "./malformed.ts";
import { printMessage } from "./print_message.ts";
import { type Framed, StreamFramer } from "./stream_framer.ts";
import { encodeText } from "./text.ts";

function message(method: string, body = ""): string {
  return `${method} sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/TCP a.example.com;branch=z9hG4bK1\r\n` +
    `From: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>\r\nCall-ID: c\r\nCSeq: 1 ${method}\r\n` +
    `Content-Length: ${body.length}\r\n\r\n${body}`;
}

function names(framed: readonly Framed[]): string[] {
  return framed.map((item) => {
    if (typeof item === "string") return item;
    return isMalformed(item) ? `bad ${item.where}` : item.kind === "request" ? item.method : "response";
  });
}

Deno.test("a stream cut at any byte gives the same messages", () => {
  const bytes = encodeText(
    message("INVITE", "v=0\r\n\r\n") + message("OPTIONS") + "\r\n\r\n" + message("BYE", "x"),
  );
  const whole = new StreamFramer().push(bytes);
  assert.deepEqual(names(whole), ["INVITE", "OPTIONS", "ping", "BYE"]);
  const expected = whole.filter((item) => typeof item === "object" && !isMalformed(item)).map((item) =>
    printMessage(item as never)
  );
  for (let cut = 0; cut <= bytes.length; cut++) {
    const framer = new StreamFramer();
    const framed = [...framer.push(bytes.slice(0, cut)), ...framer.push(bytes.slice(cut))];
    assert.deepEqual(names(framed).filter((name) => name !== "pong"), ["INVITE", "OPTIONS", "ping", "BYE"]);
    const printed = framed.filter((item) => typeof item === "object").map((item) =>
      printMessage(item as never)
    );
    assert.deepEqual(printed, expected);
    assert.equal(framer.waiting, 0);
  }
});

Deno.test("a stream delivered byte by byte gives the same messages", () => {
  const framer = new StreamFramer();
  const framed: Framed[] = [];
  for (const byte of encodeText(message("INVITE", "v=0\r\n") + message("BYE"))) {
    framed.push(...framer.push(new Uint8Array([byte])));
  }
  assert.deepEqual(names(framed), ["INVITE", "BYE"]);
});

Deno.test("a malformed message with a sure end does not end the stream", () => {
  const framer = new StreamFramer();
  const bad = message("INVITE", "hello").replace("CSeq: 1", "CSeq: x");
  assert.deepEqual(names(framer.push(encodeText(bad + message("BYE")))), ["bad CSeq", "BYE"]);
  assert.equal(framer.failed, undefined);
});

for (
  const [promise, from, to] of [
    ["Content-Length is missing", "Content-Length: 0\r\n", ""],
    ["Content-Length is negative", "Content-Length: 0", "Content-Length: -1"],
    ["Content-Length is huge", "Content-Length: 0", "Content-Length: 99999999999999999999"],
    ["two Content-Length differ", "Content-Length: 0", "Content-Length: 0\r\nl: 9"],
    ["a line is no header field", "Content-Length: 0", "Content-Length: 0\r\nhello"],
    ["a bare LF stands in the head", "Content-Length: 0", "Content-Length: 0\nX: y"],
  ] as const
) {
  Deno.test(`the stream fails for good when ${promise}`, () => {
    const framer = new StreamFramer();
    const framed = framer.push(encodeText(message("OPTIONS").replace(from, to) + message("BYE")));
    assert.equal(framed.length, 1);
    assert.ok(isMalformed(framed[0]));
    assert.equal(framed[0].answer?.statusCode, 400);
    assert.ok(framer.failed);
    assert.deepEqual(framer.push(encodeText(message("BYE"))), []);
    assert.equal(framer.waiting, 0);
  });
}

Deno.test("a head without end fails at the size cap and keeps nothing", () => {
  const framer = new StreamFramer();
  const chunk = encodeText("X-A: b\r\n".repeat(128));
  assert.deepEqual(framer.push(encodeText("OPTIONS sip:a SIP/2.0\r\n")), []);
  for (let i = 0; i < 70 && !framer.failed; i++) framer.push(chunk);
  assert.ok(framer.failed);
  assert.equal(framer.waiting, 0);
});

Deno.test("bytes that cannot begin a message fail at once", () => {
  const framer = new StreamFramer();
  assert.deepEqual(names(framer.push(new Uint8Array([0x16, 3, 1, 2, 0]))), ["bad message"]);
  assert.ok(framer.failed);
});

Deno.test("a flood of line breaks is one ping a push and leaves nothing behind", () => {
  const framer = new StreamFramer();
  assert.deepEqual(framer.push(encodeText("\r\n".repeat(30_000))), ["ping"]);
  assert.equal(framer.waiting, 0);
});

Deno.test("a single CRLF is a pong, and with its twin in the next push a ping", () => {
  const framer = new StreamFramer();
  assert.deepEqual(framer.push(encodeText("\r\n")), ["pong"]);
  assert.deepEqual(framer.push(encodeText("\r\n")), ["ping"]);
  assert.deepEqual(framer.push(encodeText("\r")), []);
  assert.deepEqual(framer.push(encodeText("\n\r\n")), ["ping"]);
});

Deno.test("a million small headers fail at the size cap, though their end has come", () => {
  const framer = new StreamFramer();
  const framed = framer.push(encodeText(`OPTIONS sip:a SIP/2.0\r\n${"a:b\r\n".repeat(1_000_000)}\r\n`));
  assert.deepEqual(names(framed), ["bad message"]);
  assert.equal(framer.failed?.reason, "too large");
  assert.equal(framer.waiting, 0);
});

Deno.test("a body over the size cap is answered 513 before it comes", () => {
  const framer = new StreamFramer();
  const [framed] = framer.push(
    encodeText(message("MESSAGE").replace("Content-Length: 0", "Content-Length: 65500")),
  );
  assert.ok(isMalformed(framed));
  assert.equal(framed.answer?.statusCode, 513);
  assert.ok(framer.failed);
});
