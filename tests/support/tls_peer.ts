/** Certificates and TLS networks for tests: one authority, any names. */

import type { CertificatePair } from "../../src/platform/certificate_files.ts";
import { createAuthority, createServerCertificate } from "../../src/platform/own_authority.ts";
import { SystemRandom } from "../../src/platform/system_random.ts";
import { type CertificateChoice, TlsNetwork, type TlsOptions } from "../../src/platform/tls.ts";

const random = new SystemRandom();

export class TestAuthority {
  constructor(readonly pair: CertificatePair) {}

  static async create(name = "test authority"): Promise<TestAuthority> {
    return new TestAuthority(await createAuthority(name, { nowMs: Date.now(), random }));
  }

  get certificate(): string {
    return this.pair.certificate;
  }

  issue(...names: string[]): Promise<CertificatePair> {
    return createServerCertificate(this.pair, { nowMs: Date.now(), random, names });
  }
}

/** A choice that a test can change while listeners run. */
export class TestCertificates implements CertificateChoice {
  readonly #listeners = new Set<() => void>();

  constructor(public pair: CertificatePair, readonly byName: Record<string, CertificatePair> = {}) {}

  choose(serverName?: string): CertificatePair {
    return this.byName[serverName ?? ""] ?? this.pair;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  exchange(pair: CertificatePair): void {
    this.pair = pair;
    for (const listener of this.#listeners) listener();
  }
}

/** A network that believes `authority` alone, in both directions. */
export function tlsNetwork(authority: TestAuthority, options: TlsOptions = {}): TlsNetwork {
  const authorities = () => [authority.certificate];
  return new TlsNetwork({
    serverAuthorities: authorities,
    clientAuthorities: authorities,
    systemAuthorities: false,
    ...options,
  });
}
