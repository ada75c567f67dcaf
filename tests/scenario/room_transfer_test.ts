/** Attended transfer to where the server itself is the far side: who stays takes the place of who transfers. */
import assert from "node:assert/strict";
import type { Session } from "../../src/sip/mod.ts";
import { DOMAIN, type Phone, VirtualOffice } from "../support/virtual_office.ts";

const CARRIER = "10.0.2.1";

function makeOffice(): VirtualOffice {
  return new VirtualOffice({
    extensions: ["100", "101", "102"].map((number) => ({ number })),
    office: {
      rooms: [
        { number: "801", name: "Board", pin: "4711", moderatorPin: "9999", capacity: 2 },
      ],
      huntGroups: [{
        number: "600",
        name: "Sales",
        members: [{ extension: "102", order: 1 }],
        queue: { maxWaitSeconds: 120, maxCallers: 5 },
      }],
      lines: [{
        name: "carrier",
        kind: "peer",
        server: `sip:${CARRIER}`,
        addresses: [CARRIER],
        optionsSeconds: 0,
        incoming: [{ number: "*", to: "101" }],
      }],
    },
  });
}

async function inside(office: VirtualOffice): Promise<string[]> {
  const view = await office.parts.rooms.view(DOMAIN, "801");
  return view!.members.map(({ number, where, moderator }) =>
    `${number} ${where}${moderator ? " moderator" : ""}`
  );
}

/** REFER within `session` that joins its far side with that of `other` (RFC 5589 §7). */
async function joinWith(office: VirtualOffice, session: Session, other: Session): Promise<void> {
  const { callId, localTag, remoteTag } = other;
  const replaces = encodeURIComponent(`${callId};to-tag=${remoteTag};from-tag=${localTag}`);
  session.request({
    method: "REFER",
    headers: [["Refer-To", `<sip:801@${DOMAIN}?Replaces=${replaces}>`]],
  });
  await office.run(60);
}

/** Bob talks to Alice, and is in the room with his second call. */
async function meeting(office: VirtualOffice): Promise<{ alice: Phone; bob: Phone; calls: Session[] }> {
  const [alice, bob] = [await office.phone("100"), await office.phone("101")];
  await alice.dial("101");
  await bob.answer();
  await bob.hold();
  await bob.dial("*6*801*9999");
  assert.deepEqual(await inside(office), ["101 inside moderator"]);
  return { alice, bob, calls: bob.sessions };
}

for (const way of ["in the first call", "in the call to the room"] as const) {
  Deno.test(`attended transfer into a room, asked for ${way}: the other takes the place, without a PIN`, async () => {
    const office = makeOffice();
    const { alice, bob, calls: [first, second] } = await meeting(office);
    if (way === "in the first call") await joinWith(office, first!, second!);
    else await joinWith(office, second!, first!);
    assert.deepEqual(await inside(office), ["100 inside"]);
    await office.run(6000);
    assert.ok(bob.sessions.every(({ state }) => state === "ended"));
    assert.ok(alice.session.state === "confirmed");
    await alice.hangUp();
    const records = await office.records();
    assert.deepEqual(records.map(({ called }) => called).sort(), ["*6*801", "101"], "no PIN is kept");
    assert.deepEqual(await office.leftovers(), []);
  });
}

Deno.test("a full room takes who comes in the place of a member", async () => {
  const office = makeOffice();
  const { alice, calls: [first, second] } = await meeting(office);
  const carol = await office.phone("102");
  await carol.dial("*6*801*4711");
  assert.equal((await inside(office)).length, 2);
  await joinWith(office, first!, second!);
  assert.deepEqual(await inside(office), ["102 inside", "100 inside"]);
  await alice.hangUp();
  await carol.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("a caller from outside is not brought into a room of the house; the two talk on", async () => {
  const office = makeOffice();
  const carrier = office.carrier(CARRIER);
  const bob = await office.phone("101");
  await carrier.call("4930", { number: "0301234" });
  await bob.answer();
  await bob.dial("*6*801*4711");
  const [first, second] = bob.sessions;
  await joinWith(office, first!, second!);
  await office.heardToTheEnd();
  await office.run(500);
  assert.equal(first!.state, "confirmed");
  assert.equal(carrier.session.state, "confirmed");
  assert.deepEqual(await inside(office), ["101 inside"]);
  first!.end();
  await bob.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("attended transfer into a queue: the other waits there, who asked is free", async () => {
  const office = makeOffice();
  const [alice, bob, carol] = await Promise.all(["100", "101", "102"].map((number) => office.phone(number)));
  await carol!.dial("*43");
  await alice!.dial("101");
  await bob!.answer();
  await bob!.hold();
  await bob!.dial("600");
  const [first, second] = bob!.sessions;
  await joinWith(office, first!, second!);
  await office.run(6000);
  assert.ok(bob!.sessions.every(({ state }) => state === "ended"));
  await carol!.hangUp();
  await office.run(200);
  assert.ok(carol!.isRinging);
  await carol!.answer();
  assert.equal(alice!.session.state, "confirmed");
  await alice!.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("who was on hold hears what it is sent to: a room, and the tone of ringing", async () => {
  for (const target of ["801", "102"]) {
    const office = makeOffice();
    const [alice, bob, carol] = await Promise.all(
      ["100", "101", "102"].map((number) => office.phone(number)),
    );
    await alice!.dial("101");
    await bob!.answer();
    await bob!.hold();
    const { length } = alice!.recorder.offers;
    await bob!.transfer(target);
    await office.run(200);
    const [offer, ...more] = alice!.recorder.offers.slice(length);
    assert.match(new TextDecoder().decode(offer!.body), /a=sendrecv/);
    assert.equal(more.length, 0);
    assert.ok(target === "102" ? carol!.isRinging : office.playing().includes("sounds/en-room-enter-pin"));
    await alice!.hangUp();
    assert.deepEqual(await office.leftovers(), []);
  }
});
