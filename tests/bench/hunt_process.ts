/**
 * A crowd in one process: 200 callers over 50 members in 10 groups, with real timers that remember how late they were.
 * Members answer after 20 ms and talk for 100 ms, or let it ring for a second. Speaks JSON lines with `hunt_bench.ts`.
 */
import { seededRandom, SILENT_LOG } from "../../src/base/mod.ts";
import { DOMAIN, FakeStateStore, huntGroup, QUEUE } from "../../src/pbx/hunt/fake_office.ts";
import { type HuntHandle, HuntService } from "../../src/pbx/hunt/mod.ts";
import { TextLineStream } from "./text_lines.ts";

export interface HuntRequest {
  readonly callers: number;
  readonly members: number;
  readonly groups: number;
  readonly seconds: number;
}

export interface HuntResult {
  readonly served: number;
  readonly mostAtOnce: number;
  readonly timers: number;
  /** Milliseconds that timers came after their time. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** CPU time of the longest step that a timer began. */
  readonly longestStepMs: number;
  /** How long the thread could have run and did not get the core: what others on this machine cost. */
  readonly waitedMs: number;
  /** The most that timers were late before the hunts began. */
  readonly idleMaxMs: number;
}

/** Of this thread, in milliseconds: time on the core, and time waiting for it (proc(5), /proc/PID/schedstat). */
function schedule(): { ran: number; waited: number } {
  const [ran, waited] = Deno.readTextFileSync("/proc/thread-self/schedstat").split(" ");
  return { ran: Number(ran) / 1e6, waited: Number(waited) / 1e6 };
}

/** The system's timers, remembering how late each one was. */
class WatchedClock {
  readonly late: number[] = [];
  longestStepMs = 0;
  now(): number {
    return performance.timeOrigin + performance.now();
  }
  at(timeMs: number, task: () => void) {
    const id = setTimeout(() => {
      this.late.push(this.now() - timeMs);
      const { ran } = schedule();
      task();
      this.longestStepMs = Math.max(this.longestStepMs, schedule().ran - ran);
    }, Math.max(0, timeMs - this.now()));
    return { cancel: () => clearTimeout(id) };
  }
}

async function idle(ms: number): Promise<number> {
  const clock = new WatchedClock();
  const until = clock.now() + ms;
  while (clock.now() < until) {
    await new Promise<void>((resolve) => void clock.at(clock.now() + 10, resolve));
  }
  return Math.max(...clock.late);
}

async function crowd(
  { callers, members, groups, seconds }: HuntRequest,
): Promise<Omit<HuntResult, "idleMaxMs">> {
  const clock = new WatchedClock();
  const busy = new Set<string>();
  const numbers = Array.from({ length: members }, (_, index) => String(10_000 + index));
  const service = new HuntService({
    clock,
    random: seededRandom(1),
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
  const settings = Array.from({ length: groups }, (_, index) =>
    huntGroup(numbers, {
      number: String(600 + index),
      strategy: "roundRobin",
      ringSeconds: 1,
      queue: { ...QUEUE, maxCallers: 1000 },
    }));
  const until = clock.now() + seconds * 1000;
  const { waited } = schedule();
  let served = 0;
  let mostAtOnce = 0;
  const goodbyes: (() => void)[] = [];
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
          });
          caller(index + 1);
        },
        release() {},
        forward: () => caller(index + 1),
        refuse: () => caller(index + 1),
      },
    }, { domain: DOMAIN, group: settings[index % groups]! });
    hunt.start();
    mostAtOnce = Math.max(mostAtOnce, service.counts().hunts);
    goodbyes.push(() => hunt.callerGone());
  };
  // Callers come one after the other within a second, as they do, and leave so.
  for (let index = 0; index < callers; index++) {
    setTimeout(() => caller(index * 1000), index * 1000 / callers);
  }
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  for (const goodbye of goodbyes) {
    goodbye();
    if (service.counts().hunts > 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  const late = clock.late.toSorted((a, b) => a - b);
  const at = (share: number) => late[Math.min(late.length - 1, Math.floor(late.length * share))]!;
  return {
    served,
    mostAtOnce,
    timers: late.length,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: at(1),
    longestStepMs: clock.longestStepMs,
    waitedMs: schedule().waited - waited,
  };
}

const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
for await (const line of lines) {
  const idleMaxMs = await idle(2_000);
  const result: HuntResult = { ...await crowd(JSON.parse(line)), idleMaxMs };
  console.log(JSON.stringify(result));
}
