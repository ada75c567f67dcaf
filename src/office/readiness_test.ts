import assert from "node:assert/strict";
import { findMissing, type ReadinessFacts } from "./readiness.ts";

const READY: ReadinessFacts = {
  isOpen: true,
  wantedListeners: 3,
  openListeners: 3,
  mediaThreads: [true, true],
  isStoreStuck: false,
};

const ROWS: readonly [promise: string, facts: Partial<ReadinessFacts>, words: readonly RegExp[]][] = [
  ["a server with all it needs is ready", {}, []],
  ["one that stops is not", { isOpen: false }, [/^stopping/]],
  ["one whose listeners are not all open is not", { openListeners: 2 }, [/^listeners: 2 of 3/]],
  ["one with a dead media thread is not", { mediaThreads: [true, false] }, [/^media/]],
  ["one whose database takes nothing is not", { isStoreStuck: true }, [/^database/]],
  ["all reasons are told", { isOpen: false, isStoreStuck: true }, [/^stopping/, /^database/]],
];

for (const [promise, facts, words] of ROWS) {
  Deno.test(`readiness: ${promise}`, () => {
    const missing = findMissing({ ...READY, ...facts });
    assert.equal(missing.length, words.length);
    words.forEach((pattern, index) => assert.match(missing[index]!, pattern));
  });
}
