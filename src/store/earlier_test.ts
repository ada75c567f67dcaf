import assert from "node:assert/strict";
import { ManualClock, SILENT_LOG } from "../base/mod.ts";
import { readDomain } from "../config/mod.ts";
import { DatabaseSync } from "node:sqlite";
import { openStore } from "./store.ts";

const DUMPS = new URL("../../tests/data/store/", import.meta.url);

for (const { name } of [...Deno.readDirSync(DUMPS)].sort((a, b) => a.name.localeCompare(b.name))) {
  Deno.test(`the database of version ${name.replace(/\.sql$/, "")} opens with all that is in it`, async () => {
    const folder = await Deno.makeTempDir();
    const path = `${folder}/sipedge.db`;
    const old = new DatabaseSync(path);
    old.exec(await Deno.readTextFile(new URL(name, DUMPS)));
    old.close();
    const opened = openStore({
      path,
      clock: new ManualClock(),
      log: SILENT_LOG,
      readDomain: (value) => {
        const reading = readDomain(value);
        return reading.ok ? reading.value : undefined;
      },
    });
    if (!opened.ok) assert.fail(opened.error);
    const store = opened.value;
    assert.deepEqual((await store.bindings.all()).map(({ extension }) => extension), ["100"]);
    assert.equal((await store.callRecords.get("call-1"))?.result, "answered");
    assert.equal(await store.state.get("hunt/600"), "3");
    const [domain] = await store.directory.domains();
    assert.deepEqual([domain?.name, domain?.rooms[0]?.pin, domain?.rooms[0]?.capacity], [
      "office.example",
      "4711",
      5,
    ]);
    assert.deepEqual((await store.directory.credentials()).get("office.example/100"), {
      md5: "11",
      sha256: "22",
    });
    assert.deepEqual((await store.bans.all()).map(({ address }) => address), ["192.0.2.9"]);
    store.close();
    await Deno.remove(folder, { recursive: true });
  });
}
