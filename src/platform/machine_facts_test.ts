import assert from "node:assert/strict";
import {
  diskSpace,
  fileFacts,
  kernelClock,
  kernelSetting,
  processFacts,
  readKernelFile,
  runProgram,
} from "./machine_facts.ts";

Deno.test("the kernel tells of this process, of its clock and of its settings", () => {
  const own = processFacts("self");
  assert.ok(own.maxOpenFiles! > 0);
  assert.equal(own.user, Deno.uid());
  assert.deepEqual(processFacts(Deno.pid), own);
  assert.ok(kernelClock()!.maxErrorMs >= 0);
  assert.match(kernelSetting("kernel.osrelease")!, /^\d+\.\d+/);
});

Deno.test("what is not there is absent, and nothing throws", () => {
  assert.equal(readKernelFile("/proc/nothing"), undefined);
  assert.equal(readKernelFile("/proc/self"), "", "a folder has no text");
  assert.equal(kernelSetting("net.no.such.thing"), undefined);
  assert.equal(diskSpace("/no/such/folder"), undefined);
  assert.equal(fileFacts("/no/such/file"), undefined);
  // Above the highest number that Linux gives.
  assert.deepEqual(processFacts(5_000_000), { capabilities: 0n });
});

Deno.test("a file and its disk are described", () => {
  const path = Deno.makeTempFileSync();
  try {
    Deno.writeTextFileSync(path, "abc");
    Deno.chmodSync(path, 0o640);
    const facts = fileFacts(path)!;
    assert.deepEqual([facts.mode, facts.bytes, facts.owner], [0o640, 3, Deno.uid()]);
    const disk = diskSpace(path)!;
    assert.ok(disk.total >= disk.free && disk.free >= 0);
  } finally {
    Deno.removeSync(path);
  }
});

Deno.test("a program gives its output, or the reason why there is none", async () => {
  assert.deepEqual(await runProgram("/bin/echo", ["a b"]), { ok: true, value: "a b\n" });
  assert.deepEqual(await runProgram("/bin/false", []), { ok: false, error: "it failed" });
  assert.deepEqual(await runProgram("/no/such/program", []), { ok: false, error: "it is not installed" });
});
