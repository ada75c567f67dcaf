/** Forwards and do-not-disturb: by file and by code, what the phones see, rights, loops. */
import assert from "node:assert/strict";
import { DOMAIN, VirtualOffice } from "../support/virtual_office.ts";
import type { SipRequest } from "../../src/sip/mod.ts";

function officeWith(extensions: Record<string, unknown>[], office: Record<string, unknown> = {}) {
  return new VirtualOffice({ extensions, office });
}

function plain(...numbers: string[]): Record<string, unknown>[] {
  return numbers.map((number) => ({ number, name: `P${number}` }));
}

/** Diversion and History-Info of an INVITE, as they stand. */
function diversions(invite: SipRequest): string[] {
  return [...invite.headers.all("Diversion"), ...invite.headers.all("History-Info")];
}

Deno.test("always: the phone does not ring, the caller hears 181, the next one sees the way", async () => {
  const office = officeWith([...plain("100", "102"), { number: "101", forward: { always: { to: "102" } } }]);
  const [caller, forwarder, target] = [
    await office.phone("100"),
    await office.phone("101"),
    await office.phone("102"),
  ];
  await caller.dial("101");
  assert.equal(forwarder.rung, 0);
  assert.deepEqual(caller.events, ["progress 181", "progress 180"]);
  assert.deepEqual(diversions(target.invitation), [
    "<sip:101@office.example>;reason=unconditional;counter=1",
    "<sip:101@office.example>;index=1",
    "<sip:102@office.example;cause=302>;index=1.1;mp=1",
  ]);
  assert.match(target.invitation.headers.get("From")!, /<sip:100@office\.example>/);
  await target.answer();
  await caller.hangUp();
  const [record] = await office.records();
  assert.deepEqual(record!.events.map(({ kind, party, detail }) => [kind, party, detail]), [
    ["forwarded", "101", "102"],
    ["ringing", "102", undefined],
    ["answered", "102", undefined],
  ]);
  assert.deepEqual(await office.leftovers(), []);
});

for (
  const [name, reason, cause, fail] of [
    ["busy", "user-busy", 486, "refuse"],
    ["unreachable", "unavailable", 503, "offline"],
    ["noAnswer", "no-answer", 408, "wait"],
  ] as const
) {
  Deno.test(`${name}: the call goes on with ${reason}, and by that forward only`, async () => {
    const office = officeWith([
      ...plain("100", "102", "103"),
      {
        number: "101",
        forward: {
          busy: { to: "103" },
          unreachable: { to: "103" },
          noAnswer: { to: "103", afterSeconds: 5 },
          [name]: { to: "102", ...(name === "noAnswer" && { afterSeconds: 5 }) },
        },
      },
    ]);
    const [caller, target, other] = [
      await office.phone("100"),
      await office.phone("102"),
      await office.phone("103"),
    ];
    const forwarder = fail === "offline" ? undefined : await office.phone("101");
    await caller.dial("101");
    if (fail === "refuse") await forwarder!.refuse(486);
    if (fail === "wait") {
      assert.ok(forwarder!.isRinging);
      await office.run(5_000);
      assert.equal(forwarder!.isRinging, false);
    }
    assert.ok(target.isRinging);
    assert.equal(other.rung, 0);
    const [diversion, , history] = diversions(target.invitation);
    assert.equal(diversion, `<sip:101@office.example>;reason=${reason};counter=1`);
    assert.equal(history, `<sip:102@office.example;cause=${cause}>;index=1.1;mp=1`);
    await caller.hangUp();
    assert.equal(target.isRinging, false);
    assert.deepEqual(await office.leftovers(), []);
  });
}

