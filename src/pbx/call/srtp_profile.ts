/** In which of three ways a device is offered SRTP, and which is tried after a 488 (RFC 4568, RFC 8643). Pure. */

import type { SrtpPolicy } from "../../config/mod.ts";

/** `opportunistic`: RTP/AVP with `a=crypto`; `secure`: RTP/SAVP; `plain`: RTP/AVP alone. */
export type SrtpProfile = "opportunistic" | "secure" | "plain";

/** The ways to try, first to last; what the device showed before (`known`) comes first where policy allows it. */
export function profilesToTry(policy: SrtpPolicy, known?: SrtpProfile): readonly SrtpProfile[] {
  if (policy === "off") return ["plain"];
  const order: SrtpProfile[] = policy === "required"
    ? ["secure", "opportunistic"]
    : ["opportunistic", "secure", "plain"];
  if (known === undefined || !order.includes(known)) return order;
  return [known, ...order.filter((profile) => profile !== known)];
}

/** Statuses by which phones say that they dislike the offer's profile, not the call. */
export function isProfileRefusal(statusCode: number): boolean {
  return statusCode === 488 || statusCode === 606 || statusCode === 415;
}

/** What devices have shown, by extension and Contact; bounded, the oldest knowledge goes first. */
export class ProfileMemory {
  readonly #known = new Map<string, SrtpProfile>();
  readonly #limit: number;

  constructor(limit = 20_000) {
    this.#limit = limit;
  }

  get(device: string): SrtpProfile | undefined {
    return this.#known.get(device);
  }

  learn(device: string, profile: SrtpProfile): void {
    this.#known.delete(device);
    this.#known.set(device, profile);
    if (this.#known.size <= this.#limit) return;
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest);
      return;
    }
  }
}
