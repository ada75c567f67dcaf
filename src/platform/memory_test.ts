import assert from "node:assert/strict";
import { ManualClock } from "../base/mod.ts";
import { keepMemoryLow, openMemoryCalls } from "./memory.ts";

Deno.test("memory is given back after work, and a process that rests is left alone", async () => {
  const clock = new ManualClock(), options = new Map<number, number>();
  let trims = 0, cpuMs = 1000;
  const calls = {
    setOption: (name: number, value: number) => void options.set(name, value),
    trim: () => Promise.resolve(void trims++),
    heapBytes: () => 0,
  };
  const stop = keepMemoryLow({ clock, calls, cpuMs: () => cpuMs });
  assert.equal(options.size, 3);
  const seen: number[] = [];
  for (const work of [0, 100, 100, 100, 5000, 0, 0]) {
    cpuMs += work;
    clock.advance(10_000);
    await new Promise((resolve) => setTimeout(resolve));
    seen.push(trims);
  }
  assert.deepEqual(seen, [1, 1, 1, 2, 3, 3, 3]);
  stop();
  cpuMs += 5000;
  clock.advance(60_000);
  assert.equal(trims, 3);
});

Deno.test("the heap is swept when a process that has worked rests, and not while it works", async () => {
  const clock = new ManualClock();
  let sweeps = 0, cpuMs = 0, heapBytes = 0;
  const hows: string[] = [];
  const calls = {
    setOption() {},
    trim: () => Promise.resolve(),
    heapBytes: () => heapBytes,
    sweep(how: string) {
      sweeps++;
      heapBytes = 1_000_000;
      hows.push(how);
    },
  };
  const stop = keepMemoryLow({ clock, calls, cpuMs: () => cpuMs });
  const seen: number[] = [];
  const spend = async (afterMs: number, works: readonly number[]) => {
    for (const work of works) {
      cpuMs += work;
      clock.advance(afterMs);
      await new Promise((resolve) => setTimeout(resolve));
      seen.push(sweeps);
    }
  };
  // What the start left behind, as soon as that is over.
  await spend(2000, [1500, 100]);
  assert.deepEqual(seen.splice(0), [0, 1]);
  // At the first rest, and once more when what the work left behind has died of old age.
  await spend(10_000, [5000, 5000, 100, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual(seen.splice(0), [1, 1, 2, 2, 2, 3, 3, 3, 3]);
  assert.deepEqual(hows.splice(0), ["thorough", "thorough", "thorough"]);
  // The longer pause only where hardly anything goes on; steady work leaves no more to sweep for having died late.
  await spend(10_000, [900, 900, 900, 900, 900, 900]);
  assert.deepEqual(seen.splice(0), [3, 4, 4, 5, 5, 6]);
  assert.deepEqual(hows.splice(0), ["quick", "quick", "quick"]);
  // A thorough one follows when there is more rest, and another when the rest has died.
  await spend(10_000, [300, 100, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual(hows.splice(0), ["thorough", "thorough"]);
  // What grows without work.
  heapBytes = 6_900_000;
  await spend(10_000, [50, 50]);
  assert.deepEqual(hows, []);
  heapBytes = 7_000_000;
  await spend(10_000, [800]);
  assert.deepEqual(hows, ["quick"]);
  stop();
});

Deno.test("what has grown old in the heap is told in bytes", { ignore: !openMemoryCalls() }, () => {
  const before = openMemoryCalls()!.heapBytes();
  assert.ok(before > 1_000_000, `${before} bytes`);
});

/** In a process of its own: other tests take and give memory at the same time. */
Deno.test("holes between living blocks go back to the system", { ignore: !openMemoryCalls() }, async () => {
  const code = `
    import { openMemoryCalls } from ${JSON.stringify(new URL("./memory.ts", import.meta.url).href)};
    const { symbols } = Deno.dlopen("libc.so.6", {
      malloc: { parameters: ["usize"], result: "pointer" },
      memset: { parameters: ["pointer", "i32", "usize"], result: "pointer" },
      free: { parameters: ["pointer"], result: "void" },
    });
    const blocks = Array.from({ length: 20_000 }, () => symbols.memset(symbols.malloc(4000n), 1, 4000n));
    blocks.forEach((block, i) => i % 16 && symbols.free(block));
    const before = Deno.memoryUsage().rss;
    await openMemoryCalls().trim();
    console.log(before - Deno.memoryUsage().rss);
  `;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, code);
    const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["run", "-A", "--no-check", file] })
      .output();
    const givenBack = Number(new TextDecoder().decode(stdout));
    // 80 MB were taken, 5 MB are in use; pages that hold a living block stay.
    assert.ok(givenBack > 20_000_000, `${givenBack} bytes`);
  } finally {
    await Deno.remove(file);
  }
});
