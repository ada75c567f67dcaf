import assert from "node:assert/strict";
import * as fc from "fast-check";
import { ManualClock } from "../../base/mod.ts";
import type { ExtensionSettings, ForwardSettings } from "../../config/mod.ts";
import type { StateStore } from "../ports.ts";
import { Features } from "./features.ts";
import { effectiveForwards, forwardTarget, type Hop, MAX_HOPS, rightsOf } from "./forward.ts";
import { PARK_MS, type Parked } from "./lot.ts";
import { readOverrides } from "./overrides.ts";
import { Parking } from "./parking.ts";
import { chooseJoin, choosePickup, type RingingPhone } from "./pickup.ts";

class MemoryState implements StateStore {
  readonly entries = new Map<string, string>();
  get(key: string): Promise<string | undefined> {
    return Promise.resolve(this.entries.get(key));
  }
  list(prefix: string): Promise<ReadonlyMap<string, string>> {
    return Promise.resolve(new Map([...this.entries].filter(([key]) => key.startsWith(prefix))));
  }
  put(key: string, value: string): void {
    this.entries.set(key, value);
  }
  remove(key: string): void {
    this.entries.delete(key);
  }
}

const FILE: ForwardSettings = { busy: { to: "102" }, noAnswer: { to: "103", afterSeconds: 9 } };

function office(changes: Partial<ExtensionSettings> = {}, state = new MemoryState()) {
  const extensions = new Map<string, ExtensionSettings>();
  for (const number of ["100", "101"]) {
    extensions.set(number, {
      number,
      name: "",
      forward: FILE,
      mayForward: true,
      doNotDisturb: false,
      callWaiting: false,
      maxCalls: 2,
      maxDevices: 10,
      level: "outside",
      dtmf: "auto",
      rejectAnonymous: false,
      enabled: true,
      ...changes,
    });
  }
  const features = new Features({ extension: (_, number) => extensions.get(number), state });
  const dial = (
    code: "forwardBusy" | "forwardAlways" | "forwardNoAnswer" | "doNotDisturb",
    argument?: string,
  ) =>
    features.dial({ domain: "d", number: "100" }, {
      code,
      argument: argument ?? "",
      clear: argument === undefined,
    }, (to) => to !== "900");
  return { features, extensions, state, dial };
}

Deno.test("a forward set by code is in force at once, and the file's are left alone", () => {
  const { features, dial } = office();
  assert.deepEqual(dial("forwardAlways", "101"), { kind: "forward", reason: "always", to: "101" });
  assert.deepEqual(features.forwards("d", "100"), { always: { to: "101" }, ...FILE });
  assert.deepEqual(features.forwards("d", "101"), FILE);
});

Deno.test("a code may switch off a forward of the file, and set it again with the file's ring time", () => {
  const { features, dial } = office();
  dial("forwardNoAnswer");
  assert.deepEqual(features.forwards("d", "100"), { busy: { to: "102" } });
  dial("forwardNoAnswer", "101");
  assert.deepEqual(features.forwards("d", "100").noAnswer, { to: "101", afterSeconds: 9 });
});

Deno.test("without mayForward a forward can be switched off but not set", () => {
  const { features, dial } = office({ mayForward: false });
  assert.deepEqual(dial("forwardBusy", "101"), { kind: "refused", reason: "no right" });
  assert.deepEqual(dial("forwardBusy"), { kind: "forward", reason: "busy" });
  assert.equal(features.forwards("d", "100").busy, undefined);
});

Deno.test("nobody forwards to himself, nor to where he may not call", () => {
  const { dial } = office();
  assert.deepEqual(dial("forwardAlways", "100"), { kind: "refused", reason: "own number" });
  assert.deepEqual(dial("forwardAlways", "900"), { kind: "refused", reason: "not allowed" });
});

Deno.test("features survive a restart and are told to listeners", async () => {
  const { dial, state, features } = office();
  const told: string[] = [];
  features.onChange((domain, number) => told.push(`${domain}/${number}`));
  dial("forwardBusy", "101");
  dial("doNotDisturb", "");
  const { features: restarted } = office({}, state);
  await restarted.load();
  assert.deepEqual(restarted.forwards("d", "100").busy, { to: "101" });
  assert.equal(restarted.doNotDisturb("d", "100"), true);
  assert.equal(restarted.doNotDisturb("d", "101"), false);
  assert.deepEqual(told, ["d/100", "d/100"]);
});

Deno.test("what is as in the file again leaves nothing in the store", () => {
  const { dial, features, state } = office();
  dial("forwardAlways", "101");
  dial("doNotDisturb", "");
  assert.equal(state.entries.size, 1);
  dial("forwardAlways");
  dial("doNotDisturb");
  assert.equal(state.entries.size, 0);
  dial("forwardBusy", "101");
  features.reset("d", "100");
  assert.equal(state.entries.size, 0);
  assert.deepEqual(features.forwards("d", "100"), FILE);
});

