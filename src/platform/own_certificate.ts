/** The files of the own authority and its server certificate: made at first start, renewed in time, never lost. */

import { fail, ipFamily, isLinkLocal, type Log, ok, type Random, type Result } from "../base/mod.ts";
import {
  type CertificateFacts,
  certificateFacts,
  type CertificatePair,
  loadCertificate,
  type LoadedCertificate,
  readText,
  writeText,
} from "./certificate_files.ts";
import { createAuthority, createServerCertificate, DAY_MS } from "./own_authority.ts";

/** A server certificate is renewed when less than this is left of it. */
const RENEW_BEFORE_MS = 30 * DAY_MS;
/** An authority with less than this left is replaced: what it signs would end with it. */
const REPLACE_AUTHORITY_BEFORE_MS = 60 * DAY_MS;
const SECRET_MODE = 0o600;
const PUBLIC_MODE = 0o644;
const FOLDER_MODE = 0o700;

export interface OwnCertificateOptions {
  readonly folder: string;
  readonly random: Random;
  readonly log: Log;
  readonly nowMs: () => number;
}

export class OwnCertificate {
  readonly #options: OwnCertificateOptions;
  /** PEM of the authority; empty before the first `load`. */
  authority = "";

  constructor(options: OwnCertificateOptions) {
    this.#options = options;
  }

  get paths(): readonly string[] {
    return ["ca.pem", "ca.key", "server.pem", "server.key"].map((name) => this.#path(name));
  }

  /** True when the certificate in use has not long to live or lacks one of `names`. */
  isDue(facts: CertificateFacts, names: readonly string[]): boolean {
    return facts.notAfterMs - this.#options.nowMs() < RENEW_BEFORE_MS || lacksName(facts, names);
  }

  /** The certificate of the files, or a new one when there is none or it is due. */
  async load(names: readonly string[]): Promise<Result<LoadedCertificate, string>> {
    try {
      await Deno.mkdir(this.#options.folder, { recursive: true, mode: FOLDER_MODE });
      const stored = await this.#stored();
      if (stored && !this.isDue(stored, names)) return ok(stored);
      return await this.#issue(names, stored);
    } catch (error) {
      return fail(this.#explain(error));
    }
  }

  /** A new certificate, whatever the one before has left; the own authority stays. */
  async renew(names: readonly string[]): Promise<Result<LoadedCertificate, string>> {
    try {
      await Deno.mkdir(this.#options.folder, { recursive: true, mode: FOLDER_MODE });
      return await this.#issue(wantedNames(names), undefined);
    } catch (error) {
      return fail(this.#explain(error));
    }
  }

  #explain(error: unknown): string {
    const reason = error instanceof Error ? error.message : String(error);
    return `Cannot keep own certificates in "${this.#options.folder}": ${reason}`;
  }

  /** The server certificate of the files when it is whole, valid and signed by the authority beside it. */
  async #stored(): Promise<LoadedCertificate | undefined> {
    const authority = await readText(this.#path("ca.pem"));
    const facts = authority.ok ? certificateFacts(authority.value) : undefined;
    if (!authority.ok || !facts) return undefined;
    const stored = await loadCertificate(
      { cert: this.#path("server.pem"), key: this.#path("server.key") },
      this.#options.nowMs(),
    );
    if (!stored.ok || !stored.value.pair.certificate.includes(authority.value.trim())) return undefined;
    this.authority = authority.value;
    return stored.value;
  }

  async #issue(
    names: readonly string[],
    stored: LoadedCertificate | undefined,
  ): Promise<Result<LoadedCertificate, string>> {
    const authority = await this.#loadAuthority();
    if (!authority.ok) {
      // Somebody may keep the authority's key elsewhere: what is still valid serves on.
      if (!stored) return authority;
      this.#options.log.warn("the own server certificate cannot be renewed", { reason: authority.error });
      return ok(stored);
    }
    this.authority = authority.value.certificate;
    const { random, nowMs } = this.#options;
    const pair = await createServerCertificate(authority.value, { random, nowMs: nowMs(), names });
    await this.#write("server", pair);
    this.#options.log.info("made an own server certificate", { names: names.join(" ") });
    const files = { cert: this.#path("server.pem"), key: this.#path("server.key") };
    return await loadCertificate(files, nowMs());
  }

  async #loadAuthority(): Promise<Result<CertificatePair, string>> {
    const files = { cert: this.#path("ca.pem"), key: this.#path("ca.key") };
    const nowMs = this.#options.nowMs();
    const certificate = await readText(files.cert);
    if (certificate.ok) {
      const facts = certificateFacts(certificate.value);
      const isEnding = facts && facts.notAfterMs - nowMs < REPLACE_AUTHORITY_BEFORE_MS;
      if (!isEnding) {
        const loaded = await loadCertificate(files, nowMs);
        if (loaded.ok) return ok(loaded.value.pair);
        return fail(
          `${loaded.error}. Phones trust this authority: restore its files, or remove both for a new one`,
        );
      }
      this.#options.log.warn("the own authority ends: phones need the new one", { file: files.cert });
    }
    const hostName = Deno.hostname();
    const pair = await createAuthority(`sipedge authority ${hostName}`.slice(0, 64), {
      random: this.#options.random,
      nowMs,
    });
    await this.#write("ca", pair);
    return ok(pair);
  }

  /** The key first: a certificate that stands there always has its key. */
  async #write(name: string, pair: CertificatePair): Promise<void> {
    await writeText(this.#path(`${name}.key`), pair.key, { mode: SECRET_MODE });
    await writeText(this.#path(`${name}.pem`), pair.certificate, { mode: PUBLIC_MODE });
  }

  #path(name: string): string {
    return `${this.#options.folder}/${name}`;
  }
}

/** Lower case, each once; link-local addresses are of no use to a phone. */
export function wantedNames(names: readonly string[]): string[] {
  return [...new Set(names.map((name) => name.toLowerCase()))].filter((name) => !isLinkLocal(name));
}

/** IPv6 addresses change daily where privacy extensions are on: one missing is no reason for a new certificate. */
function lacksName(facts: CertificateFacts, names: readonly string[]): boolean {
  return names.some((name) => ipFamily(name) !== 6 && !facts.names.includes(name));
}
