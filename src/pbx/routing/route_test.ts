import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { RouteDecision } from "./decision.ts";
import { explainRoute, REFUSAL_TEXTS, STEP_TEXTS } from "./explain.ts";
import { contextOf, DOMAIN, domainFrom, finder, MONDAY_10 } from "./fake_domain.ts";
import { route } from "./route.ts";

/** A decision in one line: `outside carrier:00441 spare:00441`, `refused not allowed`, `code park 5`. */
function words(decision: RouteDecision): string {
  switch (decision.kind) {
    case "extension":
      return `extension ${decision.extension.number}`;
    case "huntGroup":
    case "ringGroup":
      return `${decision.kind} ${decision.group.number}`;
    case "room":
      return `room ${decision.room.number} ${decision.pin ?? ""}`.trim();
    case "code":
      return `code ${decision.code} ${decision.argument}${decision.clear ? "clear" : ""}`.trim();
    case "outside": {
      const ways = decision.ways.map(({ line, number }) => `${line}:${number}`).join(" ");
      return `${decision.isEmergency ? "emergency" : "outside"} ${ways}`;
    }
    case "refused":
      return `refused ${decision.reason}`;
  }
}

const ROWS: readonly [sentence: string, caller: string | undefined, dialled: string, expected: string][] = [
  ["an extension", "100", "101", "extension 101"],
  ["a hunt group", "100", "600", "huntGroup 600"],
  ["a ring group", "100", "610", "ringGroup 610"],
  ["a room by its number", "100", "800", "room 800"],
  ["a room by code", "100", "*6*800", "room 800"],
  ["a room by code with PIN", "100", "*6*800*4711", "room 800 4711"],
  ["a room that does not exist", "100", "*6*801", "refused unknown number"],
  ["a code that names an extension as room", "100", "*6*101", "refused unknown number"],
  ["the echo test", "100", "*43", "code echo"],
  ["the echo test with the hash that some phones add", "100", "*43#", "code echo"],
  ["pick up a phone", "100", "*40*101", "code pickupExtension 101"],
  ["pick up in my group", "100", "*50*", "code pickupGroup"],
  ["park", "100", "*70*5", "code park 5"],
  ["fetch", "100", "*71*99", "code fetch 99"],
  ["slots above 99 do not exist", "100", "*70*100", "refused incomplete code"],
  ["slot 0 does not exist", "100", "*71*0", "refused incomplete code"],
  ["join", "100", "*74", "code join"],
  ["forward on busy", "100", "*90*102", "code forwardBusy 102"],
  ["forward on busy off", "100", "*90#", "code forwardBusy clear"],
  ["forward always to the outside", "101", "*93*90301234", "code forwardAlways 90301234"],
  ["a forward without a number", "100", "*91", "refused incomplete code"],
  ["do-not-disturb on and off", "100", "*78", "code doNotDisturb"],
  ["do-not-disturb off", "100", "*78#", "code doNotDisturb clear"],
  ["mailbox", "100", "*97", "code mailbox"],
  ["digits after a code without argument are another number", "100", "*431", "refused unknown number"],
  ["a rule strips and tries its lines in turn", "101", "90301234", "outside carrier:0301234 spare:0301234"],
  ["a range matches one digit each", "101", "9234", "outside carrier:030234"],
  ["a range leaves other digits to later rules", "101", "9634", "outside carrier:634 spare:634"],
  ["a level below the rule's is refused", "100", "90301234", "refused not allowed"],
  ["a higher level includes the lower ones", "102", "90301234", "outside carrier:0301234 spare:0301234"],
  ["a wider rule does not open what a rule above closes", "101", "9004412345", "refused not allowed"],
  ["who has the level uses the rule above", "102", "9004412345", "outside carrier:004412345"],
  ["a second rule with the same match serves the lower level", "101", "8123", "outside spare:123"],
  ["the first rule with that match serves the higher level", "102", "8123", "outside carrier:123"],
  ["a rule without lines refuses its numbers", "102", "01901234", "refused no line"],
  ["a line with maxCalls 0 takes no outgoing call", "101", "77", "refused no line"],
  ["an international number as phones write it", "102", "+49 (30) 12-34", "outside carrier:+49301234"],
  ["nothing left behind the outside digit", "101", "9", "refused unknown number"],
  ["a number that nothing knows", "101", "555", "refused unknown number"],
  ["an empty number", "101", "", "refused unknown number"],
  [
    "an emergency number passes whatever the level",
    "100",
    "112",
    "emergency carrier:112 spare:112 night:112 silent:112",
  ],
  [
    "an emergency number behind the outside digit passes too",
    "100",
    "9112",
    "emergency carrier:112 spare:112 night:112 silent:112",
  ],
  ["a stranger reaches an extension", undefined, "101", "extension 101"],
  ["a stranger reaches a group", undefined, "600", "huntGroup 600"],
  ["a stranger reaches no line", undefined, "90301234", "refused unknown number"],
  ["a stranger reaches no emergency number", undefined, "112", "refused unknown number"],
  ["a stranger uses no code", undefined, "*43", "refused unknown number"],
  ["names of object members are no numbers", "101", "__proto__", "refused unknown number"],
];

