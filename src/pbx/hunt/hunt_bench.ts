/** Speed of the hunt: choosing a member, and a whole call. How late timers are: `tests/bench/hunt_bench.ts`. */

import { seededRandom } from "../../base/mod.ts";
import { FakeOffice, huntGroup, QUEUE } from "./fake_office.ts";
import { choose, type Seat } from "./strategy.ts";

const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(10_000 + index));

// 1,000 members, all busy but the last ones: the longest way any choice can take.
const SEATS: Seat[] = numbers(1000).map((extension, index) => ({
  order: 1000 - index,
  member: { extension, isFree: index > 990, restsUntil: 0, registeredAt: index, idleSince: index },
}));
const passedOver = new Set(["10995", "10999"]);
const random = seededRandom(1);

for (const strategy of ["linear", "roundRobin", "longestIdle", "random"] as const) {
  Deno.bench(`choose among 1,000: ${strategy}`, { group: "choose" }, () => {
    choose(SEATS, { strategy, now: 1, passedOver, last: 0, random });
  });
}

const office = new FakeOffice(numbers(1000));
const groups = Array.from(
  { length: 100 },
  (_, index) =>
    huntGroup(numbers(1000), { number: String(600 + index), strategy: "roundRobin", queue: QUEUE }),
);
let turn = 0;

Deno.bench("a caller arrives, one of 1,000 rings, the caller leaves: 100 groups", { group: "call" }, () => {
  const caller = office.call(groups[turn++ % groups.length]!);
  office.hangUp(caller);
  office.callers.length = 0;
});
