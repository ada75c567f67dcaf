/** What a hunt writes into the call record: who rang and how long, who answered, why the others did not. */

import type { CallRecordEvent } from "../ports.ts";
import type { Attempt, MissReason } from "./plan.ts";

/** A caller who waits for hours must not fill the disk: later notes are counted, not kept. */
export const MAX_NOTES = 200;

/** Reasons for not ringing are remembered for so many seats of a group. */
export const MAX_SKIPPED = 50;

export class Notes {
  readonly #write: (event: CallRecordEvent) => void;
  readonly #skipped = new Map<string, string>();
  readonly #rang = new Set<string>();
  #left = MAX_NOTES;
  #dropped = 0;

  constructor(write: (event: CallRecordEvent) => void) {
    this.#write = write;
  }

  entered(at: number, group: string): void {
    this.#note({ at, kind: "group entered", detail: group });
  }

  rang(attempt: Attempt): void {
    this.#rang.add(attempt.member);
    this.#skipped.delete(attempt.member);
    this.#note({ at: attempt.startedAt, kind: "group rang", party: attempt.member });
  }

  missed(at: number, attempt: Attempt, reason: MissReason): void {
    this.#note({
      at,
      kind: "group missed",
      party: attempt.member,
      detail: `${reason}, ${since(attempt, at)}`,
    });
  }

  answered(at: number, attempt: Attempt): void {
    this.#last({ at, kind: "group answered", party: attempt.member, detail: since(attempt, at) });
  }

  waiting(at: number): void {
    this.#note({ at, kind: "group waiting" });
  }

  /** Remembers why a member did not ring; told at the end when it never did. */
  skipped(member: string, reason: string): void {
    if (this.#rang.has(member)) return;
    if (this.#skipped.size < MAX_SKIPPED || this.#skipped.has(member)) this.#skipped.set(member, reason);
  }

  exhausted(at: number, reason: string): void {
    this.#last({ at, kind: "group exhausted", detail: reason });
  }

  gone(at: number): void {
    this.#last({ at, kind: "group left", detail: "caller gone" });
  }

  #note(event: CallRecordEvent): void {
    if (this.#left-- > 0) this.#write(event);
    else this.#dropped++;
  }

  #last(event: CallRecordEvent): void {
    for (const [party, detail] of this.#skipped) {
      this.#write({ at: event.at, kind: "group skipped", party, detail });
    }
    if (this.#dropped > 0) {
      this.#write({ at: event.at, kind: "group notes dropped", detail: String(this.#dropped) });
    }
    this.#write(event);
  }
}

function since(attempt: Attempt, at: number): string {
  return `${((at - attempt.startedAt) / 1000).toFixed(1)} s`;
}
