/** The floor on which all hunts meet: who is free, who came first, whose turn it is. One for the whole server. */

import type { Clock, Log, Random } from "../../base/mod.ts";
import type { EventSink, StateStore } from "../ports.ts";
import { Availability, type FloorMember, type Hindrance } from "./availability.ts";
import { type Group, type GroupSettings, prepareGroup } from "./group.ts";
import { Hunt, type HuntFloor, type HuntHandle } from "./hunt.ts";
import { MAX_SKIPPED } from "./notes.ts";
import type { MissReason } from "./plan.ts";
import type { HuntCall, MemberPort } from "./ports.ts";
import { Positions } from "./positions.ts";
import { Arrivals } from "./queue.ts";
import { choose, isAvailable } from "./strategy.ts";

export interface HuntServiceOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly members: MemberPort;
  readonly state: StateStore;
  readonly events: EventSink;
}

/** What the status page shows of one group. */
export interface GroupStatus {
  readonly domain: string;
  readonly number: string;
  readonly name: string;
  /** In order of arrival; `ringing` holds the members that ring for this caller. */
  readonly callers: readonly {
    readonly call: string;
    readonly sinceMs: number;
    readonly waiting: boolean;
    readonly ringing: readonly string[];
  }[];
  readonly members: readonly { readonly extension: string; readonly hindrance?: Hindrance }[];
}

/** What ends the ringing of a member, and how the record tells it. */
const WITHDRAWALS: Partial<Record<Hindrance, MissReason>> = {
  "unknown": "unreachable",
  "offline": "unreachable",
  "do not disturb": "do not disturb",
};

const NONE: readonly string[] = [];
const NOBODY: readonly Hunt[] = [];

export class HuntService implements HuntFloor {
  readonly #options: HuntServiceOptions;
  readonly #availability: Availability;
  readonly #positions: Positions;
  /** Settings objects are made anew by each reload, so the prepared group goes with them. */
  #groups = new WeakMap<GroupSettings, Map<string, Group>>();
  readonly #arrivals = new Map<string, Arrivals<Hunt>>();
  readonly #tasks: (() => void)[] = [];
  /** Members that became free in this step. */
  readonly #freed = new Set<FloorMember>();
  #isRunning = false;
  #restsUntil = 0;

  constructor(options: HuntServiceOptions) {
    this.#options = options;
    this.#availability = new Availability(options.members);
    this.#positions = new Positions(options.state);
  }

  /** Reads the kept roundRobin positions. Hunts may begin before it resolves. */
  load(): Promise<void> {
    return this.#positions.load();
  }

