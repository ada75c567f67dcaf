import assert from "node:assert/strict";
import { ManualClock, SILENT_LOG } from "../../src/base/mod.ts";
import { readDomain } from "../../src/config/mod.ts";
import { openStore } from "../../src/store/mod.ts";
import { type StoreUnderTest, testStoreContract } from "./store_contract.ts";

function domain(value: unknown) {
  const reading = readDomain(value);
  assert.ok(reading.ok);
  return reading.value;
}

// deno-lint-ignore require-await -- the contract is asynchronous for engines that are
async function openAt(folder: string): Promise<StoreUnderTest> {
  const opened = openStore({
    path: `${folder}/sipedge.db`,
    clock: new ManualClock(),
    log: SILENT_LOG,
    readDomain: (value) => domain(value),
  });
  if (!opened.ok) assert.fail(opened.error);
  const { bindings, callRecords, state, directory, bans, audit } = opened.value;
  return {
    bindings,
    callRecords,
    state,
    directory,
    bans,
    audit,
    reopen: () => {
      opened.value.close();
      return openAt(folder);
    },
    close: async () => {
      opened.value.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

testStoreContract({ name: "SQLite", open: async () => openAt(await Deno.makeTempDir()) }, domain);