for (const [sentence, caller, dialled, expected] of ROWS) {
  Deno.test(`route: ${sentence}`, () => {
    assert.equal(words(route(dialled, contextOf(caller))), expected);
  });
}

const SATURDAY = MONDAY_10 + 5 * 86_400_000;

Deno.test("route: a rule whose schedule is closed is passed over", () => {
  assert.equal(words(route("9234", contextOf("101", { now: SATURDAY }))), "outside carrier:234 spare:234");
});

Deno.test("route: a line whose schedule is closed is passed over", () => {
  assert.equal(words(route("78", contextOf("101"))), "outside night:78");
  assert.equal(words(route("78", contextOf("101", { now: SATURDAY }))), "refused no line");
});

Deno.test("route: when only closed rules match, the reason is the time", () => {
  const { domain } = domainFrom(`
name: night.example
extensions: [ { number: "1", password: s3cret-x } ]
lines: [ { name: a, kind: peer, server: "sip:a.example", addresses: [ 192.0.2.1 ] } ]
schedules: [ { name: day, hours: [ "mo-fr 08:00-17:00" ] } ]
rules: [ { match: "9*", strip: 1, via: [ a ], schedule: day } ]`);
  assert.equal(words(route("9555", contextOf("1", { domain, now: SATURDAY }))), "refused closed");
  assert.equal(words(route("9112", contextOf("1", { domain, now: SATURDAY }))), "emergency a:112");
});

Deno.test("route: a line that is down or full is left to the next one", () => {
  const states: Record<string, { isUp: boolean; calls: number }> = { carrier: { isUp: false, calls: 0 } };
  const context = contextOf("101", { lineState: (line) => states[line] });
  assert.equal(words(route("90301234", context)), "outside spare:0301234");
  states.spare = { isUp: true, calls: 2 };
  assert.equal(words(route("90301234", context)), "refused no line");
  assert.equal(words(route("112", context)), "emergency spare:112 night:112 carrier:112 silent:112");
});

Deno.test("route: the caller's own outside number is shown, else the line's", () => {
  const numbers = (caller: string) => {
    const decision = route("90301234", contextOf(caller));
    return decision.kind === "outside" ? decision.ways.map((way) => way.callerNumber) : [];
  };
  assert.deepEqual(numbers("101"), ["49301101", "49301101"]);
  assert.deepEqual(numbers("102"), ["4930123", undefined]);
});

Deno.test("route: a forwarded call obeys the level of who forwarded, whoever called", () => {
  assert.equal(words(route("90301234", contextOf("100"))), "refused not allowed");
  assert.equal(
    words(route("90301234", contextOf(undefined, { caller: { number: "101", level: "outside" } }))).split(
      " ",
    )[0],
    "outside",
  );
});

