/** Waiting for a group: music, position, limits, overflow, and callers who came by transfer. */
import assert from "node:assert/strict";
import { DOMAIN, type Phone, VirtualOffice } from "../support/virtual_office.ts";

const EXTENSIONS = ["100", "101", "102", "103", "104"].map((number) => ({ number, name: `P${number}` }));
const SALES = { number: "600", name: "Sales", ringSeconds: 10, members: ["101"] };

function officeWith(groups: Record<string, unknown>, extensions: Record<string, unknown>[] = EXTENSIONS) {
  return new VirtualOffice({ extensions, office: groups });
}

/** The only member of the group talks to somebody else. */
async function busyMember(office: VirtualOffice): Promise<{ member: Phone; partner: Phone }> {
  const [member, partner] = [await office.phone("101"), await office.phone("104")];
  await member.dial("104");
  await partner.answer();
  return { member, partner };
}

Deno.test("nobody free: the caller hears music, then the member who becomes free", async () => {
  const office = officeWith({ huntGroups: [{ ...SALES, queue: { announcePosition: false } }] });
  const { member, partner } = await busyMember(office);
  const caller = await office.phone("100");
  await caller.dial("600");
  assert.equal(caller.session.state, "confirmed");
  assert.deepEqual(office.playing(), ["sounds/music"]);
  const [group] = office.settings.domains[0]!.huntGroups;
  const [waiting] = office.parts.hunts.status(DOMAIN, group!).callers;
  assert.deepEqual([waiting?.waiting, waiting?.ringing], [true, []]);
  await partner.hangUp();
  assert.ok(member.isRinging);
  assert.deepEqual(office.playing(), ["sounds/music"], "music goes on while the member rings");
  await member.answer();
  assert.deepEqual(office.playing(), []);
  const [a, b] = [...office.plane.legs.keys()];
  assert.ok(office.plane.areJoined(a!, b!));
  await caller.hangUp();
  const [record] = (await office.records()).filter(({ called }) => called === "600");
  assert.deepEqual(record!.events.map(({ kind }) => kind), [
    "group entered",
    "group waiting",
    "group rang",
    "group answered",
    "answered",
  ]);
  assert.deepEqual(office.events.filter((event) => event.kind === "group").map((event) => event.waiting), [
    1,
    0,
    0,
  ]);
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("each caller hears the place in the queue, in the language of the domain, and music after it", async () => {
  for (
    const [locale, words] of [
      ["en", "sounds/en-queue-position sounds/en-number-2"],
      ["zh", "sounds/zh-queue-position sounds/zh-number-2 sounds/zh-queue-position-end"],
    ] as const
  ) {
    const office = officeWith({ locale, huntGroups: [{ ...SALES, queue: {} }] });
    const { partner } = await busyMember(office);
    const [first, second] = [await office.phone("100"), await office.phone("102")];
    await first.dial("600");
    assert.deepEqual(office.playing(), [`sounds/${locale}-queue-next`]);
    await second.dial("600");
    assert.deepEqual(office.playing(), [`sounds/${locale}-queue-next`, words]);
    await office.heardToTheEnd();
    assert.deepEqual(office.playing(), ["sounds/music", "sounds/music"]);
    await office.run(20_000);
    await first.hangUp();
    await office.run(20_000);
    assert.deepEqual(office.playing(), [`sounds/${locale}-queue-next`], "the second has moved up");
    await second.hangUp();
    await partner.hangUp();
    assert.deepEqual(await office.leftovers(), []);
  }
});

Deno.test("after the longest wait the call goes on to the overflow, and its phone sees from where", async () => {
  const office = officeWith({
    huntGroups: [{
      ...SALES,
      queue: { maxWaitSeconds: 30, announcePosition: false },
      overflow: { to: "103" },
    }],
  });
  const { partner } = await busyMember(office);
  const [caller, last] = [await office.phone("100"), await office.phone("103")];
  await caller.dial("600");
  await office.run(29_000);
  assert.equal(last.rung, 0);
  await office.run(1_200);
  assert.ok(last.isRinging);
  assert.deepEqual(office.playing(), ["cadence"], "the caller hears that it rings");
  const { headers } = last.invitation;
  assert.match(headers.get("Diversion")!, /^<sip:600@office\.example>;reason=no-answer/);
  assert.match(headers.get("From")!, /^"?P100"? </);
  await last.answer();
  assert.deepEqual(office.playing(), []);
  await caller.hangUp();
  await partner.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("a queue without room sends the caller on at once", async () => {
  const office = officeWith({
    huntGroups: [{ ...SALES, queue: { maxCallers: 1, announcePosition: false }, overflow: { to: "103" } }],
  });
  const { partner } = await busyMember(office);
  const [first, second, last] = [
    await office.phone("100"),
    await office.phone("102"),
    await office.phone("103"),
  ];
  await first.dial("600");
  await second.dial("600");
  assert.ok(last.isRinging);
  assert.deepEqual(second.events, ["progress 180", "progress 181", "progress 180"]);
  await first.hangUp();
  await second.hangUp();
  await partner.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("who waited in vain hears that nobody is there; who did not wait gets a status", async () => {
  const office = officeWith({
    huntGroups: [
      { ...SALES, queue: { maxWaitSeconds: 10, announcePosition: false } },
      { ...SALES, number: "601" },
    ],
  });
  const { partner } = await busyMember(office);
  const caller = await office.phone("100");
  await caller.dial("601");
  assert.match(caller.events.at(-1)!, /rejected 480/);
  await caller.dial("600");
  await office.run(10_000);
  assert.deepEqual(office.playing(), ["sounds/en-queue-nobody sounds/en-goodbye"]);
  await office.heardToTheEnd();
  assert.equal(caller.events.at(-1), "ended peer bye");
  await partner.hangUp();
  const record = (await office.records()).find(({ called }) => called === "600")!;
  assert.equal(record.result, "no answer");
  assert.equal(record.events.at(-1)!.detail, "waited too long");
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("groups that overflow into each other end the call instead of going in a circle", async () => {
  const office = officeWith({
    huntGroups: [{ ...SALES, overflow: { to: "103" } }],
  }, [{ number: "100" }, { number: "101" }, {
    number: "103",
    forward: { always: { to: "600" } },
  }]);
  const caller = await office.phone("100");
  await caller.dial("600");
  await office.run(100);
  assert.match(caller.events.at(-1)!, /rejected 482/);
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("a caller sent to a group by transfer hears ringing, and the group sees who it is", async () => {
  const office = officeWith({ huntGroups: [SALES] });
  const [alice, desk, member] = [
    await office.phone("100"),
    await office.phone("102"),
    await office.phone("101"),
  ];
  await alice.dial("102");
  await desk.answer();
  await alice.transfer("600");
  assert.ok(member.isRinging);
  assert.match(member.invitation.headers.get("From")!, /^"Sales: P102" <sip:102@/, "102 stayed on the line");
  assert.deepEqual(office.playing(), ["cadence"]);
  await member.answer();
  assert.deepEqual(office.playing(), []);
  await office.run(6_000);
  assert.equal(alice.session.state, "ended");
  const [a, b] = [...office.plane.legs.keys()];
  assert.ok(office.plane.areJoined(a!, b!));
  await member.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("a transfer into a queue is done when the caller waits; one to a dead group comes back", async () => {
  const office = officeWith({
    huntGroups: [{ ...SALES, queue: { announcePosition: false } }, {
      ...SALES,
      number: "601",
    }],
  });
  const { partner } = await busyMember(office);
  const [alice, desk] = [await office.phone("100"), await office.phone("102")];
  await alice.dial("102");
  await desk.answer();
  await desk.transfer("601");
  await office.run(100);
  const joined = [...office.plane.legs.values()].filter((leg) => leg.joined !== undefined);
  assert.equal(joined.length, 4, "alice and 102 talk on");
  assert.equal(desk.session.state, "confirmed");
  await desk.transfer("600");
  await office.run(6_000);
  assert.equal(desk.session.state, "ended");
  assert.deepEqual(office.playing(), ["sounds/music"]);
  await alice.hangUp();
  await partner.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("positions of round robin are still known after a restart", async () => {
  const office = officeWith({ huntGroups: [{ ...SALES, strategy: "roundRobin", members: ["101", "102"] }] });
  const [caller, first] = [await office.phone("100"), await office.phone("101")];
  await caller.dial("600");
  assert.ok(first.isRinging);
  await caller.hangUp();
  await office.run(1000);
  assert.deepEqual([...await office.store.state.list("hunt/position/")], [
    [`hunt/position/${DOMAIN}/600`, "0 101"],
  ]);
});
