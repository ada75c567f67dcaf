/** The registrar: REGISTER by proven extensions, several devices each, Path, expiry (RFC 3261 §10.3, RFC 3327). */

import { type Clock, detached, type Log } from "../../base/mod.ts";
import type { SipSettings } from "../../config/mod.ts";
import { callId, cseq, parseUri, sameUri, to, tokens } from "../../sip/message/mod.ts";
import type { ExtraHeaders, Flow, IncomingRequest } from "../../sip/mod.ts";
import type { Access, Identity } from "../access/mod.ts";
import type { EventSink } from "../ports.ts";
import { type Binding, type Bindings, readRoute } from "./bindings.ts";
import { readWish, type WantedContact } from "./contacts.ts";

export interface RegistrarOptions {
  readonly access: Access;
  readonly bindings: Bindings;
  readonly clock: Clock;
  readonly events: EventSink;
  readonly log: Log;
  readonly settings: () => SipSettings["registration"];
  /** True for our own listeners: a device registered there would be called in a circle. */
  readonly isOurselves: (host: string, port: number) => boolean;
}

export class Registrar {
  readonly #options: RegistrarOptions;

  constructor(options: RegistrarOptions) {
    this.#options = options;
  }

  handle(incoming: IncomingRequest): void {
    const { access } = this.#options;
    const { request } = incoming;
    const aor = to(request).uri;
    const domain = access.domainOf(aor);
    if (!domain || aor.scheme === "tel" || aor.scheme === "other") {
      incoming.reply({ statusCode: 404, reasonPhrase: "Unknown domain" });
      return;
    }
    const identity = access.authenticate(incoming, domain);
    if (!identity) return;
    if (aor.user !== identity.extension.number) {
      incoming.reply({ statusCode: 403, reasonPhrase: "Registering for another extension" });
      return;
    }
    this.#change(incoming, identity);
  }

  #change(incoming: IncomingRequest, identity: Identity): void {
    const wish = readWish(incoming.request, this.#options.settings().defaultSeconds);
    switch (wish.kind) {
      case "bad":
        return incoming.reply({ statusCode: wish.statusCode, reasonPhrase: wish.reason });
      case "query":
        return this.#confirm(incoming, identity);
      case "remove all":
        for (const binding of this.#of(identity)) {
          if (this.#isStale(incoming, binding)) return this.#outOfOrder(incoming);
        }
        for (const binding of this.#of(identity)) this.#remove(binding, "phone signed off");
        return this.#confirm(incoming, identity);
      case "change":
        return this.#apply(incoming, { identity, contacts: wish.contacts });
      default:
        return wish satisfies never;
    }
  }

  /** All or nothing: every contact is judged before one is changed (§10.3 step 7). */
  #apply(incoming: IncomingRequest, wish: { identity: Identity; contacts: readonly WantedContact[] }): void {
    const { identity, contacts } = wish;
    const { minSeconds } = this.#options.settings();
    if (contacts.some(({ expiresSec }) => expiresSec > 0 && expiresSec < minSeconds)) {
      return incoming.reply({ statusCode: 423, headers: [["Min-Expires", String(minSeconds)]] });
    }
    if (contacts.some((contact) => this.#pointsAtUs(contact, incoming.flow))) {
      return incoming.reply({ statusCode: 403, reasonPhrase: "Contact points at the server" });
    }
    const known = this.#of(identity);
    const pairs = contacts.map((contact) => ({ contact, before: findKnown(known, { contact, incoming }) }));
    if (pairs.some(({ before }) => before && this.#isStale(incoming, before))) {
      return this.#outOfOrder(incoming);
    }
    const added = pairs.filter(({ contact, before }) => contact.expiresSec > 0 && !before).length;
    const removed = pairs.filter(({ contact, before }) => contact.expiresSec === 0 && before).length;
    if (known.length + added - removed > identity.extension.maxDevices && added > 0) {
      return incoming.reply({ statusCode: 403, reasonPhrase: "Too many devices registered" });
    }
    for (const { contact, before } of pairs) {
      if (contact.expiresSec === 0) {
        if (before) this.#remove(before, "phone signed off");
      } else this.#put(incoming, { identity, contact, before });
    }
    this.#confirm(incoming, identity);
  }

  #put(
    incoming: IncomingRequest,
    change: { identity: Identity; contact: WantedContact; before: Binding | undefined },
  ): void {
    const { bindings, clock, settings, events, log } = this.#options;
    const { identity, contact, before } = change;
    const { request, flow } = incoming;
    const now = clock.now();
    // What is kept for hours must not keep the whole message alive that it was cut from.
    const path = request.headers.all("Path").map(detached);
    const agent = request.headers.get("User-Agent")?.slice(0, 200);
    const userAgent = agent === undefined ? undefined : detached(agent);
    const text = detached(contact.text);
    const uri = parseUri(text);
    if (before && before.contact !== text) bindings.remove(before);
    bindings.put({
      domain: identity.domain.name,
      extension: identity.extension.number,
      contact: text,
      uri: uri.ok && uri.value.scheme !== "tel" && uri.value.scheme !== "other" ? uri.value : contact.uri,
      callId: detached(callId(request)),
      sequence: cseq(request).sequence,
      q: contact.q,
      path,
      route: readRoute(path),
      transport: flow.transport,
      localHost: flow.local.host,
      localPort: flow.local.port,
      remoteHost: flow.remote.host,
      remotePort: flow.remote.port,
      flow,
      isReachable: true,
      registeredAt: before?.registeredAt ?? now,
      refreshedAt: now,
      expiresAt: now + 1000 * Math.min(contact.expiresSec, settings().maxSeconds),
      ...(contact.instance !== undefined && { instance: detached(contact.instance) }),
      ...(userAgent !== undefined && { userAgent }),
    });
    if (before) return;
    const { name: domain } = identity.domain;
    const { number: extension } = identity.extension;
    events.emit({ kind: "registered", domain, extension, contact: contact.text });
    log.info("Registered", {
      domain,
      extension,
      transport: flow.transport,
      address: flow.remote.host,
      userAgent,
    });
  }

  #remove(binding: Binding, reason: string): void {
    const { bindings, events, log } = this.#options;
    bindings.remove(binding);
    const { domain, extension, contact } = binding;
    events.emit({ kind: "unregistered", domain, extension, contact, reason });
    log.info("Unregistered", { domain, extension, reason });
  }

  /** Drops what has run out; called every few seconds. */
  expire(): void {
    const { bindings, events, log } = this.#options;
    for (const { domain, extension, contact } of bindings.expire()) {
      events.emit({ kind: "unregistered", domain, extension, contact, reason: "expired" });
      log.info("Unregistered", { domain, extension, reason: "expired" });
    }
  }

  /** A connection has gone: the devices behind it cannot be reached until they come back. */
  flowClosed(flow: Flow): void {
    const { bindings } = this.#options;
    for (const binding of [...bindings.all()]) {
      if (binding.flow?.id === flow.id) bindings.amend(binding, { flow: undefined, isReachable: false });
    }
  }

  #of(identity: Identity): readonly Binding[] {
    return this.#options.bindings.of(identity.domain.name, identity.extension.number);
  }

