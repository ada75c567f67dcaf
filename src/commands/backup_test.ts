import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { createAuthority } from "../platform/own_authority.ts";
import { createHash } from "node:crypto";
import { seededRandom } from "../base/mod.ts";
import { pack } from "../backup/mod.ts";
import { startExchange } from "../platform/exchange.ts";
import { listenLocal } from "../platform/mod.ts";
import { testCommand, type TestShell } from "../../tests/support/test_shell.ts";

const CONFIG = `server: { data: ./data }
domains:
  - { name: office.example, extensions: [{ number: "100", password: s3cret-a }] }
`;
const PASSPHRASE = "five words make a passphrase";

/** An office with something of everything, and its backup in `box.backup`. */
async function office(shell: TestShell): Promise<string[]> {
  shell.variables.set("SIPEDGE_PASSPHRASE", PASSPHRASE);
  const config = ["--config", shell.file("sipedge.yaml", CONFIG)];
  assert.equal((await shell.run("extension", "add", "103", "--name", "Dora", ...config)).code, 0);
  const authority = await createAuthority("test", { nowMs: Date.now(), random: seededRandom(5) });
  Deno.mkdirSync(`${shell.folder}/data/tls`);
  Deno.mkdirSync(`${shell.folder}/data/sounds/en`, { recursive: true });
  Deno.mkdirSync(`${shell.folder}/data/recordings/office.example`, { recursive: true });
  shell.file("data/tls/ca.pem", authority.certificate);
  shell.file("data/tls/ca.key", authority.key);
  shell.file("data/sounds/en/busy.wav", "RIFF");
  shell.file("data/recordings/office.example/800.wav", "RIFF");
  const made = await shell.run("backup", "box.backup", ...config);
  assert.equal(made.code, 0, made.error);
  assert.match(made.error, /^Wrote ".*\/box\.backup": .*, 5 files\nNot in it: 1 recordings of rooms/);
  return config;
}

/** Everything below the folder, as text. */
function filesOf(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  const walk = (path: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(path)) {
      if (isDirectory) walk(`${path}/${name}`);
      else {
        found[`${path}/${name}`.slice(folder.length + 1)] = new TextDecoder("latin1").decode(
          Deno.readFileSync(`${path}/${name}`),
        );
      }
    }
  };
  walk(folder);
  return found;
}

async function extensionsOf(shell: TestShell, config: readonly string[]): Promise<string[]> {
  const { output } = await shell.run("extension", "list", "--json", ...config);
  return JSON.parse(output).extensions.map(({ number }: { number: string }) => number);
}

testCommand("a backup brings everything back, and --undo takes that back", async (shell) => {
  const config = await office(shell);
  assert.equal(Deno.statSync(`${shell.folder}/box.backup`).mode! & 0o777, 0o600);
  // Everything changes after the backup.
  await shell.run("extension", "remove", "103", ...config);
  await shell.run("extension", "add", "104", ...config);
  shell.file("data/tls/ca.pem", "gone");
  shell.file("data/sounds/en/new.wav", "RIFF");
  shell.file("sipedge.yaml", CONFIG.replace("100", "200"));
  assert.deepEqual(await extensionsOf(shell, config), ["200", "104"]);

  const restored = await shell.run("restore", "box.backup", "--yes", ...config);
  assert.equal(restored.code, 0, restored.error);
  assert.match(restored.error, /whole and unchanged\n.*5 files.*1 credentials/);
  assert.deepEqual(await extensionsOf(shell, config), ["100", "103"]);
  assert.match(Deno.readTextFileSync(`${shell.folder}/data/tls/ca.pem`), /BEGIN CERTIFICATE/);
  const names = Object.keys(filesOf(`${shell.folder}/data`));
  assert.equal(names.includes("sounds/en/new.wav"), false);
  assert.equal(names.includes("recordings/office.example/800.wav"), true);
  assert.equal(names.some((name) => name.startsWith(".")), false);

  const undone = await shell.run("restore", "--undo", "--yes", ...config);
  assert.equal(undone.code, 0, undone.error);
  assert.deepEqual(await extensionsOf(shell, config), ["200", "104"]);
  assert.equal(Deno.readTextFileSync(`${shell.folder}/data/tls/ca.pem`), "gone");
  assert.match(
    (await shell.run("restore", "--undo", "--yes", ...config)).error,
    /There is no restore to undo/,
  );
});

