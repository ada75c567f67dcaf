/** What the server does with requests outside a dialog, by method. */

import type { Access } from "../pbx/access/mod.ts";
import type { CallEngine } from "../pbx/call/mod.ts";
import type { ExternalLines } from "../pbx/line/mod.ts";
import type { Registrar } from "../pbx/registrar/mod.ts";
import { from } from "../sip/message/mod.ts";
import type { EndpointHandlers, Flow, IncomingRequest } from "../sip/mod.ts";

/** What we understand, for Allow (RFC 3261 §20.5). */
export const ALLOWED_METHODS =
  "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, PRACK, UPDATE, INFO, REFER, NOTIFY";

export interface DoorOptions {
  readonly access: Access;
  readonly registrar: Registrar;
  readonly engine: CallEngine;
  readonly lines: Pick<ExternalLines, "flowClosed">;
  /** False sends new calls away, before a stop. */
  readonly isOpen: () => boolean;
  /** Counts an INVITE that costs ports until it is answered or gone; undefined: this source has too many open. */
  readonly openInvite: (host: string) => (() => void) | undefined;
}

export class Door implements EndpointHandlers {
  readonly #options: DoorOptions;

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  request(incoming: IncomingRequest): void {
    const { registrar } = this.#options;
    switch (incoming.request.method) {
      case "REGISTER":
        return registrar.handle(incoming);
      case "INVITE":
        return this.#invite(incoming);
      case "OPTIONS":
        // Anybody may ask whether we live; what we can is no secret and shorter than the question.
        return incoming.reply({
          statusCode: 200,
          headers: [["Allow", ALLOWED_METHODS], ["Accept", "application/sdp"]],
        });
      default:
        return this.#refuse(incoming);
    }
  }

  flowClosed(flow: Flow): void {
    this.#options.registrar.flowClosed(flow);
    this.#options.lines.flowClosed(flow);
  }

  #invite(incoming: IncomingRequest): void {
    const { engine, isOpen, openInvite } = this.#options;
    const done = isOpen() ? openInvite(incoming.flow.remote.host) : undefined;
    if (!done) return incoming.reply({ statusCode: 503, headers: [["Retry-After", "10"]] });
    engine.invite(incoming, done);
  }

  /** Strangers learn nothing but that they must prove themselves. */
  #refuse(incoming: IncomingRequest): void {
    const { access } = this.#options;
    const domain = access.domainOf(from(incoming.request).uri);
    if (!domain) return incoming.reply({ statusCode: 404, reasonPhrase: "Unknown domain" });
    if (!access.authenticate(incoming, domain)) return;
    const { method } = incoming.request;
    if (method === "SUBSCRIBE" || method === "PUBLISH") {
      return incoming.reply({ statusCode: 489, headers: [["Allow-Events", "refer"]] });
    }
    incoming.reply({
      statusCode: method === "MESSAGE" || method === "NOTIFY" ? 405 : 501,
      headers: [["Allow", ALLOWED_METHODS]],
    });
  }
}
