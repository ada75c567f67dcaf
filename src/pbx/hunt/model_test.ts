import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { HuntGroupSettings, HuntStrategy } from "../../config/mod.ts";
import { type FakeCaller, FakeOffice, huntGroup, QUEUE, ringGroup } from "./fake_office.ts";
import type { GroupSettings } from "./group.ts";

/** Several groups that share members: what must hold after every step, whatever callers, phones and time do. */

const HISTORIES = Deno.env.get("SIPEDGE_HISTORIES");
const RUNS = Math.ceil(Number(HISTORIES ?? 100_000) / 50);
/** The same histories at every run of the gate; others whenever more are asked for. */
const PARAMETERS = { numRuns: RUNS, ...(HISTORIES === undefined && { seed: 7 }) };
const MEMBERS = ["101", "102", "103", "104", "105"];
const STRATEGIES: readonly HuntStrategy[] = ["linear", "roundRobin", "longestIdle", "random"];

const arbitraryHuntGroup = (number: string): fc.Arbitrary<HuntGroupSettings> =>
  fc.record({
    members: fc.shuffledSubarray(MEMBERS, { minLength: 1 }),
    strategy: fc.constantFrom(...STRATEGIES),
    queue: fc.option(fc.constantFrom(10, 60), { nil: undefined }),
    wrapUpSeconds: fc.constantFrom(0, 0, 7),
    overflow: fc.boolean(),
  }).map(({ members, queue, overflow, ...rest }) =>
    huntGroup(members, {
      number,
      ...rest,
      ...(queue ? { queue: { ...QUEUE, maxWaitSeconds: queue, maxCallers: 4 } } : {}),
      ...(overflow ? { overflow: { to: "100" } } : {}),
    })
  );

const arbitraryGroups: fc.Arbitrary<readonly GroupSettings[]> = fc.tuple(
  arbitraryHuntGroup("600"),
  arbitraryHuntGroup("601"),
  arbitraryHuntGroup("602"),
  fc.shuffledSubarray(MEMBERS, { minLength: 1 }).map((members) => ringGroup(members)),
);

type Move =
  | { readonly do: "call"; readonly group: number }
  | { readonly do: "answer" | "decline" | "hangUp"; readonly pick: number }
  | { readonly do: "toggle"; readonly member: number; readonly what: "register" | "dnd" | "talk" | "waiting" }
  | { readonly do: "wait"; readonly ms: number };

const arbitraryMove: fc.Arbitrary<Move> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("call" as const), group: fc.nat({ max: 3 }) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom("answer" as const, "decline" as const, "hangUp" as const),
      pick: fc.nat({ max: 20 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("toggle" as const),
      member: fc.nat({ max: MEMBERS.length - 1 }),
      what: fc.constantFrom("register" as const, "dnd" as const, "talk" as const, "waiting" as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(1, 900, 5_000, 16_000) }),
  },
);

const groupOf = new WeakMap<FakeCaller, GroupSettings>();

/** Every phone that rings, with the caller it rings for. */
function ringing(office: FakeOffice): [FakeCaller, string, number][] {
  return office.callers.flatMap((caller) =>
    [...caller.open].map((
      attempt,
    ): [FakeCaller, string, number] => [caller, caller.rung.get(attempt)!, attempt])
  );
}

function perform(office: FakeOffice, groups: readonly GroupSettings[], move: Move): void {
  const rung = ringing(office);
  switch (move.do) {
    case "call": {
      const group = groups[move.group]!;
      groupOf.set(office.call(group), group);
      return;
    }
    case "answer":
    case "decline": {
      const [caller, extension] = rung[move.pick % (rung.length || 1)] ?? [];
      if (caller && extension !== undefined) office[move.do](caller, extension);
      return;
    }
    case "hangUp": {
      const live = office.callers.filter((caller) => !caller.isOver);
      const caller = live[move.pick % (live.length || 1)];
      if (caller) office.hangUp(caller);
      return;
    }
    case "toggle":
      return toggle(office, MEMBERS[move.member]!, move.what);
    case "wait":
      return office.clock.advance(move.ms);
  }
}

function toggle(office: FakeOffice, extension: string, what: "register" | "dnd" | "talk" | "waiting"): void {
  const phone = office.phone(extension);
  if (what === "register") {
    office.change(extension, {
      registeredAt: phone.registeredAt === undefined ? office.clock.now() : undefined,
    });
  } else if (what === "dnd") office.change(extension, { doNotDisturb: !phone.doNotDisturb });
  else if (what === "waiting") office.change(extension, { callWaiting: !phone.callWaiting });
  else {office.change(extension, {
      talking: phone.talking > 0 && !held(office, extension) ? 0 : phone.talking + 1,
    });}
}

function held(office: FakeOffice, extension: string): boolean {
  return office.callers.some((caller) => caller.connectedTo === extension);
}

/** True when the facts alone, without the hunt's own book-keeping, say that the phone could ring now. */
function couldRing(office: FakeOffice, extension: string): boolean {
  const { registeredAt, doNotDisturb, talking, ringing, callWaiting, maxCalls } = office.phone(extension);
  return registeredAt !== undefined && !doNotDisturb && ringing.size === 0 &&
    (talking === 0 || (callWaiting && talking < maxCalls));
}

function memberNumbers(group: GroupSettings): readonly string[] {
  return group.members.map((member) => typeof member === "string" ? member : member.extension);
}

