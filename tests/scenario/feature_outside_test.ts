/** Who may send a call outside, and whom calls from outside may reach: levels, transfers, caller lists, names. */
import assert from "node:assert/strict";
import { type Carrier, VirtualOffice } from "../support/virtual_office.ts";

const CARRIER = "10.0.2.1";
const LINE = {
  name: "carrier",
  kind: "peer",
  server: `sip:${CARRIER}`,
  addresses: [CARRIER],
  optionsSeconds: 0,
  incoming: [{ number: "4930100", to: "100" }, { number: "4930101", to: "101" }, { number: "*", to: "600" }],
  outgoing: { callerNumber: "4930123" },
};
const RULES = [
  { match: "900*", strip: 1, via: ["carrier"], level: "international" },
  { match: "9*", strip: 1, via: ["carrier"], level: "outside" },
];

function officeWith(
  extensions: Record<string, unknown>[],
  office: Record<string, unknown> = {},
): { office: VirtualOffice; carrier: Carrier } {
  const made = new VirtualOffice({
    extensions,
    office: {
      lines: [LINE],
      rules: RULES,
      rooms: [{ number: "800", allowOutside: true }],
      huntGroups: [{
        number: "600",
        name: "Sales",
        members: extensions.slice(-1).map(({ number }) => number),
      }],
      ...office,
    },
  });
  return { office: made, carrier: made.carrier(CARRIER) };
}

