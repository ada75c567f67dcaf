import assert from "node:assert/strict";
import { FakeOffice, huntGroup, QUEUE, ringGroup } from "./fake_office.ts";
import { ROUND_PAUSE_MS } from "./plan.ts";
import { ANNOUNCE_GAP_MS } from "./queue.ts";

const MEMBERS = ["101", "102", "103"];

Deno.test("linear rings the free member with the smallest order", () => {
  const office = new FakeOffice(MEMBERS);
  const group = huntGroup([{ extension: "103", order: 1 }, { extension: "101", order: 2 }]);
  office.change("103", { doNotDisturb: true });
  assert.deepEqual(office.call(group).log, ["ring 101"]);
});

Deno.test("linear breaks ties by the start of the present registration, earliest first", () => {
  const office = new FakeOffice(MEMBERS);
  const group = huntGroup(MEMBERS.map((extension) => ({ extension, order: 1 })));
  office.change("101", { registeredAt: 3000 });
  office.change("102", { registeredAt: 2000 });
  office.change("103", { registeredAt: 2500 });
  assert.deepEqual(office.call(group).log, ["ring 102"]);
});

Deno.test("a member who refuses, is unreachable or does not answer is passed over for this round", () => {
  const office = new FakeOffice(MEMBERS);
  const caller = office.call(huntGroup(MEMBERS, { overflow: { to: "100" } }));
  office.decline(caller, "101");
  office.decline(caller, "102", "unreachable");
  office.clock.advance(15_000);
  assert.deepEqual(caller.log, ["ring 101", "ring 102", "ring 103", "release 103 no answer", "forward 100"]);
});

Deno.test("nobody free, no queue, no overflow: the caller is refused with the reason", () => {
  const office = new FakeOffice(["101"]);
  office.change("101", { registeredAt: undefined });
  assert.deepEqual(office.call(huntGroup(["101"])).log, ["refuse nobody free"]);
});

Deno.test("offline, busy, do-not-disturb and unknown members are never rung", () => {
  const office = new FakeOffice(MEMBERS);
  office.change("101", { registeredAt: undefined });
  office.change("102", { talking: 1 });
  office.change("103", { doNotDisturb: true });
  const caller = office.call(huntGroup([...MEMBERS, "999"]));
  assert.deepEqual(caller.log, ["refuse nobody free"]);
  assert.deepEqual(
    caller.notes.filter(({ kind }) => kind === "group skipped").map(({ party, detail }) => [party, detail]),
    [
      ["101", "offline"],
      ["102", "in a call"],
      ["103", "do not disturb"],
      ["999", "unknown"],
    ],
  );
});

Deno.test("call waiting allows one more call, up to maxCalls", () => {
  const office = new FakeOffice(["101"]);
  office.change("101", { talking: 1, callWaiting: true, maxCalls: 2 });
  assert.deepEqual(office.call(huntGroup(["101"])).log, ["ring 101"]);
  office.change("101", { talking: 2 });
  assert.deepEqual(office.call(huntGroup(["101"])).log, ["refuse nobody free"]);
});

Deno.test("one member is never rung by two groups at once", () => {
  const office = new FakeOffice(["101", "102"]);
  const first = office.call(huntGroup(["101", "102"], { number: "600" }));
  const second = office.call(huntGroup(["101", "102"], { number: "601" }));
  const third = office.call(ringGroup(["101", "102"]));
  assert.deepEqual([first.log, second.log, third.log], [["ring 101"], ["ring 102"], ["refuse nobody free"]]);
});

Deno.test("two groups competing for a member are served in the order of arrival", () => {
  const office = new FakeOffice(["101"]);
  office.change("101", { talking: 1 });
  const groups = ["600", "601"].map((number) => huntGroup(["101"], { number, queue: QUEUE }));
  const callers = [office.call(groups[0]!), office.call(groups[1]!), office.call(groups[0]!)];
  office.change("101", { talking: 0 });
  for (const caller of callers) {
    assert.deepEqual(caller.log, ["music", "ring 101"]);
    office.answer(caller, "101");
    office.hangUp(caller);
  }
});

