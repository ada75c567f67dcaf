/** One hunt: the shell that carries out the plan for one caller. At most one timer, none after the end. */

import type { Clock, Timer } from "../../base/mod.ts";
import type { Group } from "./group.ts";
import { Notes } from "./notes.ts";
import {
  advance,
  attemptsOf,
  begin,
  type HuntEffect,
  type HuntInput,
  type HuntState,
  type HuntStep,
  type MissReason,
  wakeAt,
  wants,
} from "./plan.ts";
import type { HuntCall } from "./ports.ts";
import { announce, type Announced } from "./queue.ts";

/** What a hunt asks of the floor that it shares with all others. */
export interface HuntFloor {
  /** Runs the task when no other step of any hunt is under way: verbs may call back at once. */
  run(task: () => void): void;
  /** The caller takes its place in the order of arrival. */
  arrive(hunt: Hunt): void;
  /** Time has come for some hunt of the domain: all that are due go on, in order of arrival. */
  catchUp(domain: string): void;
  /** Members that may be rung now, best first: one, or all for a ring group. */
  seek(hunt: Hunt): readonly string[];
  /** True when the queue has room for one more. */
  mayWait(hunt: Hunt): boolean;
  take(hunt: Hunt, member: string): void;
  leave(hunt: Hunt, member: string): void;
  /** The hunt began to wait, no longer waits, or has ended. */
  moved(hunt: Hunt): void;
  /** The member's conversation has ended; its rest begins. */
  rest(hunt: Hunt, member: string): void;
  /** When the first resting member of the group may be rung again. */
  restEndsAt(group: Group): number | undefined;
}

/** What the call engine tells a hunt. */
export interface HuntHandle {
  /** Begins. Verbs may be called before it returns. */
  start(): void;
  answered(attempt: number): void;
  /** The attempt ended by itself. */
  failed(attempt: number, reason: MissReason): void;
  /** The caller hung up or was taken away (transfer, pickup) before the connection. */
  callerGone(): void;
  /** After the connection: the leg of the member who answered has ended. Also tell `changed` for the member. */
  finished(): void;
  /** The extension that answered, once connected. */
  readonly connectedTo: string | undefined;
}

export class Hunt implements HuntHandle {
  readonly notes: Notes;
  readonly #floor: HuntFloor;
  readonly #clock: Clock;
  #state: HuntState | undefined;
  #timer: Timer | undefined;
  #timerAt: number | undefined;
  #place = 0;
  #announced: Announced | undefined;
  #isFinished = false;

  constructor(readonly call: HuntCall, readonly group: Group, options: { floor: HuntFloor; clock: Clock }) {
    this.#floor = options.floor;
    this.#clock = options.clock;
    this.notes = new Notes((event) => call.note(event));
  }

  start(): void {
    this.#floor.run(() => {
      if (this.#state) return;
      this.#floor.arrive(this);
      this.notes.entered(this.#clock.now(), this.group.label.number);
      this.#carryOut(begin(this.#clock.now()));
    });
  }

  answered(attempt: number): void {
    this.#input({ kind: "answered", attempt });
  }

  failed(attempt: number, reason: MissReason): void {
    this.#input({ kind: "failed", attempt, reason });
  }

  callerGone(): void {
    this.#input({ kind: "callerGone" });
  }

