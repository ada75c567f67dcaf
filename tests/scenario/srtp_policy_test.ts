/** Encryption off, optional or required for each extension: each side by its own policy, whatever the other's is. */
import assert from "node:assert/strict";
import type { SrtpPolicy } from "../../src/config/mod.ts";
import { calledTakes, profileOf, type SrtpProfile, srtpSdp } from "../support/srtp_offers.ts";
import { address, uri } from "../support/sip_office.ts";
import { type Phone, VirtualOffice } from "../support/virtual_office.ts";

/** What the caller is told where its offer and its policy do not go together. */
const REQUIRED = /^399 sipedge "Encryption is required here: offer SRTP \(SDES\)"$/;
const SWITCHED_OFF = /^399 sipedge "Encryption is switched off here: offer RTP\/AVP"$/;

/** By the caller's policy and what it offers: in which way it is answered, or the words of its 488. */
const CALLERS: Record<SrtpPolicy, Record<SrtpProfile, SrtpProfile | RegExp>> = {
  off: { plain: "plain", opportunistic: "plain", secure: SWITCHED_OFF },
  optional: { plain: "plain", opportunistic: "opportunistic", secure: "secure" },
  required: { plain: REQUIRED, opportunistic: "opportunistic", secure: "secure" },
};

/** By the called extension's policy: in which way its phone is offered the call. */
const CALLED: Record<SrtpPolicy, SrtpProfile> = {
  off: "plain",
  optional: "opportunistic",
  required: "secure",
};

const POLICIES = Object.keys(CALLED) as SrtpPolicy[];

async function officeOf(caller: SrtpPolicy, called: SrtpPolicy) {
  const office = new VirtualOffice({
    extensions: [{ number: "100", srtp: caller }, { number: "101", srtp: called }],
  });
  return { office, alice: await office.phone("100"), bob: await office.phone("101") };
}

function answerOf(office: VirtualOffice, phone: Phone): Uint8Array {
  const { host } = phone.host.address;
  const found = office.network.sent.findLast(({ name, to }) => name === "200 INVITE" && to.host === host);
  assert.ok(found, `${phone.number} was not answered`);
  return found.message.body;
}

function isSealed(office: VirtualOffice, phone: Phone): boolean {
  const { host } = phone.host.address;
  const leg = [...office.plane.legs.values()].find(({ settings }) => settings[0]?.remote?.host === host);
  assert.ok(leg, `the plane knows nothing of ${phone.number}`);
  const { sendKey, receiveKey } = leg.settings[0]!;
  assert.equal(sendKey !== undefined, receiveKey !== undefined, "both directions alike");
  return sendKey !== undefined;
}

for (const caller of POLICIES) {
  for (const [offered, told] of Object.entries(CALLERS[caller]) as [SrtpProfile, SrtpProfile | RegExp][]) {
    for (const called of POLICIES) {
      const outcome = told instanceof RegExp
        ? `refused with the reason; the called phone, for which it is ${called}, does not ring`
        : `answered ${told}; the called phone, for which it is ${called}, is offered ${CALLED[called]}`;
      Deno.test(`SRTP ${caller} for the caller, who offers ${offered}: ${outcome}`, async () => {
        const { office, alice, bob } = await officeOf(caller, called);
        alice.sdp = () => srtpSdp(alice, offered);
        const offers = calledTakes(bob, { takes: [CALLED[called]], refusesWith: 488 });
        await alice.dial("101");
        if (told instanceof RegExp) {
          const { end } = alice.recorder;
          assert.ok(end?.cause === "rejected", alice.events.join("; "));
          assert.equal(end.response.statusCode, 488);
          assert.match(end.response.headers.get("Warning") ?? "", told);
          assert.deepEqual(offers, []);
        } else {
          assert.deepEqual(offers, [CALLED[called]]);
          await bob.answer();
          assert.equal(profileOf(answerOf(office, alice)), told);
          assert.deepEqual(
            [isSealed(office, alice), isSealed(office, bob)],
            [told !== "plain", CALLED[called] !== "plain"],
          );
          await alice.hangUp();
        }
        assert.deepEqual(await office.leftovers(), []);
      });
    }
  }
}

Deno.test("a phone that must encrypt and answers without a key is asked in the other way, too; then the caller hears 488", async () => {
  const { office, alice, bob } = await officeOf("optional", "required");
  const offers = calledTakes(bob, { takes: ["secure", "opportunistic"], refusesWith: 488 });
  await alice.dial("101");
  for (const offered of ["secure", "opportunistic"]) {
    assert.equal(offers.at(-1), offered);
    bob.session.answer({ sdp: srtpSdp(bob, "plain") });
    await office.run(60);
  }
  assert.deepEqual(offers, ["secure", "opportunistic"]);
  assert.equal(alice.events.at(-1), "ended peer rejected 488");
  assert.deepEqual(
    [...office.plane.legs.values()].filter(({ settings }) =>
      settings[0]?.remote?.host === bob.host.address.host
    ),
    [],
  );
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("a phone that answers without a key and does better when asked in the other way is connected", async () => {
  const { office, alice, bob } = await officeOf("optional", "required");
  const offers = calledTakes(bob, { takes: ["secure", "opportunistic"], refusesWith: 488 });
  await alice.dial("101");
  bob.session.answer({ sdp: srtpSdp(bob, "plain") });
  await office.run(60);
  assert.deepEqual(offers, ["secure", "opportunistic"]);
  await bob.answer();
  assert.deepEqual([alice.session.state, bob.session.state], ["confirmed", "confirmed"]);
  assert.equal(isSealed(office, bob), true);
  await alice.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

/** The server over UDP, where keys in clear would be no encryption. */
function overUdp(phone: Phone, to: string) {
  return {
    from: address(`sip:${phone.number}@office.example`),
    to: address(to),
    route: { kind: "uri" as const, uri: uri("sip:10.0.0.1") },
    credentials: { username: phone.number, password: `secret-${phone.number}` },
  };
}

Deno.test("a caller that must encrypt but came over UDP is told to register over TLS", async () => {
  const { office, alice, bob } = await officeOf("required", "optional");
  const to = "sip:101@office.example";
  alice.invite(to, { ...overUdp(alice, to), sdp: srtpSdp(alice, "secure") });
  await office.run(60);
  const { end } = alice.recorder;
  assert.ok(end?.cause === "rejected", alice.events.join("; "));
  assert.equal(end.response.statusCode, 488);
  assert.match(end.response.headers.get("Warning") ?? "", /register over TLS/);
  assert.equal(bob.rung, 0);
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("a phone that must encrypt but registered over UDP is not rung; its caller hears 488", async () => {
  const { office, alice, bob } = await officeOf("optional", "required");
  await bob.register(0);
  const outcomes: string[] = [];
  bob.endpoint.request(
    {
      method: "REGISTER",
      requestUri: uri("sip:office.example"),
      headers: [["Expires", "3600"]],
      contactUser: "101",
      ...overUdp(bob, "sip:101@office.example"),
    },
    (outcome) =>
      outcomes.push(outcome.kind === "response" ? String(outcome.response.statusCode) : outcome.kind),
  );
  await office.run(60);
  assert.deepEqual(outcomes, ["200"]);
  await alice.dial("101");
  assert.equal(alice.events.at(-1), "ended peer rejected 488");
  assert.equal(bob.rung, 0);
  assert.deepEqual(await office.leftovers(), []);
});
