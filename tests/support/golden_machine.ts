/** Golden tables for the machines: one line of text per state and input, to be held against the RFC's figure. */
import assert from "node:assert/strict";
import type { Effect, Rules, Step } from "../../src/sip/transaction/machine.ts";

/** `state effect, effect`: a step in one line. */
export function stepText(step: Step<{ readonly name: string }>): string {
  return [step.state.name, step.effects.map(effectText).join(", ")].join(" ").trim();
}

function effectText(effect: Effect): string {
  if (effect.kind === "start") return `start ${effect.timer} ${effect.ms}`;
  if (effect.kind === "stop") return `stop ${effect.timer}`;
  return effect.kind === "fail" ? `fail ${effect.reason}` : effect.kind;
}

/** Steps every state with every input and compares the lines with `expected` (spaces do not count). */
export function golden<S extends { readonly name: string }, I>(
  step: (state: S, input: I, rules: Rules) => Step<S>,
  options: { states: readonly S[]; inputs: Readonly<Record<string, I>>; rules: Rules },
  expected: string,
): void {
  const lines: string[] = [];
  for (const state of options.states) {
    for (const [name, input] of Object.entries(options.inputs)) {
      lines.push(`${state.name} ${name} ${stepText(step(state, input, options.rules))}`);
    }
  }
  const wanted = expected.trim().split("\n").map((line) => line.trim().replace(/\s+/g, " "));
  const key = (line: string) => line.split(" ").slice(0, 2).join(" ");
  const sort = (all: string[]) => all.toSorted((a, b) => key(a) < key(b) ? -1 : 1);
  assert.deepEqual(sort(lines), sort(wanted));
}
