/** Who may come in: sign-in with its delays, sessions, tokens, the first set-up. One for the whole page. */

import { type Clock, type Log, type Random, senderKey } from "../../base/mod.ts";
import type { AuditStore, StateStore } from "../../pbx/ports.ts";
import { Accounts } from "./accounts.ts";
import { ACCOUNT_RULE, Lockout, type LockoutRule, PROXY_RULE, SENDER_RULE } from "./lockout.ts";
import type { ScryptCost } from "./password.ts";
import { ALL_SCOPES, type Principal } from "./scopes.ts";
import { csrfToken, type Session, Sessions } from "./sessions.ts";
import { SetupLink } from "./setup_link.ts";
import { Tokens } from "./tokens.ts";

/** Key of everybody who comes from this machine. */
const PROXY = "this machine";

export interface GateOptions {
  readonly state: StateStore;
  readonly audit: AuditStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** True for the addresses of this machine's own interfaces. */
  readonly isThisMachine: (host: string) => boolean;
  /** Told of every wrong password from elsewhere, so that the doorkeeper may ban. */
  readonly failed: (host: string, reason: string) => void;
  /** Default: what costs a guesser enough. */
  readonly passwordCost?: ScryptCost;
}

/** Where a request came from. */
export interface Visitor {
  readonly host: string;
  readonly userAgent: string;
}

export type SignInResult =
  /** `secret` goes into the cookie. */
  | { readonly ok: true; readonly secret: string; readonly session: Session }
  | { readonly ok: false; readonly reason: "wrong" | "code needed" }
  | { readonly ok: false; readonly reason: "wait"; readonly seconds: number };

export class Gate {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
  readonly #options: GateOptions;
  readonly #lockout: Lockout;
  readonly #setup: SetupLink;

  constructor(options: GateOptions) {
    this.#options = options;
    this.accounts = new Accounts(options);
    this.sessions = new Sessions(options);
    this.tokens = new Tokens(options);
    this.#lockout = new Lockout(options.clock);
    this.#setup = new SetupLink(options);
  }

  async load(): Promise<void> {
    await Promise.all([this.accounts.load(), this.sessions.load(), this.tokens.load()]);
  }

  /** A secret for the one-time link; the one before is void. */
  openSetup(): string {
    return this.#setup.renew();
  }

  isSetupSecret(secret: string, visitor: Visitor): boolean {
    return this.#mayTry([this.#senderOf(visitor)]) === 0 && this.#setup.isValid(secret);
  }

  /** The first password, or a new one for somebody who can read the log. Valid once. */
  async setUp(
    wish: { readonly secret: string; readonly name: string; readonly password: string },
    visitor: Visitor,
  ): Promise<SignInResult> {
    const sender = this.#senderOf(visitor);
    const seconds = this.#mayTry([sender]);
    if (seconds > 0) return { ok: false, reason: "wait", seconds };
    if (!this.#setup.isValid(wish.secret)) {
      this.#lockout.tried(sender);
      this.#note(visitor, "anybody", { action: "set-up refused" });
      return { ok: false, reason: "wrong" };
    }
    // Closed before anything waits: a second request with the same link comes too late.
    this.#setup.close();
    await this.accounts.put(wish.name, wish.password);
    this.sessions.closeOthers(wish.name);
    this.#note(visitor, wish.name, { action: "set-up" });
    return this.#open(wish.name, visitor);
  }

