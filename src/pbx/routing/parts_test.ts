import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { CallerListEntry, ScheduleSettings } from "../../config/mod.ts";
import { callerName, rejectsAnonymous, screenCaller } from "./callers.ts";
import { CODES } from "./fake_domain.ts";
import { matchIncoming } from "./incoming.ts";
import { deniedNumber, HourlyCalls } from "./limits.ts";
import { isOpen, wallTime } from "./schedule.ts";
import { withoutPin } from "./service_code.ts";

const INCOMING = [
  { number: "*", to: "600" },
  { number: "4930123*", to: "610" },
  { number: "49301234*", to: "611" },
  { number: "+4930123456", to: "101" },
];

const CALLED: readonly [sentence: string, called: string, to: string | undefined][] = [
  ["the exact number wins over every prefix", "4930123456", "101"],
  ["a plus on either side makes no difference", "+4930123456", "101"],
  ["the longest prefix wins", "493012349", "611"],
  ["a shorter prefix where the longer does not fit", "49301239", "610"],
  ["a prefix matches the number that is no longer than it", "4930123", "610"],
  ["the star takes the rest", "1", "600"],
  ["the star takes a call without a number", "", "600"],
];

for (const [sentence, called, to] of CALLED) {
  Deno.test(`incoming: ${sentence}`, () => assert.equal(matchIncoming(INCOMING, called)?.route.to, to));
}

Deno.test("incoming: a number that no entry fits is not served", () => {
  assert.equal(matchIncoming(INCOMING.slice(1), "33"), undefined);
});

const entry = (list: "white" | "black", called: string, caller: string, percent = 100): CallerListEntry => ({
  list,
  called,
  caller,
  percent,
});

const LISTS: readonly [
  sentence: string,
  entries: CallerListEntry[],
  called: string,
  caller: string,
  allowed: boolean,
][] = [
  ["no entry allows", [], "101", "4930", true],
  ["a black entry rejects", [entry("black", "", "4930")], "101", "49301", false],
  [
    "the longer caller prefix wins",
    [entry("black", "", "49"), entry("white", "", "4930")],
    "101",
    "49301",
    true,
  ],
  [
    "the longer called prefix wins over the longer caller prefix",
    [entry("black", "10", ""), entry("white", "1", "4930123")],
    "101",
    "4930123",
    false,
  ],
  ["an entry for another called number does not count", [entry("black", "2", "")], "101", "49", true],
  [
    "everyone black, one prefix white: others are rejected",
    [entry("black", "", ""), entry("white", "", "49")],
    "1",
    "33",
    false,
  ],
  [
    "everyone black, one prefix white: that prefix passes",
    [entry("black", "", ""), entry("white", "", "49")],
    "1",
    "+4930",
    true,
  ],
  ["an anonymous caller is met by entries for all", [entry("black", "", "")], "101", "", false],
];

for (const [sentence, entries, called, caller, allowed] of LISTS) {
  Deno.test(`caller lists: ${sentence}`, () => {
    assert.equal(screenCaller(entries, { called, caller }, 50).allowed, allowed);
  });
}

Deno.test("caller lists: a percentage applies to that share of calls, and otherwise the next best decides", () => {
  const entries = [entry("black", "", "4930", 30), entry("white", "", "49")];
  const allowed = Array.from(
    { length: 100 },
    (_, chance) => screenCaller(entries, { called: "1", caller: "49301" }, chance).allowed,
  );
  assert.equal(allowed.filter((one) => !one).length, 30);
  assert.equal(screenCaller(entries, { called: "1", caller: "49301" }, 99).entry, entries[1]);
});

Deno.test("caller lists: the index finds what a plain search over all entries finds", () => {
  const digits = fc.string({ unit: fc.constantFrom("1", "2"), maxLength: 4 });
  const list = fc.array(fc.tuple(fc.constantFrom("white" as const, "black" as const), digits, digits));
  fc.assert(fc.property(list, digits, digits, (rows, called, caller) => {
    const entries = rows.map(([kind, toCalled, from]) => entry(kind, toCalled, from));
    const best = entries
      .filter((one) => called.startsWith(one.called) && caller.startsWith(one.caller))
      .reduce<CallerListEntry | undefined>(
        (found, one) =>
          !found || one.called.length > found.called.length ||
            (one.called.length === found.called.length && one.caller.length > found.caller.length)
            ? one
            : found,
        undefined,
      );
    assert.equal(screenCaller(entries, { called, caller }, 0).entry, best);
  }));
});

Deno.test("caller names: exact first, then the longest prefix with a star, with or without plus", () => {
  const names = [{ number: "4930*", name: "Berlin" }, { number: "+49301*", name: "Mitte" }, {
    number: "4930123",
    name: "Carol",
  }];
  assert.deepEqual(["+4930123", "493019", "49309", "33", ""].map((number) => callerName(names, number)), [
    "Carol",
    "Mitte",
    "Berlin",
    undefined,
    undefined,
  ]);
});

Deno.test("anonymous callers are rejected only where the extension says so", () => {
  const anonymous = { number: "anonymous", isPrivate: false }, hidden = { number: "4930", isPrivate: true };
  assert.equal(rejectsAnonymous({ rejectAnonymous: true }, anonymous), true);
  assert.equal(rejectsAnonymous({ rejectAnonymous: true }, hidden), true);
  assert.equal(rejectsAnonymous({ rejectAnonymous: true }, { number: "4930", isPrivate: false }), false);
  assert.equal(rejectsAnonymous({ rejectAnonymous: false }, anonymous), false);
});

