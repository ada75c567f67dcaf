import assert from "node:assert/strict";
import { ManualClock, SILENT_LOG } from "../base/mod.ts";
import { DatabaseSync } from "node:sqlite";
import { inspectDatabase } from "./inspect.ts";
import { openStore } from "./store.ts";

const DUMPS = new URL("../../tests/data/store/", import.meta.url);

function inFolder(body: (folder: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    body(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function freshDatabase(path: string): void {
  const opened = openStore({
    path,
    clock: new ManualClock(),
    log: SILENT_LOG,
    readDomain: () => undefined,
  });
  if (!opened.ok) assert.fail(opened.error);
  opened.value.state.put("hunt/600", "3");
  opened.value.close();
}

Deno.test("a database of ours is counted and left as it is", () => {
  inFolder((folder) => {
    const path = `${folder}/a.db`;
    freshDatabase(path);
    const before = Deno.readFileSync(path);
    const facts = inspectDatabase(path);
    if (!facts.ok) assert.fail(facts.error);
    assert.equal(facts.value.counts.state, 1);
    assert.equal(facts.value.isEarlier, false);
    assert.deepEqual(Deno.readFileSync(path), before);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["a.db"]);
  });
});

Deno.test("a database of each earlier version is known as ours", () => {
  for (const { name } of Deno.readDirSync(DUMPS)) {
    inFolder((folder) => {
      const old = new DatabaseSync(`${folder}/old.db`);
      old.exec(Deno.readTextFileSync(new URL(name, DUMPS)));
      old.close();
      const facts = inspectDatabase(`${folder}/old.db`);
      if (!facts.ok) assert.fail(`${name}: ${facts.error}`);
      assert.equal(facts.value.domains.length, 1);
    });
  }
});

Deno.test("what is not ours, newer, damaged or has more in it than we put there is refused", () => {
  const rows: [promise: string, sql: string, error: RegExp][] = [
    ["another program's", "PRAGMA application_id = 1", /another program/],
    ["without our table", "DROP TABLE migrations", /no schema of sipedge/],
    [
      "newer",
      "UPDATE migrations SET version = 99 WHERE module = 'state'",
      /newer version of sipedge \(state 99/,
    ],
    ["newer by a module", "INSERT INTO migrations VALUES ('voicemail', 1)", /newer version .*voicemail/],
    ["a trigger", "CREATE TRIGGER t AFTER INSERT ON state BEGIN DELETE FROM bans; END", /its schema is not/],
    ["a view", "CREATE VIEW v AS SELECT 1", /its schema is not/],
    ["a table", "CREATE TABLE more (a TEXT)", /its schema is not/],
    ["a table less", "DROP TABLE bans", /its schema is not/],
    ["no JSON", "INSERT INTO domains VALUES ('x', 1, '{')", /JSON/],
  ];
  for (const [promise, sql, error] of rows) {
    inFolder((folder) => {
      const path = `${folder}/a.db`;
      freshDatabase(path);
      const database = new DatabaseSync(path);
      database.exec(sql);
      database.close();
      const facts = inspectDatabase(path);
      assert.match(facts.ok ? "taken" : facts.error, error, promise);
    });
  }
  inFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/a.db`, "no database at all, but long enough to look at".repeat(100));
    const facts = inspectDatabase(`${folder}/a.db`);
    assert.match(facts.ok ? "taken" : facts.error, /damaged/);
  });
});