Deno.test("a member who registers, hangs up or ends do-not-disturb is rung at once for who waits", () => {
  const office = new FakeOffice(["101"]);
  for (const hindrance of [{ registeredAt: undefined }, { talking: 1 }, { doNotDisturb: true }]) {
    office.change("101", hindrance);
    const caller = office.call(huntGroup(["101"], { queue: QUEUE }));
    assert.deepEqual(caller.log, ["music"]);
    office.change("101", { registeredAt: office.clock.now(), talking: 0, doNotDisturb: false });
    assert.deepEqual(caller.log, ["music", "ring 101"]);
    office.hangUp(caller);
  }
});

Deno.test("a member who signs off or wants no disturbance while it rings is let go, and the next one rings", () => {
  for (
    const [change, reason] of [
      [{ registeredAt: undefined }, "unreachable"],
      [{ doNotDisturb: true }, "do not disturb"],
    ] as const
  ) {
    const office = new FakeOffice(MEMBERS);
    const caller = office.call(huntGroup(["101", "102"]));
    office.clock.advance(2_000);
    office.change("101", change);
    assert.deepEqual(caller.log, ["ring 101", `release 101 ${reason}`, "ring 102"]);
    const missed = caller.notes.find(({ kind }) => kind === "group missed");
    assert.deepEqual([missed?.party, missed?.detail], ["101", `${reason}, 2.0 s`]);
    office.hangUp(caller);
  }
});

Deno.test("a waiting caller gets a new round after the pause and overflow after the longest wait", () => {
  const office = new FakeOffice(["101"]);
  const caller = office.call(
    huntGroup(["101"], { queue: { ...QUEUE, maxWaitSeconds: 30 }, overflow: { to: "100" } }),
  );
  office.decline(caller, "101");
  office.clock.advance(ROUND_PAUSE_MS);
  office.change("101", { registeredAt: undefined });
  office.clock.advance(30_000);
  assert.deepEqual(caller.log, [
    "ring 101",
    "music",
    "ring 101",
    "release 101 unreachable",
    "forward 100",
  ]);
  assert.equal(office.clock.pending, 0);
});

Deno.test("a caller beyond maxCallers overflows", () => {
  const office = new FakeOffice(["101"]);
  office.change("101", { talking: 1 });
  const group = huntGroup(["101"], { queue: { ...QUEUE, maxCallers: 2 }, overflow: { to: "100" } });
  const logs = [1, 2, 3].map(() => office.call(group).log);
  assert.deepEqual(logs, [["music"], ["music"], ["forward 100"]]);
});

Deno.test("waiting callers hear their place, and again when it changes, but not in quick succession", () => {
  const office = new FakeOffice(["101"]);
  office.change("101", { talking: 1 });
  const group = huntGroup(["101"], { queue: { ...QUEUE, announcePosition: true } });
  const [first, second, third] = [office.call(group), office.call(group), office.call(group)];
  assert.deepEqual(third.log, ["music", "position 3"]);
  office.hangUp(first);
  office.hangUp(second);
  assert.deepEqual(third.log, ["music", "position 3"]);
  office.clock.advance(ANNOUNCE_GAP_MS);
  assert.deepEqual(third.log, ["music", "position 3", "position 1"]);
});

Deno.test("the caller hanging up ends all ringing and leaves no timer", () => {
  const office = new FakeOffice(MEMBERS);
  const hunted = office.call(huntGroup(["101"], { queue: QUEUE }));
  const ringing = office.call(ringGroup(["102", "103"]));
  office.hangUp(hunted);
  office.hangUp(ringing);
  assert.deepEqual(hunted.log, ["ring 101", "release 101 caller gone"]);
  assert.deepEqual(ringing.log.slice(2), ["release 102 caller gone", "release 103 caller gone"]);
  assert.equal(office.clock.pending, 0);
  assert.equal(office.service.counts().hunts, 0);
});

Deno.test("a ring group rings all free members at once and the first wins", () => {
  const office = new FakeOffice(MEMBERS);
  office.change("102", { talking: 1 });
  const caller = office.call(ringGroup(MEMBERS));
  office.change("102", { talking: 0 });
  office.answer(caller, "103");
  assert.deepEqual(caller.log, [
    "ring 101",
    "ring 103",
    "ring 102",
    "connect 103",
    "release 101 answered elsewhere",
    "release 102 answered elsewhere",
  ]);
});

Deno.test("a released ring group member goes to who waits for it", () => {
  const office = new FakeOffice(["101", "102"]);
  const ringing = office.call(ringGroup(["101", "102"]));
  const waiting = office.call(huntGroup(["101"], { queue: QUEUE }));
  office.answer(ringing, "102");
  assert.deepEqual(waiting.log, ["music", "ring 101"]);
});

