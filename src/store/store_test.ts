import assert from "node:assert/strict";
import { type Log, ManualClock, SILENT_LOG } from "../base/mod.ts";
import { DatabaseSync } from "node:sqlite";
import { openStore, type Store } from "./store.ts";

function open(path: string, log: Log = SILENT_LOG, clock = new ManualClock()) {
  return openStore({ path, clock, log, readDomain: () => undefined, busyMs: 0 });
}

function opened(path: string, log?: Log, clock?: ManualClock): Store {
  const store = open(path, log, clock);
  if (!store.ok) assert.fail(store.error);
  return store.value;
}

function refused(path: string): string {
  const store = open(path);
  if (!store.ok) return store.error;
  store.value.close();
  assert.fail("was opened");
}

async function inFolder(body: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs the manual clock until `promise` is settled. */
async function settled<T>(clock: ManualClock, promise: Promise<T>): Promise<T> {
  let isOver = false;
  promise.finally(() => isOver = true).catch(() => {});
  while (!isOver) {
    clock.advance(50);
    await Promise.resolve();
  }
  return promise;
}

const RECORD = {
  id: "1",
  domain: "a.example",
  startedAt: 1,
  caller: "100",
  called: "101",
  direction: "internal",
  legs: [],
  events: [],
} as const;

const BINDING = {
  domain: "a.example",
  extension: "100",
  contact: "sip:100@192.0.2.1",
  callId: "x",
  sequence: 1,
  q: 1,
  path: [],
  transport: "udp",
  localHost: "",
  localPort: 0,
  remoteHost: "",
  remotePort: 0,
  registeredAt: 0,
  refreshedAt: 0,
  expiresAt: 0,
} as const;

Deno.test("what cannot be used as a database is refused with what is wrong and what to do", () =>
  inFolder((folder) => {
    const at = (name: string) => `${folder}/${name}`;
    Deno.writeTextFileSync(at("text"), "no database at all ".repeat(100));
    assert.match(refused(at("text")), /^Cannot open ".*text": the database is damaged: restore a backup/);
    assert.match(refused(at("missing/file")), /cannot be opened: check that its folder exists/);
    assert.match(refused(folder), /cannot be opened/);
    const foreign = new DatabaseSync(at("foreign"));
    foreign.exec("CREATE TABLE t (a)");
    foreign.close();
    assert.match(refused(at("foreign")), /belongs|another program/);
  }));

Deno.test("a database with damaged pages is refused, not half used", () =>
  inFolder((folder) => {
    const path = `${folder}/a.db`;
    const store = opened(path);
    for (let index = 0; index < 500; index++) store.callRecords.append({ ...RECORD, id: String(index) });
    store.close();
    const bytes = Deno.readFileSync(path);
    for (let page = 2; page < 12; page++) bytes.fill(0xab, page * 4096, page * 4096 + 2000);
    Deno.writeFileSync(path, bytes);
    assert.match(refused(path), /the database is damaged: restore a backup/);
  }));

Deno.test("a database of a newer version is refused and left as it is", () =>
  inFolder((folder) => {
    const path = `${folder}/a.db`;
    opened(path).close();
    const newer = new DatabaseSync(path);
    newer.exec("UPDATE migrations SET version = 99 WHERE module = 'bindings'");
    newer.close();
    assert.match(refused(path), /written by a newer version of sipedge \(bindings 99, known 1\)/);
    const after = new DatabaseSync(path);
    assert.equal(
      after.prepare("SELECT version FROM migrations WHERE module = 'bindings'").get()?.version,
      99,
    );
    after.close();
  }));

Deno.test("a database locked by another program while the server runs takes its data later", () =>
  inFolder((folder) => {
    const path = `${folder}/a.db`;
    const clock = new ManualClock();
    const errors: unknown[] = [];
    const store = opened(
      path,
      { ...SILENT_LOG, error: (_event, fields) => errors.push(fields?.reason) },
      clock,
    );
    const other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");
    store.callRecords.append(RECORD);
    store.bindings.put(BINDING);
    clock.advance(5000);
    assert.deepEqual(errors, ["the database is locked by another program: end that program"]);
    other.exec("ROLLBACK");
    clock.advance(10_000);
    assert.equal(other.prepare("SELECT count(*) AS n FROM call_records").get()?.n, 1);
    assert.equal(other.prepare("SELECT count(*) AS n FROM bindings").get()?.n, 1);
    other.close();
    assert.equal(store.close(), true);
  }));

Deno.test("a change of the directory waits for a lock and says so when it does not end", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.db`;
    const clock = new ManualClock();
    const store = opened(path, SILENT_LOG, clock);
    const other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");
    const outcome = store.directory.putCredentials("a.example", "100", { md5: "", sha256: "" }).then(
      () => "stored",
      (error) => String(error.message),
    );
    assert.equal(
      await settled(clock, outcome),
      "Cannot store the change: the database is locked by another program: end that program",
    );
    other.close();
    store.close();
  }));

Deno.test("a full disk while the server runs costs no error to anybody, and nothing once there is room again", () =>
  inFolder(async (folder) => {
    const clock = new ManualClock();
    const errors: unknown[] = [];
    const store = opened(`${folder}/a.db`, {
      ...SILENT_LOG,
      error: (_event, fields) => errors.push(fields?.reason),
    }, clock);
    const { database } = store.connection;
    const pages = Number(database.prepare("PRAGMA page_count").get()?.page_count);
    database.exec(`PRAGMA max_page_count = ${pages}`);
    const events = [{ at: 1, kind: "x".repeat(10_000) }];
    for (let index = 0; index < 20; index++) {
      store.callRecords.append({ ...RECORD, id: String(index), events });
    }
    clock.advance(5000);
    assert.deepEqual(errors, ["the disk is full: free some space"]);
    assert.equal((await store.callRecords.list({ offset: 0, limit: 1 })).total, 0);
    database.exec("PRAGMA max_page_count = 100000");
    clock.advance(60_000);
    assert.equal((await store.callRecords.list({ offset: 0, limit: 1 })).total, 20);
    store.close();
  }));

Deno.test("a store written 200 ms ago survives the sudden end of the process", () =>
  inFolder((folder) => {
    const clock = new ManualClock();
    const store = opened(`${folder}/a.db`, SILENT_LOG, clock);
    store.bindings.put(BINDING);
    clock.advance(200);
    // What lies on the disk now is all that a killed process leaves.
    for (const name of ["a.db", "a.db-wal"]) Deno.copyFileSync(`${folder}/${name}`, `${folder}/copy-${name}`);
    const copy = opened(`${folder}/copy-a.db`);
    assert.equal(copy.connection.all("SELECT contact FROM bindings").length, 1);
    copy.close();
    store.close();
  }));

Deno.test("a backup taken while the store is used is whole and opens by itself", () =>
  inFolder(async (folder) => {
    const store = opened(`${folder}/a.db`);
    for (let index = 0; index < 300; index++) store.callRecords.append({ ...RECORD, id: String(index) });
    await store.backupTo(`${folder}/backup.db`);
    store.callRecords.append({ ...RECORD, id: "later" });
    const copy = opened(`${folder}/backup.db`);
    assert.equal((await copy.callRecords.list({ offset: 0, limit: 1 })).total, 300);
    copy.close();
    store.close();
  }));

Deno.test("a store closes twice without harm", () => {
  const store = opened(":memory:");
  assert.equal(store.close(), true);
  assert.equal(store.close(), true);
});

Deno.test("trim keeps the newest records, each gives all of them in order", () =>
  inFolder(async (folder) => {
    const clock = new ManualClock();
    const store = opened(`${folder}/a.db`, SILENT_LOG, clock);
    // Several calls begin in the same millisecond: none may be lost between two pages.
    for (let index = 0; index < 2500; index++) {
      store.callRecords.append({
        ...RECORD,
        id: String(index).padStart(5, "0"),
        startedAt: Math.floor(index / 7),
      });
    }
    await store.flush();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { id } of store.callRecords.each({})) seen.push(id);
    })();
    await settled(clock, reading);
    assert.equal(new Set(seen).size, 2500);
    assert.equal(await settled(clock, store.callRecords.trim(10)), 2490);
    const left = await store.callRecords.list({ offset: 0, limit: 100 });
    assert.deepEqual(left.rows.map(({ id }) => id), seen.slice(0, 10));
    store.close();
  }));
