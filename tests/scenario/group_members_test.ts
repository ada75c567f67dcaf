/** Hunt and ring groups with real SIP messages: who rings, in what order, for how long, and what the others see. */
import assert from "node:assert/strict";
import { VirtualOffice } from "../support/virtual_office.ts";

const EXTENSIONS = ["100", "101", "102", "103", "104"].map((number) => ({ number, name: `P${number}` }));

function officeWith(groups: Record<string, unknown>, extensions: Record<string, unknown>[] = EXTENSIONS) {
  return new VirtualOffice({ extensions, office: groups });
}

const SALES = { number: "600", name: "Sales", ringSeconds: 10, members: ["101", "102", "103"] };

Deno.test("a linear group rings the smallest order first, and passes over who lets it ring", async () => {
  const office = officeWith({
    huntGroups: [{
      ...SALES,
      members: [{ extension: "101", order: 2 }, { extension: "102", order: 1 }, {
        extension: "103",
        order: 3,
      }],
    }],
  });
  const [caller, first, second, third] = [
    await office.phone("100"),
    await office.phone("101"),
    await office.phone("102"),
    await office.phone("103"),
  ];
  await caller.dial("600");
  assert.deepEqual([first.rung, second.rung, third.rung], [0, 1, 0]);
  await office.run(9_800);
  assert.ok(second.isRinging);
  await office.run(300);
  assert.equal(second.isRinging, false, "after ringSeconds it rings no more");
  assert.ok(first.isRinging);
  await first.refuse(486);
  assert.ok(third.isRinging);
  await third.answer();
  assert.equal(caller.session.state, "confirmed");
  assert.deepEqual([first.rung, second.rung, third.rung], [1, 1, 1]);
  await caller.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("equal order: who registered first rings first, and a refresh changes nothing", async () => {
  const office = officeWith({
    huntGroups: [{ ...SALES, members: ["101", "102", "103"].map((extension) => ({ extension, order: 1 })) }],
  });
  const caller = await office.phone("100");
  const third = await office.phone("103");
  const second = await office.phone("102");
  const first = await office.phone("101");
  await office.run(1000);
  await third.register();
  await caller.dial("600");
  assert.ok(third.isRinging);
  await third.refuse(603);
  assert.ok(second.isRinging);
  await second.refuse(603);
  assert.ok(first.isRinging);
  await caller.hangUp();
  // Gone and back: its present registration begins now.
  await third.register(0);
  await third.register();
  await caller.dial("600");
  assert.ok(second.isRinging);
  await caller.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("who is offline, does not want to be disturbed or talks is not rung", async () => {
  const office = officeWith(
    { huntGroups: [{ ...SALES, members: ["101", "102", "103", "104"] }] },
    [
      { number: "100" },
      { number: "101" },
      { number: "102", doNotDisturb: true },
      { number: "103" },
      { number: "104" },
      { number: "105" },
    ],
  );
  const caller = await office.phone("100");
  const undisturbed = await office.phone("102");
  const talking = await office.phone("103");
  const free = await office.phone("104");
  const other = await office.phone("105");
  await talking.dial("105");
  await other.answer();
  await caller.dial("600");
  assert.ok(free.isRinging);
  assert.equal(undisturbed.rung, 0);
  assert.equal(talking.rung, 0);
  await free.refuse(486);
  assert.deepEqual(caller.events.at(-1), "ended peer rejected 480");
  await other.hangUp();
  const [record] = (await office.records()).filter(({ called }) => called === "600");
  const skipped = record!.events.filter(({ kind }) => kind === "group skipped");
  assert.deepEqual(
    skipped.map(({ party, detail }) => `${party} ${detail}`),
    ["101 offline", "102 do not disturb", "103 in a call"],
  );
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("two groups at once never ring one phone twice, and the later caller gets the next member", async () => {
  const office = officeWith({
    huntGroups: [
      { ...SALES, members: ["101", "102"] },
      { ...SALES, number: "601", name: "Service", members: ["101", "102"] },
    ],
  });
  const [alice, bob] = [await office.phone("100"), await office.phone("103")];
  const [first, second] = [await office.phone("101"), await office.phone("102")];
  await alice.dial("600");
  await bob.dial("601");
  assert.deepEqual([first.rung, second.rung], [1, 1]);
  assert.equal(first.invitation.headers.get("Alert-Info"), '<http://127.0.0.1>;info="Sales"');
  assert.equal(second.invitation.headers.get("Alert-Info"), '<http://127.0.0.1>;info="Service"');
  await first.answer();
  await second.answer();
  assert.equal(alice.session.state, "confirmed");
  assert.equal(bob.session.state, "confirmed");
  await alice.hangUp();
  await bob.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("a caller who waits gets the member that another group gives back, in order of arrival", async () => {
  const office = officeWith({
    huntGroups: [
      { ...SALES, members: ["101"], queue: { announcePosition: false } },
      { ...SALES, number: "601", members: ["101"], queue: { announcePosition: false } },
    ],
  });
  const [alice, bob] = [await office.phone("100"), await office.phone("103")];
  const member = await office.phone("101");
  await alice.dial("600");
  await bob.dial("601");
  assert.equal(member.rung, 1);
  assert.equal(bob.session.state, "confirmed", "the second caller hears music");
  await member.answer();
  assert.equal(member.rung, 1);
  await alice.hangUp();
  await office.run(50);
  assert.equal(member.rung, 2);
  await member.answer();
  assert.equal(office.plane.legs.size, 2);
  const [a, b] = [...office.plane.legs.keys()];
  assert.ok(office.plane.areJoined(a!, b!));
  assert.deepEqual(office.playing(), []);
  await member.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("all devices of a member ring; the one that answers stops the others", async () => {
  const office = officeWith({ huntGroups: [SALES] });
  const caller = await office.phone("100");
  const desk = await office.phone("101");
  const mobile = await office.phone("101");
  await caller.dial("600");
  assert.ok(desk.isRinging && mobile.isRinging);
  await mobile.answer();
  assert.equal(desk.isRinging, false);
  assert.match(cancelReason(desk)!, /cause=200/);
  await caller.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("a ring group rings everybody free at once, and who becomes free joins in", async () => {
  const office = officeWith({
    ringGroups: [{ number: "610", name: "All", members: ["101", "102", "103"], ringSeconds: 20 }],
  });
  const [caller, first, second] = [
    await office.phone("100"),
    await office.phone("101"),
    await office.phone("102"),
  ];
  await caller.dial("610");
  assert.ok(first.isRinging && second.isRinging);
  const late = await office.phone("103");
  assert.ok(late.isRinging);
  await second.answer();
  assert.ok(!first.isRinging && !late.isRinging);
  for (const loser of [first, late]) assert.match(cancelReason(loser)!, /cause=200/);
  await second.hangUp();
  const [record] = await office.records();
  assert.equal(record!.answeredBy, "102");
  const missed = record!.events.filter(({ kind }) => kind === "group missed");
  assert.deepEqual(missed.map(({ party }) => party).sort(), ["101", "103"]);
  assert.ok(missed.every(({ detail }) => detail?.startsWith("answered elsewhere, ")));
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("the caller hangs up and every phone stops at once, without a missed call counted as answered", async () => {
  const office = officeWith({ ringGroups: [{ number: "610", members: ["101", "102", "103"] }] });
  const caller = await office.phone("100");
  const members = [await office.phone("101"), await office.phone("102"), await office.phone("103")];
  await caller.dial("610");
  await caller.hangUp();
  assert.deepEqual(members.map((member) => member.isRinging), [false, false, false]);
  for (const member of members) assert.equal(member.recorder.end?.cause, "cancelled");
  const [record] = await office.records();
  assert.equal(record!.result, "cancelled");
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("round robin serves members in turn, whatever their order", async () => {
  const office = officeWith({
    huntGroups: [{
      ...SALES,
      strategy: "roundRobin",
      members: [{ extension: "101", order: 9 }, { extension: "102", order: 5 }, {
        extension: "103",
        order: 1,
      }],
    }],
  });
  const caller = await office.phone("100");
  const members = [await office.phone("101"), await office.phone("102"), await office.phone("103")];
  const served: string[] = [];
  for (let call = 0; call < 6; call++) {
    await caller.dial("600");
    const ringing = members.find((member) => member.sessions.length > 0 && member.isRinging)!;
    served.push(ringing.number);
    await ringing.answer();
    await caller.hangUp();
  }
  assert.deepEqual(served, ["101", "102", "103", "101", "102", "103"]);
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("longestIdle rings who has not talked for the longest time", async () => {
  const office = officeWith({ huntGroups: [{ ...SALES, strategy: "longestIdle" }] });
  const caller = await office.phone("100");
  const members = [await office.phone("101"), await office.phone("102"), await office.phone("103")];
  await office.run(1000);
  const served: string[] = [];
  for (let call = 0; call < 4; call++) {
    await caller.dial("600");
    const ringing = members.find((member) => member.sessions.length > 0 && member.isRinging)!;
    served.push(ringing.number);
    await ringing.answer();
    await office.run(1000);
    await caller.hangUp();
  }
  assert.deepEqual(served, ["101", "102", "103", "101"]);
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("after a call of the group a member rests, though callers wait", async () => {
  const office = officeWith({
    huntGroups: [{ ...SALES, members: ["101"], wrapUpSeconds: 8, queue: { announcePosition: false } }],
  });
  const [alice, bob] = [await office.phone("100"), await office.phone("103")];
  const member = await office.phone("101");
  await alice.dial("600");
  await member.answer();
  await bob.dial("600");
  assert.equal(bob.session.state, "confirmed");
  await member.hangUp();
  await office.run(7_500);
  assert.equal(member.rung, 1, "the member rests");
  await office.run(700);
  assert.equal(member.rung, 2);
  await member.answer();
  await bob.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("call waiting lets a group ring a member in a call, up to maxCalls", async () => {
  const office = officeWith({ huntGroups: [{ ...SALES, members: ["101"] }] }, [
    { number: "100" },
    { number: "101", callWaiting: true, maxCalls: 2 },
    { number: "102" },
    { number: "103" },
  ]);
  const [alice, bob, carol] = [
    await office.phone("100"),
    await office.phone("102"),
    await office.phone("103"),
  ];
  const member = await office.phone("101");
  await member.dial("102");
  await bob.answer();
  await alice.dial("600");
  assert.equal(member.rung, 1);
  await member.answer();
  await carol.dial("600");
  assert.equal(member.rung, 1, "maxCalls is reached");
  assert.match(carol.events.at(-1)!, /rejected 480/);
  await alice.hangUp();
  await bob.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("a member who calls his own group is not rung by himself", async () => {
  const office = officeWith({ huntGroups: [{ ...SALES, members: ["101", "102"] }] }, [
    { number: "101", callWaiting: true, maxCalls: 3 },
    { number: "102" },
  ]);
  const [caller, colleague] = [await office.phone("101"), await office.phone("102")];
  await caller.dial("600");
  assert.equal(caller.rung, 0);
  assert.ok(colleague.isRinging);
  await caller.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("the group's name stands before the caller's on the display, or not at all", async () => {
  const office = officeWith({
    huntGroups: [
      { ...SALES, members: ["101"] },
      { ...SALES, number: "601", members: ["101"], showGroupName: false },
    ],
  });
  const [caller, member] = [await office.phone("100"), await office.phone("101")];
  await caller.dial("600");
  assert.match(member.invitation.headers.get("From")!, /^"Sales: P100" <sip:100@office\.example>/);
  await caller.hangUp();
  await caller.dial("601");
  assert.match(member.invitation.headers.get("From")!, /^"?P100"? <sip:100@office\.example>/);
  assert.equal(member.invitation.headers.get("Alert-Info"), '<http://127.0.0.1>;info="Sales"');
  await caller.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

function cancelReason(phone: { recorder: { end: unknown } }): string | undefined {
  const end = phone.recorder.end as { request?: { headers: { get(name: string): string | undefined } } };
  return end.request?.headers.get("Reason");
}
