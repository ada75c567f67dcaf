import assert from "node:assert/strict";
import { MEDIA_FILES } from "./media_files.ts";

Deno.test("a recording written in pieces and out of order lies whole on disk when it is closed", async () => {
  const folder = await Deno.makeTempDir();
  const file = MEDIA_FILES.create(`${folder}/a.wav`);
  assert.ok(file.write(Uint8Array.of(0, 0, 3, 4), 0));
  assert.ok(file.write(Uint8Array.of(5, 6), 4));
  assert.ok(file.write(Uint8Array.of(1, 2), 0));
  file.close();
  file.close();
  assert.equal(await file.closed, undefined);
  assert.ok(!file.write(Uint8Array.of(9), 0));
  const read = await MEDIA_FILES.read(`${folder}/a.wav`);
  assert.ok(read.ok);
  assert.deepEqual([...read.value], [1, 2, 3, 4, 5, 6]);
  const stamp = await MEDIA_FILES.stamp(`${folder}/a.wav`);
  await Deno.writeTextFile(`${folder}/b.wav`, "other");
  await Deno.rename(`${folder}/b.wav`, `${folder}/c.wav`);
  assert.notEqual(await MEDIA_FILES.stamp(`${folder}/c.wav`), stamp);
  assert.equal(await MEDIA_FILES.stamp(`${folder}/b.wav`), undefined);
  assert.equal((await Deno.stat(`${folder}/a.wav`)).mode! & 0o777, 0o600);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a recording that cannot be made says why, and a missing or odd file too", async () => {
  const file = MEDIA_FILES.create("/nonexistent/folder/a.wav");
  file.write(Uint8Array.of(1), 0);
  assert.match(await file.closed ?? "", /exist/);
  assert.ok(!(await MEDIA_FILES.read("/nonexistent/a.wav")).ok);
  assert.deepEqual(await MEDIA_FILES.read("/tmp"), { ok: false, error: "it is no file" });
});

Deno.test("a full device ends the recording with its reason", async () => {
  const file = MEDIA_FILES.create("/dev/full");
  file.write(new Uint8Array(16), 0);
  assert.equal(await file.closed, "the disk is full");
});
