/** An office for tests of the hunt: phones that ring when told to, callers, a clock that moves by hand. */

import { ManualClock, seededRandom, SILENT_LOG } from "../../base/mod.ts";
import type { HuntGroupSettings, RingGroupSettings } from "../../config/mod.ts";
import type { CallRecordEvent, PbxEvent, StateStore } from "../ports.ts";
import type { GroupSettings } from "./group.ts";
import type { HuntHandle } from "./hunt.ts";
import type { HuntCall, MemberFacts } from "./ports.ts";
import { HuntService } from "./service.ts";

/** One extension with its phone. */
export interface Phone {
  registeredAt: number | undefined;
  doNotDisturb: boolean;
  callWaiting: boolean;
  maxCalls: number;
  lastCallEndedAt?: number;
  /** Conversations besides what rings. */
  talking: number;
  /** Attempts that ring now, as `caller#attempt`. */
  readonly ringing: Set<string>;
}

/** One caller, and all that was done to it. */
export class FakeCaller implements HuntCall {
  readonly notes: CallRecordEvent[] = [];
  /** In order: `ring 101`, `release 101 no answer`, `connect 101`, `music`, `position 2`, `forward 100`, `refuse …`. */
  readonly log: string[] = [];
  readonly rung = new Map<number, string>();
  readonly open = new Set<number>();
  connectedTo: string | undefined;
  isOver = false;
  hunt!: HuntHandle;
  readonly control: HuntCall["control"];
  readonly waiting: HuntCall["waiting"];

  constructor(readonly id: string, office: FakeOffice) {
    this.control = {
      ring: (attempt, extension) => {
        this.log.push(`ring ${extension}`);
        this.rung.set(attempt, extension);
        this.open.add(attempt);
        office.phone(extension).ringing.add(`${id}#${attempt}`);
        office.onRing(this, extension, attempt);
      },
      release: (attempt, reason) => {
        this.log.push(`release ${this.rung.get(attempt)} ${reason}`);
        office.stopRinging(this, attempt);
      },
      connect: (attempt) => {
        const extension = this.rung.get(attempt)!;
        this.log.push(`connect ${extension}`);
        office.stopRinging(this, attempt);
        office.phone(extension).talking++;
        this.connectedTo = extension;
      },
      forward: (to) => this.#end(`forward ${to}`),
      refuse: (reason) => this.#end(`refuse ${reason}`),
    };
    this.waiting = {
      music: () => this.log.push("music"),
      position: (place) => this.log.push(`position ${place}`),
    };
  }

  note(event: CallRecordEvent): void {
    this.notes.push(event);
  }

  /** The attempt that rings at this extension now. */
  attemptAt(extension: string): number {
    for (const attempt of this.open) if (this.rung.get(attempt) === extension) return attempt;
    throw new TypeError(`Cannot find an attempt: ${this.id} does not ring at ${extension}`);
  }

  #end(word: string): void {
    this.log.push(word);
    this.isOver = true;
  }
}

/** A store that forgets with the test. */
export class FakeStateStore implements StateStore {
  readonly entries = new Map<string, string>();
  get(key: string): Promise<string | undefined> {
    return Promise.resolve(this.entries.get(key));
  }
  list(prefix: string): Promise<ReadonlyMap<string, string>> {
    return Promise.resolve(new Map([...this.entries].filter(([key]) => key.startsWith(prefix))));
  }
  put(key: string, value: string): void {
    this.entries.set(key, value);
  }
  remove(key: string): void {
    this.entries.delete(key);
  }
}

export const DOMAIN = "office.example";

export class FakeOffice {
  readonly clock = new ManualClock(1_000_000);
  readonly phones = new Map<string, Phone>();
  readonly state: FakeStateStore;
  readonly events: PbxEvent[] = [];
  readonly service: HuntService;
  readonly callers: FakeCaller[] = [];
  /** What the service could only log: a step that threw, an assertion of `onRing` among them. */
  readonly faults: string[] = [];
  /** Called when a phone begins to ring. */
  onRing: (caller: FakeCaller, extension: string, attempt: number) => void = () => {};

