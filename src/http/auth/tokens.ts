/** Tokens for scripts: made once, shown once, kept as hashes, limited by scopes and time (RFC 6750). */

import { type Clock, type Random, token } from "../../base/mod.ts";
import type { StateStore } from "../../pbx/ports.ts";
import { type Scope, SCOPES } from "./scopes.ts";
import { hashSecret } from "./secrets.ts";

const PREFIX = "web/token/";
/** Known by its looks, so that secret scanners find one that was published. */
const MARK = "sipedge_";
const MAX_TOKENS = 500;
const NOTE_EVERY_MS = 10 * 60_000;

export interface ApiToken {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: number;
  readonly createdBy: string;
  readonly expiresAt?: number;
  readonly lastUsedAt?: number;
}

interface StoredToken extends ApiToken {
  readonly hash: string;
}

export class Tokens {
  readonly #state: StateStore;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #byHash = new Map<string, StoredToken>();

  constructor(options: { readonly state: StateStore; readonly clock: Clock; readonly random: Random }) {
    this.#state = options.state;
    this.#clock = options.clock;
    this.#random = options.random;
  }

  async load(): Promise<void> {
    for (const value of (await this.#state.list(PREFIX)).values()) {
      const stored = parseToken(value);
      if (stored) this.#byHash.set(stored.hash, stored);
    }
  }

  /** The secret is in no other place than the answer; undefined when there are too many tokens. */
  create(
    wish: { readonly name: string; readonly scopes: readonly Scope[]; readonly expiresAt?: number },
    createdBy: string,
  ): { readonly token: ApiToken; readonly secret: string } | undefined {
    if (this.#byHash.size >= MAX_TOKENS) return undefined;
    const secret = MARK + token(this.#random, 32);
    const stored: StoredToken = {
      id: token(this.#random, 6),
      name: wish.name,
      scopes: [...new Set(wish.scopes)],
      createdAt: this.#clock.now(),
      createdBy,
      ...(wish.expiresAt !== undefined && { expiresAt: wish.expiresAt }),
      hash: hashSecret(secret),
    };
    this.#byHash.set(stored.hash, stored);
    this.#keep(stored);
    return { token: withoutHash(stored), secret };
  }

  find(secret: string): ApiToken | undefined {
    if (!secret.startsWith(MARK) || secret.length !== MARK.length + 64) return undefined;
    const stored = this.#byHash.get(hashSecret(secret));
    const now = this.#clock.now();
    if (!stored || (stored.expiresAt !== undefined && stored.expiresAt <= now)) return undefined;
    if (now - (stored.lastUsedAt ?? 0) > NOTE_EVERY_MS) {
      const used = { ...stored, lastUsedAt: now };
      this.#byHash.set(stored.hash, used);
      this.#keep(used);
    }
    return withoutHash(stored);
  }

  list(): readonly ApiToken[] {
    return [...this.#byHash.values()].map(withoutHash).sort((a, b) => a.createdAt - b.createdAt);
  }

  remove(id: string): boolean {
    for (const stored of this.#byHash.values()) {
      if (stored.id !== id) continue;
      this.#byHash.delete(stored.hash);
      this.#state.remove(PREFIX + id);
      return true;
    }
    return false;
  }

  #keep(stored: StoredToken): void {
    this.#state.put(PREFIX + stored.id, JSON.stringify(stored));
  }
}

function withoutHash({ hash: _hash, ...shown }: StoredToken): ApiToken {
  return shown;
}

function parseToken(text: string): StoredToken | undefined {
  try {
    const value = JSON.parse(text) as Partial<StoredToken>;
    if (typeof value.id !== "string" || typeof value.hash !== "string" || !Array.isArray(value.scopes)) {
      return undefined;
    }
    // A scope of another version gives nothing.
    const scopes = value.scopes.filter((scope) => SCOPES.includes(scope));
    return { ...(value as StoredToken), scopes };
  } catch {
    return undefined;
  }
}
