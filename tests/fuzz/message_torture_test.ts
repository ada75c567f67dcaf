/** The torture messages: the project's own always, those of RFC 4475 and RFC 5118 when they lie beside the project. */
import assert from "node:assert/strict";
import {
  callId,
  cseq,
  from,
  isMalformed,
  parseMessage,
  printMessage,
  type SipMessage,
  StreamFramer,
  tagOf,
  topVia,
} from "../../src/sip/message/mod.ts";
import {
  type OwnExpectation,
  readOwnTorture,
  readTortureSet,
  TORTURE_SETS,
  type TortureCase,
} from "../support/torture_sets.ts";

interface ValidCase extends OwnExpectation {
  readonly method?: string;
  readonly status?: number;
  readonly callId?: string;
  readonly sequence?: number;
  readonly fromTag?: string;
  readonly fromName?: string;
  readonly branch?: string;
  readonly user?: string;
  readonly host?: string;
  readonly vias?: number;
  readonly body?: string;
  readonly header?: readonly [string, string];
}

interface InvalidCase extends OwnExpectation {
  readonly where: string;
  readonly answer: number | null;
}

function parseValid(bytes: Uint8Array): SipMessage {
  const result = parseMessage(bytes);
  assert.ok(result.ok, result.ok ? "" : `${result.error.where}: ${result.error.reason}`);
  return result.value;
}

function checkValid(message: SipMessage, expected: ValidCase): void {
  if (expected.method !== undefined) {
    assert.equal(message.kind === "request" && message.method, expected.method);
  }
  if (expected.status !== undefined) {
    assert.equal(message.kind === "response" && message.statusCode, expected.status);
  }
  if (expected.callId !== undefined) assert.equal(callId(message), expected.callId);
  if (expected.sequence !== undefined) assert.equal(cseq(message).sequence, expected.sequence);
  if (expected.fromTag !== undefined) assert.equal(tagOf(from(message)), expected.fromTag);
  if (expected.fromName !== undefined) assert.equal(from(message).displayName, expected.fromName);
  if (expected.branch !== undefined) assert.equal(topVia(message).params.get("branch"), expected.branch);
  if (expected.vias !== undefined) assert.equal(message.headers.all("Via").length, expected.vias);
  if (expected.body !== undefined) assert.equal(String.fromCharCode(...message.body), expected.body);
  if (expected.header !== undefined) {
    assert.equal(message.headers.get(expected.header[0]), expected.header[1]);
  }
  const uri = message.kind === "request" && message.requestUri.scheme === "sip"
    ? message.requestUri
    : undefined;
  if (expected.user !== undefined) assert.equal(uri?.user, expected.user);
  if (expected.host !== undefined) assert.equal(uri?.host, expected.host);
}

/** Printing is a normal form: what was parsed from it prints the same bytes, and the body is untouched. */
function checkRoundTrip(message: SipMessage): void {
  const printed = printMessage(message);
  const again = parseMessage(printed);
  assert.ok(again.ok, again.ok ? "" : `${again.error.where}: ${again.error.reason}`);
  assert.deepEqual(printMessage(again.value), printed);
  assert.deepEqual(again.value.body, message.body);
}

for (const { name, bytes, expected } of readOwnTorture<ValidCase>("valid")) {
  Deno.test(`torture: ${expected.promise} (${name})`, () => {
    const message = parseValid(bytes);
    checkValid(message, expected);
    checkRoundTrip(message);
  });
}

for (const { name, bytes, expected } of readOwnTorture<InvalidCase>("invalid")) {
  Deno.test(`torture: refused is ${expected.promise} (${name})`, () => {
    const result = parseMessage(bytes);
    assert.ok(!result.ok, "was accepted");
    assert.equal(result.error.where, expected.where, result.error.reason);
    assert.equal(result.error.answer?.statusCode ?? null, expected.answer);
    if (result.error.answer !== undefined) checkAnswer(result.error.answer);
  });
}

/** An answer is a message in its own right, with a To tag, that goes where its Via says. */
function checkAnswer(answer: SipMessage): void {
  assert.ok(topVia(answer).host);
  assert.ok(answer.headers.get("To")!.includes("tag="));
  assert.ok(printMessage(answer).length > 0);
}

Deno.test("torture: every message comes out of a stream as it comes out of a datagram, in two pieces cut anywhere", () => {
  for (const { name, bytes, expected } of readOwnTorture<ValidCase>("valid")) {
    if (expected.onConnection !== undefined) continue;
    const message = parseValid(bytes);
    const printed = printMessage(message);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const framer = new StreamFramer();
      const framed = [...framer.push(bytes.slice(0, cut)), ...framer.push(bytes.slice(cut))];
      const messages = framed.filter((item) => typeof item === "object");
      assert.equal(messages.length, 1, `${name} cut at ${cut}`);
      assert.ok(!isMalformed(messages[0]));
      assert.deepEqual(printMessage(messages[0]!), printed);
    }
  }
});

for (const set of TORTURE_SETS) {
  const cases = readTortureSet(set);
  Deno.test({
    name: `torture: the messages of ${set} get their verdicts`,
    ignore: cases.length === 0,
    async fn(test) {
      for (const each of cases) await test.step(each.name, () => checkShared(each));
    },
  });
}

function checkShared({ bytes, parser, verdict, checks }: TortureCase): void {
  const result = parseMessage(bytes);
  if (result.ok) {
    assert.notEqual(parser, "reject", "was accepted");
    checkRoundTrip(result.value);
    checkFields(result.value, checks);
    return;
  }
  const { answer } = result.error;
  if (answer !== undefined) checkAnswer(answer);
  // badbranch is well-formed, and a 400 is what the RFC prefers all the same.
  if (parser === "accept") {
    assert.ok(answer && verdict?.preferred.includes(answer.statusCode), result.error.reason);
  }
}

function checkFields(message: SipMessage, checks: Record<string, unknown>): void {
  const actual: Record<string, unknown> = {
    method: message.kind === "request" ? message.method : undefined,
    status: message.kind === "response" ? message.statusCode : undefined,
    reason: message.kind === "response" ? message.reasonPhrase : undefined,
    call_id: callId(message),
    cseq: [cseq(message).sequence, cseq(message).method],
    cseq_number: cseq(message).sequence,
    via_count: message.headers.all("Via").length,
    from_tag: tagOf(from(message)),
    from_display: from(message).displayName,
    top_via_transport: topVia(message).transport,
    content_length: message.body.length,
    contact_count: message.headers.all("Contact").length,
  };
  for (const [name, value] of Object.entries(checks)) {
    if (name in actual) assert.deepEqual(actual[name], value, name);
  }
}
