/**
 * Who is free (product §6): registered, not in a call unless call waiting allows one more, not do-not-disturb, and
 * not being rung by any other group. One entry for each extension that sits in a group, shared by all its groups.
 */

import type { MemberFacts, MemberPort } from "./ports.ts";
import type { Member } from "./strategy.ts";

/** Why a member cannot be rung. */
export type Hindrance =
  | "unknown"
  | "offline"
  | "do not disturb"
  | "in a call"
  | "rung by a group"
  | "resting";

/** Judges the facts of one moment; undefined: nothing stands against ringing. */
export function judge(facts: MemberFacts | undefined, isRung: boolean): Hindrance | undefined {
  if (!facts) return "unknown";
  if (facts.registeredAt === undefined) return "offline";
  if (facts.doNotDisturb) return "do not disturb";
  // Before the calls: the ringing leg is one of them, and "in a call" would tell the wrong story.
  if (isRung) return "rung by a group";
  if (facts.calls > 0 && !(facts.callWaiting && facts.calls < facts.maxCalls)) return "in a call";
  return undefined;
}

/** A member as the floor keeps it: the last look, who rings it, and its rest. */
export class FloorMember implements Member {
  isFree = false;
  hindrance: Hindrance | undefined = "unknown";
  registeredAt = 0;
  idleSince = 0;
  restsUntil = 0;
  isRung = false;

  constructor(readonly domain: string, readonly extension: string) {}

  /** The hindrance including the rest after a group's call. */
  hindranceAt(now: number): Hindrance | undefined {
    return this.hindrance ?? (this.restsUntil > now ? "resting" : undefined);
  }
}

/** All members of all groups. */
export class Availability {
  readonly #port: MemberPort;
  readonly #members = new Map<string, FloorMember>();

  constructor(port: MemberPort) {
    this.#port = port;
  }

  /** The member of that name, made at the first call. */
  enrol(domain: string, extension: string): FloorMember {
    const key = `${domain}/${extension}`;
    let member = this.#members.get(key);
    if (!member) {
      member = new FloorMember(domain, extension);
      this.#members.set(key, member);
      this.look(member);
    }
    return member;
  }

  find(domain: string, extension: string): FloorMember | undefined {
    return this.#members.get(`${domain}/${extension}`);
  }

  /** Looks again; true when the member can be rung, its rest aside. */
  look(member: FloorMember): boolean {
    const facts = this.#port.facts(member.domain, member.extension);
    member.hindrance = judge(facts, member.isRung);
    member.isFree = member.hindrance === undefined;
    member.registeredAt = facts?.registeredAt ?? 0;
    // Who came to work this morning has not been idle since yesterday's last call.
    member.idleSince = Math.max(facts?.lastCallEndedAt ?? 0, member.registeredAt);
    return member.isFree;
  }

  /** Marks the member as rung by one hunt; false when another was quicker. */
  take(member: FloorMember): boolean {
    if (member.isRung) return false;
    member.isRung = true;
    this.look(member);
    return true;
  }

  leave(member: FloorMember): void {
    member.isRung = false;
    this.look(member);
  }

  /** Forgets members that no group names any more and nobody rings. */
  keepOnly(isNamed: (domain: string, extension: string) => boolean): void {
    for (const [key, member] of this.#members) {
      if (!member.isRung && !isNamed(member.domain, member.extension)) this.#members.delete(key);
    }
  }

  get size(): number {
    return this.#members.size;
  }
}
