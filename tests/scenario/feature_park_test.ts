/** Parking, fetching and giving back; picking up what rings elsewhere; joining a call on one's own number. */
import assert from "node:assert/strict";
import { callTone } from "../../src/pbx/prompts/mod.ts";
import { DOMAIN, VirtualOffice } from "../support/virtual_office.ts";

const NUMBERS = ["100", "101", "102", "103"];

function officeWith(office: Record<string, unknown> = {}) {
  return new VirtualOffice({ extensions: NUMBERS.map((number) => ({ number, name: `P${number}` })), office });
}

/** True when exactly these two are joined in the media plane. */
function joinedPairs(office: VirtualOffice): number {
  return [...office.plane.legs.values()].filter((leg) => leg.joined !== undefined).length / 2;
}

Deno.test("a call parked by transfer hears music until somebody fetches it", async () => {
  const office = officeWith();
  const [alice, desk, colleague] = [
    await office.phone("100"),
    await office.phone("101"),
    await office.phone("102"),
  ];
  await alice.dial("101");
  await desk.answer();
  await desk.transfer("*70*7");
  assert.deepEqual(office.playing(), ["sounds/music"]);
  assert.deepEqual(office.parts.codes.parking.list(DOMAIN).map(({ slot, parker }) => [slot, parker]), [[
    7,
    "101",
  ]]);
  await office.run(6_000);
  assert.equal(desk.session.state, "ended", "who parked is free");
  await colleague.dial("*71*7");
  assert.equal(colleague.session.state, "confirmed");
  assert.equal(joinedPairs(office), 1);
  assert.deepEqual(office.playing(), []);
  await office.run(70_000);
  assert.equal(desk.rung, 1, "nothing is given back any more");
  await alice.hangUp();
  assert.equal(colleague.session.state, "ended");
  const record = (await office.records()).find(({ caller }) => caller === "100")!;
  assert.equal(record.answeredBy, "102");
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("what nobody fetches in a minute goes back to who parked it", async () => {
  const office = officeWith();
  const [alice, desk] = [await office.phone("100"), await office.phone("101")];
  await alice.dial("101");
  await desk.answer();
  await desk.transfer("*70*7");
  await office.run(59_000);
  assert.equal(desk.rung, 1);
  await office.run(1_100);
  assert.equal(desk.rung, 2);
  assert.match(desk.invitation.headers.get("From")!, /^"?P100"? </);
  assert.deepEqual(office.playing(), ["cadence"]);
  await desk.answer();
  assert.equal(joinedPairs(office), 1);
  await desk.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("a call given back to a phone that is busy hears so for a while, then it ends", async () => {
  const office = officeWith();
  const [alice, desk] = [await office.phone("100"), await office.phone("101")];
  await alice.dial("101");
  await desk.answer();
  await desk.transfer("*70*7");
  await office.run(61_000);
  await desk.refuse(486);
  assert.equal(alice.session.state, "confirmed");
  const { playing } = [...office.plane.legs.values()][0]!;
  assert.deepEqual(playing?.source, callTone("busy", "en"));
  await office.run(5_000);
  assert.equal(alice.session.state, "ended");
  assert.equal((await office.records())[0]!.result, "busy");
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("who was transferred to where nothing can be had, and whose transferor has gone, hears congestion", async () => {
  const office = officeWith();
  const [alice, desk] = [await office.phone("100"), await office.phone("101")];
  const carol = await office.phone("102");
  await alice.dial("101");
  await desk.answer();
  await desk.transfer("102");
  await desk.hangUp();
  await carol.refuse(404);
  assert.deepEqual([...office.plane.legs.values()][0]!.playing?.source, callTone("congestion", "en"));
  await alice.hangUp();
  assert.equal((await office.records())[0]!.result, "not found");
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("a parked caller may hang up, and the slot is free again", async () => {
  const office = officeWith();
  const [alice, desk] = [await office.phone("100"), await office.phone("101")];
  await alice.dial("101");
  await desk.answer();
  await desk.transfer("*70*7");
  await alice.hangUp();
  assert.deepEqual(office.parts.codes.parking.list(DOMAIN), []);
  await desk.dial("*71*7");
  assert.deepEqual(office.playing(), ["sounds/en-nothing-parked"]);
  await desk.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("a slot that is taken or does not exist sends the caller back to who parked", async () => {
  const office = officeWith();
  const [alice, bob, desk] = [
    await office.phone("100"),
    await office.phone("102"),
    await office.phone("101"),
  ];
  await alice.dial("101");
  await desk.answer();
  await desk.transfer("*70*7");
  await office.run(6_000);
  await bob.dial("101");
  await desk.answer();
  for (const slot of ["7", "0", "100"]) {
    await desk.transfer(`*70*${slot}`);
    assert.equal(desk.session.state, "confirmed", slot);
    assert.equal(joinedPairs(office), 1, slot);
  }
  await bob.hangUp();
  await alice.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("*40* takes the call that rings at another phone, which then rings no more", async () => {
  const office = officeWith();
  const [alice, desk, colleague] = [
    await office.phone("100"),
    await office.phone("101"),
    await office.phone("102"),
  ];
  await alice.dial("101");
  await colleague.dial("*40*101");
  assert.equal(alice.session.state, "confirmed");
  assert.equal(colleague.session.state, "confirmed");
  assert.equal(desk.isRinging, false);
  const end = desk.recorder.end as { request?: { headers: { get(name: string): string | undefined } } };
  assert.match(end.request!.headers.get("Reason")!, /cause=200/);
  assert.equal(joinedPairs(office), 1);
  await colleague.hangUp();
  const record = (await office.records()).find(({ caller }) => caller === "100")!;
  assert.equal(record.answeredBy, "102");
  assert.equal(record.result, "answered");
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("*40* with a group's number takes the call that the group rings for", async () => {
  const office = officeWith({ huntGroups: [{ number: "600", members: ["101"] }] });
  const [alice, member, colleague] = [
    await office.phone("100"),
    await office.phone("101"),
    await office.phone("102"),
  ];
  await alice.dial("600");
  await colleague.dial("*40*600");
  assert.equal(member.isRinging, false);
  assert.equal(joinedPairs(office), 1);
  assert.equal(office.parts.hunts.counts().hunts, 0);
  await alice.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("*50* takes what rings longest in the own pickup group, and nothing of others", async () => {
  const office = officeWith({ pickupGroups: [{ name: "desk", members: ["101", "102"] }] });
  const [alice, desk, colleague, stranger] = [
    await office.phone("100"),
    await office.phone("101"),
    await office.phone("102"),
    await office.phone("103"),
  ];
  await alice.dial("101");
  await stranger.dial("*50*");
  assert.match(stranger.events.at(-1)!, /rejected 403/);
  await stranger.dial("*40*101");
  assert.match(stranger.events.at(-1)!, /rejected 403/);
  assert.ok(desk.isRinging);
  await colleague.dial("*50*");
  assert.equal(joinedPairs(office), 1);
  await alice.hangUp();
  await colleague.dial("*50*");
  assert.match(colleague.events.at(-1)!, /rejected 404/);
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("*74 brings a second phone of the same number into the call, and out again", async () => {
  const office = officeWith();
  const [alice, desk, mobile] = [
    await office.phone("100"),
    await office.phone("101"),
    await office.phone("101"),
  ];
  await alice.dial("101");
  await desk.answer();
  assert.equal(mobile.isRinging, false);
  await mobile.dial("*74");
  assert.deepEqual([...office.plane.rooms.values()].map(({ members }) => members.size), [3]);
  await mobile.hangUp();
  assert.equal(office.plane.rooms.size, 0);
  assert.equal(joinedPairs(office), 1);
  assert.equal(desk.session.state, "confirmed");
  await alice.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("*74: hold of one leaves the other two in the room", async () => {
  const office = officeWith();
  const [alice, desk, mobile] = [
    await office.phone("100"),
    await office.phone("101"),
    await office.phone("101"),
  ];
  await alice.dial("101");
  await desk.answer();
  await mobile.dial("*74");
  await alice.hold();
  assert.deepEqual([...office.plane.rooms.values()].map(({ members }) => members.size), [3]);
  await alice.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("*74 moves a call: the first phone hangs up and the second one goes on", async () => {
  const office = officeWith();
  const [alice, desk, mobile] = [
    await office.phone("100"),
    await office.phone("101"),
    await office.phone("101"),
  ];
  await desk.dial("100");
  await alice.answer();
  await mobile.dial("*74");
  await desk.hangUp();
  assert.equal(alice.session.state, "confirmed");
  assert.equal(mobile.session.state, "confirmed");
  assert.equal(office.plane.rooms.size, 0);
  assert.equal(joinedPairs(office), 1);
  assert.equal(office.plane.legs.size, 2);
  await alice.hangUp();
  assert.equal(mobile.session.state, "ended");
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("*74 ends with the call it joined, and without a call there is nothing to join", async () => {
  const office = officeWith();
  const [alice, desk, mobile] = [
    await office.phone("100"),
    await office.phone("101"),
    await office.phone("101"),
  ];
  await mobile.dial("*74");
  assert.match(mobile.events.at(-1)!, /rejected 404/);
  await alice.dial("101");
  await desk.answer();
  await mobile.dial("*74");
  await alice.hangUp();
  assert.equal(desk.session.state, "ended");
  assert.equal(mobile.session.state, "ended");
  assert.deepEqual(await office.leftovers(), []);
});