Deno.test("who gets the number of an extension that is gone does not inherit its forward", () => {
  const { dial, extensions, features, state } = office();
  dial("forwardBusy", "101");
  const extension = extensions.get("100")!;
  extensions.delete("100");
  assert.deepEqual(features.forwards("d", "100"), {});
  features.prune();
  extensions.set("100", extension);
  assert.deepEqual(features.forwards("d", "100"), FILE);
  assert.equal(state.entries.size, 0);
});

Deno.test("an extension that does not exist has no features and gets none", () => {
  const { features, state } = office();
  assert.equal(features.setForward("d", "999", { reason: "always", to: "100" }), false);
  assert.equal(features.setDoNotDisturb("d", "999", true), false);
  assert.equal(features.doNotDisturb("d", "999"), false);
  assert.equal(state.entries.size, 0);
});

Deno.test("a damaged entry of the store is passed over, whatever it holds", async () => {
  const state = new MemoryState();
  state.entries.set("feature/d/100", "{");
  state.entries.set(
    "feature/d/101",
    '{"forward":{"always":{"to":"103"},"busy":7,"__proto__":{"to":"666"}},"doNotDisturb":"x"}',
  );
  const { features } = office({}, state);
  await features.load();
  assert.deepEqual(features.forwards("d", "100"), FILE);
  assert.deepEqual(features.forwards("d", "101"), { always: { to: "103" }, ...FILE });
  fc.assert(fc.property(fc.json(), (text) => void readOverrides(text)));
});

Deno.test("an override without a time takes the file's, or 20 s", () => {
  assert.deepEqual(effectiveForwards({}, { noAnswer: { to: "1" } }), {
    noAnswer: { to: "1", afterSeconds: 20 },
  });
  assert.deepEqual(effectiveForwards(FILE, { noAnswer: { to: "1", afterSeconds: 3 } }).noAnswer, {
    to: "1",
    afterSeconds: 3,
  });
});

const hops = (...numbers: string[]): Hop[] =>
  numbers.slice(1).map((to, index) => ({ by: numbers[index]!, to, reason: "always" }));

const FORWARDS: readonly [sentence: string, to: string | undefined, history: Hop[], expected: string][] = [
  ["without a forward the call stays", undefined, [], "none"],
  ["a forward sends the call on", "101", [], "forward"],
  ["to itself is a loop", "100", [], "loop"],
  ["back to who forwarded is a loop", "99", hops("99", "100"), "loop"],
  ["back over several is a loop", "97", hops("97", "98", "99", "100"), "loop"],
  ["to who was only called through is none", "55", hops("99", "100"), "forward"],
  ["the last hop allowed", "101", hops(..."abcdef").slice(0, MAX_HOPS - 1), "forward"],
  ["one hop too many", "101", hops(..."abcdefg"), "too many hops"],
];

for (const [sentence, to, history, expected] of FORWARDS) {
  Deno.test(`forwarding: ${sentence}`, () => {
    const forwards: ForwardSettings = to === undefined ? {} : { always: { to } };
    assert.equal(forwardTarget({ number: "100", forwards }, "always", history).kind, expected);
  });
}

Deno.test("forwarding: whatever forwards are set, a call comes to an end", () => {
  const numbers = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];
  fc.assert(fc.property(fc.array(fc.constantFrom(...numbers), { minLength: 9, maxLength: 9 }), (targets) => {
    let at = "1";
    const history: Hop[] = [];
    for (let steps = 0;; steps++) {
      assert.ok(steps <= MAX_HOPS, "goes on for ever");
      const next = forwardTarget(
        { number: at, forwards: { busy: { to: targets[Number(at) - 1]! } } },
        "busy",
        history,
      );
      if (next.kind !== "forward") return;
      history.push(next.hop);
      at = next.hop.to;
    }
  }));
});

Deno.test("forwarding: the rights are those of the last who forwarded", () => {
  assert.equal(rightsOf("100", []), "100");
  assert.equal(rightsOf("100", hops("101", "102")), "101");
  assert.equal(rightsOf(undefined, []), undefined);
});

const GROUPS = [{ name: "sales", members: ["100", "101"] }, { name: "service", members: ["101", "102"] }];
const phone = (extension: string, since: number, more: Partial<RingingPhone> = {}): RingingPhone => ({
  call: `c${since}`,
  extension,
  caller: "4930",
  since,
  ...more,
});

const PICKUPS: readonly [
  sentence: string,
  ringing: RingingPhone[],
  picker: string,
  target: string | undefined,
  expected: string,
][] = [
  ["in my group: what rings longest", [phone("101", 9), phone("101", 5)], "100", undefined, "c5"],
  ["in my group: not what rings in another", [phone("102", 5)], "100", undefined, "nothing rings"],
  ["a member of two groups takes from both", [phone("102", 5), phone("100", 7)], "101", undefined, "c5"],
  ["by number within a common group", [phone("100", 4), phone("101", 5)], "100", "101", "c5"],
  ["by number across groups is refused", [phone("102", 5)], "100", "102", "not in a pickup group"],
  ["somebody in no group picks up nothing", [phone("101", 5)], "200", undefined, "not in a pickup group"],
  ["by the number of a hunt group", [phone("101", 5, { group: "600" })], "100", "600", "c5"],
  ["nothing rings there", [phone("100", 5)], "100", "101", "nothing rings"],
  ["never the call one makes oneself", [phone("101", 5, { caller: "100" })], "100", "101", "nothing rings"],
];