testCommand("a backup moves an office to an empty box", async (shell) => {
  await office(shell);
  Deno.mkdirSync(`${shell.folder}/other`);
  const config = ["--config", "other/sipedge.yaml"];
  shell.input = ["y"];
  const restored = await shell.run("restore", "box.backup", ...config);
  assert.equal(restored.code, 0, restored.error);
  assert.deepEqual(await extensionsOf(shell, config), ["100", "103"]);
  assert.equal(Deno.statSync(`${shell.folder}/other/data`).mode! & 0o777, 0o700);
  assert.equal(Deno.statSync(`${shell.folder}/other/data/tls/ca.key`).mode! & 0o777, 0o600);
  // And back to an empty box.
  assert.equal((await shell.run("restore", "--undo", "--yes", ...config)).code, 0);
  assert.deepEqual([...Deno.readDirSync(`${shell.folder}/other`)].map(({ name }) => name), ["data"]);
});

testCommand("a dry run tells all and changes nothing, also while a server runs", async (shell) => {
  const config = await office(shell);
  const before = filesOf(shell.folder);
  const served = await listenLocal(`${shell.folder}/data/control.sock`, (one) => one.close());
  assert.ok(served.ok);
  const tried = await shell.run("restore", "box.backup", "--dry-run", "--json", ...config);
  assert.equal(tried.code, 0, tried.error);
  const told = JSON.parse(tried.output);
  assert.deepEqual([told.version, told.data, told.rows.credentials], ["1.2.3", `${shell.folder}/data`, 1]);
  assert.match(tried.error, /A server runs on ".*": stop it/);
  const refused = await shell.run("restore", "box.backup", "--yes", ...config);
  assert.match(refused.error, /^A server runs on ".*\/data" \(another server uses it\): stop it first/);
  served.value.close();
  assert.deepEqual(filesOf(shell.folder), before);
});

