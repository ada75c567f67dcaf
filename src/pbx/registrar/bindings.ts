/** The devices registered now, in memory, by domain and extension; the store follows behind (RFC 3261 §10). */

import type { Clock } from "../../base/mod.ts";
import { type NameAddr, parseRoute, parseUri, type SipUri } from "../../sip/message/mod.ts";
import type { Flow } from "../../sip/mod.ts";
import type { BindingStore, StoredBinding } from "../ports.ts";

/** One registered device. */
export interface Binding extends StoredBinding {
  readonly uri: SipUri;
  readonly route: readonly NameAddr[];
  /** Where it is reached; absent after a restart for connections, which only the phone can open. */
  readonly flow?: Flow;
  /** False after unanswered keep-alives, until it is heard again. */
  readonly isReachable: boolean;
}

/** Finds the path of a binding again after a restart; undefined when it went with a connection. */
export type FlowFinder = (binding: StoredBinding) => Flow | undefined;

export class Bindings {
  readonly #byExtension = new Map<string, Binding[]>();
  readonly #store: BindingStore;
  readonly #clock: Clock;

  constructor(options: { store: BindingStore; clock: Clock }) {
    this.#store = options.store;
    this.#clock = options.clock;
  }

  /** Brings back what the store kept; what has run out meanwhile is dropped. */
  async restore(findFlow: FlowFinder): Promise<number> {
    let count = 0;
    for (const stored of await this.#store.all()) {
      const uri = parseUri(stored.contact);
      if (
        stored.expiresAt <= this.#clock.now() || !uri.ok || uri.value.scheme === "tel" ||
        uri.value.scheme === "other"
      ) {
        this.#store.remove(stored.domain, stored.extension, stored.contact);
        continue;
      }
      const flow = findFlow(stored);
      this.#list(stored.domain, stored.extension).push({
        ...stored,
        uri: uri.value,
        route: readRoute(stored.path),
        isReachable: true,
        ...(flow && { flow }),
      });
      count++;
    }
    return count;
  }

  /** Devices of an extension that have not run out, best q first, then the latest to refresh. */
  of(domain: string, extension: string): readonly Binding[] {
    const list = this.#byExtension.get(key(domain, extension));
    if (!list) return [];
    const now = this.#clock.now();
    return list.filter((binding) => binding.expiresAt > now)
      .sort((a, b) => b.q - a.q || b.refreshedAt - a.refreshedAt);
  }

  /** True when a device of the extension is registered; cheaper than to ask for all of them. */
  has(domain: string, extension: string): boolean {
    const now = this.#clock.now();
    return this.#byExtension.get(key(domain, extension))?.some((binding) => binding.expiresAt > now) ?? false;
  }

  /** Start of the present registration: of the device that has been there longest. */
  registeredSince(domain: string, extension: string): number | undefined {
    let since: number | undefined;
    for (const binding of this.of(domain, extension)) {
      if (since === undefined || binding.registeredAt < since) since = binding.registeredAt;
    }
    return since;
  }

  *all(): Iterable<Binding> {
    for (const list of this.#byExtension.values()) yield* list;
  }

  get size(): number {
    let size = 0;
    for (const list of this.#byExtension.values()) size += list.length;
    return size;
  }

  put(binding: Binding): void {
    const list = this.#list(binding.domain, binding.extension);
    const at = list.findIndex((known) => known.contact === binding.contact);
    if (at >= 0) list[at] = binding;
    else list.push(binding);
    const { uri: _uri, route: _route, flow: _flow, isReachable: _isReachable, ...stored } = binding;
    this.#store.put(stored);
  }

  remove(binding: Binding): void {
    const id = key(binding.domain, binding.extension);
    const list = this.#byExtension.get(id);
    const at = list?.findIndex((known) => known.contact === binding.contact) ?? -1;
    if (!list || at < 0) return;
    list.splice(at, 1);
    if (list.length === 0) this.#byExtension.delete(id);
    this.#store.remove(binding.domain, binding.extension, binding.contact);
  }

  /** Replaces `binding` by a changed one that the store need not know of (path, reachability). */
  amend(binding: Binding, change: { flow?: Flow | undefined; isReachable?: boolean }): void {
    const list = this.#byExtension.get(key(binding.domain, binding.extension));
    const at = list?.findIndex((known) => known.contact === binding.contact) ?? -1;
    if (!list || at < 0) return;
    const { flow: before, ...rest } = list[at]!;
    const flow = "flow" in change ? change.flow : before;
    list[at] = { ...rest, isReachable: change.isReachable ?? rest.isReachable, ...(flow && { flow }) };
  }

  /** Removes and returns what has run out. */
  expire(): readonly Binding[] {
    const now = this.#clock.now();
    const gone: Binding[] = [];
    for (const list of this.#byExtension.values()) {
      for (const binding of list) if (binding.expiresAt <= now) gone.push(binding);
    }
    for (const binding of gone) this.remove(binding);
    return gone;
  }

  #list(domain: string, extension: string): Binding[] {
    const id = key(domain, extension);
    let list = this.#byExtension.get(id);
    if (!list) this.#byExtension.set(id, list = []);
    return list;
  }
}

function key(domain: string, extension: string): string {
  return `${domain.toLowerCase()}/${extension}`;
}

export function readRoute(path: readonly string[]): NameAddr[] {
  const route: NameAddr[] = [];
  for (const text of path) {
    const parsed = parseRoute(text);
    if (parsed.ok) route.push(parsed.value);
  }
  return route;
}