  constructor(extensions: readonly string[], options: { seed?: number; state?: FakeStateStore } = {}) {
    this.state = options.state ?? new FakeStateStore();
    for (const [index, extension] of extensions.entries()) {
      this.phones.set(extension, {
        registeredAt: 1000 + index,
        doNotDisturb: false,
        callWaiting: false,
        maxCalls: 2,
        talking: 0,
        ringing: new Set(),
      });
    }
    this.service = new HuntService({
      clock: this.clock,
      random: seededRandom(options.seed ?? 1),
      log: { ...SILENT_LOG, error: (event, fields) => this.faults.push(`${event}: ${fields?.error}`) },
      members: { facts: (_, extension) => this.#facts(extension) },
      state: this.state,
      events: { emit: (event) => this.events.push(event) },
    });
  }

  phone(extension: string): Phone {
    const phone = this.phones.get(extension);
    if (!phone) throw new TypeError(`Cannot find phone "${extension}"`);
    return phone;
  }

  /** Changes a phone and tells it, as registrar and call engine do. */
  change(extension: string, change: Partial<Phone>): void {
    Object.assign(this.phone(extension), change);
    this.service.changed(DOMAIN, extension);
  }

  call(group: GroupSettings, id = `call${this.callers.length + 1}`): FakeCaller {
    const caller = new FakeCaller(id, this);
    caller.hunt = this.service.open(caller, { domain: DOMAIN, group });
    this.callers.push(caller);
    caller.hunt.start();
    return caller;
  }

  /** The member picks up. */
  answer(caller: FakeCaller, extension: string): void {
    caller.hunt.answered(caller.attemptAt(extension));
  }

  /** The member's phone says no. */
  decline(
    caller: FakeCaller,
    extension: string,
    reason: "refused" | "busy" | "unreachable" = "refused",
  ): void {
    const attempt = caller.attemptAt(extension);
    this.stopRinging(caller, attempt);
    caller.hunt.failed(attempt, reason);
  }

  hangUp(caller: FakeCaller): void {
    caller.isOver = true;
    caller.hunt.callerGone();
    const extension = caller.connectedTo;
    if (extension === undefined) return;
    caller.connectedTo = undefined;
    this.phone(extension).talking--;
    this.phone(extension).lastCallEndedAt = this.clock.now();
    caller.hunt.finished();
    this.service.changed(DOMAIN, extension);
  }

  stopRinging(caller: FakeCaller, attempt: number): void {
    caller.open.delete(attempt);
    this.phone(caller.rung.get(attempt)!).ringing.delete(`${caller.id}#${attempt}`);
  }

  #facts(extension: string): MemberFacts | undefined {
    const phone = this.phones.get(extension);
    if (!phone) return undefined;
    return {
      ...(phone.registeredAt === undefined ? {} : { registeredAt: phone.registeredAt }),
      ...(phone.lastCallEndedAt === undefined ? {} : { lastCallEndedAt: phone.lastCallEndedAt }),
      calls: phone.talking + phone.ringing.size,
      doNotDisturb: phone.doNotDisturb,
      callWaiting: phone.callWaiting,
      maxCalls: phone.maxCalls,
    };
  }
}

/** A hunt group with the members in the given order; orders 1, 2, 3 … unless members say otherwise. */
export function huntGroup(
  members: readonly (string | { extension: string; order: number })[],
  settings: Partial<HuntGroupSettings> = {},
): HuntGroupSettings {
  return {
    number: "600",
    name: "Sales",
    strategy: "linear",
    ringSeconds: 15,
    wrapUpSeconds: 0,
    showGroupName: true,
    members: members.map((member, index) =>
      typeof member === "string" ? { extension: member, order: index + 1 } : member
    ),
    ...settings,
  };
}

export function ringGroup(
  members: readonly string[],
  settings: Partial<RingGroupSettings> = {},
): RingGroupSettings {
  return { number: "610", name: "All", ringSeconds: 30, members, ...settings };
}

export const QUEUE = { maxWaitSeconds: 120, maxCallers: 20, announcePosition: false };
