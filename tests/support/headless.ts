/** Our own phone in a test: its world opened and closed, its events kept and awaited. */

import { SILENT_LOG } from "../../src/base/mod.ts";
import { openPhoneWorld } from "../../src/commands/phone_world.ts";
import {
  type Account,
  type AccountSettings,
  Phone,
  type PhoneCall,
  type PhoneEvent,
} from "../../src/phone/mod.ts";
import { SystemClock, SystemRandom } from "../../src/platform/mod.ts";

export interface HeadlessOptions {
  readonly ports: { readonly first: number; readonly last: number };
}

export class Headless implements AsyncDisposable {
  readonly phone: Phone;
  readonly events: PhoneEvent[] = [];
  /** For recordings. */
  readonly folder: string;
  readonly #clock = new SystemClock();
  readonly #world;
  readonly #waiting = new Set<() => void>();

  constructor({ ports }: HeadlessOptions) {
    this.folder = Deno.makeTempDirSync({ prefix: "headless-" });
    this.#world = openPhoneWorld({
      clock: this.#clock,
      random: new SystemRandom(),
      log: SILENT_LOG,
      version: "test",
      ports,
    });
    this.phone = new Phone(this.#world);
    this.phone.onEvent((event) => {
      this.events.push(event);
      for (const wake of [...this.#waiting]) wake();
    });
  }

  /** Opens an account and waits until it is registered, if it is to be. */
  async account(settings: AccountSettings): Promise<Account> {
    const opened = await this.phone.addAccount(settings);
    if (!opened.ok) throw new Error(opened.error);
    const account = opened.value;
    if (settings.register) {
      await this.until(() => account.registration.state !== "registering", "answer to REGISTER");
      const { registration } = account;
      if (registration.state === "failed") throw new Error(`${account.name}: ${registration.reason}`);
    }
    return account;
  }

  /** Calls, plays `say` and records; resolves when answered. */
  async dial(account: Account, target: string, options: { say?: string } = {}): Promise<PhoneCall> {
    const dialled = account.dial(target);
    if (!dialled.ok) throw new Error(dialled.error);
    const call = dialled.value;
    this.#prepare(call, options);
    await this.until(() => call.state === "active" || call.state === "ended", "answer");
    if (call.state === "ended") throw new Error(`not answered: ${(await call.ended).reason}`);
    return call;
  }

  /** Takes the next call to `account`. */
  async take(account: Account, options: { say?: string } = {}): Promise<PhoneCall> {
    const find = () => account.calls.find((call) => call.state === "incoming" && this.#has(call, "incoming"));
    await this.until(() => find() !== undefined, "incoming call");
    const call = find()!;
    this.#prepare(call, options);
    call.answer();
    return call;
  }

  recording(call: PhoneCall): Promise<Uint8Array> {
    return Deno.readFile(`${this.folder}/${call.id}.wav`);
  }

  digits(call: PhoneCall): string {
    return this.events.flatMap((one) =>
      one.kind === "call" && one.call === call && one.event.kind === "digit" ? [one.event.digit] : []
    ).join("");
  }

  async until(condition: () => boolean, what: string, ms = 8000): Promise<void> {
    const end = Date.now() + ms;
    while (!condition()) {
      if (Date.now() > end) {
        const kinds = this.events.map((event) =>
          event.kind === "call" ? event.event.kind : event.status.state
        );
        throw new Error(`phone: no ${what} in ${ms} ms; ${kinds.join(" ")}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, 200);
        const waiting = this.#waiting;
        function done() {
          clearTimeout(timer);
          waiting.delete(done);
          resolve();
        }
        waiting.add(done);
      });
    }
  }

  #prepare(call: PhoneCall, { say }: { say?: string }): void {
    if (say !== undefined) call.play([say], { loop: true });
    call.record(`${this.folder}/${call.id}.wav`);
  }

  #has(call: PhoneCall, kind: string): boolean {
    return this.events.some((event) =>
      event.kind === "call" && event.call === call && event.event.kind === kind
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.phone.stop();
    await this.#world.close();
    this.#clock.stop();
    Deno.removeSync(this.folder, { recursive: true });
    // The sockets of node: close a turn or two later.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