  /** A caller for a group. Nothing happens before `start()`. */
  open(call: HuntCall, target: { domain: string; group: GroupSettings }): HuntHandle {
    const group = this.#prepare(target.domain, target.group);
    return new Hunt(call, group, { floor: this, clock: this.#options.clock });
  }

  /** Something about this extension changed: registration, calls, do-not-disturb, settings. Cheap when nobody cares. */
  changed(domain: string, extension: string): void {
    const member = this.#availability.find(domain, extension);
    if (!member) return;
    this.run(() => {
      if (this.#availability.look(member)) this.#freed.add(member);
      else if (member.isRung) this.#withdraw(member);
    });
  }

  /** The directory was reloaded: forgets members that sit in no group, looks at the others again. */
  reloaded(isMember: (domain: string, extension: string) => boolean): void {
    const groups = [...this.#arrivals.values()].flatMap((queue) => [...queue].map((hunt) => hunt.group));
    this.#availability.keepOnly((domain, extension) =>
      isMember(domain, extension) ||
      groups.some((group) => group.domain === domain && group.seatOf.has(extension))
    );
    this.#groups = new WeakMap();
  }

  status(domain: string, settings: GroupSettings): GroupStatus {
    const group = this.#prepare(domain, settings);
    const now = this.#options.clock.now();
    const callers = [...this.#arrivals.get(domain) ?? []].filter((hunt) =>
      hunt.groupNumber === settings.number
    );
    return {
      domain,
      number: group.label.number,
      name: group.label.name,
      callers: callers.map((hunt) => ({
        call: hunt.call.id,
        sinceMs: now - (hunt.arrivedAt ?? now),
        waiting: hunt.isWaiting,
        ringing: hunt.ringing,
      })),
      members: group.seats.map(({ member }) => {
        this.#availability.look(member);
        const hindrance = member.hindranceAt(now);
        return hindrance ? { extension: member.extension, hindrance } : { extension: member.extension };
      }),
    };
  }

  /** Live sizes for leak tests. */
  counts(): { hunts: number; members: number } {
    let hunts = 0;
    for (const arrivals of this.#arrivals.values()) hunts += arrivals.size;
    return { hunts, members: this.#availability.size };
  }

  // What hunts ask for.

  run(task: () => void): void {
    this.#tasks.push(task);
    if (this.#isRunning) return;
    this.#isRunning = true;
    for (let next = this.#tasks.shift(); next; next = this.#tasks.shift()) {
      try {
        next();
        this.#serve();
      } catch (error) {
        // One broken call must not stop the hunts of all others.
        this.#options.log.error("hunt step failed", { error: String(error) });
      }
    }
    this.#isRunning = false;
  }

  arrive(hunt: Hunt): void {
    this.catchUp(hunt.group.domain);
    this.#queue(hunt.group.domain).add(hunt);
  }

  catchUp(domain: string): void {
    for (const hunt of [...this.#arrivals.get(domain) ?? NOBODY]) {
      hunt.catchUp();
      this.#serve();
    }
  }

  seek(hunt: Hunt): readonly string[] {
    if (hunt.group.rules.mode === "all") return this.#everybody(hunt);
    const found = this.#pick(hunt);
    if (found !== undefined) return [found];
    // Nobody as far as was told: look at everyone before saying so.
    for (const { member } of hunt.group.seats) this.#availability.look(member);
    const second = this.#pick(hunt);
    return second === undefined ? NONE : [second];
  }

  mayWait(hunt: Hunt): boolean {
    return this.#queue(hunt.group.domain).waiting(hunt.groupNumber) < hunt.group.maxCallers;
  }

  take(hunt: Hunt, extension: string): void {
    const seat = hunt.group.seatOf.get(extension);
    const member = seat === undefined ? undefined : hunt.group.seats[seat]?.member;
    if (seat === undefined || !member || !this.#availability.take(member)) {
      throw new TypeError(`Cannot ring "${extension}": it was not offered`);
    }
    if (hunt.group.strategy === "roundRobin") this.#positions.chosen(hunt.group, seat);
  }

  leave(hunt: Hunt, extension: string): void {
    const member = this.#memberOf(hunt, extension);
    if (!member) return;
    this.#availability.leave(member);
    this.#freed.add(member);
  }

  moved(hunt: Hunt): void {
    const { domain } = hunt.group;
    const queue = this.#queue(domain);
    if (hunt.isOver) queue.remove(hunt);
    if (queue.size === 0) this.#arrivals.delete(domain);
    const group = hunt.groupNumber;
    if (hunt.group.rules.queue) { for (const [caller, place] of queue.places(group)) caller.setPlace(place); }
    const callers = [...queue].filter(({ groupNumber }) => groupNumber === group);
    this.#options.events.emit({
      kind: "group",
      domain,
      group,
      callers: callers.length,
      waiting: callers.filter(({ isWaiting }) => isWaiting).length,
      ringing: callers.flatMap(({ ringing }) => ringing),
    });
  }

  rest(hunt: Hunt, extension: string): void {
    const member = this.#memberOf(hunt, extension);
    if (!member) return;
    const until = this.#options.clock.now() + hunt.group.wrapUpMs;
    member.restsUntil = Math.max(member.restsUntil, until);
    this.#restsUntil = Math.max(this.#restsUntil, until);
    for (const caller of this.#arrivals.get(member.domain) ?? []) if (caller.isWaiting) caller.arm();
  }

  restEndsAt(group: Group): number | undefined {
    const now = this.#options.clock.now();
    if (this.#restsUntil <= now) return undefined;
    let first = Infinity;
    for (const { member } of group.seats) {
      if (member.restsUntil > now && member.restsUntil < first) first = member.restsUntil;
    }
    return first === Infinity ? undefined : first;
  }

  /**
   * Callers in order of arrival choose among the members that have just become free. All of those together: were they
   * given away one by one, a caller could choose one that somebody who came earlier is waiting for.
   */
  #serve(): void {
    if (this.#freed.size === 0) return;
    const now = this.#options.clock.now();
    const freed = [...this.#freed].filter((member) =>
      this.#availability.look(member) && member.restsUntil <= now
    );
    this.#freed.clear();
    for (const domain of new Set(freed.map((member) => member.domain))) {
      for (const hunt of this.#arrivals.get(domain) ?? NOBODY) {
        const left = freed.filter((member) => member.isFree && member.domain === domain);
        if (left.length === 0) break;
        if (left.some(({ extension }) => hunt.group.seatOf.has(extension) && hunt.wants(extension))) {
          hunt.look();
        }
      }
    }
  }

  /** A phone that rings and has gone away, or wants to be left in peace, is let go at once. */
  #withdraw(member: FloorMember): void {
    const reason = member.hindrance && WITHDRAWALS[member.hindrance];
    if (!reason) return;
    for (const hunt of this.#arrivals.get(member.domain) ?? []) {
      if (hunt.ringing.includes(member.extension)) return hunt.withdraw(member.extension, reason);
    }
  }

  #pick(hunt: Hunt): string | undefined {
    const { group } = hunt;
    const choice = {
      strategy: group.strategy,
      now: this.#options.clock.now(),
      passedOver: hunt.passedOver,
      last: group.strategy === "roundRobin" ? this.#positions.last(group) : -1,
      random: this.#options.random,
    };
    // What was told may be old: the chosen one is looked at again, and the next one taken when it is not free.
    for (;;) {
      const index = choose(group.seats, choice);
      const member = group.seats[index]?.member;
      if (member && !this.#availability.look(member)) continue;
      this.#noteSkipped(hunt, choice.now);
      return member?.extension;
    }
  }

  #everybody(hunt: Hunt): readonly string[] {
    const now = this.#options.clock.now();
    for (const { member } of hunt.group.seats) this.#availability.look(member);
    this.#noteSkipped(hunt, now);
    return hunt.group.seats.filter((seat) => isAvailable(seat, { now, passedOver: hunt.passedOver }))
      .map((seat) => seat.member.extension);
  }

  #noteSkipped(hunt: Hunt, now: number): void {
    const { seats } = hunt.group;
    for (let index = 0; index < seats.length && index < MAX_SKIPPED; index++) {
      const member = seats[index]!.member;
      const hindrance = member.hindranceAt(now);
      if (hindrance) hunt.notes.skipped(member.extension, hindrance);
    }
  }

  #memberOf(hunt: Hunt, extension: string): FloorMember | undefined {
    const seat = hunt.group.seatOf.get(extension);
    return seat === undefined ? undefined : hunt.group.seats[seat]?.member;
  }

  #queue(domain: string): Arrivals<Hunt> {
    let queue = this.#arrivals.get(domain);
    if (!queue) this.#arrivals.set(domain, queue = new Arrivals());
    return queue;
  }

  #prepare(domain: string, settings: GroupSettings): Group {
    let byDomain = this.#groups.get(settings);
    if (!byDomain) this.#groups.set(settings, byDomain = new Map());
    let group = byDomain.get(domain);
    if (!group) {
      group = prepareGroup(domain, settings, (extension) => this.#availability.enrol(domain, extension));
      byDomain.set(domain, group);
    }
    return group;
  }
}
