import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { MIGRATIONS } from "./migrations.ts";
import { migrate, type Migrations } from "./schema.ts";

function layout(database: DatabaseSync): unknown {
  return database.prepare("SELECT type, name, sql FROM sqlite_master ORDER BY type, name").all();
}

/** Every state of the schema on the way from nothing to the present, module by module. */
function earlierStates(): Migrations[][] {
  const states: Migrations[][] = [[]];
  for (const { module, steps } of MIGRATIONS) {
    for (let version = 1; version <= steps.length; version++) {
      const before = states.at(-1)!.filter((migrations) => migrations.module !== module);
      states.push([...before, { module, steps: steps.slice(0, version) }]);
    }
  }
  return states;
}

Deno.test("from every earlier schema the present one is reached, the same as from nothing", () => {
  const fresh = new DatabaseSync(":memory:");
  migrate(fresh, MIGRATIONS);
  for (const state of earlierStates()) {
    const database = new DatabaseSync(":memory:");
    assert.equal(migrate(database, state).ok, true);
    assert.equal(migrate(database, MIGRATIONS).ok, true);
    assert.deepEqual(layout(database), layout(fresh));
    const again = migrate(database, MIGRATIONS);
    assert.deepEqual(again, { ok: true, value: { steps: 0 } });
    database.close();
  }
  fresh.close();
});

Deno.test("data of an earlier version is still there after the step forward", () => {
  const one: Migrations = { module: "m", steps: ["CREATE TABLE m (a TEXT) STRICT"] };
  const two: Migrations = {
    module: "m",
    steps: [...one.steps, "ALTER TABLE m ADD COLUMN b TEXT DEFAULT 'new'"],
  };
  const database = new DatabaseSync(":memory:");
  migrate(database, [one]);
  database.exec("INSERT INTO m VALUES ('old')");
  migrate(database, [two]);
  assert.deepEqual({ ...database.prepare("SELECT a, b FROM m").get() }, { a: "old", b: "new" });
  database.close();
});

Deno.test("a step that fails leaves the database as it was", () => {
  const database = new DatabaseSync(":memory:");
  migrate(database, [{ module: "m", steps: ["CREATE TABLE m (a TEXT) STRICT"] }]);
  const before = layout(database);
  const bad = { module: "m", steps: ["", "CREATE TABLE n (a TEXT) STRICT; CREATE TABLE m (a TEXT) STRICT"] };
  assert.throws(() => migrate(database, [bad]));
  assert.deepEqual(layout(database), before);
  assert.equal(database.isTransaction, false);
  database.close();
});

Deno.test("each module stands in the list once", () => {
  const names = MIGRATIONS.map(({ module }) => module);
  assert.equal(new Set(names).size, names.length);
});
