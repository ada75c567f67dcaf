/** Transfers of the house's phones (RFC 3515, RFC 3891, RFC 5589): asked first, before and after the answer, and refused. */

import assert from "node:assert/strict";
import type { SipRequest } from "../../src/sip/message/mod.ts";
import type { Session } from "../../src/sip/mod.ts";
import { DOMAIN, type Phone, VirtualOffice } from "../support/virtual_office.ts";

const DECODER = new TextDecoder();

/** 100 talks to 101, who holds and calls `target`. */
async function consulting(
  target: string,
): Promise<{ office: VirtualOffice; alice: Phone; bob: Phone; carol: Phone }> {
  const office = new VirtualOffice({
    extensions: ["100", "101", "102"].map((number) => ({ number, name: `P${number}` })),
    office: { huntGroups: [{ number: "600", name: "Sales", members: ["102"] }] },
  });
  const [alice, bob] = [await office.phone("100"), await office.phone("101")];
  const carol = await office.phone("102");
  await alice.dial("101");
  await bob.answer();
  await bob.hold();
  await bob.dial(target);
  return { office, alice, bob, carol };
}

/** REFER within `session` that puts its far side in the place of the phone's own side of `other`. */
function joinWith(session: Session, other: Pick<Session, "callId" | "localTag" | "remoteTag">): void {
  const { callId, localTag, remoteTag } = other;
  const replaces = encodeURIComponent(`${callId};to-tag=${remoteTag};from-tag=${localTag}`);
  session.request({ method: "REFER", headers: [["Refer-To", `<sip:102@${DOMAIN}?Replaces=${replaces}>`]] });
}

/** What the NOTIFYs told `phone`, in order (RFC 3515 §2.4.5). */
function fragments(phone: Phone, notified: readonly SipRequest[]): string[] {
  assert.ok(notified.every(({ headers }) => headers.get("Event") === "refer"), phone.number);
  return notified.map(({ body, headers }) =>
    `${DECODER.decode(body).trim()} ${headers.get("Subscription-State")!.split(";")[0]}`
  );
}

/** Every NOTIFY that comes to the last but one call of the phone, the one that it will transfer. */
function watch(phone: Phone): SipRequest[] {
  const notified: SipRequest[] = [];
  for (const recorder of phone.recorders) {
    const before = recorder.requested.bind(recorder);
    recorder.requested = (event) => {
      if (event.request.method === "NOTIFY") notified.push(event.request);
      before(event);
    };
  }
  return notified;
}

Deno.test("attended: the two others are joined, who transferred is told and released", async () => {
  const { office, alice, bob, carol } = await consulting("102");
  await carol.answer();
  const notified = watch(bob);
  const [first, second] = bob.sessions;
  joinWith(first!, second!);
  await office.run(6_000);
  assert.deepEqual(bob.sessions.map(({ state }) => state), ["ended", "ended"]);
  assert.deepEqual([alice.session.state, carol.session.state], ["confirmed", "confirmed"]);
  assert.deepEqual(fragments(bob, notified), ["SIP/2.0 200 OK terminated"]);
  await alice.hangUp();
  assert.equal(carol.session.state, "ended");
  assert.deepEqual(await office.leftovers(), []);
});

for (const target of ["102", "600"]) {
  Deno.test(`early attended to ${target}: who was held gets the call that still rings, and the phone rings on`, async () => {
    const { office, alice, bob, carol } = await consulting(target);
    assert.ok(carol.isRinging);
    const notified = watch(bob);
    const [first, second] = bob.sessions;
    joinWith(first!, second!);
    await office.run(100);
    assert.ok(carol.isRinging);
    assert.equal(carol.rung, 1, "not rung anew");
    assert.deepEqual(fragments(bob, notified), []);
    await carol.answer();
    await office.run(6_000);
    assert.deepEqual(bob.sessions.map(({ state }) => state), ["ended", "ended"]);
    assert.deepEqual([alice.session.state, carol.session.state], ["confirmed", "confirmed"]);
    assert.deepEqual(fragments(bob, notified), ["SIP/2.0 200 OK terminated"]);
    await carol.hangUp();
    assert.equal(alice.session.state, "ended");
    assert.deepEqual(await office.leftovers(), []);
  });
}

Deno.test("blind to somebody busy: who transferred is told, and the two talk on", async () => {
  const office = new VirtualOffice({
    extensions: ["100", "101", "102"].map((number) => ({ number, name: `P${number}` })),
  });
  const [alice, bob] = [await office.phone("100"), await office.phone("101")];
  const carol = await office.phone("102");
  await alice.dial("101");
  await bob.answer();
  const notified = watch(bob);
  await bob.transfer("102");
  assert.match(carol.invitation.headers.get("Referred-By")!, /<sip:101@office\.example>/);
  await carol.refuse(486);
  assert.deepEqual(fragments(bob, notified), ["SIP/2.0 100 Trying active", "SIP/2.0 486 busy terminated"]);
  assert.deepEqual([alice.session.state, bob.session.state], ["confirmed", "confirmed"]);
  await alice.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("nobody transfers a dialog that is not his, or that is none", async () => {
  const { office, alice, bob, carol } = await consulting("102");
  await carol.answer();
  const [first, second] = bob.sessions;
  const outcomes: (number | string)[] = [];
  const refer = (session: Session, other: Pick<Session, "callId" | "localTag" | "remoteTag">) => {
    const { callId, localTag, remoteTag } = other;
    const replaces = encodeURIComponent(`${callId};to-tag=${remoteTag};from-tag=${localTag}`);
    session.request(
      { method: "REFER", headers: [["Refer-To", `<sip:102@${DOMAIN}?Replaces=${replaces}>`]] },
      (outcome) => outcomes.push(outcome.kind === "response" ? outcome.response.statusCode : outcome.reason),
    );
  };
  // Carol names Bob's dialog with Alice; Bob names one that never was.
  refer(carol.session, first!);
  await office.run(60);
  refer(first!, { ...second!, callId: "nothing", localTag: "1", remoteTag: "2" });
  await office.run(60);
  assert.deepEqual(outcomes, [403, 481]);
  assert.equal(alice.session.state, "confirmed");
  for (const session of bob.sessions) session.end();
  assert.deepEqual(await office.leftovers(), []);
});
