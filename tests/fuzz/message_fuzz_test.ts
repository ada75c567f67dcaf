/** Hostile bytes against the message layer: nothing throws, nothing is smuggled, what is accepted prints and reads again. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  bodyOfType,
  callId,
  contacts,
  createRequest,
  createResponse,
  cseq,
  encodeText,
  expires,
  from,
  Headers,
  isMalformed,
  MAX_HEADERS,
  MAX_MESSAGE_BYTES,
  maxForwards,
  type NameAddr,
  nameAddrs,
  parseMessage,
  printMessage,
  type SipMessage,
  type SipUri,
  StreamFramer,
  tagOf,
  to,
  tokens,
  topVia,
} from "../../src/sip/message/mod.ts";
import { killers } from "./message_killers.ts";

const OWN = new URL("../data/torture/", import.meta.url);

const SEEDS: readonly Uint8Array[] = ["valid", "invalid"].flatMap((folder) => {
  const base = new URL(`${folder}/`, OWN);
  return [...Deno.readDirSync(base)].filter(({ name }) => name.endsWith(".sip")).sort((a, b) =>
    a.name < b.name ? -1 : 1
  )
    .map(({ name }) => Deno.readFileSync(new URL(name, base)));
});

/** Every typed read of an accepted message works, and printing is a normal form. */
function useAccepted(message: SipMessage): void {
  topVia(message);
  from(message);
  to(message);
  callId(message);
  cseq(message);
  contacts(message);
  maxForwards(message);
  expires(message);
  nameAddrs(message, "Route");
  tokens(message, "Supported");
  bodyOfType(message, "application/sdp");
  assert.ok(message.headers.size <= MAX_HEADERS);
  const printed = printMessage(message);
  const again = parseMessage(printed);
  if (printed.length > MAX_MESSAGE_BYTES) return;
  assert.ok(again.ok, again.ok ? "" : `${again.error.where}: ${again.error.reason}`);
  assert.deepEqual(printMessage(again.value), printed);
  if (message.kind === "request") printMessage(createResponse(message, 200, undefined, { toTag: "t" }));
}

function use(bytes: Uint8Array): void {
  const result = parseMessage(bytes);
  if (result.ok) return useAccepted(result.value);
  const { answer, reason } = result.error;
  assert.ok(reason.length < 100 && !/[\r\n]/.test(reason));
  if (answer === undefined) return;
  // What came with one field must go back as one field.
  const text = String.fromCharCode(...printMessage(answer));
  assert.equal(text.split("\r\n\r\n").length, 2);
  assert.ok(!/\r(?!\n)|(?<!\r)\n/.test(text));
}

Deno.test("random bytes never make the parser throw", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), use), { numRuns: 1000 });
});

const DICTIONARY = [
  "\r\n",
  "\r",
  "\n",
  "\r\n ",
  "\r\n\r\n",
  ":",
  ";",
  ",",
  "<",
  ">",
  '"',
  "\\",
  "%",
  "%00",
  "%zz",
  "=",
  "@",
  "[",
  "]",
  "?",
  "*",
  "\0",
  "\udc80",
  "\udcff",
  "\u5317",
  " ",
  "\t",
  "SIP/2.0",
  "INVITE",
  "Via: ",
  "v:",
  "Content-Length: 1\r\n",
  "l: -1\r\n",
  ";tag=",
  ";branch=z9hG4bK",
  "__proto__",
  "99999999999999999999",
].map((text) => encodeText(text));

interface Mutation {
  readonly at: number;
  readonly length: number;
  readonly kind: "flip" | "insert" | "delete" | "repeat";
  readonly word: number;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(10_000),
  length: fc.nat(40),
  kind: fc.constantFrom("flip", "insert", "delete", "repeat"),
  word: fc.nat(DICTIONARY.length - 1),
});

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

function mutate(bytes: Uint8Array, { at, length, kind, word }: Mutation): Uint8Array {
  const start = bytes.length === 0 ? 0 : at % bytes.length;
  const before = bytes.subarray(0, start);
  const piece = bytes.subarray(start, start + length);
  const after = bytes.subarray(start + length);
  switch (kind) {
    case "insert":
      return join(before, DICTIONARY[word]!, piece, after);
    case "delete":
      return join(before, after);
    case "repeat":
      return join(before, piece, piece, after);
    case "flip": {
      const flipped = bytes.slice();
      if (flipped.length > 0) flipped[start]! ^= 1 << (length % 8);
      return flipped;
    }
  }
}

const SMALL_SEEDS = SEEDS.filter((seed) => seed.length < 2000);

Deno.test("torture messages with flipped, lost, doubled and foreign bytes never make the parser throw", () => {
  const damaged = fc.tuple(
    fc.nat(SMALL_SEEDS.length - 1),
    fc.array(mutation, { minLength: 1, maxLength: 4 }),
  );
  fc.assert(
    fc.property(damaged, ([seed, mutations]) => use(mutations.reduce(mutate, SMALL_SEEDS[seed]!))),
    { numRuns: 3000 },
  );
});