  async signIn(
    wish: { readonly name: string; readonly password: string; readonly code: string | undefined },
    visitor: Visitor,
  ): Promise<SignInResult> {
    const keys = [this.#senderOf(visitor), `account ${wish.name}`];
    const seconds = this.#mayTry(keys);
    if (seconds > 0) return { ok: false, reason: "wait", seconds };
    for (const key of keys) this.#lockout.tried(key);
    const outcome = await this.accounts.signIn(wish.name, wish.password, wish.code);
    switch (outcome) {
      case "ok":
        for (const key of keys) this.#lockout.succeeded(key);
        this.#note(visitor, wish.name, { action: "sign in" });
        return this.#open(wish.name, visitor);
      case "code needed":
        // The password was right, so this was no guess.
        for (const key of keys) this.#lockout.forgive(key);
        return { ok: false, reason: "code needed" };
      case "busy":
        for (const key of keys) this.#lockout.forgive(key);
        return { ok: false, reason: "wait", seconds: 2 };
      case "wrong":
        this.#note(visitor, wish.name, { action: "sign-in refused" });
        // From this machine comes the reverse proxy with all its visitors, and the box's own telephony.
        if (!this.#options.isThisMachine(visitor.host)) this.#options.failed(visitor.host, "page");
        return { ok: false, reason: "wrong" };
      default:
        return outcome satisfies never;
    }
  }

  /** A wrong password of somebody who is signed in slows down like one at the door. */
  async changePassword(
    who: Principal,
    wish: { readonly before: string; readonly after: string },
    visitor: Visitor,
  ): Promise<"ok" | "wrong" | { readonly seconds: number }> {
    const key = `account ${who.name}`;
    const seconds = this.#lockout.waitSec(key, SENDER_RULE);
    if (seconds > 0) return { seconds };
    this.#lockout.tried(key);
    const outcome = await this.accounts.changePassword(who.name, wish.before, wish.after);
    if (outcome !== "wrong") this.#lockout.forgive(key);
    if (outcome === "busy") return { seconds: 2 };
    if (outcome === "ok") {
      this.sessions.closeOthers(who.name, who.id);
      this.#note(visitor, who.name, { action: "password changed" });
    }
    return outcome;
  }

  /** Second-factor codes are guessed as fast as this lets them be. */
  tryCode(who: Principal, check: () => boolean): "ok" | "wrong" | { readonly seconds: number } {
    const key = `code ${who.name}`;
    const seconds = this.#lockout.waitSec(key, SENDER_RULE);
    if (seconds > 0) return { seconds };
    if (check()) {
      this.#lockout.succeeded(key);
      return "ok";
    }
    this.#lockout.tried(key);
    return "wrong";
  }

  /** Whose cookie this is. */
  ofSession(secret: string): { readonly principal: Principal; readonly csrf: string } | undefined {
    const session = this.sessions.find(secret);
    if (!session) return undefined;
    const principal = { kind: "session", name: session.account, scopes: ALL_SCOPES, id: session.id } as const;
    return { principal, csrf: csrfToken(secret) };
  }

  /** Whose token this is. */
  ofToken(secret: string): Principal | undefined {
    const token = this.tokens.find(secret);
    return token && { kind: "token", name: token.name, scopes: new Set(token.scopes), id: token.id };
  }

  audit(who: Principal, host: string, entry: { action: string; target?: string; detail?: string }): void {
    // A token may bear any name, also that of an account.
    const name = who.kind === "token" ? `token ${who.name}` : who.name;
    this.#note({ host, userAgent: "" }, name, entry);
  }

  #open(name: string, visitor: Visitor): SignInResult {
    const secret = this.sessions.open(name, visitor);
    return { ok: true, secret, session: this.sessions.find(secret)! };
  }

  /** The key under which tries of a visitor are counted. */
  #senderOf({ host }: Visitor): string {
    return this.#options.isThisMachine(host) ? PROXY : `sender ${senderKey(host)}`;
  }

  #mayTry(keys: readonly string[]): number {
    return Math.max(...keys.map((key) => this.#lockout.waitSec(key, ruleOf(key))));
  }

  #note(visitor: Visitor, who: string, entry: { action: string; target?: string; detail?: string }): void {
    const { audit, clock, log } = this.#options;
    audit.append({ at: clock.now(), who, host: visitor.host, ...entry });
    log.info("Page", { who, host: visitor.host, ...entry });
  }
}

function ruleOf(key: string): LockoutRule {
  if (key === PROXY) return PROXY_RULE;
  return key.startsWith("sender ") ? SENDER_RULE : ACCOUNT_RULE;
}