  /** Same Call-ID and a CSeq that does not grow: an old request arriving late (§10.3 step 7). */
  #isStale(incoming: IncomingRequest, binding: Binding): boolean {
    const { request } = incoming;
    return binding.callId === callId(request) && cseq(request).sequence <= binding.sequence;
  }

  #outOfOrder(incoming: IncomingRequest): void {
    incoming.reply({ statusCode: 500, reasonPhrase: "CSeq out of order" });
  }

  /** The Contact is never called as such while the path lives, but loops must not even be possible after it. */
  #pointsAtUs(contact: WantedContact, flow: Flow): boolean {
    const { host, port } = contact.uri;
    if (isUnroutable(host)) return true;
    if (isLoopback(host) && !isLoopback(flow.remote.host)) return true;
    return this.#options.isOurselves(host, port ?? 5060);
  }

  #confirm(incoming: IncomingRequest, identity: Identity): void {
    const { clock } = this.#options;
    const now = clock.now();
    const headers: (readonly [string, string])[] = this.#of(identity).map((binding) => {
      const instance = binding.instance === undefined ? "" : `;+sip.instance="${binding.instance}"`;
      const left = Math.max(1, Math.round((binding.expiresAt - now) / 1000));
      return ["Contact", `<${binding.contact}>${instance};q=${binding.q};expires=${left}`];
    });
    const path = incoming.request.headers.all("Path");
    if (tokens(incoming.request, "Supported").includes("path")) {
      for (const value of path) headers.push(["Path", value]);
    }
    headers.push(["Date", new Date(now).toUTCString()]);
    incoming.reply({ statusCode: 200, headers: headers as ExtraHeaders });
  }
}

/**
 * The binding a contact refreshes: by device (`+sip.instance`), by URI (§19.1.4), or, when a phone came back over a new
 * connection and so with another port, by the Call-ID of its registration.
 */
function findKnown(
  known: readonly Binding[],
  wish: { contact: WantedContact; incoming: IncomingRequest },
): Binding | undefined {
  const { contact, incoming } = wish;
  const id = callId(incoming.request);
  return known.find((one) => contact.instance !== undefined && one.instance === contact.instance) ??
    known.find((one) => sameUri(one.uri, contact.uri)) ??
    known.find((one) => one.callId === id && one.transport !== "udp" && !one.flow?.isOpen);
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

function isUnroutable(host: string): boolean {
  return host === "0.0.0.0" || host === "::" || host === "255.255.255.255";
}
