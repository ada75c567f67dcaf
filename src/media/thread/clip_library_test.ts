import assert from "node:assert/strict";
import { fail, ok } from "../../base/mod.ts";
import { ClipLibrary } from "./clip_library.ts";

/** Raw PCMU of so many seconds for every name; counts what is read. */
function library(seconds: number) {
  const read: string[] = [], stamps = new Map<string, string>();
  const clips = new ClipLibrary({
    stamp: (path) => Promise.resolve(stamps.get(path)),
    read: (path) => {
      read.push(path);
      return Promise.resolve(
        path.startsWith("none") ? fail("it does not exist") : ok(new Uint8Array(seconds * 8000)),
      );
    },
  });
  return { clips, read, stamps };
}

Deno.test("a file is read once, however often it is played", async () => {
  const { clips, read } = library(1);
  for (let i = 0; i < 3; i++) assert.ok((await clips.load(["a.pcmu", "b.pcmu"])).ok);
  assert.deepEqual(read, ["a.pcmu", "b.pcmu"]);
});

Deno.test("what is wrong with a file is said in words, with its name", async () => {
  const { clips } = library(1);
  assert.deepEqual(await clips.load(["a.pcmu", "none.wav"]), {
    ok: false,
    error: 'Cannot play "none.wav": it does not exist',
  });
  assert.ok(!(await clips.load(["a.mp3"])).ok);
});

Deno.test("what was played longest ago makes room for what is new", async () => {
  const { clips, read } = library(1500);
  for (const path of ["a.pcmu", "b.pcmu", "a.pcmu", "c.pcmu", "a.pcmu", "b.pcmu"]) await clips.load([path]);
  assert.deepEqual(read, ["a.pcmu", "b.pcmu", "c.pcmu", "b.pcmu"]);
});

Deno.test("a file that was replaced is read again", async () => {
  const { clips, read, stamps } = library(1);
  await clips.load(["a.pcmu"]);
  stamps.set("a.pcmu", "new");
  await clips.load(["a.pcmu", "a.pcmu"]);
  assert.deepEqual(read, ["a.pcmu", "a.pcmu"]);
});
