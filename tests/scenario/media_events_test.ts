/** What the media plane tells of a call, and what becomes of it: hung up, recorded, passed on. */
import assert from "node:assert/strict";
import { type Phone, VirtualOffice } from "../support/virtual_office.ts";

type Phones = [Phone, Phone, Phone, Phone];

async function officeOf(
  settings: Record<string, unknown> = {},
): Promise<{ office: VirtualOffice; phones: Phones }> {
  const numbers = ["100", "101", "102", "103"];
  const office = new VirtualOffice({
    extensions: numbers.map((number) => ({ number, name: `P${number}`, ...settings })),
    office: { rooms: [{ number: "800", name: "Team" }] },
  });
  const phones: Phone[] = [];
  for (const number of numbers) phones.push(await office.phone(number));
  return { office, phones: phones as Phones };
}

Deno.test("a call whose media thread died is hung up on both sides and recorded as that; another goes on", async () => {
  const { office, phones: [alice, bob, carol, dave] } = await officeOf();
  await alice.dial("101");
  await bob.answer();
  const lost = [...office.plane.legs.keys()];
  await carol.dial("103");
  await dave.answer();
  office.plane.lose(lost);
  await office.run(100);
  assert.deepEqual([alice, bob].map(({ events }) => events.at(-1)), ["ended peer bye", "ended peer bye"]);
  assert.deepEqual([carol, dave].map(({ session }) => session.state), ["confirmed", "confirmed"]);
  const [record, ...more] = await office.records();
  assert.deepEqual([record?.result, record?.endedBy, record?.called], ["media lost", "server", "101"]);
  assert.deepEqual(more, []);
  await carol.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("a room whose media thread died lets everybody go, and whoever dials it again finds it open", async () => {
  const { office, phones: [alice, bob] } = await officeOf();
  await alice.dial("800");
  await bob.dial("800");
  await office.heardToTheEnd();
  assert.equal(office.plane.rooms.size, 1);
  office.plane.lose([...office.plane.legs.keys()], [...office.plane.rooms.keys()]);
  await office.run(100);
  assert.deepEqual([alice, bob].map(({ events }) => events.at(-1)), ["ended peer bye", "ended peer bye"]);
  await bob.dial("800");
  await office.heardToTheEnd();
  const [room] = office.plane.rooms.values();
  assert.deepEqual([...room!.members.keys()], [...office.plane.legs.keys()]);
  assert.equal(room!.members.size, 1);
  await bob.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});
