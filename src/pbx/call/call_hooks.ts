/** What others wait for in a call: the end of an announcement, an answer, a partner, a refusal. Each is told once. */

import type { Leg } from "./leg.ts";
import type { Failure } from "./outcome.ts";

export class CallHooks {
  readonly #played = new Map<string, () => void>();
  readonly #settled: (() => void)[] = [];
  readonly #joined: ((partner: Leg) => void)[] = [];
  #refusal: ((failure: Failure) => boolean) | undefined;
  #left: ((leg: Leg) => boolean) | undefined;

  /** `task` may keep the call alive when one of its two sides goes: true when somebody else stays in its place. */
  onLeft(task: ((leg: Leg) => boolean) | undefined): void {
    this.#left = task;
  }

  /** Runs `task` when what was played under `tag` has been heard to its end. */
  whenPlayed(tag: string, task: () => void): void {
    this.#played.set(tag, task);
  }

  /** Runs `task` once the caller no longer waits for an answer. */
  whenSettled(task: () => void): void {
    this.#settled.push(task);
  }

  /** Runs `task` with the partner when the near side is joined next. */
  whenJoined(task: (partner: Leg) => void): void {
    this.#joined.push(task);
  }

  /** `task` may take over the next refusal: a transfer that fails goes back to who began it. */
  onRefusal(task: (failure: Failure) => boolean): void {
    this.#refusal = task;
  }

  played(event: { tag?: string; complete: boolean }): void {
    if (event.tag === undefined) return;
    const task = this.#played.get(event.tag);
    this.#played.delete(event.tag);
    if (event.complete) task?.();
  }

  settled(): void {
    for (const task of this.#settled.splice(0)) task();
  }

  joined(partner: Leg): void {
    this.#refusal = undefined;
    for (const task of this.#joined.splice(0)) task(partner);
  }

  /** True when the call goes on without `leg`. */
  left(leg: Leg): boolean {
    return this.#left?.(leg) ?? false;
  }

  /** True when somebody took the refusal over. */
  refused(failure: Failure): boolean {
    const task = this.#refusal;
    this.#refusal = undefined;
    return task?.(failure) ?? false;
  }
}
