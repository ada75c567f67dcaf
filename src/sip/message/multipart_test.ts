import assert from "node:assert/strict";
import fc from "fast-check";
import { createRequest } from "./create_message.ts";
import { Headers } from "./headers.ts";
import { parseContentType } from "./content_type.ts";
import { MAX_BODY_PARTS } from "./limits.ts";
import { bodyOfType, type BodyPart, parseMultipart, printMultipart } from "./multipart.ts";
import { decodeText, encodeText } from "./text.ts";
import type { SipMessage } from "./message.ts";
import type { SipUri } from "./types.ts";

function contentType(text: string) {
  const parsed = parseContentType(text);
  assert.ok(parsed.ok);
  return parsed.value;
}

function split(body: string, boundary = "b"): string[] | string {
  const parsed = parseMultipart(encodeText(body), contentType(`multipart/mixed;boundary="${boundary}"`));
  if (!parsed.ok) return parsed.error.reason;
  return parsed.value.map((part) => `${part.headers.get("Content-Type")}|${decodeText(part.body)}`);
}

for (
  const [promise, body, expected] of [
    ["two parts", "--b\r\nContent-Type: a/b\r\n\r\none\r\n--b\r\nc: c/d\r\n\r\ntwo\r\n--b--\r\n", [
      "a/b|one",
      "c/d|two",
    ]],
    ["text before and after", "hi\r\n--b\r\n\r\none\r\n--b--bye", ["undefined|one"]],
    ["white space after a delimiter", "--b \t\r\n\r\none\r\n--b-- ", ["undefined|one"]],
    ["line breaks within a part", "--b\r\n\r\n\r\na\r\n\r\n--bx\r\n\n--b\r\n--b--", [
      "undefined|\r\na\r\n\r\n--bx\r\n\n--b",
    ]],
    ["an empty part", "--b\r\n\r\n\r\n--b--", ["undefined|"]],
    ["a part of headers alone", "--b\r\nContent-Type: a/b\r\n\r\n--b--", ["a/b|"]],
    ["no delimiter", "hello", "no part"],
    ["no end", "--b\r\n\r\none", "last part without end"],
    ["a first line that only begins like one", "--bad\r\n--b\r\n\r\none\r\n--b--", ["undefined|one"]],
    ["a delimiter line that goes on", "--b\r\n\r\none\r\n--bad\r\n--b x", "last part without end"],
    ["a part that is no header", "--b\r\nhello\r\n\r\none\r\n--b--", "line is not a header field"],
    ["only the closing delimiter", "--b--", "no part"],
    ["too many parts", "--b\r\n\r\nx\r\n".repeat(MAX_BODY_PARTS + 1) + "--b--", "too many parts"],
  ] as const
) {
  Deno.test(`multipart: ${promise}`, () => {
    assert.deepEqual(split(body), expected);
  });
}

Deno.test("multipart: a missing or endless boundary is refused", () => {
  assert.equal(parseMultipart(new Uint8Array(), contentType("multipart/mixed")).ok, false);
  assert.equal(typeof split("--b--", "b".repeat(71)), "string");
});

Deno.test("multipart: any bytes survive joining and splitting", () => {
  const body = fc.uint8Array({ maxLength: 60 });
  fc.assert(fc.property(fc.array(body, { minLength: 1, maxLength: 5 }), (bodies) => {
    const parts = bodies.map((bytes): BodyPart => {
      const headers = new Headers();
      headers.append("Content-Type", "application/x");
      return { headers, body: bytes };
    });
    const joined = printMultipart(parts, "a-boundary-that-no-body-holds");
    const parsed = parseMultipart(
      joined,
      contentType("multipart/mixed;boundary=a-boundary-that-no-body-holds"),
    );
    assert.ok(parsed.ok);
    assert.deepEqual(parsed.value.map((part) => [...part.body]), bodies.map((bytes) => [...bytes]));
  }));
});

Deno.test("multipart: no bytes make it throw", () => {
  const piece = fc.constantFrom("\r\n", "--b", "--", "\r", "\n", "a: b", " ", "\0", ":");
  fc.assert(fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => void split(pieces.join(""))));
});

const URI: SipUri = { scheme: "sip", host: "h", params: new Map(), headers: new Map() };

function message(type: string | undefined, body: string): SipMessage {
  const address = { uri: URI, params: new Map() };
  return createRequest({
    method: "INVITE",
    requestUri: URI,
    from: address,
    to: address,
    callId: "c",
    sequence: 1,
    body: encodeText(body),
    ...(type === undefined ? {} : { contentType: type }),
  });
}

const NESTED = "--b\r\nContent-Type: multipart/alternative;boundary=c\r\n\r\n" +
  "--c\r\nContent-Type: text/plain\r\n\r\nhello\r\n--c\r\nContent-Type: Application/SDP\r\n\r\nv=0\r\n--c--\r\n--b--";

for (
  const [promise, type, body, expected] of [
    ["the whole body of that type", "application/sdp", "v=0", "v=0"],
    ["a part within a part", "multipart/mixed;boundary=b", NESTED, "v=0"],
    ["nothing of another type", "text/plain", "v=0", undefined],
    ["nothing in an empty body", "application/sdp", "", undefined],
    ["nothing in a multipart that cannot be split", "multipart/mixed", NESTED, undefined],
    ["nothing under a type that cannot be read", "sdp", "v=0", undefined],
    ["SDP without a type", undefined, "v=0", "v=0"],
    ["nothing else without a type", undefined, "x=0", undefined],
  ] as const
) {
  Deno.test(`the SDP of a message is ${promise}`, () => {
    const found = bodyOfType(message(type, body), "application/sdp");
    assert.equal(found && decodeText(found), expected);
  });
}

Deno.test("the SDP of a message is nothing that is packed, whole or as a part", () => {
  const packed = message("application/sdp", "v=0");
  packed.headers.append("Content-Encoding", "gzip");
  assert.equal(bodyOfType(packed, "application/sdp"), undefined);
  const part = (encoding: string) =>
    `--b\r\nContent-Type: application/sdp\r\n${encoding}\r\nv=0 ${encoding.length}\r\n`;
  const parts = message("multipart/mixed;boundary=b", `${part("e: gzip\r\n")}${part("")}--b--`);
  const found = bodyOfType(parts, "application/sdp");
  assert.equal(found && decodeText(found), "v=0 0");
});