for (const [sentence, ringing, number, target, expected] of PICKUPS) {
  Deno.test(`pickup: ${sentence}`, () => {
    const decision = choosePickup(ringing, {
      number,
      groups: GROUPS,
      ...(target === undefined ? {} : { target }),
    });
    assert.equal(decision.kind === "take" ? decision.phone.call : decision.reason, expected);
  });
}

Deno.test("pickup: in a domain without pickup groups everybody may by number, nobody without", () => {
  const ringing = [phone("101", 5)];
  assert.equal(choosePickup(ringing, { number: "100", groups: [], target: "101" }).kind, "take");
  assert.equal(choosePickup(ringing, { number: "100", groups: [] }).kind, "refused");
});

Deno.test("join: the call on my number that was answered last, never the one just made", () => {
  const calls = [
    { call: "a", extensions: ["100", "101"], answeredAt: 5 },
    { call: "b", extensions: ["100"], answeredAt: 9 },
    { call: "c", extensions: ["100"] },
    { call: "d", extensions: ["101", "102"], answeredAt: 20 },
    { call: "own", extensions: ["100"], answeredAt: 30 },
  ];
  assert.equal(chooseJoin(calls, "100", "own")?.call, "b");
  assert.equal(chooseJoin(calls, "103", "own"), undefined);
});

function lot() {
  const clock = new ManualClock(0);
  const returned: [string, Parked][] = [];
  const parking = new Parking({
    clock,
    control: { giveBack: (domain, parked) => returned.push([domain, parked]) },
  });
  const park = (slot: number, call: string, domain = "d") =>
    parking.park(domain, { slot, call, parker: "100" }).kind;
  return { clock, parking, returned, park };
}

Deno.test("park: a parked call is fetched from its slot, once", () => {
  const { clock, parking, park } = lot();
  assert.equal(park(5, "a"), "parked");
  assert.equal(park(5, "b"), "refused");
  assert.equal(park(5, "b", "other"), "parked");
  assert.equal(parking.fetch("d", 5)?.call, "a");
  assert.equal(parking.fetch("d", 5), undefined);
  parking.left("other", "b");
  assert.equal(clock.pending, 0);
});

Deno.test("park: after 60 s the call goes back to who parked it", () => {
  const { clock, parking, returned, park } = lot();
  park(1, "a");
  clock.advance(10_000);
  park(99, "b");
  clock.advance(PARK_MS - 10_001);
  assert.equal(returned.length, 0);
  clock.advance(1);
  assert.deepEqual(returned.map(([domain, { call, parker }]) => [domain, call, parker]), [["d", "a", "100"]]);
  assert.deepEqual(parking.list("d").map(({ slot }) => slot), [99]);
  clock.advance(PARK_MS);
  assert.equal(returned.length, 2);
  assert.equal(clock.pending, 0);
});

Deno.test("park: slots are 1 to 99", () => {
  const { park } = lot();
  assert.deepEqual([0, 100, 1.5, NaN, -1].map((slot) => park(slot, "a")), Array(5).fill("refused"));
});

Deno.test("park: a call parked again moves, and stands in one slot only", () => {
  const { parking, park } = lot();
  park(1, "a");
  park(2, "a");
  assert.deepEqual(parking.list("d").map(({ slot, call }) => [slot, call]), [[2, "a"]]);
});

Deno.test("park: whatever happens, no call is lost, none is in two slots, and no timer is left", () => {
  const move = fc.oneof(
    fc.record({
      do: fc.constant("park"),
      slot: fc.integer({ min: 1, max: 4 }),
      call: fc.constantFrom("a", "b", "c"),
    }),
    fc.record({
      do: fc.constantFrom("fetch", "left"),
      slot: fc.integer({ min: 1, max: 4 }),
      call: fc.constantFrom("a", "b", "c"),
    }),
    fc.record({ do: fc.constant("wait"), slot: fc.integer({ min: 1, max: 70 }), call: fc.constant("") }),
  );
  fc.assert(fc.property(fc.array(move, { maxLength: 40 }), (moves) => {
    const { clock, parking, returned, park } = lot();
    const standing = new Set<string>();
    for (const { do: what, slot, call } of moves) {
      if (what === "park" && park(slot, call) === "parked") standing.add(call);
      else if (what === "fetch") {
        const fetched = parking.fetch("d", slot);
        if (fetched) assert.ok(standing.delete(fetched.call));
      } else if (what === "left") {
        parking.left("d", call);
        standing.delete(call);
      } else if (what === "wait") clock.advance(slot * 1000);
      for (const [, parked] of returned.splice(0)) assert.ok(standing.delete(parked.call));
      assert.deepEqual(parking.list("d").map((parked) => parked.call).sort(), [...standing].sort());
      assert.equal(clock.pending, standing.size > 0 ? 1 : 0);
    }
  }));
});