Deno.test("a stream of damaged messages gives the same however it is cut, and keeps nothing once it has failed", () => {
  const stream = fc.tuple(
    fc.array(fc.nat(SMALL_SEEDS.length - 1), { minLength: 1, maxLength: 3 }),
    fc.array(mutation, { maxLength: 2 }),
    fc.array(fc.nat(4000), { maxLength: 5 }),
  );
  fc.assert(
    fc.property(stream, ([seeds, mutations, cuts]) => {
      const bytes = mutations.reduce(mutate, join(...seeds.map((seed) => SMALL_SEEDS[seed]!)));
      const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
      const whole = new StreamFramer();
      const expected = told(whole.push(bytes));
      const cut = new StreamFramer();
      const got = places.slice(1).flatMap((end, index) => told(cut.push(bytes.subarray(places[index], end))));
      assert.deepEqual(got, expected);
      assert.deepEqual(cut.failed, whole.failed);
      if (cut.failed !== undefined) assert.equal(cut.waiting, 0);
    }),
    { numRuns: 1000 },
  );
});

/** Messages and faults; keep-alives are told once a push, so they depend on the cut. */
function told(framed: ReturnType<StreamFramer["push"]>): string[] {
  return framed.filter((item) => typeof item === "object").map((item) =>
    isMalformed(item) ? `${item.where}: ${item.reason}` : String.fromCharCode(...printMessage(item))
  );
}

for (const [name, bytes] of killers(64_000)) {
  Deno.test(`64 KiB of ${name} are read to an end, as a datagram and as a stream`, () => {
    use(bytes);
    const framer = new StreamFramer();
    for (let at = 0; at < bytes.length; at += 1000) framer.push(bytes.subarray(at, at + 1000));
    assert.ok(framer.waiting <= MAX_MESSAGE_BYTES);
  });
}

Deno.test("a body keeps every byte, and header text every byte that a field can hold", () => {
  const fieldByte = fc.integer({ min: 0, max: 255 }).filter((byte) => byte !== 13 && byte !== 10);
  const field = fc.array(fieldByte, { maxLength: 40 }).map((octets) => new Uint8Array([97, ...octets, 98]));
  fc.assert(fc.property(field, fc.uint8Array({ maxLength: 60 }), (value, body) => {
    const seed = SEEDS[0]!;
    const head = encodeText(
      "OPTIONS sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\n" +
        "Call-ID: c\r\nCSeq: 1 OPTIONS\r\nX-Any: ",
    );
    assert.ok(seed.length > 0);
    const end = encodeText(`\r\nContent-Length: ${body.length}\r\n\r\n`);
    const bytes = join(head, value, end, body);
    const result = parseMessage(bytes);
    assert.ok(result.ok);
    assert.deepEqual([...printMessage(result.value)], [...bytes]);
  }));
});

const word = fc.string({ minLength: 1, maxLength: 10, unit: "binary" }).filter((text) =>
  !/[\r\n]/.test(text)
);
const token = fc.stringMatching(/^[a-z0-9.!%*_+`'~-]{1,10}$/);
const sipUri: fc.Arbitrary<SipUri> = fc.record({
  scheme: fc.constantFrom("sip" as const, "sips" as const),
  user: fc.stringMatching(/^[a-z0-9*+]{1,10}$/),
  host: fc.constantFrom("example.com", "192.0.2.1", "2001:db8::1"),
  params: fc.dictionary(token, fc.option(token)).map((entries) => new Map(Object.entries(entries))),
  headers: fc.constant(new Map<string, string | null>()),
}, { noNullPrototype: true });
const nameAddr: fc.Arbitrary<NameAddr> = fc.record({
  displayName: word,
  uri: sipUri,
  params: fc.dictionary(token, fc.option(word)).map((entries) => new Map(Object.entries(entries))),
}, { requiredKeys: ["uri", "params"], noNullPrototype: true });

Deno.test("any request that can be made is read back as it was made", () => {
  const parts = fc.record({
    method: token,
    requestUri: sipUri,
    from: nameAddr,
    to: nameAddr,
    callId: token,
    sequence: fc.nat(),
    body: fc.uint8Array({ maxLength: 30 }),
  });
  fc.assert(fc.property(parts, (made) => {
    const request = createRequest(made);
    request.headers.prepend("Via", "SIP/2.0/UDP h;branch=z9hG4bKa");
    const result = parseMessage(printMessage(request));
    assert.ok(result.ok, result.ok ? "" : `${result.error.where}: ${result.error.reason}`);
    const message = result.value;
    assert.ok(message.kind === "request");
    assert.equal(message.method, made.method);
    assert.deepEqual(from(message), made.from);
    assert.deepEqual(to(message), made.to);
    assert.equal(tagOf(to(message)), made.to.params.get("tag") ?? undefined);
    assert.equal(callId(message), made.callId);
    assert.deepEqual(cseq(message), { sequence: made.sequence, method: made.method });
    assert.deepEqual([...message.body], [...made.body]);
  }));
});

Deno.test("headers of any names come back in order, prototype names among them", () => {
  const names = fc.array(fc.constantFrom("__proto__", "constructor", "toString", "X-A", "x-b", "valueOf"), {
    maxLength: 20,
  });
  fc.assert(fc.property(names, (list) => {
    const headers = new Headers();
    list.forEach((name, index) => headers.append(name, String(index)));
    assert.deepEqual([...headers], list.map((name, index) => [name, String(index)]));
    for (const name of new Set(list)) {
      assert.deepEqual(
        headers.all(name.toUpperCase()),
        list.flatMap((each, index) => each === name ? [String(index)] : []),
      );
    }
  }));
});
