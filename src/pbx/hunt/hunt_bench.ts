/** Speed of the hunt: choosing a member, a whole call, and how late timers are under load. */

import { type Clock, seededRandom, SILENT_LOG } from "../../base/mod.ts";
import { DOMAIN, FakeOffice, FakeStateStore, huntGroup, QUEUE } from "./fake_office.ts";
import type { HuntHandle } from "./hunt.ts";
import { HuntService } from "./service.ts";
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
    choose(SEATS, { strategy, now: 1, passedOver, last: 995, random });
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

/** The system's timers, remembering how late each one was. */
class WatchedClock implements Clock {
  worstMs = 0;
  timers = 0;
  now(): number {
    return performance.timeOrigin + performance.now();
  }
  at(timeMs: number, task: () => void) {
    const id = setTimeout(() => {
      this.timers++;
      this.worstMs = Math.max(this.worstMs, this.now() - timeMs);
      task();
    }, Math.max(0, timeMs - this.now()));
    return { cancel: () => clearTimeout(id) };
  }
}

/** 200 callers over 50 members in 10 groups for 5 s: members answer after 20 ms, talk for 100 ms, or let it ring. */
async function crowd(): Promise<string> {
  const clock = new WatchedClock();
  const members = numbers(50);
  const busy = new Set<string>();
  const service = new HuntService({
    clock,
    random,
    log: SILENT_LOG,
    members: {
      facts: (_, extension) => ({
        registeredAt: 1,
        calls: busy.has(extension) ? 1 : 0,
        doNotDisturb: false,
        callWaiting: false,
        maxCalls: 1,
      }),
    },
    state: new FakeStateStore(),
    events: { emit() {} },
  });
  const settings = Array.from(
    { length: 10 },
    (_, index) =>
      huntGroup(members, {
        number: String(600 + index),
        strategy: "roundRobin",
        ringSeconds: 1,
        queue: { ...QUEUE, maxCallers: 1000 },
      }),
  );
  const until = clock.now() + 5_000;
  let served = 0;
  const caller = (index: number): void => {
    if (clock.now() > until) return;
    const later = (ms: number, task: () => void) => clock.at(clock.now() + ms, task);
    const rung = new Map<number, string>();
    const hunt: HuntHandle = service.open({
      id: String(index),
      note() {},
      waiting: { music() {}, position() {} },
      control: {
        ring(attempt, extension) {
          rung.set(attempt, extension);
          if ((index + attempt) % 4 > 0) later(20, () => hunt.answered(attempt));
        },
        connect(attempt) {
          const extension = rung.get(attempt)!;
          busy.add(extension);
          served++;
          later(100, () => {
            busy.delete(extension);
            hunt.finished();
            service.changed(DOMAIN, extension);
            caller(index + 1);
          });
        },
        release() {},
        forward: () => caller(index + 1),
        refuse: () => caller(index + 1),
      },
    }, { domain: DOMAIN, group: settings[index % 10]! });
    hunt.start();
    later(6_000, () => hunt.callerGone());
  };
  for (let index = 0; index < 200; index++) caller(index * 1000);
  await new Promise((resolve) => setTimeout(resolve, 7_000));
  return `200 hunts over 50 members: ${served} served in 5 s, ${clock.timers} timers, latest ${
    clock.worstMs.toFixed(1)
  } ms late`;
}

Deno.bench(
  "200 simultaneous hunts over 50 members, real timers",
  { group: "crowd", n: 1, warmup: 0 },
  async () => {
    console.log(await crowd());
  },
);
