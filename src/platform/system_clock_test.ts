import assert from "node:assert/strict";
import fc from "fast-check";
import { SystemClock, type TimeSource } from "./system_clock.ts";

/** A world whose time moves by hand; `wall` may be set at will, `monotonic` only grows. */
class World implements TimeSource {
  wall = 1_000_000;
  monotonic = 500;
  sleeps = new Map<number, { at: number; wake: () => void }>();
  #id = 0;
  wallMs = () => this.wall;
  monotonicMs = () => this.monotonic;
  sleep(ms: number, wake: () => void): () => void {
    const id = ++this.#id;
    this.sleeps.set(id, { at: this.monotonic + ms, wake });
    return () => this.sleeps.delete(id);
  }
  advance(ms: number): void {
    const end = this.monotonic + ms;
    for (;;) {
      const next = [...this.sleeps].sort((a, b) => a[1].at - b[1].at)[0];
      if (!next || next[1].at > end) break;
      this.wall += next[1].at - this.monotonic;
      this.monotonic = next[1].at;
      this.sleeps.delete(next[0]);
      next[1].wake();
    }
    this.wall += end - this.monotonic;
    this.monotonic = end;
  }
}

Deno.test("tasks run in order of time, then of registration, and not before their time", () => {
  const world = new World(), clock = new SystemClock({ source: world });
  const start = clock.now(), seen: string[] = [];
  const note = (name: string) => () => seen.push(`${name}@${clock.now() - start}`);
  clock.at(start + 20, note("c"));
  clock.at(start + 10, note("a"));
  clock.at(start + 10, note("b"));
  clock.at(start - 5, note("past"));
  assert.deepEqual(seen, [], "a past time means next, not now");
  world.advance(15);
  assert.deepEqual(seen, ["past@0", "a@10", "b@10"]);
  world.advance(15);
  assert.equal(seen.at(-1), "c@20");
  assert.equal(clock.pending, 0);
  assert.equal(world.sleeps.size, 0);
});

Deno.test("a wall clock set back never makes now() run backwards, and is caught up slowly", () => {
  const world = new World(), clock = new SystemClock({ source: world });
  let last = clock.now();
  world.wall -= 60_000;
  for (let i = 0; i < 700; i++) {
    world.advance(1000);
    const now = clock.now();
    assert.ok(now >= last + 899 && now <= last + 1001, `${now - last} ms in a second`);
    last = now;
  }
  assert.ok(Math.abs(clock.now() - world.wall) <= 20);
});

Deno.test("a wall clock set forward is followed without firing timers early", () => {
  const world = new World(), clock = new SystemClock({ source: world });
  let fired = false;
  clock.at(clock.now() + 32_000, () => fired = true);
  world.wall += 3_600_000;
  world.advance(2000);
  assert.ok(Math.abs(clock.now() - world.wall) <= 1);
  world.advance(29_000);
  assert.ok(!fired);
  world.advance(1000);
  assert.ok(fired);
});

Deno.test("cancelled timers cost neither memory nor a wake-up", () => {
  const world = new World(), clock = new SystemClock({ source: world });
  const keep = clock.at(clock.now() + 50_000, () => {});
  for (let i = 0; i < 100_000; i++) clock.at(clock.now() + 32_000, () => assert.fail("ran")).cancel();
  assert.equal(clock.pending, 1);
  keep.cancel();
  keep.cancel();
  assert.equal(clock.pending, 0);
  assert.equal(world.sleeps.size, 0);
});

Deno.test("a task that throws is told and stops no other", () => {
  const world = new World(), errors: unknown[] = [];
  const clock = new SystemClock({ source: world, onError: (error) => errors.push(error) });
  let ran = false;
  clock.at(clock.now() + 1, () => {
    throw new Error("boom");
  });
  clock.at(clock.now() + 1, () => ran = true);
  world.advance(2);
  assert.ok(ran);
  assert.equal((errors[0] as Error).message, "boom");
});

Deno.test("times beyond what one sleep can hold still come", () => {
  const world = new World(), clock = new SystemClock({ source: world });
  let ran = false;
  clock.at(clock.now() + 40 * 86_400_000, () => ran = true);
  world.advance(39 * 86_400_000);
  assert.ok(!ran);
  world.advance(2 * 86_400_000);
  assert.ok(ran);
});

Deno.test("any mixture of timers and cancels runs as a sorted list would", () => {
  const act = fc.record({ delay: fc.nat(50), cancels: fc.boolean(), again: fc.boolean() });
  fc.assert(fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
    const world = new World(), clock = new SystemClock({ source: world });
    const start = clock.now(), seen: number[] = [], want: number[] = [];
    for (const { delay, cancels, again } of acts) {
      const timer = clock.at(start + delay, () => {
        seen.push(clock.now() - start);
        if (again) clock.at(start + delay + 7, () => seen.push(clock.now() - start));
      });
      if (cancels) timer.cancel();
      else want.push(delay, ...again ? [delay + 7] : []);
    }
    world.advance(100);
    assert.deepEqual(seen, want.sort((a, b) => a - b));
    assert.equal(clock.pending, 0);
  }));
});

Deno.test("the real clock runs a task and leaves nothing behind", async () => {
  const clock = new SystemClock();
  const start = clock.now();
  await new Promise<void>((done) => clock.at(start + 5, done));
  assert.ok(clock.now() >= start + 5);
  clock.at(start + 60_000, () => {});
  clock.stop();
  assert.equal(clock.pending, 0);
});
