/**
 * Do hunts keep time: 200 callers at once look for 50 members, all on one core.
 *
 *     deno run -A tests/bench/hunt_bench.ts [--seconds N] [--rounds N]
 *
 * Choosing a member is measured by `src/pbx/hunt/hunt_bench.ts`.
 */
import { parseArgs } from "node:util";
import { BenchProcess } from "./bench_process.ts";
import type { HuntRequest, HuntResult } from "./hunt_process.ts";

const CORE = 0;
const MOST_LATE_MS = 50;

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "10" }, rounds: { type: "string", default: "3" } },
});

const COLUMNS = [
  "callers",
  "members",
  "served",
  "timers",
  "late p50 / p99 / most",
  "idle before",
  "longest step",
  "others had the core",
  "own CPU",
  "in time",
];
console.log(`| ${COLUMNS.join(" | ")} |\n|${" --- |".repeat(COLUMNS.length)}`);
let isGood = false;
for (let round = 0; round < Number(values.rounds); round++) {
  const seconds = Number(values.seconds);
  const hunts = BenchProcess.deno("./hunt_process.ts", { core: CORE });
  try {
    const before = hunts.cpuSeconds();
    const wish: HuntRequest = { callers: 200, members: 50, groups: 10, seconds };
    const result = await hunts.ask<HuntResult>(wish);
    const { served, mostAtOnce, timers, p50Ms, p99Ms, maxMs, longestStepMs, waitedMs, idleMaxMs } = result;
    const core = (hunts.cpuSeconds() - before) / seconds * 100;
    const isInTime = maxMs < MOST_LATE_MS;
    isGood ||= isInTime;
    const late = [p50Ms, p99Ms, maxMs].map((ms) => ms.toFixed(1)).join(" / ");
    const cells = [
      mostAtOnce,
      wish.members,
      served,
      timers,
      `${late} ms`,
      `${idleMaxMs.toFixed(1)} ms`,
      `${longestStepMs.toFixed(1)} ms`,
      `${waitedMs.toFixed(0)} ms`,
      `${core.toFixed(0)} %`,
      isInTime ? "yes" : "no",
    ];
    console.log(`| ${cells.join(" | ")} |`);
  } finally {
    await hunts.stop();
  }
}
if (!isGood) Deno.exit(1);
