/** Rooms as the whole server has them: who comes in from where, and what page and API do to those inside. */
import assert from "node:assert/strict";
import type { RoomCommand } from "../../src/pbx/conference/mod.ts";
import { DOMAIN, type Phone, VirtualOffice } from "../support/virtual_office.ts";

const CARRIER = "10.0.2.1";

function makeOffice(data?: string): VirtualOffice {
  return new VirtualOffice({
    ...(data !== undefined && { settings: { server: { data } } }),
    extensions: ["100", "101", "102"].map((number) => ({ number })),
    office: {
      lines: [{
        name: "carrier",
        kind: "peer",
        server: `sip:${CARRIER}`,
        addresses: [CARRIER],
        optionsSeconds: 0,
        incoming: [{ number: "4930800", to: "800" }, { number: "4930801", to: "801" }],
      }],
      rooms: [
        { number: "800", name: "Meeting" },
        { number: "801", name: "Customers", pin: "4711", allowOutside: true },
      ],
    },
  });
}

async function viewOf(office: VirtualOffice, room = "800") {
  const view = await office.parts.rooms.view(DOMAIN, room);
  assert.ok(view);
  return view;
}

function command(office: VirtualOffice, wish: RoomCommand, room = "800"): Promise<void> {
  assert.ok(office.parts.rooms.command(DOMAIN, room, wish));
  return office.run(60);
}

/** What the mix was told of the member that came as number `position`. */
function mixed(office: VirtualOffice, position: number) {
  const [room] = office.plane.rooms.values();
  return [...room?.members.values() ?? []][position];
}

async function meeting(data?: string): Promise<{ office: VirtualOffice; phones: Phone[] }> {
  const office = makeOffice(data);
  const phones = [await office.phone("100"), await office.phone("101")];
  for (const phone of phones) await phone.dial("800");
  assert.equal((await viewOf(office)).members.length, 2);
  return { office, phones };
}

Deno.test("callers from outside come in where the room allows it, with the PIN, and nowhere else", async () => {
  const office = makeOffice();
  const carrier = office.carrier(CARRIER);
  await carrier.call("4930800", { number: "0301234" });
  assert.deepEqual(office.playing(), ["sounds/en-room-no-outside"]);
  await office.heardToTheEnd();
  assert.match(carrier.events.at(-1)!, /rejected 403/);
  await carrier.call("4930801", { number: "0301234" });
  assert.deepEqual(office.playing(), ["sounds/en-room-enter-pin"]);
  const [leg] = office.plane.legs.keys();
  for (const digit of "4711#") {
    office.plane.emit({ kind: "digit", leg: leg!, digit, durationMs: 100, how: "rfc4733" });
  }
  await office.run(60);
  const { members } = await viewOf(office, "801");
  assert.deepEqual(members.map(({ number, outside, where }) => [number, outside, where]), [
    ["0301234", true, "inside"],
  ]);
  carrier.session.end();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("page and API mute, remove, lock, record, invite and end", async () => {
  const data = await Deno.makeTempDir({ prefix: "sipedge-rooms-" });
  const { office, phones } = await meeting(data);
  const [alice, bob] = phones;
  const [, second] = (await viewOf(office)).members;

  await command(office, { kind: "mute", member: second!.id, muted: true });
  assert.deepEqual([mixed(office, 0)?.muted, mixed(office, 1)?.muted], [false, true]);
  assert.ok((await viewOf(office)).members[1]!.muted);
  await command(office, { kind: "mute", member: second!.id, muted: false });
  assert.equal(mixed(office, 1)?.muted, false);

  await command(office, { kind: "lock", locked: true });
  const carol = await office.phone("102");
  await carol.dial("800");
  await office.heardToTheEnd();
  assert.match(carol.events.at(-1)!, /rejected 403/);
  await command(office, { kind: "invite", number: "102" });
  assert.ok(carol.isRinging);
  await carol.answer();
  assert.equal((await viewOf(office)).members.length, 3);
  await command(office, { kind: "lock", locked: false });

  await command(office, { kind: "record", on: true });
  const [room] = office.plane.rooms.values();
  assert.match(room!.recording!.path, /recordings\/office\.example\/800-.*\.wav$/);
  assert.ok((await viewOf(office)).recording);
  await command(office, { kind: "record", on: false });
  assert.equal(room!.recording, undefined);

  await command(office, { kind: "remove", member: second!.id });
  await office.heardToTheEnd();
  await office.heardToTheEnd();
  assert.match(bob!.events.at(-1)!, /^ended peer bye/);
  assert.deepEqual((await viewOf(office)).members.map(({ number }) => number), ["100", "102"]);

  await command(office, { kind: "end" });
  await office.heardToTheEnd();
  for (const phone of [alice!, carol]) assert.match(phone.events.at(-1)!, /^ended peer bye/);
  await Deno.remove(data, { recursive: true });
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("a member on hold is in the mix as held, and comes back", async () => {
  const { office, phones } = await meeting();
  await phones[0]!.hold();
  assert.deepEqual([mixed(office, 0)?.held, mixed(office, 1)?.held], [true, false]);
  phones[0]!.session.offer(phones[0]!.sdp());
  await office.run(60);
  assert.equal(mixed(office, 0)?.held, false);
  for (const phone of phones) await phone.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("a blind transfer to a room leads in where no PIN is due, and to the question for it elsewhere", async () => {
  const office = makeOffice();
  const [alice, bob] = [await office.phone("100"), await office.phone("101")];
  await alice.dial("101");
  await bob.answer();
  await bob.transfer("800");
  await office.run(5000);
  assert.match(bob.events.at(-1)!, /^ended peer bye/);
  assert.deepEqual((await viewOf(office)).members.map(({ number, where }) => [number, where]), [[
    "100",
    "inside",
  ]]);
  await alice.hangUp();
  await alice.dial("101");
  await bob.answer();
  await bob.transfer("801");
  assert.deepEqual((await viewOf(office, "801")).members.map(({ where }) => where), ["door"]);
  assert.ok(office.playing().includes("sounds/en-room-enter-pin"));
  await alice.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("each third wrong PIN closes the door for twice as long, and the caller is told for how long", async () => {
  const office = makeOffice();
  const bob = await office.phone("101");
  const pauses: number[] = [];
  for (const pauseSec of [30, 60, 120]) {
    await bob.dial("801");
    const [leg] = office.plane.legs.keys();
    for (const digit of "1111#2222#3333#") {
      office.plane.emit({ kind: "digit", leg: leg!, digit, durationMs: 100, how: "rfc4733" });
    }
    await office.heardToTheEnd();
    assert.match(bob.events.at(-1)!, /^ended peer bye/);
    await bob.dial("*6*801*4711");
    await office.heardToTheEnd();
    const { end } = bob.recorder;
    assert.ok(end?.cause === "rejected");
    assert.equal(end.response.statusCode, 403);
    pauses.push(Number(end.response.headers.get("Retry-After")));
    await office.run(pauseSec * 1000);
  }
  assert.deepEqual(pauses, [30, 60, 120]);
  await bob.dial("*6*801*4711");
  assert.deepEqual((await viewOf(office, "801")).members.map(({ where }) => where), ["inside"]);
  await bob.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});
