/** What the media plane tells of a call, and what becomes of it: hung up, recorded, passed on. */
import assert from "node:assert/strict";
import type { FakeLeg } from "../support/fake_plane.ts";
import { described, type Phone, VirtualOffice } from "../support/virtual_office.ts";

/** The voice leaves its first line for another. */
const NEW_LINE = "m=audio 0 RTP/AVP 8\r\nm=audio 4200 RTP/AVP 8\r\n";

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

/** The plane's leg towards `phone` whose voice goes to `port`. */
function legOf(office: VirtualOffice, phone: Phone, port = 4000): FakeLeg {
  const { host } = phone.host.address;
  const leg = [...office.plane.legs.values()].find(({ settings }) =>
    settings.some((one) => one?.remote?.host === host && one.remote.port === port)
  );
  assert.ok(leg, `no media for ${host}:${port}`);
  return leg;
}

const MEASURED = {
  packetsReceived: 1000,
  lost: 7,
  late: 3,
  duplicates: 2,
  jitterMs: 12.5,
  roundTripMs: 48,
  mos: 4.1,
};

async function talking() {
  const { office, phones: [alice, bob] } = await officeOf();
  await alice.dial("101");
  await bob.answer();
  return { office, alice, bob };
}

/** What the only record says of the quality of each leg. */
async function qualities(office: VirtualOffice) {
  const [record] = await office.records();
  return record!.legs.map((
    { side, packetsReceived, lost, late, duplicates, jitterMs, roundTripMs, mos },
  ) => ({
    side,
    measured: { packetsReceived, lost, late, duplicates, jitterMs, roundTripMs, mos },
  }));
}

Deno.test("what was measured of each side stands in the call's record: loss, late, double, jitter, round trip, MOS", async () => {
  const { office, alice, bob } = await talking();
  const worse = { ...MEASURED, lost: 70, jitterMs: 80, mos: 2.2 };
  legOf(office, alice).measured = [MEASURED];
  legOf(office, bob).measured = [worse];
  await bob.hangUp();
  assert.deepEqual(await qualities(office), [
    { side: "caller", measured: MEASURED },
    { side: "called", measured: worse },
  ]);
});

Deno.test("a voice that moved to ports taken later is the one whose quality is recorded", async () => {
  const { office, alice, bob } = await talking();
  bob.recorder.on["offered"] = () => bob.session.answerOffer(described(bob, NEW_LINE));
  alice.session.offer(described(alice, NEW_LINE));
  await office.run(100);
  assert.equal(office.plane.legs.size, 4);
  for (const phone of [alice, bob]) legOf(office, phone, 4200).measured = [MEASURED];
  await bob.hangUp();
  assert.deepEqual((await qualities(office)).map(({ measured }) => measured), [MEASURED, MEASURED]);
});

Deno.test("silence of a side, one-way voice and their end stand in the record as events, with whom", async () => {
  const { office, alice, bob } = await talking();
  const { leg } = legOf(office, bob);
  const told = { kind: "silent", leg, stream: 0 } as const;
  office.plane.emit({ ...told, silent: true, forMs: 2600 });
  office.plane.emit({ ...told, silent: false, forMs: 4000 });
  office.plane.emit({ ...told, silent: true, forMs: 2500, oneWay: true });
  office.plane.emit({ kind: "silent", leg: legOf(office, alice).leg, stream: 0, silent: true, forMs: 2000 });
  await alice.hangUp();
  const [record] = await office.records();
  assert.deepEqual(
    record!.events.filter(({ kind }) => kind === "silent" || kind === "audible")
      .map(({ kind, party, detail }) => [kind, party, detail]),
    [
      ["silent", "101", "2600 ms"],
      ["audible", "101", "4000 ms"],
      ["silent", "101", "2500 ms, the other side is heard"],
      ["silent", "100", "2000 ms"],
    ],
  );
});
