/** The certificates the server shows: own or given, chosen by name, exchanged while running, watched over. */

import { type Clock, fail, type Log, ok, type Random, type Result } from "../base/mod.ts";
import {
  type CertificateFacts,
  certificateFacts,
  type CertificatePair,
  loadCertificate,
  type LoadedCertificate,
} from "./certificate_files.ts";
import { matchesName } from "./certificate_names.ts";
import { DAY_MS } from "./own_authority.ts";
import { OwnCertificate, wantedNames } from "./own_certificate.ts";

/** How often files and names are looked at. */
const CHECK_EVERY_MS = 10_000;
/** From here on the log and the status page ask for a renewal. */
const WARN_DAYS = 21;

export interface CertificatesOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Folder of the own authority; made when missing, readable by the owner alone. */
  readonly folder: string;
  /** `auto` makes and renews an own certificate; otherwise PEM files, of which the first is the default. */
  readonly source: "auto" | readonly { readonly cert: string; readonly key: string }[];
  /** DNS names and addresses the own certificate must carry now; asked again now and then. */
  readonly names: () => readonly string[];
}

/** One line of the status page. */
export interface CertificateStatus extends CertificateFacts {
  /** `own authority`, `own server certificate` or the path of the file. */
  readonly source: string;
  /** Whole days left; negative when expired. */
  readonly daysLeft: number;
  readonly isAuthority: boolean;
  /** Present when an administrator should do something. */
  readonly warning?: string;
}

export class Certificates {
  readonly #options: CertificatesOptions;
  readonly #own: OwnCertificate;
  readonly #listeners = new Set<() => void>();
  #loaded: readonly LoadedCertificate[] = [];
  #stamps = "";
  /** Why the files as they stand now are not in use. */
  #fault: string | undefined;
  #timer: { cancel(): void } | undefined;
  #checking: Promise<void> = Promise.resolve();

  constructor(options: CertificatesOptions) {
    this.#options = options;
    this.#own = new OwnCertificate({
      folder: options.folder,
      random: options.random,
      log: options.log,
      nowMs: () => options.clock.now(),
    });
  }

  /** Loads or makes everything; the error says which file and what to do. */
  async start(): Promise<Result<void, string>> {
    this.#stamps = await this.#readStamps();
    const loaded = await this.#load();
    if (!loaded.ok) return loaded;
    this.#use(loaded.value);
    this.#schedule();
    return ok(undefined);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Looks at files and names at once. Never fails: what cannot be used is told and the old one stays. */
  reload(): Promise<void> {
    this.#checking = this.#checking.then(() => this.#check()).catch((error) => {
      this.#options.log.error("cannot check certificates", { reason: String(error) });
    });
    return this.#checking;
  }

  choose(serverName?: string): CertificatePair {
    const [first] = this.#loaded;
    if (!first) throw new TypeError("Cannot choose a certificate: start() has not succeeded");
    const match = serverName ? this.#loaded.find((one) => matchesName(one.names, serverName)) : undefined;
    return (match ?? first).pair;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** PEM of the own authority, to be installed on phones and believed for client certificates; undefined with given files. */
  get authority(): string | undefined {
    return this.#options.source === "auto" ? this.#own.authority : undefined;
  }

  list(): readonly CertificateStatus[] {
    const { source } = this.#options;
    const served = this.#loaded.map((one, index) => {
      const name = source === "auto" ? "own server certificate" : source[index]?.cert ?? "";
      return this.#status(one, { source: name, isAuthority: false });
    });
    const authority = this.authority && certificateFacts(this.authority);
    return authority
      ? [...served, this.#status(authority, { source: "own authority", isAuthority: true })]
      : served;
  }

  #status(
    { names, subject, issuer, notBeforeMs, notAfterMs, fingerprint }: CertificateFacts,
    kind: { readonly source: string; readonly isAuthority: boolean },
  ): CertificateStatus {
    const daysLeft = Math.floor((notAfterMs - this.#options.clock.now()) / DAY_MS);
    const isWarned = daysLeft < WARN_DAYS && this.#options.source !== "auto";
    const warning = this.#fault ?? (isWarned ? `expires in ${daysLeft} days: replace the files` : undefined);
    const facts = { names, subject, issuer, notBeforeMs, notAfterMs, fingerprint };
    return { ...facts, ...kind, daysLeft, ...warning === undefined ? {} : { warning } };
  }

  #schedule(): void {
    const { clock } = this.#options;
    const timer = this.#timer = clock.at(clock.now() + CHECK_EVERY_MS, async () => {
      await this.reload();
      if (this.#timer === timer) this.#schedule();
    });
  }

  async #check(): Promise<void> {
    const stamps = await this.#readStamps();
    const isDue = this.#options.source === "auto" &&
      this.#loaded.some((one) => this.#own.isDue(one, wantedNames(this.#options.names())));
    if (stamps === this.#stamps && !isDue) return;
    this.#stamps = stamps;
    const loaded = await this.#load();
    if (!loaded.ok) {
      if (this.#fault !== loaded.error) {
        this.#options.log.error("the certificate in use stays", { reason: loaded.error });
      }
      this.#fault = loaded.error;
      return;
    }
    this.#stamps = await this.#readStamps();
    this.#use(loaded.value);
  }

  async #load(): Promise<Result<readonly LoadedCertificate[], string>> {
    const { source, clock } = this.#options;
    if (source === "auto") {
      const own = await this.#own.load(wantedNames(this.#options.names()));
      return own.ok ? ok([own.value]) : own;
    }
    if (source.length === 0) return fail("Cannot use certificates: the list of files is empty");
    const loaded: LoadedCertificate[] = [];
    for (const files of source) {
      const one = await loadCertificate(files, clock.now());
      if (!one.ok) return one;
      loaded.push(one.value);
    }
    return ok(loaded);
  }

  #use(loaded: readonly LoadedCertificate[]): void {
    this.#fault = undefined;
    const before = this.#loaded.map((one) => one.fingerprint).join();
    if (loaded.map((one) => one.fingerprint).join() === before) return;
    this.#loaded = loaded;
    for (const one of loaded) {
      const daysLeft = Math.floor((one.notAfterMs - this.#options.clock.now()) / DAY_MS);
      const fields = { names: one.names.join(" "), daysLeft, fingerprint: one.fingerprint };
      this.#options.log.info("certificate in use", fields);
    }
    for (const listener of this.#listeners) listener();
  }

  /** Changes whenever any file does. */
  async #readStamps(): Promise<string> {
    const { source } = this.#options;
    const paths = source === "auto" ? this.#own.paths : source.flatMap(({ cert, key }) => [cert, key]);
    const stamps = await Promise.all(paths.map(async (path) => {
      try {
        const { mtime, size, ino } = await Deno.stat(path);
        return `${mtime?.getTime()}-${size}-${ino}`;
      } catch {
        return "none";
      }
    }));
    return stamps.join(" ");
  }
}
