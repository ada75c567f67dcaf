/**
 * Who is speaking: digest authentication of requests by extensions (RFC 3261 §22, RFC 8760). Nothing is stored, answered
 * in substance or believed before this has said yes.
 */

import type { Log } from "../../base/mod.ts";
import type { DigestAlgorithm, DomainSettings, ExtensionSettings } from "../../config/mod.ts";
import type { ServerDigest } from "../../sip/auth/mod.ts";
import type { ExtraHeaders, IncomingRequest } from "../../sip/mod.ts";
import { from, printUri, type Uri } from "../../sip/message/mod.ts";
import type { Directory } from "../directory/mod.ts";
import type { EventSink, Ha1 } from "../ports.ts";
import type { Passes } from "./passes.ts";
import type { DigestPolicies } from "./policies.ts";

/** What the door is told; bans are its business. */
export interface AccessGuard {
  /** `proven`: the source cannot be invented (a connection, or a UDP peer that repeated our nonce). */
  failed(source: { host: string; transport: string; proven: boolean }, reason: string): void;
  succeeded(source: { host: string; transport: string }): void;
  /** A challenge with this nonce goes out over UDP. */
  challenged(host: string, nonce: string): void;
  /** True when this nonce was sent to this host: it receives what we send there, so it is no invention. */
  wasChallenged(host: string, nonce: string): boolean;
}

export interface AccessOptions {
  readonly directory: Directory;
  readonly digest: ServerDigest;
  readonly guard: AccessGuard;
  readonly events: EventSink;
  readonly log: Log;
  /** The server's policy where neither domain nor extension has one. */
  readonly algorithms: () => readonly DigestAlgorithm[];
  /** Absent: everybody is asked for what the server wants. */
  readonly policies?: DigestPolicies;
  /** Credentials for test calls; absent: there are none. */
  readonly passes?: Pick<Passes, "find" | "spend">;
}

/** A proven extension. */
export interface Identity {
  readonly domain: DomainSettings;
  readonly extension: ExtensionSettings;
}

export class Access {
  readonly #options: AccessOptions;

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  /** The domain that `uri` names; a phone that knows only the server's address means the default one. */
  domainOf(uri: Uri): DomainSettings | undefined {
    if (uri.scheme !== "sip" && uri.scheme !== "sips") return this.#options.directory.defaultDomain();
    const { directory } = this.#options;
    return directory.domain(uri.host) ?? (isAddress(uri.host) ? directory.defaultDomain() : undefined);
  }

  /** Proves who sent `incoming` within `domain`; undefined when a 401 or 403 has been sent instead. */
  authenticate(incoming: IncomingRequest, domain: DomainSettings): Identity | undefined {
    const { directory, digest, guard, passes } = this.#options;
    const { request, flow } = incoming;
    let extension: ExtensionSettings | undefined;
    let pass: { readonly ha1: Ha1 } | undefined;
    let allowed = this.#policyOf(domain, claimedUser(incoming));
    const verdict = digest.verify({
      authorization: request.headers.all("Authorization"),
      method: request.method,
      uri: printUri(request.requestUri),
      ownHosts: [flow.local.host, domain.name, ...domain.aliases],
      realm: domain.name,
      algorithms: (claimed) => {
        const found = passes?.find(domain.name, claimed, incoming);
        pass = found;
        extension = found?.extension ?? directory.extension(domain.name, claimed);
        return allowed = this.#policyOf(domain, claimed);
      },
      ha1: () =>
        pass
          ? pass.ha1
          : extension?.enabled
          ? directory.credentials(domain.name, extension.number)
          : undefined,
      body: request.body,
    });
    if (verdict.ok && extension) {
      if (pass) passes?.spend(domain.name, extension.number);
      guard.succeeded({ host: flow.remote.host, transport: flow.transport });
      return { domain, extension };
    }
    const reason = verdict.ok ? "wrong" : verdict.reason;
    // A count used before is an attack or a phone that never counts: only a new answer to a new nonce helps either.
    if (reason === "missing" || reason === "stale" || reason === "replayed") {
      this.#challenge(incoming, { domain, algorithms: allowed, stale: reason !== "missing" });
      return undefined;
    }
    this.#refuse(incoming, { user: verdict.ok ? "" : verdict.claimed ?? "", reason });
    return undefined;
  }

  #policyOf(domain: DomainSettings, user: string): readonly DigestAlgorithm[] {
    const { directory, policies, algorithms } = this.#options;
    const extension = directory.extension(domain.name, user);
    return policies?.of(domain, user, { extension, server: algorithms() }) ?? algorithms();
  }

  #challenge(
    incoming: IncomingRequest,
    options: { domain: DomainSettings; algorithms: readonly DigestAlgorithm[]; stale: boolean },
  ): void {
    const { domain, algorithms, stale } = options;
    const { digest, guard } = this.#options;
    const values = digest.challenge(domain.name, algorithms, stale);
    const { host } = incoming.flow.remote;
    if (incoming.flow.transport === "udp") guard.challenged(host, nonceOf(values[0] ?? ""));
    const headers: ExtraHeaders = values.map((value) => ["WWW-Authenticate", value] as const);
    incoming.reply({ statusCode: 401, headers });
  }

  /** A wrong answer to a challenge: the same words for users that exist and users that do not. */
  #refuse(incoming: IncomingRequest, failure: { user: string; reason: string }): void {
    const { guard, events, log } = this.#options;
    const { flow, request } = incoming;
    const { host } = flow.remote;
    const proven = flow.transport !== "udp" ||
      request.headers.all("Authorization").some((value) => guard.wasChallenged(host, nonceOf(value)));
    guard.failed({ host, transport: flow.transport, proven }, failure.reason);
    events.emit({ kind: "auth-failed", address: host, transport: flow.transport, ...failure });
    log.warn("Authentication failed", {
      method: request.method,
      address: host,
      transport: flow.transport,
      ...failure,
    });
    incoming.reply({ statusCode: failure.reason === "malformed" ? 400 : 403 });
  }
}

/** Not proven; empty when the sender names nobody. */
function claimedUser({ request }: IncomingRequest): string {
  const { uri } = from(request);
  return uri.scheme === "sip" || uri.scheme === "sips" ? uri.user ?? "" : "";
}

/** The nonce in the text of a challenge or of an answer to one. */
function nonceOf(text: string): string {
  return /\bnonce="([^"]{1,256})"/.exec(text)?.[1] ?? "";
}

function isAddress(host: string): boolean {
  return host === "localhost" || host.includes(":") || /^\d{1,3}(\.\d{1,3}){3}$/.test(host);
}