Deno.test("a member rests for wrapUpSeconds after a call of the group, then the waiting caller gets it", () => {
  const office = new FakeOffice(["101"]);
  const group = huntGroup(["101"], { wrapUpSeconds: 10, queue: QUEUE });
  const first = office.call(group);
  office.answer(first, "101");
  const second = office.call(group);
  office.hangUp(first);
  assert.deepEqual(office.service.status("office.example", group).members, [
    { extension: "101", hindrance: "resting" },
  ]);
  office.clock.advance(9_999);
  assert.deepEqual(second.log, ["music"]);
  office.clock.advance(1);
  assert.deepEqual(second.log, ["music", "ring 101"]);
});

Deno.test("a newcomer does not overtake a waiting caller whose time has just come", () => {
  const office = new FakeOffice(["101"]);
  const group = huntGroup(["101"], { wrapUpSeconds: 10, queue: QUEUE });
  const first = office.call(group);
  office.answer(first, "101");
  const waiting = office.call(group);
  let newcomer: string[] = [];
  // Registered before the hunt's own timer, so it runs first at the same millisecond.
  office.clock.at(office.clock.now() + 10_000, () => newcomer = office.call(group).log);
  office.hangUp(first);
  office.clock.advance(10_000);
  assert.deepEqual([waiting.log, newcomer], [["music", "ring 101"], ["music"]]);
});

Deno.test("members that become free in one moment go to callers in order of arrival, whatever group rings them all", () => {
  const office = new FakeOffice(MEMBERS);
  office.change("101", { registeredAt: undefined });
  const both = office.call(ringGroup(["102", "103"]));
  const first = office.call(huntGroup(["103"], { queue: QUEUE }));
  office.change("101", { registeredAt: 5000 });
  const everybody = office.call(ringGroup(MEMBERS, { number: "611" }));
  office.hangUp(both);
  assert.deepEqual(first.log, ["music", "ring 103"]);
  assert.deepEqual(everybody.log, ["ring 101", "ring 102"]);
});

Deno.test("when a rest ends, who came first is served first, and everybody who can be", () => {
  const office = new FakeOffice(["101", "102"]);
  const group = huntGroup(["101", "102"], { wrapUpSeconds: 7, queue: QUEUE });
  const served = [office.call(group), office.call(group)];
  for (const caller of served) office.answer(caller, caller.rung.get(1)!);
  const waiting = [office.call(group), office.call(group), office.call(group)];
  for (const caller of served) office.hangUp(caller);
  // Its timer is made anew, and so would run after those of the later ones.
  office.service.changed("office.example", "101");
  office.clock.advance(7_000);
  assert.deepEqual(waiting.map(({ log }) => log), [["music", "ring 101"], ["music", "ring 102"], ["music"]]);
});

Deno.test("roundRobin serves all evenly, ignores order, and goes on where it stood after a restart", async () => {
  const members = [{ extension: "101", order: 9 }, { extension: "102", order: 5 }, {
    extension: "103",
    order: 1,
  }];
  const group = huntGroup(members, { strategy: "roundRobin" });
  let office = new FakeOffice(MEMBERS);
  const served: string[] = [];
  const serve = () => {
    const caller = office.call(group);
    served.push(caller.rung.get(1)!);
    office.hangUp(caller);
  };
  for (let i = 0; i < 4; i++) serve();
  office = new FakeOffice(MEMBERS, { state: office.state });
  await office.service.load();
  for (let i = 0; i < 3; i++) serve();
  assert.deepEqual(served, ["101", "102", "103", "101", "102", "103", "101"]);
});

Deno.test("roundRobin goes on after the place of a member that has left the group", () => {
  const office = new FakeOffice([...MEMBERS, "104"]);
  const first = office.call(huntGroup(MEMBERS, { strategy: "roundRobin" }));
  office.decline(first, "101");
  office.hangUp(first); // 102 was chosen last
  const second = office.call(huntGroup(["101", "103", "104"], { strategy: "roundRobin" }));
  assert.deepEqual(second.log, ["ring 103"]);
});