Deno.test("a forward to the outside is dialled with the level of who forwards, not of who calls", async () => {
  const { office, carrier } = officeWith([
    { number: "100", level: "internal" },
    { number: "101", level: "outside", forward: { always: { to: "90301234" } } },
    { number: "102", level: "internal", forward: { always: { to: "90301234" } } },
    { number: "103", level: "international" },
    { number: "104", level: "outside", forward: { always: { to: "90049301234" } } },
  ]);
  const [low, high] = [await office.phone("100"), await office.phone("103")];
  await low.dial("101");
  assert.deepEqual(carrier.dialled, ["0301234"]);
  assert.match(carrier.invitation.headers.get("Diversion")!, /;reason=unconditional/);
  assert.equal(carrier.invitation.headers.get("History-Info"), undefined, "nothing of the inside goes out");
  assert.ok(![...carrier.invitation.headers.all("From")].join().includes("office.example"));
  await low.hangUp();
  for (const forbidden of ["102", "104"]) {
    await high.dial(forbidden);
    assert.match(high.events.at(-1)!, /rejected 403/, forbidden);
  }
  assert.equal(carrier.dialled.length, 1);
  await low.dial("90301234");
  assert.match(low.events.at(-1)!, /rejected 403/);
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("a transfer to the outside is dialled with the level of who transfers", async () => {
  const { office, carrier } = officeWith([
    { number: "100", level: "internal" },
    { number: "101", level: "outside" },
    { number: "102", level: "internal" },
  ]);
  const [alice, may, mayNot] = [
    await office.phone("100"),
    await office.phone("101"),
    await office.phone("102"),
  ];
  await alice.dial("102");
  await mayNot.answer();
  await mayNot.transfer("90301234");
  assert.deepEqual(carrier.dialled, []);
  assert.equal(mayNot.session.state, "confirmed", "the two talk on");
  await mayNot.transfer("101");
  await may.answer();
  await office.run(6_000);
  await may.transfer("90301234");
  assert.deepEqual(carrier.dialled, ["0301234"]);
  await carrier.answer();
  await office.run(6_000);
  assert.equal(may.session.state, "ended");
  assert.equal(alice.session.state, "confirmed");
  await alice.hangUp();
  assert.equal(carrier.session.state, "ended");
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("a forward set by code must be within the extension's own level", async () => {
  const { office } = officeWith([{ number: "100", level: "internal" }, { number: "101", level: "outside" }]);
  const [low, high] = [await office.phone("100"), await office.phone("101")];
  for (const [phone, words] of [[low, "sounds/en-not-allowed"], [high, "sounds/en-forward-on"]] as const) {
    await phone.dial("*93*90301234");
    assert.deepEqual(office.playing(), [words]);
    await office.heardToTheEnd();
  }
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("the overflow of a group may go outside by a rule, whoever called", async () => {
  const { office, carrier } = officeWith([{ number: "100", level: "internal" }], {
    huntGroups: [{ number: "600", members: [], overflow: { to: "90301234" } }],
  });
  const caller = await office.phone("100");
  await caller.dial("600");
  assert.deepEqual(carrier.dialled, ["0301234"]);
  await carrier.answer();
  await caller.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("a call from outside transferred to a room and to a group stays a call from outside", async () => {
  const { office, carrier } = officeWith([{ number: "100" }, { number: "102" }], {
    rooms: [{ number: "800", allowOutside: true }, { number: "801" }],
  });
  const [desk, member] = [await office.phone("100"), await office.phone("102")];
  await carrier.call("4930100", { number: "491701234567", name: "Mr. X" });
  await desk.answer();
  await desk.transfer("801");
  assert.equal(desk.session.state, "confirmed", "a room for the house only sends it back");
  await desk.transfer("600");
  assert.ok(member.isRinging);
  assert.match(member.invitation.headers.get("From")!, /^"Sales: Mr\. X" <sip:491701234567@/);
  assert.match(member.invitation.headers.get("Referred-By")!, /<sip:100@/);
  await member.answer();
  await office.run(6_000);
  await member.transfer("800");
  assert.deepEqual([...office.plane.rooms.values()].map(({ members }) => members.size), [1]);
  await office.run(6_000);
  assert.equal(member.session.state, "ended");
  carrier.session.end();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("caller lists keep callers from numbers, inside and from outside; a colleague may put them through", async () => {
  const { office, carrier } = officeWith([{ number: "100" }, { number: "101" }, { number: "102" }], {
    callerLists: [
      { list: "black", called: "", caller: "49170" },
      { list: "white", called: "", caller: "4917077" },
      { list: "black", called: "101", caller: "49" },
      { list: "black", called: "101", caller: "102" },
    ],
  });
  const [desk, boss, other] = [
    await office.phone("100"),
    await office.phone("101"),
    await office.phone("102"),
  ];
  await carrier.call("4930100", { number: "491701" });
  assert.match(carrier.events.at(-1)!, /rejected 603/);
  await carrier.call("4930101", { number: "4917077" });
  assert.match(carrier.events.at(-1)!, /rejected 603/, "the longer called number decides");
  await other.dial("101");
  assert.match(other.events.at(-1)!, /rejected 603/);
  assert.equal(boss.rung, 0);
  await carrier.call("4930100", { number: "4917077" });
  assert.ok(desk.isRinging);
  await desk.answer();
  await desk.transfer("101");
  assert.ok(boss.isRinging);
  await boss.answer();
  await boss.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("a forward is no way around a caller list", async () => {
  const { office, carrier } = officeWith([
    { number: "100", forward: { always: { to: "101" } } },
    { number: "101" },
  ], { callerLists: [{ list: "black", called: "101", caller: "49170" }] });
  const boss = await office.phone("101");
  await carrier.call("4930100", { number: "491701" });
  assert.match(carrier.events.at(-1)!, /rejected 603/);
  assert.equal(boss.rung, 0);
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("anonymous callers are refused where the extension wishes it, from inside, outside and through forwards", async () => {
  const { office, carrier } = officeWith([
    { number: "100", forward: { always: { to: "101" } } },
    { number: "101", rejectAnonymous: true },
    { number: "102" },
  ]);
  const [boss, caller] = [await office.phone("101"), await office.phone("102")];
  for (const called of ["4930101", "4930100"]) {
    await carrier.call(called, { number: "anonymous" });
    assert.match(carrier.events.at(-1)!, /rejected 433/, called);
    await carrier.call(called, { number: "491701", headers: [["Privacy", "id"]] });
    assert.match(carrier.events.at(-1)!, /rejected 433/, called);
  }
  await caller.dial("101", [["Privacy", "id"]]);
  assert.match(caller.events.at(-1)!, /rejected 433/);
  assert.equal(boss.rung, 0);
  await caller.dial("101");
  assert.ok(boss.isRinging);
  await caller.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("a caller from outside is shown by the name the company gave the number", async () => {
  const { office, carrier } = officeWith([{ number: "100" }, { number: "102" }], {
    callerNames: [{ number: "49301*", name: "Head office" }],
  });
  const [desk, member] = [await office.phone("100"), await office.phone("102")];
  await carrier.call("4930100", { number: "493015", name: "IGNORED" });
  assert.match(desk.invitation.headers.get("From")!, /^"?Head office"? <sip:493015@/);
  carrier.session.end();
  await office.run(100);
  await carrier.call("4930999", { number: "493015" });
  assert.match(member.invitation.headers.get("From")!, /^"Sales: Head office" </);
  carrier.session.end();
  assert.deepEqual(await office.leftovers(), []);
});

const TOLL = { callsPerHour: 2, countries: ["+49"], denied: ["+4970"] };
const TOLL_PHONES = [
  { number: "100", level: "international" },
  { number: "101", level: "international", forward: { always: { to: "90088213" } } },
  { number: "102", level: "international", forward: { always: { to: "90301234" } } },
];

Deno.test("toll fraud: countries, denied numbers and calls per hour stop dialling, forwards and transfers, with an alarm", async () => {
  const { office, carrier } = officeWith(TOLL_PHONES, { limits: TOLL });
  const [alice, bob] = [await office.phone("100"), await office.phone("102")];
  for (const dialled of ["90044201234", "9+44201234", "90049701", "101"]) {
    await alice.dial(dialled);
    assert.match(alice.events.at(-1)!, /rejected 403/, dialled);
  }
  assert.deepEqual(carrier.dialled, []);
  for (const dialled of ["90049301", "102"]) {
    await alice.dial(dialled);
    await alice.hangUp();
  }
  // The forward counted for 102, so that 100 has one left.
  await alice.dial("90301234");
  await alice.hangUp();
  await alice.dial("90301234");
  assert.match(alice.events.at(-1)!, /rejected 403/);
  await bob.dial("90301234");
  await bob.hangUp();
  await alice.dial("102");
  assert.match(alice.events.at(-1)!, /rejected 403/, "nor by way of a forward that has used up its own");
  assert.equal(carrier.dialled.length, 4);
  const alarms = office.parts.toll.alarms().map(({ extension, reason, count }) =>
    `${extension} ${reason} ${count}`
  );
  assert.deepEqual(alarms.sort(), [
    "100 denied destination 3",
    "100 too many calls 1",
    "101 denied destination 1",
    "102 too many calls 1",
  ]);
  assert.equal(office.events.filter(({ kind }) => kind === "limit").length, 6);
  await office.run(3_660_000);
  await alice.dial("90301234");
  assert.equal(carrier.dialled.length, 5, "an hour later there is room again");
  await alice.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("toll fraud: a transfer counts for who transfers, emergency calls for nobody", async () => {
  const { office, carrier } = officeWith(TOLL_PHONES, {
    limits: { ...TOLL, callsPerHour: 1 },
    emergency: ["112"],
  });
  const [alice, bob] = [await office.phone("100"), await office.phone("102")];
  await bob.dial("90301234");
  await bob.hangUp();
  for (let tries = 0; tries < 3; tries++) {
    await bob.dial("112");
    await bob.hangUp();
  }
  assert.deepEqual(carrier.dialled, ["0301234", "112", "112", "112"]);
  await bob.dial("100");
  await alice.answer();
  await bob.transfer("90301234");
  assert.equal(carrier.dialled.length, 4, "102 has used up its hour");
  await office.run(2000);
  await alice.hangUp();
  await bob.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});
