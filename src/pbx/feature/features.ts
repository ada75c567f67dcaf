/** What people switch on and off at their phone or on the page: forwards and do-not-disturb, kept over a restart. */

import type { ExtensionSettings, ForwardSettings, ServiceCodes } from "../../config/mod.ts";
import type { StateStore } from "../ports.ts";
import { changeForward, effectiveForwards, type ForwardOverrides, type ForwardReason } from "./forward.ts";
import { type Overrides, printOverrides, readOverrides } from "./overrides.ts";

const PREFIX = "feature/";

/** Which code sets which forward. */
const REASON_OF: Readonly<Partial<Record<keyof ServiceCodes, ForwardReason>>> = {
  forwardAlways: "always",
  forwardBusy: "busy",
  forwardNoAnswer: "noAnswer",
  forwardUnreachable: "unreachable",
};

/** A feature code as routing has read it. */
export interface DialledCode {
  readonly code: keyof ServiceCodes;
  /** The number to forward to. */
  readonly argument: string;
  /** True for the form with a hash: off. */
  readonly clear: boolean;
}

/** What the caller is told, by tone or announcement. */
export type FeatureOutcome =
  | { readonly kind: "forward"; readonly reason: ForwardReason; readonly to?: string }
  | { readonly kind: "doNotDisturb"; readonly on: boolean }
  | {
    readonly kind: "refused";
    readonly reason: "no right" | "own number" | "not allowed" | "no feature code";
  };

export interface FeaturesOptions {
  /** Undefined for an extension that does not exist. */
  readonly extension: (domain: string, number: string) => ExtensionSettings | undefined;
  readonly state: StateStore;
}

const NOTHING: Overrides = { forward: {} };

export class Features {
  readonly #options: FeaturesOptions;
  readonly #overrides = new Map<string, Overrides>();
  readonly #listeners: ((domain: string, extension: string) => void)[] = [];

  constructor(options: FeaturesOptions) {
    this.#options = options;
  }

  /** Reads what was kept. */
  async load(): Promise<void> {
    for (const [key, text] of await this.#options.state.list(PREFIX)) {
      const overrides = readOverrides(text);
      // What was set while the store was still answering is newer.
      if (overrides && !this.#overrides.has(key)) this.#overrides.set(key, overrides);
    }
  }

  /** The forwards in force; none for an extension that does not exist. */
  forwards(domain: string, number: string): ForwardSettings {
    const file = this.#options.extension(domain, number)?.forward;
    const overrides = this.#overrides.get(keyOf(domain, number));
    return !file ? {} : overrides ? effectiveForwards(file, overrides.forward) : file;
  }

  doNotDisturb(domain: string, number: string): boolean {
    return this.#overrides.get(keyOf(domain, number))?.doNotDisturb ??
      this.#options.extension(domain, number)?.doNotDisturb ?? false;
  }

  /**
   * Carries out a code that `number` dialled.
   * @param mayReach whether the extension's own level lets it call a number: nobody forwards to where he may not call
   */
  dial(
    at: { readonly domain: string; readonly number: string },
    dialled: DialledCode,
    mayReach: (to: string) => boolean,
  ): FeatureOutcome {
    const { domain, number } = at;
    if (dialled.code === "doNotDisturb") {
      this.setDoNotDisturb(domain, number, !dialled.clear);
      return { kind: "doNotDisturb", on: !dialled.clear };
    }
    const reason = REASON_OF[dialled.code];
    if (!reason) return { kind: "refused", reason: "no feature code" };
    const { argument, clear } = dialled;
    // Switching off is harmless, so everybody may.
    if (clear) {
      this.setForward(domain, number, { reason });
      return { kind: "forward", reason };
    }
    if (!this.#options.extension(domain, number)?.mayForward) return { kind: "refused", reason: "no right" };
    if (argument === number) return { kind: "refused", reason: "own number" };
    if (!mayReach(argument)) return { kind: "refused", reason: "not allowed" };
    this.setForward(domain, number, { reason, to: argument });
    return { kind: "forward", reason, to: argument };
  }

  /** Sets (`to` given) or switches off one forward, for page and API. False when there is no such extension. */
  setForward(
    domain: string,
    number: string,
    change: { readonly reason: ForwardReason; readonly to?: string; readonly afterSeconds?: number },
  ): boolean {
    return this.#change(domain, number, (overrides, extension) => ({
      ...overrides,
      forward: changeForward(overrides.forward, extension.forward, change),
    }));
  }

  setDoNotDisturb(domain: string, number: string, on: boolean): boolean {
    return this.#change(
      domain,
      number,
      ({ forward }, extension) => on === extension.doNotDisturb ? { forward } : { forward, doNotDisturb: on },
    );
  }

  /** Back to what the file says. */
  reset(domain: string, number: string): void {
    const key = keyOf(domain, number);
    if (!this.#overrides.delete(key)) return;
    this.#options.state.remove(key);
    this.#tell(domain, number);
  }

  /** What was set by code, page or API, to be shown as such. */
  overridesOf(domain: string, number: string): { forward: ForwardOverrides; doNotDisturb?: boolean } {
    return this.#overrides.get(keyOf(domain, number)) ?? NOTHING;
  }

  /** Forgets extensions that are gone: who gets the number next must not inherit a forward. */
  prune(): void {
    for (const key of [...this.#overrides.keys()]) {
      const [, domain = "", number = ""] = key.split("/");
      if (this.#options.extension(domain, number)) continue;
      this.#overrides.delete(key);
      this.#options.state.remove(key);
    }
  }

  /** Called after each change of an extension's features. */
  onChange(listener: (domain: string, extension: string) => void): void {
    this.#listeners.push(listener);
  }

  #change(
    domain: string,
    number: string,
    change: (overrides: Overrides, extension: ExtensionSettings) => Overrides,
  ): boolean {
    const extension = this.#options.extension(domain, number);
    if (!extension) return false;
    const key = keyOf(domain, number);
    const overrides = change(this.#overrides.get(key) ?? NOTHING, extension);
    if (overrides.doNotDisturb === undefined && Object.keys(overrides.forward).length === 0) {
      this.#overrides.delete(key);
      this.#options.state.remove(key);
    } else {
      this.#overrides.set(key, overrides);
      this.#options.state.put(key, printOverrides(overrides));
    }
    this.#tell(domain, number);
    return true;
  }

  #tell(domain: string, number: string): void {
    for (const listener of this.#listeners) listener(domain, number);
  }
}

/** Neither domain names nor numbers hold a slash. */
function keyOf(domain: string, number: string): string {
  return `${PREFIX}${domain}/${number}`;
}
