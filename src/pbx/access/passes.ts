/**
 * Passes: credentials for one test call, asked for over the control socket. A pass lives in memory only and for a
 * minute, is good for one INVITE from this machine to the echo test, and for nothing else. To everybody else its name is
 * that of an unknown user, answered alike.
 */

import { type Clock, isLoopback, type Random, token } from "../../base/mod.ts";
import { type DomainSettings, extensionSchema, type ExtensionSettings } from "../../config/mod.ts";
import { createHa1 } from "../../sip/auth/mod.ts";
import type { IncomingRequest } from "../../sip/mod.ts";
import type { Ha1 } from "../ports.ts";

/** Time between asking for a pass and dialling. */
export const PASS_MS = 60_000;
/** Whoever may ask owns the server; more than these at a time is a loop gone wild. */
const MAX_PASSES = 4;

/** What the holder is told. */
export interface Pass {
  readonly domain: string;
  readonly user: string;
  readonly password: string;
  /** The only number it may dial. */
  readonly number: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface PassesOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** The service code of the echo test; empty when it is switched off. */
  readonly echoCode: () => string;
  /** True for a literal address of this machine. */
  readonly isLocal: (host: string) => boolean;
}

interface Held {
  readonly extension: ExtensionSettings;
  readonly ha1: Ha1;
  readonly expiresAt: number;
}

export class Passes {
  readonly #options: PassesOptions;
  /** `domain/user` → what proves it. */
  readonly #held = new Map<string, Held>();

  constructor(options: PassesOptions) {
    this.#options = options;
  }

  /** Undefined when the echo test is switched off. The oldest pass makes room when there are too many. */
  issue({ name: domain }: DomainSettings): Pass | undefined {
    const { clock, random, echoCode } = this.#options;
    const number = echoCode();
    if (number === "") return undefined;
    const user = `doctor-${token(random, 6)}`;
    const password = token(random, 24);
    const extension = {
      ...extensionSchema.parse({ number: user, name: "sipedge doctor", level: "internal" }),
      maxDevices: 1,
    };
    const expiresAt = clock.now() + PASS_MS;
    this.#forgetExpired();
    const [oldest] = this.#held.keys();
    if (oldest !== undefined && this.#held.size >= MAX_PASSES) this.#held.delete(oldest);
    this.#held.set(`${domain}/${user}`, { extension, ha1: createHa1(user, domain, password), expiresAt });
    return { domain, user, password, number, expiresAt };
  }

  /** What `user` is judged by, if there is such a pass and `incoming` is what it was made for. */
  find(
    domain: string,
    user: string,
    incoming: Pick<IncomingRequest, "request" | "flow">,
  ): { readonly extension: ExtensionSettings; readonly ha1: Ha1 } | undefined {
    this.#forgetExpired();
    const held = this.#held.get(`${domain}/${user}`);
    return held && this.#isMeant(incoming) ? held : undefined;
  }

  /** A pass is good for one call. */
  spend(domain: string, user: string): void {
    this.#held.delete(`${domain}/${user}`);
  }

  #isMeant({ request, flow }: Pick<IncomingRequest, "request" | "flow">): boolean {
    const { echoCode, isLocal } = this.#options;
    const { host } = flow.remote;
    if (!isLoopback(host) && !isLocal(host)) return false;
    const { method, requestUri, headers } = request;
    const dialled = requestUri.scheme === "sip" || requestUri.scheme === "sips" ? requestUri.user : undefined;
    // Replaces would take over somebody's call instead of placing one (RFC 3891).
    return method === "INVITE" && dialled === echoCode() && headers.get("Replaces") === undefined;
  }

  #forgetExpired(): void {
    const now = this.#options.clock.now();
    for (const [key, { expiresAt }] of this.#held) if (expiresAt <= now) this.#held.delete(key);
  }
}
