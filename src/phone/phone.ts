/** The phone: several accounts, their calls, and everything that happens told in one place. */

import { ok, type Result } from "../base/mod.ts";
import { Account, type AccountEvent, type AccountOptions } from "./account.ts";
import type { PhoneCall } from "./call.ts";
import type { AccountSettings } from "./types.ts";
import type { PhoneWorld } from "./world.ts";

export type PhoneEvent = AccountEvent & { readonly account: Account };

export class Phone {
  readonly #world: PhoneWorld;
  readonly #timing: AccountOptions["timing"];
  readonly #accounts = new Set<Account>();
  readonly #listeners = new Set<(event: PhoneEvent) => void>();

  constructor(world: PhoneWorld, options: Pick<AccountOptions, "timing"> = {}) {
    this.#world = world;
    this.#timing = options.timing;
    world.plane.onEvent((event) => {
      if (event.kind === "lost") {
        for (const call of this.calls) if (call.leg && event.legs.includes(call.leg)) call.hear(event);
      } else if (event.kind !== "talking") {
        this.#findLeg(event.leg)?.hear(event);
      }
    });
  }

  get accounts(): readonly Account[] {
    return [...this.#accounts];
  }

  /** Calls of all accounts that are not over. */
  get calls(): readonly PhoneCall[] {
    return this.accounts.flatMap((account) => account.calls);
  }

  /** Calls `listener` for everything that happens, in order; the function returned ends that. */
  onEvent(listener: (event: PhoneEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Opens the sockets of an account and registers it if its settings say so; faults of registering come as events. */
  async addAccount(settings: AccountSettings): Promise<Result<Account, string>> {
    const opened = await Account.open({
      world: this.#world,
      settings,
      tell: (account, event) => this.#tell({ ...event, account }),
      ...(this.#timing && { timing: this.#timing }),
    });
    if (!opened.ok) return opened;
    this.#accounts.add(opened.value);
    return ok(opened.value);
  }

  /** Hangs up the account's calls, takes its registration back, closes its sockets. */
  async removeAccount(account: Account): Promise<void> {
    await account.close();
    this.#accounts.delete(account);
  }

  /** Removes every account. The media plane is left to whoever gave it. */
  async stop(): Promise<void> {
    await Promise.all(this.accounts.map((account) => this.removeAccount(account)));
  }

  #findLeg(leg: number): PhoneCall | undefined {
    return this.calls.find((call) => call.leg === leg);
  }

  #tell(event: PhoneEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}
