import assert from "node:assert/strict";
import { ManualClock, SILENT_LOG } from "../../src/base/mod.ts";
import { openStore } from "../../src/store/mod.ts";
import { bindingOf } from "./store_contract.ts";

/** Puts bindings without end, and tells how many are on disk. */
const WRITER = `
import { SILENT_LOG } from "${new URL("../../src/base/mod.ts", import.meta.url)}";
import { SystemClock } from "${new URL("../../src/platform/mod.ts", import.meta.url)}";
import { openStore } from "${new URL("../../src/store/mod.ts", import.meta.url)}";
const store = openStore({ path: Deno.args[0], clock: new SystemClock(), log: SILENT_LOG, readDomain: () => undefined });
const binding = JSON.parse(Deno.args[1]);
for (let round = 1; ; round++) {
  for (let index = 0; index < 100; index++) {
    store.value.bindings.put({ ...binding, extension: String(round * 100 + index), sequence: round });
  }
  await store.value.flush();
  console.log(round);
}
`;

Deno.test("kill -9 while writing: the database is whole and holds everything that was flushed", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/sipedge.db`;
  await Deno.writeTextFile(`${folder}/writer.ts`, WRITER);
  const writer = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-prompt",
      "--config",
      new URL("../../deno.json", import.meta.url).pathname,
      `${folder}/writer.ts`,
      path,
      JSON.stringify(bindingOf()),
    ],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let text = "";
  for await (const bytes of writer.stdout) {
    text += new TextDecoder().decode(bytes);
    if (text.split("\n").length > 20) break;
  }
  writer.kill("SIGKILL");
  await writer.status;
  const flushed = text.split("\n").slice(0, -1).length * 100;
  const store = openStore({ path, clock: new ManualClock(), log: SILENT_LOG, readDomain: () => undefined });
  if (!store.ok) assert.fail(store.error);
  const found = await store.value.bindings.all();
  assert.ok(flushed >= 2000 && found.length >= flushed, `${found.length} of ${flushed}`);
  // Rounds are whole: a transaction is there or it is not.
  assert.equal(found.length % 100, 0);
  store.value.close();
  await Deno.remove(folder, { recursive: true });
});
