/** The record of one call while it is written: what a person sees of it, live and later. */

import type { Clock } from "../../base/mod.ts";
import type { CallRecord, CallRecordEvent, CallRecordLeg } from "../ports.ts";

export type EndedBy = NonNullable<CallRecord["endedBy"]>;

export interface RecordStart {
  readonly id: string;
  readonly domain: string;
  readonly caller: string;
  readonly callerName: string;
  readonly called: string;
  readonly direction: CallRecord["direction"];
  readonly line?: string;
}

/** Enough for a hunt through a large group; the rest is counted, not kept. */
const MAX_EVENTS = 200;

export class RecordDraft {
  readonly #clock: Clock;
  readonly #start: RecordStart;
  readonly #startedAt: number;
  #events: readonly CallRecordEvent[] = [];
  readonly #legs: CallRecordLeg[] = [];
  #ringingAt: number | undefined;
  #answeredAt: number | undefined;
  #answeredBy: string | undefined;
  #endedAt: number | undefined;
  #ending: { result: string; endedBy: EndedBy; statusCode?: number } | undefined;
  direction: CallRecord["direction"];
  line: string | undefined;
  /** The room the caller is in, for live views. */
  room: string | undefined;

  constructor(clock: Clock, start: RecordStart) {
    this.#clock = clock;
    this.#start = start;
    this.#startedAt = clock.now();
    this.direction = start.direction;
    this.line = start.line;
  }

  /** What was dialled. */
  get called(): string {
    return this.#start.called;
  }

  get domain(): string {
    return this.#start.domain;
  }

  /** Numbers and names of those who take part, and of the line. */
  get parties(): readonly (string | undefined)[] {
    const { caller, callerName, called } = this.#start;
    return [caller, callerName, called, this.#answeredBy, this.line];
  }

  ringing(): void {
    this.#ringingAt ??= this.#clock.now();
  }

  answered(by: string): void {
    this.#answeredAt ??= this.#clock.now();
    this.#answeredBy = by;
  }

  get isAnswered(): boolean {
    return this.#answeredAt !== undefined;
  }

  event(kind: string, details: { party?: string; detail?: string } = {}): void {
    if (this.#events.length >= MAX_EVENTS) return;
    // By concat() the list is as long as it must be; what grows by one has room for seventeen.
    this.#events = this.#events.concat({ at: this.#clock.now(), kind, ...details });
  }

  leg(leg: CallRecordLeg): void {
    this.#legs.push(leg);
  }

  /** The first word stands. */
  ended(ending: { result: string; endedBy: EndedBy; statusCode?: number }): void {
    if (this.#ending) return;
    this.#ending = ending;
    this.#endedAt = this.#clock.now();
  }

  /** The record as it stands; `live` are the legs that have not ended. */
  view(live: readonly CallRecordLeg[] = []): CallRecord {
    const { id, domain, caller, callerName, called } = this.#start;
    return {
      id,
      domain,
      startedAt: this.#startedAt,
      ...(this.#ringingAt !== undefined && { ringingAt: this.#ringingAt }),
      ...(this.#answeredAt !== undefined && { answeredAt: this.#answeredAt }),
      ...(this.#endedAt !== undefined && { endedAt: this.#endedAt }),
      caller,
      ...(callerName && { callerName }),
      called,
      ...(this.#answeredBy !== undefined && { answeredBy: this.#answeredBy }),
      direction: this.direction,
      ...(this.line !== undefined && { line: this.line }),
      ...this.#ending,
      legs: [...this.#legs, ...live],
      events: [...this.#events],
    };
  }
}