Deno.test("longestIdle rings who has been idle longest, a new registration counting as the end of a call", () => {
  const office = new FakeOffice(MEMBERS);
  office.change("101", { lastCallEndedAt: 500_000 });
  office.change("102", { lastCallEndedAt: 400_000, registeredAt: 600_000 });
  office.change("103", { lastCallEndedAt: 450_000 });
  assert.deepEqual(office.call(huntGroup(MEMBERS, { strategy: "longestIdle" })).log, ["ring 103"]);
});

Deno.test("random with a seed repeats, and reaches every member", () => {
  const run = (seed: number) => {
    const office = new FakeOffice(MEMBERS, { seed });
    return Array.from({ length: 40 }, () => {
      const caller = office.call(huntGroup(MEMBERS, { strategy: "random" }));
      office.hangUp(caller);
      return caller.rung.get(1)!;
    });
  };
  assert.deepEqual(run(7), run(7));
  assert.deepEqual(new Set(run(7)), new Set(MEMBERS));
});

Deno.test("a phone that fails within the ring verb itself is passed over", () => {
  const office = new FakeOffice(["101", "102"]);
  office.onRing = (caller, extension) =>
    extension === "101" && office.decline(caller, extension, "unreachable");
  const caller = office.call(huntGroup(["101", "102"]));
  assert.deepEqual(caller.log, ["ring 101", "ring 102"]);
});

Deno.test("a member whose change was never told is still judged at the moment of the attempt", () => {
  const office = new FakeOffice(["101", "102"]);
  const group = huntGroup(["101", "102"], { queue: QUEUE });
  office.hangUp(office.call(group));
  office.phone("101").talking = 1;
  assert.deepEqual(office.call(group).log, ["ring 102"]);
  office.phone("101").talking = 0;
  assert.deepEqual(office.call(group).log, ["ring 101"]);
});

Deno.test("the call record tells who rang how long, who answered and why the others did not", () => {
  const office = new FakeOffice(MEMBERS);
  office.change("103", { talking: 1 });
  const caller = office.call(huntGroup(["103", "101", "102"]));
  office.clock.advance(15_000);
  office.clock.advance(2_500);
  office.answer(caller, "102");
  assert.deepEqual(
    caller.notes.map(({ kind, party, detail }) => [kind, party, detail].filter(Boolean).join(" | ")),
    [
      "group entered | 600",
      "group rang | 101",
      "group missed | 101 | no answer, 15.0 s",
      "group rang | 102",
      "group skipped | 103 | in a call",
      "group answered | 102 | 2.5 s",
    ],
  );
});

Deno.test("who waits and who rings goes out as events", () => {
  const office = new FakeOffice(["101"]);
  office.change("101", { talking: 1 });
  const caller = office.call(huntGroup(["101"], { queue: QUEUE }));
  office.hangUp(caller);
  office.change("101", { talking: 0 });
  const rung = office.call(ringGroup(["101"]));
  office.answer(rung, "101");
  const group = (number: string, callers: number, waiting: number, ...ringing: string[]) => ({
    kind: "group",
    domain: "office.example",
    group: number,
    callers,
    waiting,
    ringing,
  });
  assert.deepEqual(office.events, [
    group("600", 1, 1),
    group("600", 0, 0),
    group("610", 1, 0, "101"),
    group("610", 0, 0),
  ]);
});

Deno.test("a reload forgets members of no group but none that somebody hunts", () => {
  const office = new FakeOffice(MEMBERS);
  office.hangUp(office.call(huntGroup(["103"])));
  office.call(huntGroup(["101", "102"]));
  office.service.reloaded(() => false);
  assert.equal(office.service.counts().members, 2);
});

Deno.test("status shows callers in order of arrival and what hinders each member", () => {
  const office = new FakeOffice(["101", "102"]);
  office.change("102", { doNotDisturb: true });
  const group = huntGroup(["101", "102"], { queue: QUEUE });
  office.call(group);
  office.call(group);
  office.clock.advance(1_000);
  assert.deepEqual(office.service.status("office.example", group), {
    domain: "office.example",
    number: "600",
    name: "Sales",
    callers: [
      { call: "call1", sinceMs: 1_000, waiting: false, ringing: ["101"] },
      { call: "call2", sinceMs: 1_000, waiting: true, ringing: [] },
    ],
    members: [{ extension: "101", hindrance: "rung by a group" }, {
      extension: "102",
      hindrance: "do not disturb",
    }],
  });
});
