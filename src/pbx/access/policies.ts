/**
 * Which digest algorithms a sender is asked for (RFC 8760): those of the extension it claims to be, else the domain's,
 * else the server's. The question comes before any proof, so it must not tell who exists: a name that is none of ours
 * gets the policy of some extension, always the same one, as often as that policy is met in the domain.
 */

import { hex, type Random } from "../../base/mod.ts";
import type { DigestAlgorithm, DomainSettings } from "../../config/mod.ts";
import { hashHex } from "../../sip/auth/mod.ts";

type Policy = readonly DigestAlgorithm[];

/** Who hides their number still have to be asked something their phone can answer (RFC 3323 §4.1.1.3). */
const NOBODY: ReadonlySet<string> = new Set(["", "anonymous"]);

export class DigestPolicies {
  /** Nobody outside can tell which names share a policy. */
  readonly #key: string;
  /** Policies of the extensions that have one of their own. A changed domain is another object. */
  readonly #own = new WeakMap<DomainSettings, readonly Policy[]>();

  constructor(random: Random) {
    this.#key = hex(random.bytes(16));
  }

  /** For `user` as it claims to be; `extension` is its own policy when there is such an extension. */
  of(
    domain: DomainSettings,
    user: string,
    policies: { readonly extension: { readonly digest?: Policy } | undefined; readonly server: Policy },
  ): Policy {
    const usual = domain.digest ?? policies.server;
    if (policies.extension) return policies.extension.digest ?? usual;
    const own = this.#ownOf(domain);
    if (own.length === 0 || NOBODY.has(user)) return usual;
    const chance = parseInt(hashHex("SHA-256", `${this.#key}/${domain.name}/${user}`).slice(0, 12), 16);
    return own[chance % domain.extensions.length] ?? usual;
  }

  #ownOf(domain: DomainSettings): readonly Policy[] {
    let own = this.#own.get(domain);
    if (!own) this.#own.set(domain, own = domain.extensions.flatMap(({ digest }) => digest ? [digest] : []));
    return own;
  }
}
