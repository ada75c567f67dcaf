/** Guessing gets slower with every wrong answer. */

import assert from "node:assert/strict";
import { ManualClock } from "../../base/mod.ts";
import { ACCOUNT_RULE, Lockout, SENDER_RULE } from "./lockout.ts";

Deno.test("the delay doubles with each try after the free ones, up to a quarter of an hour", () => {
  const clock = new ManualClock(), lockout = new Lockout(clock);
  const delays: number[] = [];
  for (let tries = 0; tries < 16; tries++) {
    delays.push(lockout.waitSec("a", SENDER_RULE));
    clock.advance(1000 * delays.at(-1)!);
    assert.equal(lockout.waitSec("a", SENDER_RULE), 0, "after the wait another try is looked at");
    lockout.tried("a");
  }
  assert.deepEqual(delays, [0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
  assert.equal(lockout.waitSec("b", SENDER_RULE), 0, "others are not touched");
});

Deno.test("an account under fire from everywhere is slowed, but its owner waits half a minute at most", () => {
  const clock = new ManualClock(), lockout = new Lockout(clock);
  for (let tries = 0; tries < 1000; tries++) lockout.tried("account");
  assert.equal(lockout.waitSec("account", ACCOUNT_RULE), 30);
});

Deno.test("a right answer and a quiet hour wipe the slate; a try that was no guess is taken back", () => {
  const clock = new ManualClock(), lockout = new Lockout(clock);
  const five = () => [1, 2, 3, 4, 5].forEach(() => lockout.tried("a"));
  five();
  assert.ok(lockout.waitSec("a", SENDER_RULE) > 0);
  lockout.succeeded("a");
  assert.equal(lockout.waitSec("a", SENDER_RULE), 0);
  five();
  clock.advance(3_600_001);
  lockout.tried("a");
  assert.equal(lockout.waitSec("a", SENDER_RULE), 0);
  lockout.forgive("a");
  lockout.forgive("a");
  five();
  assert.equal(lockout.waitSec("a", SENDER_RULE), 4, "as after five, not after six");
});

Deno.test("memory is capped, and whoever tries on is not among those forgotten", () => {
  const clock = new ManualClock(), lockout = new Lockout(clock);
  for (let tries = 0; tries < 6; tries++) lockout.tried("guesser");
  for (let sender = 0; sender < 30_000; sender++) {
    lockout.tried(`invented ${sender}`);
    if (sender % 5000 === 0) lockout.tried("guesser");
  }
  assert.ok(lockout.waitSec("guesser", SENDER_RULE) > 60);
  assert.equal(lockout.waitSec("invented 0", { free: 0, maxDelaySec: 900 }), 0, "the oldest went");
});
