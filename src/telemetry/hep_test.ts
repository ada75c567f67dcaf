import assert from "node:assert/strict";
import { ManualClock } from "../base/mod.ts";
import { printHep } from "./hep.ts";
import { HepQueue } from "./hep_queue.ts";
import type { TracedMessage } from "./traced_message.ts";

function traced(text: string, changes: Partial<TracedMessage> = {}): TracedMessage {
  return {
    sequence: 0,
    at: 1_700_000_000_123,
    direction: "in",
    path: {
      transport: "udp",
      local: { host: "192.0.2.1", port: 5060 },
      remote: { host: "198.51.100.7", port: 49_170 },
    },
    bytes: new TextEncoder().encode(text),
    ...changes,
  };
}

/** Written by hand from the specification: head, then each chunk on a line. */
const VECTOR = [
  "48455033 0076",
  "0000 0001 0007 02",
  "0000 0002 0007 11",
  "0000 0003 000a c6336407",
  "0000 0004 000a c0000201",
  "0000 0007 0008 c012",
  "0000 0008 0008 13c4",
  "0000 0009 000a 6553f100",
  "0000 000a 000a 0001e078",
  "0000 000b 0007 01",
  "0000 000c 000a 000007d1",
  "0000 000e 000c 736563726574",
  "0000 000f 000d 4142430d0a0d0a",
];

Deno.test("HEP3: a message becomes the bytes written by hand", () => {
  const datagram = printHep(traced("ABC\r\n\r\n"), { agent: 2001, password: "secret" });
  assert.ok(datagram);
  assert.equal(datagram.toHex(), VECTOR.join("").replaceAll(" ", ""));
});

Deno.test("HEP3: what goes out has our address as source; IPv6 and TLS have chunks and numbers of their own", () => {
  const path = {
    transport: "tls",
    local: { host: "2001:db8::1", port: 5061 },
    remote: { host: "2001:db8::2", port: 40_000 },
  } as const;
  const hex = printHep(traced("A", { direction: "out", path }), { agent: 1, correlation: "call-1" })!.toHex();
  assert.match(hex, /^48455033....0000000100070a/);
  assert.match(hex, /00000002000706/);
  assert.match(hex, /00000005001620010db8000000000000000000000001/);
  assert.match(hex, /00000006001620010db8000000000000000000000002/);
  assert.match(hex, /00000007000813c5/);
  assert.match(hex, /00000011000c63616c6c2d31/);
});

Deno.test("HEP3: what no datagram can hold, or has no addresses, is not sent", () => {
  assert.equal(printHep(traced("x".repeat(65_500)), { agent: 1 }), undefined);
  const local = { host: "::", port: 5060 };
  assert.equal(printHep(traced("x", { path: { ...traced("").path, local } }), { agent: 1 }), undefined);
});

function queue(options: { isMasked: boolean; agent: number } | undefined = { isMasked: true, agent: 1 }) {
  const clock = new ManualClock();
  const sent: string[] = [];
  const made = new HepQueue({
    clock,
    options: () => options,
    send: (datagram) => void sent.push(new TextDecoder("latin1").decode(datagram)),
  });
  return { clock, sent, queue: made };
}

Deno.test("HEP queue: nothing is written when a message comes, all of it soon after, in order", () => {
  const { clock, sent, queue: waiting } = queue();
  for (let i = 0; i < 250; i++) waiting.add(traced(`message ${i}.`));
  assert.equal(sent.length, 0);
  clock.advance(10);
  assert.equal(sent.length, 100, "a part at a time");
  clock.advance(1000);
  assert.deepEqual(
    sent.map((text) => /message \d+/.exec(text)![0]),
    Array.from({ length: 250 }, (_, i) => `message ${i}`),
  );
  assert.deepEqual(waiting.counts, { sent: 250, dropped: 0 });
});

Deno.test("HEP queue: a flood is dropped and counted, memory stays", () => {
  const { clock, sent, queue: waiting } = queue();
  for (let i = 0; i < 10_000; i++) waiting.add(traced("A"));
  clock.advance(10_000);
  assert.deepEqual(waiting.counts, { sent: 4000, dropped: 6000 });
  assert.equal(sent.length, 4000);
});

Deno.test("HEP queue: secrets are masked unless they are wanted, and nothing is kept while nobody listens", () => {
  const secret = 'REGISTER sip:a SIP/2.0\r\nAuthorization: Digest response="0123456789abcdef"\r\n\r\n';
  for (const [isMasked, there] of [[true, false], [false, true]] as const) {
    const { clock, sent, queue: waiting } = queue({ isMasked, agent: 1 });
    waiting.add(traced(secret));
    clock.advance(10);
    assert.equal(sent[0]!.includes("0123456789abcdef"), there);
  }
  const clock = new ManualClock();
  const silent = new HepQueue({ clock, options: () => undefined, send: () => assert.fail() });
  silent.add(traced("A"));
  clock.advance(1000);
  assert.deepEqual(silent.counts, { sent: 0, dropped: 0 });
});

Deno.test("HEP queue: after a stop nothing goes out", () => {
  const { clock, sent, queue: waiting } = queue();
  waiting.add(traced("A"));
  waiting.stop();
  clock.advance(1000);
  assert.equal(sent.length, 0);
});
