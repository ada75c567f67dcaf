import assert from "node:assert/strict";
import { ManualClock } from "../base/mod.ts";
import { KeepAlive } from "./keep_alive.ts";

function watched() {
  const clock = new ManualClock();
  const questions: ((isAnswered: boolean) => void)[] = [];
  let losses = 0;
  const keepAlive = new KeepAlive({ clock, ask: (heard) => questions.push(heard), lost: () => losses++ });
  return { clock, questions, keepAlive, losses: () => losses };
}

Deno.test("asks every 25 s while it is on, and one question at a time", () => {
  const { clock, questions, keepAlive } = watched();
  clock.advance(100_000);
  assert.equal(questions.length, 0);
  keepAlive.isOn = true;
  keepAlive.isOn = true;
  clock.advance(25_000);
  assert.equal(questions.length, 1);
  clock.advance(60_000);
  assert.equal(questions.length, 1, "the first has no answer yet");
  questions[0]!(true);
  clock.advance(25_000);
  assert.equal(questions.length, 2);
  keepAlive.isOn = false;
  questions[1]!(true);
  clock.advance(100_000);
  assert.equal(questions.length, 2);
});

Deno.test("silence is told once, and nothing more is asked until it is switched on again", () => {
  const { clock, questions, keepAlive, losses } = watched();
  keepAlive.isOn = true;
  clock.advance(25_000);
  questions[0]!(false);
  assert.deepEqual([losses(), keepAlive.isOn], [1, false]);
  clock.advance(100_000);
  assert.equal(questions.length, 1);
  keepAlive.isOn = true;
  clock.advance(25_000);
  assert.equal(questions.length, 2);
});

Deno.test("an answer after the end is no loss", () => {
  const { clock, questions, keepAlive, losses } = watched();
  keepAlive.isOn = true;
  clock.advance(25_000);
  keepAlive.isOn = false;
  questions[0]!(false);
  assert.equal(losses(), 0);
});
