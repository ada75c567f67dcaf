/** Where the server of a line is now: what its names resolve to, which place answered last, who may speak for it. */

import { canonicalIp, type Clock } from "../../base/mod.ts";
import type { Destination, RouteTo, SipUri, Target, Uri } from "../../sip/mod.ts";

export interface PlacesPorts {
  readonly clock: Clock;
  /** RFC 3263; places that failed of late come last. Never rejects. */
  readonly resolve: (uri: Uri) => Promise<readonly Target[]>;
  /** True for a place that failed of late. */
  readonly isFailed: (target: Target) => boolean;
}

/** An address that a carrier's DNS named within this time may still send calls: zones take turns. */
const REMEMBERED_MS = 3_600_000;
const MAX_SOURCES = 256;
/** After this long away from the place that the DNS puts first, it gets its chance again. */
const REHOME_MS = 3_600_000;

export class Places {
  readonly #ports: PlacesPorts;
  readonly #nextHop: SipUri;
  readonly #others: readonly SipUri[];
  #targets: readonly Target[] = [];
  #preferred: { readonly target: Target; readonly sinceMs: number } | undefined;
  /** Address → until when it counts. */
  readonly #sources = new Map<string, number>();

  /** `others`: URIs whose addresses belong to the line though nothing is sent there. */
  constructor(ports: PlacesPorts, nextHop: SipUri, others: readonly SipUri[]) {
    this.#ports = ports;
    this.#nextHop = nextHop;
    this.#others = others;
  }

  /** Asks the DNS again (which remembers by itself); true when there is anywhere to go. */
  async refresh(): Promise<boolean> {
    const { resolve } = this.#ports;
    const [targets = [], ...others] = await Promise.all([this.#nextHop, ...this.#others].map(resolve));
    // A DNS that is out of order is no reason to forget where the server was.
    if (targets.length > 0) this.#targets = targets;
    for (const { address } of [...targets, ...others.flat()]) this.#remember(address.host);
    return this.#targets.length > 0;
  }

  /** The place that gave an answer is asked first from now on; true when it is another one than before. */
  answered(destination: Destination): boolean {
    if (destination.kind === "flow") return false;
    const { target } = destination;
    this.#remember(target.address.host);
    const known = this.#preferred;
    if (known && isSame(known.target, target)) return false;
    this.#preferred = { target, sinceMs: this.#ports.clock.now() };
    return known !== undefined;
  }

  /** Lets the order of the DNS count again now and then; to be called before what decides where we are at home. */
  rehome(): void {
    const known = this.#preferred;
    if (known && this.#ports.clock.now() - known.sinceMs > REHOME_MS) this.#preferred = undefined;
  }

  /** True when `host` is among the addresses of the server. */
  isSource(host: string): boolean {
    const until = this.#sources.get(canonicalIp(host) ?? host);
    return until !== undefined && until > this.#ports.clock.now();
  }

  get count(): number {
    return this.#targets.length;
  }

  /** The place that answered last, then the others, and last those that failed of late. */
  route(): RouteTo {
    const targets = this.#ordered();
    if (targets.length === 0) return { kind: "uri", uri: this.#nextHop };
    return { kind: "destinations", destinations: targets.map((target) => ({ kind: "target", target })) };
  }

  /** True when `hop` leads where we go anyway: its host is the line's own, or the address that answered last. */
  leadsTo(hop: Uri): boolean {
    if (hop.scheme === "tel" || hop.scheme === "other") return false;
    const host = canonicalIp(hop.host) ?? hop.host;
    return host === this.#nextHop.host || host === this.#preferred?.target.address.host;
  }

  /** True when every place is reached by TLS. */
  get isSecure(): boolean {
    return this.#targets.length > 0 && this.#targets.every(({ transport }) => transport === "tls");
  }

  #ordered(): readonly Target[] {
    const preferred = this.#preferred?.target;
    const first = preferred && this.#targets.find((target) => isSame(target, preferred));
    const targets = first
      ? [first, ...this.#targets.filter((target) => target !== first)]
      : [...this.#targets];
    const { isFailed } = this.#ports;
    return targets.toSorted((a, b) => Number(isFailed(a)) - Number(isFailed(b)));
  }

  #remember(host: string): void {
    const key = canonicalIp(host) ?? host;
    const nowMs = this.#ports.clock.now();
    this.#sources.delete(key);
    if (this.#sources.size >= MAX_SOURCES) this.#sources.delete(this.#sources.keys().next().value!);
    this.#sources.set(key, nowMs + REMEMBERED_MS);
  }
}

function isSame(a: Target, b: Target): boolean {
  return a.transport === b.transport && a.address.host === b.address.host &&
    a.address.port === b.address.port;
}
