import assert from "node:assert/strict";
import { ManualClock, SILENT_LOG } from "../base/mod.ts";
import { startRetention } from "./retention.ts";

const DAY_MS = 86_400_000;

/** Lets what was resolved be noticed. */
async function turn(): Promise<void> {
  for (let index = 0; index < 10; index++) await Promise.resolve();
}

Deno.test("records are pruned by age and number every hour, by the limits of the moment, until stopped", async () => {
  const clock = new ManualClock(100 * DAY_MS);
  const asked: [what: string, value: number][] = [];
  let limits = { keepDays: 30, maxRecords: 10 };
  const stop = startRetention({
    prune: (before) => (asked.push(["prune", before]), Promise.resolve(1)),
    trim: (rows) => (asked.push(["trim", rows]), Promise.resolve(0)),
  }, { clock, log: SILENT_LOG, limits: () => limits });
  clock.advance(60_000);
  await turn();
  assert.deepEqual(asked, [["prune", 70 * DAY_MS + 60_000], ["trim", 10]]);
  limits = { keepDays: 1, maxRecords: 5 };
  clock.advance(3_600_000);
  await turn();
  assert.deepEqual(asked.slice(2), [["prune", 99 * DAY_MS + 3_660_000], ["trim", 5]]);
  stop();
  assert.equal(clock.pending, 0);
});

Deno.test("a database in trouble is tried again an hour later", async () => {
  const clock = new ManualClock();
  let asked = 0;
  const warnings: string[] = [];
  const stop = startRetention({
    prune: () => (asked++, Promise.reject(new Error("database is locked"))),
    trim: () => Promise.resolve(0),
  }, {
    clock,
    log: { ...SILENT_LOG, warn: (event) => void warnings.push(event) },
    limits: () => ({ keepDays: 1, maxRecords: 1 }),
  });
  clock.advance(60_000);
  await turn();
  clock.advance(3_600_000);
  await turn();
  assert.deepEqual([asked, warnings.length], [2, 2]);
  stop();
});
