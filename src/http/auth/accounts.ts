/** Administrators' accounts: a password, optionally a second factor. No account exists before somebody makes one. */

import type { Clock, Random } from "../../base/mod.ts";
import type { StateStore } from "../../pbx/ports.ts";
import { PasswordHasher, type ScryptCost } from "./password.ts";
import { findTotpStep, totpUri } from "./totp.ts";

const PREFIX = "web/account/";
const TOTP_BYTES = 20;

interface Account {
  readonly name: string;
  readonly passwordHash: string;
  readonly createdAt: number;
  /** Hexadecimal. */
  readonly totpSecret?: string;
  readonly totpCounter?: number;
}

export type SignInOutcome = "ok" | "wrong" | "code needed" | "busy";

export class Accounts {
  readonly #state: StateStore;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #hasher: PasswordHasher;
  readonly #accounts = new Map<string, Account>();
  /** Second factors that wait for their first code. */
  readonly #offered = new Map<string, Uint8Array<ArrayBuffer>>();

  constructor(
    options: {
      readonly state: StateStore;
      readonly clock: Clock;
      readonly random: Random;
      readonly passwordCost?: ScryptCost;
    },
  ) {
    this.#state = options.state;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#hasher = new PasswordHasher(options.random, options.passwordCost);
  }

  async load(): Promise<void> {
    for (const value of (await this.#state.list(PREFIX)).values()) {
      const account = parseAccount(value);
      if (account) this.#accounts.set(account.name, account);
    }
  }

  get isEmpty(): boolean {
    return this.#accounts.size === 0;
  }

  hasSecondFactor(name: string): boolean {
    return this.#accounts.get(name)?.totpSecret !== undefined;
  }

  /** Makes an account, or gives an existing one a new password and no second factor. */
  async put(name: string, password: string): Promise<void> {
    const passwordHash = await this.#hasher.hash(password);
    const createdAt = this.#accounts.get(name)?.createdAt ?? this.#clock.now();
    this.#keep({ name, passwordHash, createdAt });
  }

  /** A wrong password and an unknown name answer alike, also in time. */
  async signIn(name: string, password: string, code: string | undefined): Promise<SignInOutcome> {
    if (!this.#hasher.hasRoom) return "busy";
    const isRight = await this.#hasher.verify(password, this.#accounts.get(name)?.passwordHash);
    const account = this.#accounts.get(name);
    if (!isRight || !account) return "wrong";
    if (account.totpSecret === undefined) return "ok";
    if (code === undefined || code === "") return "code needed";
    return this.#takeCode(account, code) ? "ok" : "wrong";
  }

  async changePassword(name: string, before: string, after: string): Promise<"ok" | "wrong" | "busy"> {
    if (!this.#hasher.hasRoom) return "busy";
    if (!await this.#hasher.verify(before, this.#accounts.get(name)?.passwordHash)) return "wrong";
    const passwordHash = await this.#hasher.hash(after);
    const account = this.#accounts.get(name);
    if (!account) return "wrong";
    this.#keep({ ...account, passwordHash });
    return "ok";
  }

  /** A secret for an authenticator app; in force once a code made from it has come back. */
  offerSecondFactor(name: string): { readonly uri: string } {
    const secret = this.#random.bytes(TOTP_BYTES);
    this.#offered.set(name, secret);
    return { uri: totpUri(secret, name) };
  }

  confirmSecondFactor(name: string, code: string): boolean {
    const secret = this.#offered.get(name), account = this.#accounts.get(name);
    if (!secret || !account || account.totpSecret !== undefined) return false;
    const step = findTotpStep(secret, code, { nowMs: this.#clock.now(), lastCounter: 0 });
    if (step === undefined) return false;
    this.#offered.delete(name);
    this.#keep({ ...account, totpSecret: secret.toHex(), totpCounter: step });
    return true;
  }

  removeSecondFactor(name: string, code: string): boolean {
    const account = this.#accounts.get(name);
    if (account?.totpSecret === undefined || !this.#takeCode(account, code)) return false;
    const { totpSecret: _secret, totpCounter: _counter, ...rest } = this.#accounts.get(name)!;
    this.#keep(rest);
    return true;
  }

  #takeCode(account: Account, code: string): boolean {
    const step = findTotpStep(Uint8Array.fromHex(account.totpSecret!), code, {
      nowMs: this.#clock.now(),
      lastCounter: account.totpCounter ?? 0,
    });
    if (step === undefined) return false;
    this.#keep({ ...account, totpCounter: step });
    return true;
  }

  #keep(account: Account): void {
    this.#accounts.set(account.name, account);
    this.#state.put(PREFIX + account.name, JSON.stringify(account));
  }
}

function parseAccount(text: string): Account | undefined {
  try {
    const value = JSON.parse(text) as Partial<Account>;
    return typeof value.name === "string" && typeof value.passwordHash === "string"
      ? value as Account
      : undefined;
  } catch {
    return undefined;
  }
}