Deno.test("every call of an extension taken is busy, for its forward too", async () => {
  const office = officeWith([...plain("100", "102", "103"), {
    number: "101",
    maxCalls: 1,
    forward: { busy: { to: "102" } },
  }]);
  const [caller, busy, target, partner] = [
    await office.phone("100"),
    await office.phone("101"),
    await office.phone("102"),
    await office.phone("103"),
  ];
  await busy.dial("103");
  await partner.answer();
  await caller.dial("101");
  assert.equal(busy.rung, 0);
  assert.ok(target.isRinging);
  await caller.hangUp();
  await partner.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("do-not-disturb is busy; *78 switches it on, *78# off, and the phone hears which", async () => {
  const office = officeWith(plain("100", "101"));
  const [caller, quiet] = [await office.phone("100"), await office.phone("101")];
  await quiet.dial("*78");
  assert.deepEqual(office.playing(), ["sounds/en-do-not-disturb-on"]);
  await office.heardToTheEnd();
  assert.equal(quiet.session.state, "ended");
  await caller.dial("101");
  assert.match(caller.events.at(-1)!, /rejected 486/);
  assert.equal(quiet.rung, 0);
  await quiet.dial("*78#");
  assert.deepEqual(office.playing(), ["sounds/en-do-not-disturb-off"]);
  await quiet.hangUp();
  await caller.dial("101");
  assert.ok(quiet.isRinging);
  await caller.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("*90 to *93 set each forward, the form with # takes it away", async () => {
  const rows = [["*93", "always"], ["*90", "busy"], ["*92", "noAnswer"], ["*91", "unreachable"]] as const;
  const office = officeWith([{ number: "101" }, { number: "102" }]);
  const phone = await office.phone("101");
  const { features } = office.parts;
  for (const [code, reason] of rows) {
    await phone.dial(`${code}*102`);
    assert.deepEqual(office.playing(), ["sounds/en-forward-on"], code);
    await office.heardToTheEnd();
    assert.equal(features.forwards(DOMAIN, "101")[reason]?.to, "102", code);
    await phone.dial(`${code}#`);
    assert.deepEqual(office.playing(), ["sounds/en-forward-off"], code);
    await office.heardToTheEnd();
    assert.equal(features.forwards(DOMAIN, "101")[reason], undefined, code);
  }
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("without the right, to oneself, to nowhere, or to a button no forward is set", async () => {
  const office = officeWith([{ number: "100", mayForward: false }, ...plain("101", "102")]);
  const [without, phone] = [await office.phone("100"), await office.phone("101")];
  for (
    const [who, dialled] of [[without, "*93*102"], [phone, "*93*101"], [phone, "*93*999"], [
      phone,
      "*93*%2A78",
    ]] as const
  ) {
    await who.dial(dialled.replace("%2A", "*"));
    assert.deepEqual(office.playing(), ["sounds/en-not-allowed"], dialled);
    await office.heardToTheEnd();
    assert.deepEqual(office.parts.features.forwards(DOMAIN, who.number), {});
  }
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("a circle of forwards ends with 482, wherever it closes", async () => {
  const office = officeWith([
    { number: "100" },
    { number: "101", forward: { always: { to: "102" } } },
    { number: "102", forward: { always: { to: "103" } } },
    { number: "103", forward: { unreachable: { to: "101" } } },
  ]);
  const caller = await office.phone("100");
  await caller.dial("101");
  await office.run(100);
  assert.match(caller.events.at(-1)!, /rejected 482/);
  const [record] = await office.records();
  assert.equal(record!.statusCode, 482);
  assert.equal(record!.events.at(-1)!.kind, "forward loop");
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("a long chain of forwards ends after six steps", async () => {
  const numbers = Array.from({ length: 9 }, (_, index) => String(101 + index));
  const office = officeWith([
    { number: "100" },
    ...numbers.map((number) => ({ number, forward: { always: { to: String(Number(number) + 1) } } })),
    { number: "110" },
  ]);
  const [caller, last] = [await office.phone("100"), await office.phone("110")];
  await caller.dial("101");
  assert.match(caller.events.at(-1)!, /rejected 482/);
  assert.equal(last.rung, 0);
  await caller.dial("104");
  assert.ok(last.isRinging, "six forwards are still good");
  await caller.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("3xx of a phone is dialled with the rights of that phone", async () => {
  const office = officeWith([...plain("100", "102"), { number: "101" }]);
  const [caller, phone, target] = [
    await office.phone("100"),
    await office.phone("101"),
    await office.phone("102"),
  ];
  await caller.dial("101");
  await phone.refuse(302, [["Contact", `<sip:102@${DOMAIN}>`]]);
  assert.ok(target.isRinging);
  assert.equal(diversions(target.invitation)[0], "<sip:101@office.example>;reason=deflection;counter=1");
  await caller.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("a group does not follow the forwards of its members", async () => {
  const office = officeWith(
    [...plain("100", "102", "103"), { number: "101", forward: { always: { to: "102" } } }],
    { huntGroups: [{ number: "600", members: ["101", "103"] }] },
  );
  const [caller, member, target] = [
    await office.phone("100"),
    await office.phone("101"),
    await office.phone("102"),
  ];
  await caller.dial("600");
  assert.ok(member.isRinging);
  assert.equal(target.rung, 0);
  await caller.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("a private caller stays private through forwards and groups", async () => {
  const office = officeWith(
    [...plain("100", "102"), { number: "101", forward: { always: { to: "600" } } }],
    { huntGroups: [{ number: "600", name: "Sales", members: ["102"] }] },
  );
  const [caller, member] = [await office.phone("100"), await office.phone("102")];
  await caller.dial("101", [["Privacy", "id"]]);
  const { headers } = member.invitation;
  assert.match(headers.get("From")!, /^"Sales: Anonymous" <sip:anonymous@anonymous\.invalid>/);
  assert.equal(headers.get("P-Asserted-Identity"), undefined);
  assert.ok(!new TextDecoder().decode(member.invitation.body).includes("10.0.1."));
  await caller.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});
