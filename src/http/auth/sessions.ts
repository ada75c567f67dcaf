/** Sessions of the page: a random identifier in a cookie, its hash in the store, an end by time. */

import { type Clock, type Random, token } from "../../base/mod.ts";
import type { StateStore } from "../../pbx/ports.ts";
import { hashSecret } from "./secrets.ts";

const PREFIX = "web/session/";
/** Without a request for so long a session ends. */
const IDLE_MS = 12 * 3_600_000;
/** And in any case after so long. */
const LIFE_MS = 7 * 24 * 3_600_000;
/** How old the kept "last seen" may be; a restart costs a session at most this much of its idle time. */
const NOTE_EVERY_MS = 10 * 60_000;
const MAX_SESSIONS = 200;

export interface Session {
  /** Hash of the identifier; harmless to show. */
  readonly id: string;
  readonly account: string;
  readonly createdAt: number;
  readonly seenAt: number;
  readonly host: string;
  readonly userAgent: string;
}

export class Sessions {
  readonly #state: StateStore;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #sessions = new Map<string, Session>();
  readonly #notedAt = new Map<string, number>();

  constructor(options: { readonly state: StateStore; readonly clock: Clock; readonly random: Random }) {
    this.#state = options.state;
    this.#clock = options.clock;
    this.#random = options.random;
  }

  async load(): Promise<void> {
    for (const [key, value] of await this.#state.list(PREFIX)) {
      const session = parseSession(value);
      if (session && !this.#isOver(session)) this.#sessions.set(session.id, session);
      else this.#state.remove(key);
    }
  }

  /** A new session with a new identifier, whatever the browser brought: nobody can fix one beforehand. */
  open(account: string, from: { readonly host: string; readonly userAgent: string }): string {
    this.#sweep();
    const secret = token(this.#random, 32);
    const now = this.#clock.now();
    const session: Session = {
      id: hashSecret(secret),
      account,
      createdAt: now,
      seenAt: now,
      host: from.host,
      userAgent: from.userAgent.slice(0, 200),
    };
    this.#sessions.set(session.id, session);
    this.#note(session);
    return secret;
  }

  /** The session of a cookie, if it lives. */
  find(secret: string): Session | undefined {
    if (secret.length !== 64) return undefined;
    const session = this.#sessions.get(hashSecret(secret));
    if (!session) return undefined;
    if (this.#isOver(session)) {
      this.close(session.id);
      return undefined;
    }
    const seen = { ...session, seenAt: this.#clock.now() };
    this.#sessions.set(session.id, seen);
    if (seen.seenAt - (this.#notedAt.get(session.id) ?? 0) > NOTE_EVERY_MS) this.#note(seen);
    return seen;
  }

  list(): readonly Session[] {
    this.#sweep();
    return [...this.#sessions.values()].sort((a, b) => b.seenAt - a.seenAt);
  }

  close(id: string): boolean {
    this.#notedAt.delete(id);
    this.#state.remove(PREFIX + id);
    return this.#sessions.delete(id);
  }

  /** Ends every session of an account but one. */
  closeOthers(account: string, keep?: string): void {
    for (const session of [...this.#sessions.values()]) {
      if (session.account === account && session.id !== keep) this.close(session.id);
    }
  }

  #note(session: Session): void {
    this.#notedAt.set(session.id, session.seenAt);
    this.#state.put(PREFIX + session.id, JSON.stringify(session));
  }

  #isOver({ createdAt, seenAt }: Session): boolean {
    const now = this.#clock.now();
    return now - seenAt > IDLE_MS || now - createdAt > LIFE_MS;
  }

  #sweep(): void {
    for (const session of [...this.#sessions.values()]) if (this.#isOver(session)) this.close(session.id);
    const byAge = [...this.#sessions.values()].sort((a, b) => a.seenAt - b.seenAt);
    for (const session of byAge.slice(0, Math.max(0, byAge.length - MAX_SESSIONS + 1))) {
      this.close(session.id);
    }
  }
}

/** What a page must send with every change; made from the identifier, so that nothing more has to be kept. */
export function csrfToken(sessionSecret: string): string {
  return hashSecret(`csrf:${sessionSecret}`);
}

function parseSession(text: string): Session | undefined {
  try {
    const value = JSON.parse(text) as Partial<Session>;
    const { id, account, createdAt, seenAt, host, userAgent } = value;
    if (typeof id !== "string" || typeof account !== "string" || typeof createdAt !== "number") {
      return undefined;
    }
    return {
      id,
      account,
      createdAt,
      seenAt: Number(seenAt),
      host: String(host),
      userAgent: String(userAgent),
    };
  } catch {
    return undefined;
  }
}
