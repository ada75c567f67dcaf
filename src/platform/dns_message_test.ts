import assert from "node:assert/strict";
import fc from "fast-check";
import { type DnsQuestion, parseReply, printQuery } from "./dns_message.ts";

const QUESTION: DnsQuestion = { name: "host.test", type: "A" };
const QUERY = printQuery(0x1234, QUESTION)!;

/** A reply to QUESTION with `answers` (records as bytes) behind the question. */
function reply(...answers: number[][]): Uint8Array {
  const bytes = [...QUERY, ...answers.flat()];
  bytes[2] = 0x81;
  bytes[7] = answers.length;
  return Uint8Array.from(bytes);
}

const TO_QUESTION = [0xc0, 12];
const A_RECORD = [...TO_QUESTION, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1];

Deno.test("a query is what RFC 1035 §4.1 draws", () => {
  const text = String.fromCharCode(...QUERY);
  assert.equal(text, "\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x04host\x04test\0\0\x01\0\x01");
});

Deno.test("compressed names are read", () => {
  const parsed = parseReply(reply(A_RECORD), QUESTION);
  assert.ok(parsed.ok);
  assert.deepEqual(parsed.value.records, [{ type: "A", address: "192.0.2.1", ttlSec: 60 }]);
});

Deno.test("records for another name are not believed", () => {
  const foreign = [4, 101, 118, 105, 108, 0, ...A_RECORD.slice(2)];
  const parsed = parseReply(reply(foreign, A_RECORD), QUESTION);
  assert.ok(parsed.ok);
  assert.equal(parsed.value.records.length, 1);
});

Deno.test("lives are capped, and one with the top bit is none", () => {
  const life = (bytes: number[]) => {
    const parsed = parseReply(reply(A_RECORD.toSpliced(6, 4, ...bytes)), QUESTION);
    return parsed.ok && parsed.value.records[0]?.ttlSec;
  };
  assert.equal(life([0x7f, 0, 0, 0]), 604_800);
  assert.equal(life([0x80, 0, 0, 1]), 0);
});

Deno.test("pointers that loop, climb or leave the message, and lengths that lie, are malformed", () => {
  const rows: [string, number[]][] = [
    ["to itself", [0xc0, QUERY.length, ...A_RECORD.slice(2)]],
    ["forwards", [0xc0, QUERY.length + 4, ...A_RECORD.slice(2)]],
    ["beyond the end", [0xff, 0xff, ...A_RECORD.slice(2)]],
    ["reserved label kind", [0x80, 12, ...A_RECORD.slice(2)]],
    ["a dot in a label", [3, 97, 46, 98, 0, ...A_RECORD.slice(2)]],
    ["data longer than the message", A_RECORD.toSpliced(11, 1, 5)],
    ["A of three bytes", A_RECORD.toSpliced(11, 1, 3).slice(0, -1)],
    ["cut off", A_RECORD.slice(0, -1)],
  ];
  for (const [name, record] of rows) {
    assert.deepEqual(parseReply(reply(record), QUESTION), { ok: false, error: "malformed record" }, name);
  }
});

Deno.test("an alias that leads to itself ends", () => {
  const alias = [...TO_QUESTION, 0, 5, 0, 1, 0, 0, 0, 60, 0, 2, ...TO_QUESTION];
  const parsed = parseReply(reply(alias, A_RECORD), QUESTION);
  assert.ok(parsed.ok);
});

Deno.test("no bytes make the reader throw or run long", () => {
  const flipped = fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 80 })).map(([at, noise]) => {
    const bytes = reply(A_RECORD, A_RECORD, A_RECORD);
    for (const [i, byte] of noise.entries()) bytes[(at + i) % bytes.length] = byte;
    return bytes;
  });
  fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 512 }), flipped), (bytes) => {
    for (const type of ["A", "AAAA", "SRV", "NAPTR"] as const) parseReply(bytes, { name: "host.test", type });
  }));
});

Deno.test("a message made of nothing but pointers is read in bounded steps", () => {
  const bytes = reply(A_RECORD);
  const huge = new Uint8Array(65_535);
  huge.set(bytes);
  huge.set([0xff, 0xff], 6);
  for (let at = QUERY.length; at < huge.length - 1; at += 2) {
    const target = Math.min(at - 2, 0x3fff);
    huge[at] = 0xc0 | (target >> 8);
    huge[at + 1] = target & 255;
  }
  assert.equal(parseReply(huge, QUESTION).ok, false);
});