Deno.test("route: a level that the domain does not know opens nothing", () => {
  const caller = { number: "1", level: "made up" };
  assert.equal(words(route("90301234", contextOf(undefined, { caller }))), "refused not allowed");
  const domain = { ...DOMAIN, rules: DOMAIN.rules.map((rule) => ({ ...rule, level: "made up" })) };
  assert.equal(
    words(route("90301234", contextOf("102", { domain, find: finder(domain) }))),
    "refused not allowed",
  );
});

Deno.test("route: denied countries and calls per hour stop everything but emergencies", () => {
  const limits = {
    countries: [],
    denied: ["+882", "+44"],
    callsPerHour: 3,
    domainCallsPerHour: 5,
    internationalPrefix: "00",
  };
  const refused = (dialled: string, extension: number, all = extension) =>
    words(route(
      dialled,
      contextOf("102", {
        domain: { ...DOMAIN, limits },
        callsLastHour: () => ({ extension, domain: all }),
      }),
    ));
  assert.equal(refused("9004412345", 0), "refused denied destination");
  assert.equal(refused("+882123", 0), "refused denied destination");
  assert.equal(refused("90441234", 0), "outside carrier:0441234 spare:0441234");
  assert.equal(refused("90301234", 3), "refused too many calls");
  assert.equal(refused("90301234", 2, 4), refused("90301234", 0));
  assert.equal(refused("90301234", 0, 5), "refused too many calls");
  assert.match(refused("112", 99), /^emergency/);
});

Deno.test("route: without any line an emergency number falls back to the domain's own meaning", () => {
  const domain = { ...DOMAIN, lines: [], rules: [], emergency: ["101"] };
  assert.equal(words(route("101", contextOf("100", { domain, find: finder(domain) }))), "extension 101");
});

Deno.test("route: any text at all gives a decision, and a stranger never gets a way out", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 80 }),
    fc.string({ unit: fc.constantFrom(..."0123456789*#+X[]- "), maxLength: 40 }),
  );
  fc.assert(fc.property(text, fc.constantFrom("100", "101", "102", undefined), (dialled, caller) => {
    const decision = route(dialled, contextOf(caller));
    if (caller === undefined) assert.ok(decision.kind !== "outside" && decision.kind !== "code");
    if (decision.kind === "outside" && caller === "100") assert.ok(decision.isEmergency);
  }));
});

Deno.test("explain: says which rule, line and number and why, in both languages", () => {
  assert.deepEqual(explainRoute("900123456", contextOf("101"), "en").lines, [
    "rule 1 (0190*): does not match",
    "rule 2 (900*): needs level international, the caller has outside",
    "Refused: the caller's level does not allow it",
  ]);
  assert.deepEqual(explainRoute("9234", contextOf("101"), "en").lines, [
    "rule 1 (0190*): does not match",
    "rule 2 (900*): does not match",
    "rule 3 (9[2-5]XX): matches and is used",
    "line carrier: dials 030234, shows 49301101",
    "The call would be made",
  ]);
  assert.deepEqual(explainRoute("101", contextOf("100"), "zh").lines, ["分机 101 Bob", "可以呼叫"]);
});

Deno.test("explain: a text that holds braces is not read as a placeholder", () => {
  const lines = explainRoute("{number}{rule}", contextOf("101"), "en").lines;
  assert.equal(lines.at(-2), "{number}{rule} is no number of this domain, and no rule leads it outside");
});

Deno.test("explain: every text exists in both languages with the same placeholders", () => {
  for (const [key, { en, zh }] of Object.entries({ ...STEP_TEXTS, ...REFUSAL_TEXTS })) {
    const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
    assert.deepEqual(names(zh), names(en), key);
    assert.ok(zh !== "" && en !== "");
  }
});
