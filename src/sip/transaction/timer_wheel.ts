/**
 * A wheel of 10 ms slots over one call of the clock (Varghese & Lauck, scheme 6): starting and cancelling a timer
 * costs the same however many wait, and signalling cancels nearly every timer it starts.
 */
import type { Clock, Timer } from "../../base/mod.ts";

/** Resolution in milliseconds: RFC 3261 §14.1 counts in units of 10 ms, and nothing in SIP asks for less. */
const TICK_MS = 10;
/** One turn is 40.96 s, so that 64·T1 fits; longer timers stay in their slot for further turns. */
const SLOTS = 4096;

/** Told when its time has come; `name` is what `start` was given. */
export interface TimerTarget {
  timerFired(name: string): void;
}

class Entry implements Timer {
  next: Entry = this;
  previous: Entry = this;
  wheel: TimerWheel | undefined;

  constructor(readonly tick: number, readonly target: TimerTarget | undefined, readonly name: string) {}

  /** Links this entry before `head`, that is at the end of its ring. */
  joinRing(head: Entry): void {
    this.previous = head.previous;
    this.next = head;
    head.previous.next = this;
    head.previous = this;
  }

  leaveRing(): void {
    this.previous.next = this.next;
    this.next.previous = this.previous;
    this.next = this;
    this.previous = this;
  }

  cancel(): void {
    const { wheel } = this;
    if (!wheel) return;
    this.wheel = undefined;
    this.leaveRing();
    wheel.forget();
  }
}

class Task implements TimerTarget {
  constructor(readonly run: () => void) {}

  timerFired(): void {
    this.run();
  }
}

export class TimerWheel implements Clock {
  readonly #clock: Clock;
  readonly #slots: (Entry | undefined)[] = new Array(SLOTS).fill(undefined);
  readonly #due = new Entry(0, undefined, "");
  /** Every slot up to this tick has been served. */
  #servedTick: number;
  #wake: Timer | undefined;
  #wakeTick = Infinity;
  #size = 0;
  readonly #onError: ((error: unknown) => void) | undefined;

  /** `onError` is told what a timer throws; without it the error goes on to whoever moves the clock. */
  constructor(clock: Clock, options: { onError?: (error: unknown) => void } = {}) {
    this.#clock = clock;
    this.#onError = options.onError;
    this.#servedTick = Math.floor(clock.now() / TICK_MS);
  }

  now(): number {
    return this.#clock.now();
  }

  /** Number of timers that wait. */
  get pending(): number {
    return this.#size;
  }

  /** Calls `target` once, `delayMs` from now, rounded up to the next 10 ms. */
  start(delayMs: number, target: TimerTarget, name = ""): Timer {
    const due = Math.ceil((this.#clock.now() + delayMs) / TICK_MS);
    // An idle wheel has not turned; nothing waits in the slots that it skips.
    if (this.#size === 0) this.#servedTick = Math.floor(this.#clock.now() / TICK_MS) - 1;
    const entry = new Entry(Math.max(due, this.#servedTick + 1), target, name);
    entry.wheel = this;
    const slot = entry.tick % SLOTS;
    entry.joinRing(this.#slots[slot] ??= new Entry(0, undefined, ""));
    this.#size++;
    if (entry.tick < this.#wakeTick) this.#wakeAt(entry.tick);
    return entry;
  }

  at(timeMs: number, task: () => void): Timer {
    return this.start(Math.max(0, timeMs - this.#clock.now()), new Task(task));
  }

  /** An entry that waited here was cancelled. */
  forget(): void {
    this.#size--;
    if (this.#size === 0) this.#sleep();
  }

  #wakeAt(tick: number): void {
    this.#wake?.cancel();
    this.#wakeTick = tick;
    this.#wake = this.#clock.at(tick * TICK_MS, this.#turn);
  }

  #sleep(): void {
    this.#wake?.cancel();
    this.#wake = undefined;
    this.#wakeTick = Infinity;
  }

  readonly #turn = (): void => {
    this.#wake = undefined;
    // Until this turn is over nobody needs to set a new call: it is set below.
    this.#wakeTick = -Infinity;
    const nowTick = Math.floor(this.#clock.now() / TICK_MS);
    const first = Math.max(this.#servedTick + 1, nowTick - SLOTS + 1);
    for (let tick = first; tick <= nowTick; tick++) this.#collect(tick % SLOTS, nowTick);
    this.#servedTick = Math.max(this.#servedTick, nowTick);
    try {
      this.#fire();
    } finally {
      this.#wakeTick = Infinity;
      if (this.#size > 0) this.#wakeAt(this.#nextTick());
    }
  };

  #collect(slot: number, nowTick: number): void {
    const head = this.#slots[slot];
    if (!head) return;
    for (let entry = head.next; entry !== head;) {
      const { next } = entry;
      if (entry.tick <= nowTick) {
        entry.leaveRing();
        entry.joinRing(this.#due);
      }
      entry = next;
    }
  }

  #fire(): void {
    for (let entry = this.#due.next; entry !== this.#due; entry = this.#due.next) {
      entry.leaveRing();
      entry.wheel = undefined;
      this.#size--;
      if (this.#onError) this.#fireGuarded(entry, this.#onError);
      else entry.target?.timerFired(entry.name);
    }
  }

  #fireGuarded(entry: Entry, onError: (error: unknown) => void): void {
    try {
      entry.target?.timerFired(entry.name);
    } catch (error) {
      onError(error);
    }
  }

  /** The next slot that holds anything; what waits there may be due only after further turns. */
  #nextTick(): number {
    // What a throwing task left behind is served next.
    if (this.#due.next !== this.#due) return this.#servedTick + 1;
    for (let tick = this.#servedTick + 1; tick <= this.#servedTick + SLOTS; tick++) {
      const head = this.#slots[tick % SLOTS];
      if (head && head.next !== head) return tick;
    }
    return this.#servedTick + SLOTS;
  }
}