  finished(): void {
    this.#floor.run(() => {
      if (this.#state?.kind !== "connected" || this.#isFinished) return;
      this.#isFinished = true;
      this.#floor.rest(this, this.#state.attempt.member);
    });
  }

  get connectedTo(): string | undefined {
    return this.#state?.kind === "connected" ? this.#state.attempt.member : undefined;
  }

  get groupNumber(): string {
    return this.group.label.number;
  }

  get isWaiting(): boolean {
    return this.#state?.kind === "waiting";
  }

  get isOver(): boolean {
    return this.#state?.kind === "connected" || this.#state?.kind === "over";
  }

  get ringing(): readonly string[] {
    return this.#state ? attemptsOf(this.#state).map((attempt) => attempt.member) : [];
  }

  get arrivedAt(): number | undefined {
    return this.#state && "search" in this.#state ? this.#state.search.arrivedAt : undefined;
  }

  get passedOver(): ReadonlySet<string> {
    return this.#state && "search" in this.#state ? this.#state.search.passedOver : new Set();
  }

  wants(member: string): boolean {
    return this.#state !== undefined && wants(this.#state, member, this.group.rules);
  }

  /** A wanted member became free. Called within a step of the floor. */
  look(): void {
    this.#step({ kind: "offered", members: this.#floor.seek(this), mayWait: true });
  }

  /** A member that rings can no longer be rung. Called within a step of the floor. */
  withdraw(member: string, reason: MissReason): void {
    this.#step({ kind: "withdrawn", member, reason });
  }

  /** Does now what its timer would do in a moment, so that nobody overtakes. Called within a step of the floor. */
  catchUp(): void {
    if (this.#timerAt === undefined || this.#timerAt > this.#clock.now()) return;
    this.#timer?.cancel();
    this.#timer = this.#timerAt = undefined;
    this.#step({ kind: "tick" });
  }

  /** The caller's place in the queue, told while it waits. */
  setPlace(place: number): void {
    this.#place = place;
    this.arm();
  }

  /** Sets the one timer to the next thing that is due. */
  arm(): void {
    // What is due stays due: who is served first in this moment must not make the others forget theirs.
    if (this.#timerAt !== undefined && this.#timerAt <= this.#clock.now() && !this.isOver) return;
    const at = this.#nextAt();
    if (at === this.#timerAt) return;
    this.#timer?.cancel();
    this.#timerAt = at;
    this.#timer = at === undefined
      ? undefined
      : this.#clock.at(at, () => this.#floor.run(() => this.#floor.catchUp(this.group.domain)));
  }

  #nextAt(): number | undefined {
    if (!this.#state || this.isOver) return undefined;
    const times = [wakeAt(this.#state, this.group.rules)];
    if (this.isWaiting) times.push(this.#floor.restEndsAt(this.group), this.#announcePlace());
    return times.reduce((first, at) => at === undefined || (first !== undefined && first <= at) ? first : at);
  }

  /** Says the place when it is news; returns when to ask again. */
  #announcePlace(): number | undefined {
    if (!this.group.announcePosition || this.#place === 0) return undefined;
    const now = this.#clock.now();
    const { say, askAgainAt } = announce(this.#announced, this.#place, now);
    if (say) {
      this.#announced = { place: this.#place, at: now };
      this.call.waiting.position(this.#place);
    }
    return askAgainAt;
  }

  #input(input: HuntInput): void {
    this.#floor.run(() => this.#step(input));
  }

  #step(input: HuntInput): void {
    if (!this.#state || this.isOver) return;
    this.#carryOut(advance(this.#state, input, { rules: this.group.rules, now: this.#clock.now() }));
  }

  #carryOut({ state, effects }: HuntStep): void {
    const before = this.#state;
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
    if (this.#state !== state) return; // a seek has led further and has already settled
    if (state.kind === "over" && state.reason === "caller gone") this.notes.gone(this.#clock.now());
    if (before?.kind !== state.kind) this.#floor.moved(this);
    this.arm();
  }

  #perform(effect: HuntEffect): void {
    const { control, waiting } = this.call;
    const now = this.#clock.now();
    switch (effect.kind) {
      case "seek":
        return this.#step({
          kind: "offered",
          members: this.#floor.seek(this),
          mayWait: this.#floor.mayWait(this),
        });
      case "ring":
        this.#floor.take(this, effect.attempt.member);
        this.notes.rang(effect.attempt);
        return control.ring(effect.attempt.id, effect.attempt.member, this.group.label);
      case "release":
        control.release(effect.attempt.id, effect.reason);
        this.notes.missed(now, effect.attempt, effect.reason);
        return this.#floor.leave(this, effect.attempt.member);
      case "missed":
        this.notes.missed(now, effect.attempt, effect.reason);
        return this.#floor.leave(this, effect.attempt.member);
      case "connect":
        this.notes.answered(now, effect.attempt);
        control.connect(effect.attempt.id);
        return this.#floor.leave(this, effect.attempt.member);
      case "wait":
        this.notes.waiting(now);
        return waiting.music(this.group.music);
      case "exhausted":
        this.notes.exhausted(now, effect.reason);
        return this.group.overflow === undefined
          ? control.refuse(effect.reason)
          : control.forward(this.group.overflow, effect.reason);
      default:
        return effect satisfies never;
    }
  }
}