testCommand("whatever is wrong, nothing has changed", async (shell) => {
  const config = await office(shell);
  const bytes = Deno.readFileSync(`${shell.folder}/box.backup`);
  const flipped = bytes.slice();
  flipped[bytes.length - 20]! ^= 1;
  Deno.writeFileSync(`${shell.folder}/flipped`, flipped);
  Deno.writeFileSync(`${shell.folder}/short`, bytes.subarray(0, bytes.length - 1));
  shell.file("other", "PK");
  await forge(shell, "no-database", { "sipedge.db": "no database" });
  await forge(shell, "bad-config", { "sipedge.yaml": "medai: {}", "sipedge.db": databaseAfter(shell, "") });
  await forge(shell, "trigger", {
    "sipedge.db": databaseAfter(shell, "CREATE TRIGGER t AFTER INSERT ON state BEGIN DELETE FROM bans; END"),
  });
  await forge(shell, "newer", {
    "sipedge.db": databaseAfter(shell, "UPDATE migrations SET version = 99 WHERE module = 'bans'"),
  });
  await forge(shell, "domain", {
    "sipedge.db": databaseAfter(shell, `UPDATE domains SET json = '{"name":"../x","evil":1}'`),
  });
  await forge(shell, "keys", {
    "sipedge.db": databaseAfter(shell, ""),
    "tls/ca.pem": Deno.readTextFileSync(`${shell.folder}/data/tls/ca.pem`),
    "tls/ca.key": (await createAuthority("x", { nowMs: Date.now(), random: seededRandom(6) })).key,
  });
  const before = filesOf(shell.folder);
  const rows: [file: string, error: RegExp][] = [
    ["missing", /Cannot read ".*missing": it does not exist/],
    ["data", /Cannot read ".*data": it is a folder/],
    ["other", /it is no backup of sipedge/],
    ["flipped", /it is damaged or cut off between bytes/],
    ["short", /it is damaged or cut off between bytes/],
    ["no-database", /the database in it cannot be used: it is damaged/],
    ["bad-config", /the configuration in it has problems.*:\n {2}sipedge\.yaml:1:1: medai: unknown key/],
    ["trigger", /its schema is not that of sipedge/],
    ["newer", /written by a newer version of sipedge \(bans 99/],
    ["domain", /a domain in its database makes no sense/],
    ["keys", /Cannot use certificate "tls\/ca\.pem": key "tls\/ca\.key" belongs to another certificate/],
  ];
  for (const [file, error] of rows) {
    const { code, error: found } = await shell.run("restore", file, "--yes", ...config);
    assert.equal(code, 1, file);
    assert.match(found, error);
  }
  shell.input = ["n"];
  assert.match((await shell.run("restore", "box.backup", ...config)).error, /Nothing was changed\n$/);
  assert.match((await shell.run("restore", "box.backup", ...config)).error, /nobody to ask, say --yes/);
  shell.variables.set("SIPEDGE_PASSPHRASE", "another passphrase");
  assert.match(
    (await shell.run("restore", "box.backup", "--yes", ...config)).error,
    /the passphrase is wrong/,
  );
  shell.variables.delete("SIPEDGE_PASSPHRASE");
  assert.match((await shell.run("restore", "box.backup", ...config)).error, /There is no passphrase: say/);
  assert.deepEqual(filesOf(shell.folder), before);
});

testCommand("a folder that is not ours is no place for a backup, whatever it says", async (shell) => {
  await office(shell);
  Deno.mkdirSync(`${shell.folder}/etc`);
  shell.file("etc/passwd", "root");
  const { code, error } = await shell.run("restore", "box.backup", "--yes", "--data", "etc", "--keep-config");
  assert.equal(code, 1);
  assert.match(
    error,
    /Cannot restore into ".*\/etc": it is no data folder of sipedge and not empty \("passwd"\)/,
  );
});

testCommand("a restore that was cut off comes to its end with the next command", async (shell) => {
  const config = await office(shell);
  Deno.mkdirSync(`${shell.folder}/data/.restore-x`);
  Deno.copyFileSync(`${shell.folder}/data/sipedge.db`, `${shell.folder}/data/.restore-x/sipedge.db`);
  shell.file("data/.restore-x/sipedge.yaml", CONFIG.replace("100", "300"));
  const renameSync = Deno.renameSync;
  let renames = 0;
  Deno.renameSync = (from, to) => {
    if (++renames === 3) throw new Error("power cut");
    renameSync(from, to);
  };
  const cut = startExchange(`${shell.folder}/data`, {
    names: ["sipedge.db", "tls"],
    fresh: ".restore-x",
    kept: "kept",
    outside: `${shell.folder}/sipedge.yaml`,
  });
  Deno.renameSync = renameSync;
  assert.equal(cut.ok, false);
  assert.deepEqual(await extensionsOf(shell, config), ["300", "103"]);
  assert.equal(Object.keys(filesOf(`${shell.folder}/data`)).some((name) => name.startsWith(".")), false);
});

testCommand("a backup needs something to keep, a new place, and a passphrase", async (shell) => {
  assert.match((await shell.run("backup", "a.backup")).error, /There is nothing to back up in/);
  const config = await office(shell);
  assert.match((await shell.run("backup", "box.backup", ...config)).error, /it exists already; say --force/);
  // What a backup that was killed has left behind goes with the next one; one that is being made stays.
  for (const [name, hours] of [["old", 30], ["new", 1]] as const) {
    const path = `${shell.folder}/data/.backup-${name}`;
    Deno.mkdirSync(path);
    const at = new Date(Date.now() - hours * 3_600_000);
    Deno.utimeSync(path, at, at);
  }
  assert.equal((await shell.run("backup", "box.backup", "--force", ...config)).code, 0);
  assert.match((await shell.run("backup", "no/such/folder", ...config)).error, /its folder does not exist/);
  shell.variables.delete("SIPEDGE_PASSPHRASE");
  shell.input = ["short"];
  assert.match((await shell.run("backup", "new", ...config)).error, /The passphrase is too short: use 8/);
  const file = ["--passphrase-file", shell.file("pass", "a good passphrase\nsecond line\n")];
  const made = await shell.run("backup", "new", "--json", ...file, ...config);
  assert.equal(made.code, 0, made.error);
  assert.equal(JSON.parse(made.output).files.length, 5);
  assert.equal((await shell.run("restore", "new", "--dry-run", ...file, ...config)).code, 0);
  const left = [...Deno.readDirSync(`${shell.folder}/data`)].map(({ name }) => name);
  assert.deepEqual(left.filter((name) => name.startsWith(".")), [".backup-new"]);
});

/** A database of ours after `sql`. */
function databaseAfter(shell: TestShell, sql: string): Uint8Array {
  const path = `${shell.folder}/forged.db`;
  const source = new DatabaseSync(`${shell.folder}/data/sipedge.db`);
  source.exec(`VACUUM INTO '${path}'`);
  source.close();
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
  const bytes = Deno.readFileSync(path);
  Deno.removeSync(path);
  return bytes;
}

async function forge(
  shell: TestShell,
  file: string,
  contents: Record<string, string | Uint8Array>,
): Promise<void> {
  const bytesOf = (name: string) => {
    const value = contents[name]!;
    return typeof value === "string" ? new TextEncoder().encode(value) : value;
  };
  const files = Object.keys(contents).map((name) => ({
    name,
    bytes: bytesOf(name).length,
    sha256: createHash("sha256").update(bytesOf(name)).digest("hex"),
  }));
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const packed = pack({
    manifest: { format: 1, version: "9", madeAt: 0, host: "evil", data: "/", files },
    read: async function* (name) {
      yield bytesOf(name);
    },
    passphrase: PASSPHRASE,
    random: seededRandom(1),
    logN: 10,
  });
  for await (const part of packed) parts.push(part);
  Deno.writeFileSync(`${shell.folder}/${file}`, new Uint8Array(await new Blob(parts).arrayBuffer()));
}
