import assert from "node:assert/strict";
import { ManualClock } from "../base/mod.ts";
import {
  ensureFolder,
  ensurePrivateFile,
  readTextFile,
  removeFile,
  watchFile,
  writeFileWhole,
} from "./files.ts";

async function inFolder(body: (folder: string) => void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const modeOf = (path: string) => (Deno.statSync(path).mode ?? 0) & 0o777;

Deno.test("what holds secrets is made for its owner only", () =>
  inFolder((folder) => {
    assert.ok(ensureFolder(`${folder}/a/b`).ok);
    assert.ok(ensurePrivateFile(`${folder}/a/b/db`).ok);
    assert.ok(writeFileWhole(`${folder}/a/key.pem`, "key").ok);
    assert.deepEqual(["a", "a/b", "a/b/db", "a/key.pem"].map((name) => modeOf(`${folder}/${name}`)), [
      0o700,
      0o700,
      0o600,
      0o600,
    ]);
  }));

Deno.test("a file is replaced as a whole, and nothing is left behind", () =>
  inFolder((folder) => {
    assert.ok(writeFileWhole(`${folder}/a`, "one", { mode: 0o644 }).ok);
    assert.ok(writeFileWhole(`${folder}/a`, new TextEncoder().encode("two")).ok);
    assert.deepEqual(readTextFile(`${folder}/a`), { ok: true, value: "two" });
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["a"]);
    assert.deepEqual(writeFileWhole(`${folder}/missing/a`, ""), { ok: false, error: "it does not exist" });
  }));

Deno.test("a file that cannot be read says why", () =>
  inFolder((folder) => {
    Deno.writeFileSync(`${folder}/binary`, new Uint8Array([0xff, 0xfe, 0x80]));
    Deno.writeTextFileSync(`${folder}/long`, "x".repeat(100));
    const why = (name: string) => readTextFile(`${folder}/${name}`, { maxBytes: 99 });
    assert.deepEqual(why("nothing"), { ok: false, error: "it does not exist" });
    assert.deepEqual(why("binary"), { ok: false, error: "it is no UTF-8 text" });
    assert.deepEqual(why("."), { ok: false, error: "it is a folder" });
    assert.deepEqual(why("long"), { ok: false, error: "it is too large: 100 bytes, at most 99 are read" });
    assert.deepEqual(why("binary/x"), { ok: false, error: "a part of its path is no folder" });
    removeFile(`${folder}/nothing`);
  }));

Deno.test("a changed file is told once, when it has stopped changing", () => {
  const clock = new ManualClock();
  let mark: string | undefined = "1";
  let told = 0;
  const stop = watchFile("f", () => told++, { clock, mark: () => mark });
  clock.advance(5000);
  assert.equal(told, 0);
  for (const next of ["2", "3", "4"]) {
    mark = next;
    clock.advance(1000);
  }
  assert.equal(told, 0);
  clock.advance(1000);
  assert.equal(told, 1);
  clock.advance(5000);
  assert.equal(told, 1);
  mark = undefined;
  clock.advance(5000);
  mark = "4";
  clock.advance(5000);
  assert.equal(told, 1);
  mark = "5";
  clock.advance(5000);
  assert.equal(told, 2);
  stop();
  mark = "6";
  clock.advance(5000);
  assert.equal(told, 2);
  assert.equal(clock.pending, 0);
});
