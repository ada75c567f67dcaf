/** Passwords of administrators: scrypt (RFC 7914), one at a time, so that guessing costs the guesser and not the calls. */

import { scrypt, timingSafeEqual } from "node:crypto";
import { type Random, token } from "../../base/mod.ts";

/** 32 MB and about 0.2 s of one core a check: the third of the equal choices that OWASP gives for scrypt. */
const COST: ScryptCost = { N: 2 ** 15, r: 8, p: 3 };
const KEY_BYTES = 32;
/** Checks that may wait; more are sent away. */
const MAX_WAITING = 8;

export const MIN_PASSWORD = 10;
export const MAX_PASSWORD = 256;

/** RFC 7914 §2: N memory and time, r block size, p parallel parts. */
export interface ScryptCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

export class PasswordHasher {
  readonly #random: Random;
  readonly #cost: ScryptCost;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** `cost` of new passwords; those that are stored have their own. */
  constructor(random: Random, cost: ScryptCost = COST) {
    this.#random = random;
    this.#cost = cost;
  }

  /** `scrypt$N$r$p$salt$key`, salt and key in hexadecimal. */
  async hash(password: string): Promise<string> {
    const salt = token(this.#random, 16);
    const key = await this.#inTurn(() => derive(password, salt, this.#cost));
    return printHash(this.#cost, salt, key.toString("hex"));
  }

  /** True when `password` made `stored`. An unknown account is checked against a hash that nobody has, for equal time. */
  async verify(password: string, stored: string | undefined): Promise<boolean> {
    const [name, n, r, p, salt, key] = (stored ?? this.#nobody()).split("$");
    if (name !== "scrypt" || salt === undefined || key === undefined) return false;
    const wanted = Uint8Array.from(key.match(/../g) ?? [], (pair) => parseInt(pair, 16));
    const found = await this.#inTurn(() =>
      derive(password, salt, { N: Number(n), r: Number(r), p: Number(p) })
    );
    return wanted.length === found.length && timingSafeEqual(wanted, found) && stored !== undefined;
  }

  #nobody(): string {
    return printHash(this.#cost, "00".repeat(16), "00".repeat(KEY_BYTES));
  }

  /** False when so many checks wait that another would only wait too. */
  get hasRoom(): boolean {
    return this.#waiting < MAX_WAITING;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting++;
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      this.#waiting--;
    }
  }
}

function printHash({ N, r, p }: ScryptCost, salt: string, key: string): string {
  return ["scrypt", N, r, p, salt, key].join("$");
}

function derive(password: string, salt: string, cost: ScryptCost): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  // One spelling for what looks the same (RFC 8265 §4.2.2 asks for NFC).
  const text = password.normalize("NFC");
  scrypt(text, salt, KEY_BYTES, { ...cost, maxmem: 256 * cost.N * cost.r }, (error, key) => {
    if (error) reject(error);
    else resolve(key);
  });
  return promise;
}