function checkAlways(office: FakeOffice): void {
  assert.deepEqual(office.faults, []);
  for (const extension of MEMBERS) {
    const { ringing, registeredAt, doNotDisturb } = office.phone(extension);
    assert.ok(ringing.size <= 1, `${extension} is rung twice at once`);
    assert.ok(
      ringing.size === 0 || (registeredAt !== undefined && !doNotDisturb),
      `${extension} rings though it is away or wants its peace`,
    );
  }
  for (const caller of office.callers) {
    const connections = caller.log.filter((word) => word.startsWith("connect")).length;
    assert.ok(connections <= 1, `${caller.id} is connected twice`);
    if (caller.isOver || connections > 0) {
      assert.equal(caller.open.size, 0, `rings for ${caller.id}, who is served`);
    }
  }
}

/** Nobody waits while a phone is idle that never rang for him and that nobody else, come earlier, wants more. */
function checkNoneIdle(office: FakeOffice): void {
  const resting = new Set<string>();
  for (const group of new Set(office.callers.map((caller) => groupOf.get(caller)!))) {
    for (const { extension, hindrance } of office.service.status("office.example", group).members) {
      if (hindrance === "resting") resting.add(extension);
    }
  }
  for (const caller of office.callers) {
    const waits = !caller.isOver && caller.connectedTo === undefined && caller.open.size === 0;
    if (!waits) continue;
    const rung = new Set(caller.rung.values());
    const idle = memberNumbers(groupOf.get(caller)!).filter((extension) =>
      !rung.has(extension) && !resting.has(extension) && couldRing(office, extension)
    );
    assert.deepEqual(idle, [], `${caller.id} waits while phones are idle`);
  }
}

Deno.test("groups sharing members: one member never rings twice, no caller is connected twice, nobody waits beside an idle phone, order of arrival holds, and nothing is left behind", () => {
  fc.assert(
    fc.property(
      arbitraryGroups,
      fc.array(arbitraryMove, { minLength: 10, maxLength: 80 }),
      (groups, moves) => {
        const office = new FakeOffice(MEMBERS);
        office.onRing = (caller, extension) => checkNobodyOvertaken(office, caller, extension);
        for (const move of moves) {
          perform(office, groups, move);
          checkAlways(office);
          checkNoneIdle(office);
        }
        for (const caller of office.callers) if (!caller.isOver) office.hangUp(caller);
        checkAlways(office);
        assert.deepEqual(ringing(office), [], "every ringing phone is connected or released");
        assert.equal(office.service.counts().hunts, 0, "a hunt is left behind");
        assert.equal(office.clock.pending, 0, "a timer outlives the hunt");
      },
    ),
    PARAMETERS,
  );
});

/** Who came earlier, waits, and never had this member, must get it before who came later. */
function checkNobodyOvertaken(office: FakeOffice, served: FakeCaller, extension: string): void {
  for (const caller of office.callers) {
    if (caller === served) return;
    const group = groupOf.get(caller);
    const waits = group && !caller.isOver && caller.connectedTo === undefined && caller.open.size === 0;
    if (
      !waits || !memberNumbers(group).includes(extension) || [...caller.rung.values()].includes(extension)
    ) continue;
    assert.fail(`${served.id} gets ${extension} before ${caller.id}, who came earlier`);
  }
}

Deno.test("under roundRobin counts differ by at most one while all are free", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.array(fc.constantFrom("answer", "hangUp"), { minLength: 1, maxLength: 60 }),
      (size, ends) => {
        const members = Array.from({ length: size }, (_, index) => String(101 + index));
        const office = new FakeOffice(members);
        const group = huntGroup(members, { strategy: "roundRobin" });
        const counts = new Map(members.map((member) => [member, 0]));
        for (const end of ends) {
          const caller = office.call(group);
          const member = caller.rung.get(1)!;
          counts.set(member, counts.get(member)! + 1);
          if (end === "answer") office.answer(caller, member);
          office.hangUp(caller);
          assert.ok(Math.max(...counts.values()) - Math.min(...counts.values()) <= 1);
        }
      },
    ),
    { ...PARAMETERS, numRuns: Math.min(RUNS, 300) },
  );
});

Deno.test("under roundRobin nobody starves: who is free at every choice is chosen once in as many choices as there are members", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 30 }), { minLength: 20, maxLength: 80 }), (busy) => {
      const office = new FakeOffice(MEMBERS);
      // Two groups in different order share all members, and 103 is always free when a choice is made.
      const groups = [
        huntGroup(MEMBERS, { strategy: "roundRobin", number: "600" }),
        huntGroup([...MEMBERS].reverse(), { strategy: "roundRobin", number: "601" }),
      ];
      const since = [0, 0];
      for (const [index, bits] of busy.entries()) {
        for (const [place, extension] of MEMBERS.entries()) {
          const isBusy = extension !== "103" && (bits >> place & 1) === 1;
          office.change(extension, { talking: isBusy ? 1 : 0 });
        }
        const caller = office.call(groups[index % 2]!);
        since[index % 2] = caller.rung.get(1) === "103" ? 0 : since[index % 2]! + 1;
        assert.ok(since[index % 2]! < MEMBERS.length, "103 starves");
        office.hangUp(caller);
      }
    }),
    { ...PARAMETERS, numRuns: Math.min(RUNS, 300) },
  );
});
