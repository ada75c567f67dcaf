import assert from "node:assert/strict";
import type { Session } from "../sip/mod.ts";
import { encodeText, parseUri } from "../sip/message/mod.ts";
import { type FakeHost, twoPhones } from "./fake_host.ts";

const SDP = encodeText(
  "v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=sendrecv\r\n",
);

/** A server that takes every call and answers REFER as told, then tells how the transfer goes. */
function server(phone: FakeHost, statusCode: number, news: readonly string[]): { session?: Session } {
  const kept: { session?: Session } = {};
  phone.onInvite = (incoming) => {
    const session = kept.session = incoming.accept({
      progress() {},
      answered() {},
      acknowledged() {},
      offered() {},
      offerAnswered() {},
      offerRefused() {},
      requested({ reply }) {
        reply({ statusCode });
        if (statusCode < 300) news.forEach((line) => notify(session, line));
      },
      ended() {},
    });
    session.answer({ sdp: SDP });
  };
  return kept;
}

function notify(session: Session, line: string): void {
  const state = line.startsWith("SIP/2.0 1") ? "active;expires=60" : "terminated;reason=noresource";
  session.request({
    method: "NOTIFY",
    headers: [["Event", "refer"], ["Subscription-State", state]],
    body: { contentType: "message/sipfrag", bytes: encodeText(`${line}\r\n`) },
  });
}

async function transfer(statusCode: number, news: readonly string[]) {
  const phones = twoPhones();
  const { network, alice, bob } = phones;
  const kept = server(bob, statusCode, news);
  const call = alice.dial(bob);
  await network.run(100);
  const target = parseUri("sip:102@office.example");
  const outcome = call.transfer(target.ok ? target.value : bob.ownUri);
  await network.run(200);
  const told = alice.events.flatMap((event) => event.kind === "transfer" ? [event.status] : []);
  return { ...phones, call, outcome, told, session: kept.session! };
}

Deno.test("the call ends once the target has answered", async () => {
  const { network, alice, call, outcome, told } = await transfer(202, [
    "SIP/2.0 100 Trying",
    "SIP/2.0 200 OK",
  ]);
  assert.ok((await outcome).ok);
  assert.deepEqual(told, ["trying", "done"]);
  assert.deepEqual((({ outcome, endedBy }) => [outcome, endedBy])(await call.ended), ["answered", "us"]);
  const refer = network.sent.find(({ name }) => name === "REFER")!.message;
  assert.equal(refer.headers.get("Refer-To"), "<sip:102@office.example>");
  assert.equal(refer.headers.get("Referred-By"), "<sip:alice@10.0.0.1>");
  assert.equal(alice.plane.legs.size, 0);
});

Deno.test("a transfer that comes to nothing leaves the two talking", async () => {
  const rows: [number, string[], string][] = [
    [202, ["SIP/2.0 100 Trying", "SIP/2.0 486 Busy Here"], "486 Busy Here"],
    [603, [], "603 Decline"],
    [202, ["SIP/2.0 503"], "503"],
  ];
  for (const [statusCode, news, want] of rows) {
    const { call, outcome, told } = await transfer(statusCode, news);
    const result = await outcome;
    assert.ok(!result.ok && result.error === want, want);
    assert.equal(told.at(-1), "failed");
    assert.equal(call.state, "active");
  }
});

Deno.test("a server that says nothing more is not waited for for ever, nor is an ended call", async () => {
  const patient = await transfer(202, []);
  await patient.network.run(181_000);
  const late = await patient.outcome;
  assert.ok(!late.ok && late.error === "no word of how it went");
  const ended = await transfer(202, ["SIP/2.0 100 Trying"]);
  ended.session.end();
  await ended.network.run(100);
  const result = await ended.outcome;
  assert.ok(!result.ok && /ended before/.test(result.error));
});

Deno.test("one transfer at a time, and none without a call", async () => {
  const { call, bob } = await transfer(202, []);
  const second = await call.transfer(bob.ownUri);
  assert.ok(!second.ok && second.error === "a transfer is under way");
  const { alice, bob: other } = twoPhones();
  assert.ok(!(await alice.dial(other).transfer(other.ownUri)).ok);
});
