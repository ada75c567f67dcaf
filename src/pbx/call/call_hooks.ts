/** What others wait for in a call: the end of an announcement, an answer, a partner, a refusal. Each is told once. */

import type { Leg } from "./leg.ts";
import type { Failure } from "./outcome.ts";

/** Most calls have few hooks and none for long: a list is as long as it must be. */
const NOBODY: readonly never[] = [];

export class CallHooks {
  #played: Map<string, () => void> | undefined;
  #settled: readonly (() => void)[] = NOBODY;
  #joined: readonly ((partner: Leg) => void)[] = NOBODY;
  #refusal: ((failure: Failure) => boolean) | undefined;
  #left: ((leg: Leg) => boolean) | undefined;

  /** `task` may keep the call alive when one of its two sides goes: true when somebody else stays in its place. */
  onLeft(task: ((leg: Leg) => boolean) | undefined): void {
    this.#left = task;
  }

  /** Runs `task` when what was played under `tag` has been heard to its end. */
  whenPlayed(tag: string, task: () => void): void {
    this.#played ??= new Map();
    this.#played.set(tag, task);
  }

  /** Runs `task` once the caller no longer waits for an answer. */
  whenSettled(task: () => void): void {
    this.#settled = this.#settled.concat(task);
  }

  /** Runs `task` with the partner when the near side is joined next. */
  whenJoined(task: (partner: Leg) => void): void {
    this.#joined = this.#joined.concat(task);
  }

  /** `task` may take over the next refusal: a transfer that fails goes back to who began it. */
  onRefusal(task: (failure: Failure) => boolean): void {
    this.#refusal = task;
  }

  played(event: { tag?: string; complete: boolean }): void {
    if (event.tag === undefined) return;
    const task = this.#played?.get(event.tag);
    this.#played?.delete(event.tag);
    if (event.complete) task?.();
  }

  settled(): void {
    const tasks = this.#settled;
    this.#settled = NOBODY;
    for (const task of tasks) task();
  }

  joined(partner: Leg): void {
    this.#refusal = undefined;
    const tasks = this.#joined;
    this.#joined = NOBODY;
    for (const task of tasks) task(partner);
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
