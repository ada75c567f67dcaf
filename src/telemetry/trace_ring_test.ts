import assert from "node:assert/strict";
import * as fc from "fast-check";
import { TraceRing } from "./trace_ring.ts";
import { filedUnder, filing, numberOf, type TracedMessage } from "./traced_message.ts";

const PATH = { transport: "udp", local: { host: "a", port: 1 }, remote: { host: "b", port: 2 } } as const;

function message(sequence: number, callId: string, filling: number): TracedMessage {
  const text = `REGISTER sip:d SIP/2.0\r\nCall-ID: ${callId}\r\nCSeq: 1 REGISTER\r\n\r\n${
    "x".repeat(filling)
  }`;
  const bytes = new TextEncoder().encode(text);
  return { sequence, at: 1000 + sequence, direction: sequence % 2 ? "out" : "in", path: PATH, bytes };
}

Deno.test("a ring holds what a list that is cut at its old end would, byte for byte", () => {
  const wishes = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 400 })), {
    maxLength: 120,
  });
  fc.assert(fc.property(wishes, fc.integer({ min: 1, max: 20 }), (wished, maxMessages) => {
    const maxBytes = 1500, ring = new TraceRing({ maxBytes, maxMessages });
    const model: TracedMessage[] = [];
    wished.forEach(([id, filling], sequence) => {
      const added = message(sequence, `c${id}`, filling);
      ring.add(numberOf(`c${id}`), added);
      model.push({ ...added, bytes: added.bytes.slice() });
      added.bytes.fill(0);
      const held = ring.newest(1000);
      // Room that is cut in two may cost messages earlier than their sum would; never more than the newest one's length.
      assert.ok(held.length >= 1 && ring.bytes <= maxBytes && ring.messages <= maxMessages);
      assert.deepEqual(held, model.slice(-held.length));
      const left = maxBytes - ring.bytes;
      const next = model.at(-held.length - 1);
      const isFull = held.length === maxMessages || !next || left < next.bytes.length + 600;
      assert.ok(isFull, `${left} bytes are free, ${next?.bytes.length} were forgotten`);
    });
    const wanted = new Set(["c1", "c2"]);
    assert.deepEqual(
      ring.of(wanted),
      ring.newest(1000).filter(({ bytes }) => wanted.has(filedUnder(bytes).callId)),
    );
  }));
});

Deno.test("what is larger than the ring is not kept, and disturbs nothing", () => {
  const ring = new TraceRing({ maxBytes: 500, maxMessages: 4 });
  ring.add(1, message(1, "a", 10));
  ring.add(2, message(2, "b", 1000));
  ring.add(3, { ...message(3, "c", 0), bytes: new Uint8Array(0) });
  assert.deepEqual(ring.newest(10).map(({ sequence }) => sequence), [1]);
});

Deno.test("only registrations have a number of their own, and it is that of their Call-ID", () => {
  const encode = (text: string) => new TextEncoder().encode(text);
  const rows: [text: string, callId: string | undefined][] = [
    ["REGISTER sip:d SIP/2.0\r\nCall-ID: x@y\r\nCSeq: 1 REGISTER\r\n\r\n", "x@y"],
    ["SIP/2.0 200 OK\r\nCSeq: 1 REGISTER\r\nCall-ID: z\r\n\r\n", "z"],
    ["SIP/2.0 200 OK\r\nCSeq: 1 REGISTERED\r\nCall-ID: z\r\n\r\n", undefined],
    ["INVITE sip:d SIP/2.0\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n", undefined],
    ["REGISTER sip:d SIP/2.0\r\ni: x\r\nCSeq: 1 REGISTER\r\n\r\n", undefined],
    ["REGISTER sip:d SIP/2.0\r\n\r\nCall-ID: x\r\n", undefined],
    ["", undefined],
  ];
  for (const [text, callId] of rows) {
    const filed = filing(encode(text)), number = typeof filed === "number" ? filed : undefined;
    assert.equal(number, callId === undefined ? undefined : numberOf(callId), text);
  }
});