const OFFICE: ScheduleSettings = {
  name: "office",
  hours: ["mo-fr 08:00-17:00", "sa 22:00-02:00"],
  holidays: ["2026-12-25", "05-01"],
};

const TIMES: readonly [sentence: string, zone: string, utc: string, open: boolean][] = [
  ["opens on the minute", "Europe/Berlin", "2026-11-23T07:00:00Z", true],
  ["is closed a minute before", "Europe/Berlin", "2026-11-23T06:59:59Z", false],
  ["closes on the minute", "Europe/Berlin", "2026-11-23T16:00:00Z", false],
  ["knows summer time", "Europe/Berlin", "2026-07-06T06:00:00Z", true],
  ["lives in its own time zone", "Asia/Shanghai", "2026-11-23T00:00:00Z", true],
  ["is closed on Sunday", "UTC", "2026-11-22T10:00:00Z", false],
  ["runs over midnight", "UTC", "2026-11-22T01:59:00Z", true],
  ["ends after midnight", "UTC", "2026-11-22T02:00:00Z", false],
  ["the stretch over midnight does not begin on its second day", "UTC", "2026-11-22T22:30:00Z", false],
  ["is closed on a holiday", "UTC", "2026-12-25T10:00:00Z", false],
  ["is closed on a yearly holiday", "UTC", "2028-05-01T10:00:00Z", false],
  ["is open on the same date of another year", "UTC", "2028-12-25T10:00:00Z", true],
];

for (const [sentence, zone, utc, open] of TIMES) {
  Deno.test(`schedule: ${sentence}`, () =>
    assert.equal(isOpen(OFFICE, wallTime(Date.parse(utc), zone)), open));
}

Deno.test("schedule: a holiday closes the stretch that began on it, not the one that began the day before", () => {
  const party = { name: "x", hours: ["mo-su 22:00-02:00"], holidays: ["2026-12-25"] };
  const at = (utc: string) => isOpen(party, wallTime(Date.parse(utc), "UTC"));
  assert.deepEqual(["2026-12-25T01:00:00Z", "2026-12-25T23:00:00Z", "2026-12-26T01:00:00Z"].map(at), [
    true,
    false,
    false,
  ]);
});

Deno.test("schedule: an unknown time zone is read as UTC", () => {
  assert.deepEqual(wallTime(0, "Mars/Olympus"), {
    date: "1970-01-01",
    dayBefore: "1969-12-31",
    weekday: 3,
    minute: 0,
  });
});

Deno.test("limits: numbers nobody may call, countries, and national numbers, which are no business of either", () => {
  const limits = { callsPerHour: 1, countries: [], denied: ["+882", "+4477"], internationalPrefix: "00" };
  const of = (number: string, more: object = {}) => deniedNumber(number, { ...limits, ...more })?.key;
  assert.equal(of("088213"), undefined);
  assert.equal(of("0088213"), "limit.prefix");
  assert.equal(of("+882 13"), "limit.prefix");
  assert.equal(of("+44-7712"), "limit.prefix");
  assert.equal(of("+442012"), undefined);
  const countries = { countries: ["+49", "+1242"] };
  assert.equal(of("0049301", countries), undefined);
  assert.equal(of("+12425551", countries), undefined);
  assert.equal(of("+15551234", countries), "limit.country");
  assert.equal(of("0044201", countries), "limit.country");
  assert.equal(of("030123", countries), undefined);
  assert.equal(
    of("+88213", { countries: ["+882"] }),
    "limit.prefix",
    "what nobody may call is in no country",
  );
  assert.equal(of("01188213", { internationalPrefix: "011" }), "limit.prefix");
  assert.equal(of("0088213", { internationalPrefix: "011" }), undefined);
});

Deno.test("limits: calls of the last hour are counted and forgotten by the minute", () => {
  const calls = new HourlyCalls();
  for (let i = 0; i < 5; i++) calls.add("101", i * 60_000);
  assert.equal(calls.used("101", 5 * 60_000), 5);
  assert.equal(calls.used("101", 60 * 60_000), 4);
  assert.equal(calls.used("101", 64 * 60_000), 0);
  assert.equal(calls.used("102", 0), 0);
});

Deno.test("limits: memory does not grow with made-up callers, and the busiest are kept", () => {
  const calls = new HourlyCalls();
  for (let i = 0; i < 30_000; i++) {
    calls.add(`x${i}`, 0);
    if (i % 1000 === 0) calls.add("101", 0);
  }
  assert.equal(calls.used("101", 0), 30);
  assert.equal(calls.used("x0", 0), 0);
});

Deno.test("a PIN dialled with a room is left out of what is shown, everything else is as it was", () => {
  for (
    const [dialled, shown] of [
      ["*6*800*4711", "*6*800"],
      ["*6*800*4711#", "*6*800"],
      ["*6*800*47 11", "*6*800"],
      ["*6*800", "*6*800"],
      ["*90*102", "*90*102"],
      ["800", "800"],
      ["", ""],
    ] as const
  ) assert.equal(withoutPin(dialled, CODES), shown);
});
