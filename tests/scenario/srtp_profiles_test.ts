/** In which way a called phone is offered SRTP, and what follows when it refuses that way (RFC 4568, RFC 8643). */
import assert from "node:assert/strict";
import type { SrtpPolicy } from "../../src/config/mod.ts";
import { calledTakes, type SrtpProfile, srtpSdp } from "../support/srtp_offers.ts";
import { VirtualOffice } from "../support/virtual_office.ts";

interface Row {
  readonly sentence: string;
  readonly policy: SrtpPolicy;
  /** What the phone takes; anything else it refuses. */
  readonly takes: readonly SrtpProfile[];
  readonly refusesWith: number;
  /** What it is offered, first to last, in the first call. */
  readonly offered: readonly SrtpProfile[];
  /** With which way the next call begins, which is the way that it took. */
  readonly next: SrtpProfile;
}

const ROWS: readonly Row[] = [
  ...[488, 606, 415].map((refusesWith): Row => ({
    sentence: `a phone that refuses a=crypto in RTP/AVP with ${refusesWith} is offered RTP/SAVP at once`,
    policy: "optional",
    takes: ["secure"],
    refusesWith,
    offered: ["opportunistic", "secure"],
    next: "secure",
  })),
  {
    sentence: "a phone that refuses every kind of encryption with 488 is offered none in the end",
    policy: "optional",
    takes: ["plain"],
    refusesWith: 488,
    offered: ["opportunistic", "secure", "plain"],
    next: "plain",
  },
  {
    sentence: "a phone that must encrypt and refuses RTP/SAVP is offered a=crypto in RTP/AVP",
    policy: "required",
    takes: ["opportunistic"],
    refusesWith: 488,
    offered: ["secure", "opportunistic"],
    next: "opportunistic",
  },
];

async function officeOf(policy: SrtpPolicy) {
  const office = new VirtualOffice({ extensions: [{ number: "100" }, { number: "101", srtp: policy }] });
  return { office, alice: await office.phone("100"), bob: await office.phone("101") };
}

for (const { sentence, policy, takes, refusesWith, offered, next } of ROWS) {
  Deno.test(`${sentence}; the caller sees one ringing, and the next call begins with what was learnt`, async () => {
    const { office, alice, bob } = await officeOf(policy);
    const offers = calledTakes(bob, { takes, refusesWith });
    const toAlice = () =>
      office.network.sent.filter(({ to }) => to.host === alice.host.address.host).map(({ name }) => name);
    const before = toAlice().length;
    await alice.dial("101");
    assert.deepEqual(offers, offered);
    assert.equal(bob.isRinging, true);
    assert.deepEqual(toAlice().slice(before).filter((name) => !/^(100|401) /.test(name)), ["180 INVITE"]);

    // The clock stands still between the refusal's arrival and the next offer.
    const { sent, delayMs } = office.network;
    const invitesAt = sent.filter(({ name, to }) => name === "INVITE" && to.host === bob.host.address.host)
      .map(({ atMs }) => atMs);
    const refusalsAt = sent.filter(({ name }) => name === `${refusesWith} INVITE`).map(({ atMs }) => atMs);
    assert.deepEqual(invitesAt.slice(1), refusalsAt.map((atMs) => atMs + delayMs));

    await bob.answer();
    assert.deepEqual([alice.session.state, bob.session.state], ["confirmed", "confirmed"]);
    const toBob = [...office.plane.legs.values()].find(({ settings }) =>
      settings[0]?.remote?.host === bob.host.address.host
    );
    assert.equal(toBob?.settings[0]?.sendKey !== undefined, next !== "plain", "sealed towards the phone");
    await alice.hangUp();

    offers.length = 0;
    await alice.dial("101");
    assert.deepEqual(offers, [next]);
    await bob.answer();
    assert.equal(alice.session.state, "confirmed");
    await alice.hangUp();
    assert.deepEqual(await office.leftovers(), []);
  });
}

const FINAL: readonly {
  sentence: string;
  policy: SrtpPolicy;
  refusesWith: number;
  offered: readonly SrtpProfile[];
}[] = [
  {
    sentence: "a phone that takes no way at all: the caller hears 488 once",
    policy: "optional",
    refusesWith: 488,
    offered: ["opportunistic", "secure", "plain"],
  },
  {
    sentence: "a phone that must encrypt is never offered less, however often it says 488",
    policy: "required",
    refusesWith: 488,
    offered: ["secure", "opportunistic"],
  },
  {
    sentence: "where encryption is switched off there is no other way than the plain one",
    policy: "off",
    refusesWith: 488,
    offered: ["plain"],
  },
  {
    sentence: "a person who is busy is not asked again in another way",
    policy: "optional",
    refusesWith: 486,
    offered: ["opportunistic"],
  },
  {
    sentence: "a person who declines is not asked again in another way",
    policy: "optional",
    refusesWith: 603,
    offered: ["opportunistic"],
  },
];

for (const { sentence, policy, refusesWith, offered } of FINAL) {
  Deno.test(sentence, async () => {
    const { office, alice, bob } = await officeOf(policy);
    const offers = calledTakes(bob, { takes: [], refusesWith });
    await alice.dial("101");
    assert.deepEqual(offers, offered);
    assert.deepEqual(alice.events.filter((event) => event.startsWith("ended")), [
      `ended peer rejected ${refusesWith}`,
    ]);
    assert.deepEqual(await office.leftovers(), []);
  });
}

Deno.test("while one phone of two refuses the way it was offered, the other rings on untouched", async () => {
  const { office, alice, bob } = await officeOf("optional");
  const desk = await office.phone("101");
  const [picky, easy] = [
    calledTakes(bob, { takes: ["secure"], refusesWith: 488 }),
    calledTakes(desk, { takes: ["opportunistic"], refusesWith: 488 }),
  ];
  await alice.dial("101");
  assert.deepEqual([picky, easy], [["opportunistic", "secure"], ["opportunistic"]]);
  assert.deepEqual([bob.isRinging, desk.isRinging], [true, true]);
  await bob.answer();
  assert.equal(alice.session.state, "confirmed");
  assert.equal(desk.recorder.end?.cause, "cancelled");
  await alice.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

/** Bob calls with RTP/SAVP, and is then called with it. */
async function assertLearnt({ office, alice, bob }: Awaited<ReturnType<typeof officeOf>>): Promise<void> {
  bob.sdp = () => srtpSdp(bob, "secure");
  await bob.dial("100");
  await alice.answer();
  await bob.hangUp();
  const offers = calledTakes(bob, { takes: ["secure"], refusesWith: 488 });
  await alice.dial("101");
  assert.deepEqual(offers, ["secure"]);
  await alice.hangUp();
  assert.deepEqual(await office.leftovers(), []);
}

Deno.test("a phone that calls with RTP/SAVP is called so the next time", async () => {
  await assertLearnt(await officeOf("optional"));
});

Deno.test("a phone that named itself in its registration is known by that when it calls, too", async () => {
  const parts = await officeOf("optional"), { bob } = parts;
  await bob.register(0);
  await bob.register(3600, new Map([["+sip.instance", '"<urn:uuid:00000000-0000-1000-8000-000a95a0e128>"']]));
  await assertLearnt(parts);
});
