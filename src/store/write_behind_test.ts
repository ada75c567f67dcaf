import assert from "node:assert/strict";
import { type Log, ManualClock, SILENT_LOG } from "../base/mod.ts";
import { WriteBehind } from "./write_behind.ts";

function setUp() {
  const clock = new ManualClock();
  const lines: string[] = [];
  const note = (event: string) => void lines.push(event);
  const log: Log = { ...SILENT_LOG, info: note, warn: note, error: note };
  const disk: string[] = [];
  let transactions = 0;
  const trouble: { error?: Error } = {};
  const behind = new WriteBehind({
    clock,
    log,
    transaction: (work) => {
      if (trouble.error) throw trouble.error;
      const before = disk.length;
      try {
        work();
        transactions++;
      } catch (error) {
        disk.length = before;
        throw error;
      }
    },
  });
  const put = (key: string, value: string, isExpendable = false) =>
    behind.add({ key, isExpendable, run: () => void disk.push(`${key}=${value}`) });
  return { clock, lines, disk, behind, put, trouble, transactions: () => transactions };
}

Deno.test("everything is written within 200 ms, together, the last word of each key only", () => {
  const { clock, disk, put, transactions } = setUp();
  put("a", "1");
  put("b", "1");
  clock.advance(50);
  put("a", "2");
  clock.advance(150);
  assert.deepEqual(disk, ["b=1", "a=2"]);
  assert.equal(transactions(), 1);
  assert.equal(clock.pending, 0);
});

Deno.test("a full disk costs nothing but waiting: one line in the log, tried again, written in the end", () => {
  const { clock, disk, put, lines, trouble, behind } = setUp();
  trouble.error = new Error("database or disk is full");
  put("a", "1");
  clock.advance(120_000);
  put("b", "1");
  assert.deepEqual(disk, []);
  assert.equal(behind.waiting, 2);
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /calls go on/);
  assert.deepEqual(behind.fault, { kind: "full", message: "the disk is full: free some space" });
  trouble.error = new Error("database is locked");
  clock.advance(60_000);
  assert.equal(behind.fault?.kind, "busy", "what is wrong now, not what was wrong first");
  delete trouble.error;
  clock.advance(30_000);
  assert.equal(behind.fault, undefined);
  assert.deepEqual(disk, ["a=1", "b=1"]);
  assert.equal(lines.length, 2);
  put("c", "1");
  clock.advance(200);
  assert.deepEqual(disk.at(-1), "c=1");
});

Deno.test("while nothing can be written memory stays bounded: the oldest expendable writes go, the others stay", () => {
  const { put, trouble, behind, clock, disk } = setUp();
  trouble.error = new Error("database is locked");
  put("needed", "1");
  for (let index = 0; index < 50_000; index++) put(`call ${index}`, "1", true);
  assert.equal(behind.waiting, 10_001);
  delete trouble.error;
  clock.advance(120_000);
  assert.equal(disk.length, 10_001);
  assert.equal(disk[0], "needed=1");
  assert.equal(disk.at(-1), "call 49999=1");
});

Deno.test("one write that can never succeed does not keep the others from the disk", () => {
  const { clock, disk, put, behind, lines } = setUp();
  put("a", "1");
  behind.add({
    key: "bad",
    run: () => {
      throw new Error("NOT NULL constraint failed");
    },
  });
  put("b", "1");
  clock.advance(200);
  assert.deepEqual(disk, ["a=1", "b=1"]);
  assert.equal(behind.waiting, 0);
  assert.deepEqual(lines, ["a record could not be stored"]);
});

Deno.test("a large burst is written in parts, and flush writes it all at once", () => {
  const { clock, put, behind, disk, transactions } = setUp();
  for (let index = 0; index < 5000; index++) put(String(index), "1");
  clock.advance(100);
  assert.equal(disk.length, 5000);
  assert.equal(transactions(), 3);
  put("x", "1");
  assert.equal(behind.flush(), true);
  assert.equal(behind.waiting, 0);
  assert.equal(clock.pending, 0);
});

Deno.test("after close nothing is taken and no timer is left", () => {
  const { clock, put, behind, disk, trouble } = setUp();
  put("a", "1");
  trouble.error = new Error("database or disk is full");
  assert.equal(behind.close(), false);
  put("b", "1");
  assert.equal(clock.pending, 0);
  assert.deepEqual(disk, []);
});
