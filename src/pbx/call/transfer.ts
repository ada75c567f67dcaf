/**
 * Transfer: REFER within a call, blind, attended and early attended (RFC 3515, RFC 3891, RFC 3892), and INVITE with
 * Replaces. The server does the work itself; the phone that stays sees at most a new offer.
 */

import { token } from "../../base/mod.ts";
import { parseNameAddr, parseUri, type SipUri, type Uri } from "../../sip/message/mod.ts";
import type { IncomingRequest, Told } from "../../sip/mod.ts";
import type { Identity } from "../access/mod.ts";
import type { Call } from "./call.ts";
import type { CallEngine, TransferDesk } from "./engine.ts";
import { acceptCaller } from "./incoming.ts";
import type { Leg, LegOwner } from "./leg.ts";
import type { Failure } from "./outcome.ts";

type Requested = Told<"requested">;

/** A phone that transferred hangs up by itself; one that forgets is helped after this long. */
const GRACE_MS = 5000;
const ENCODER = new TextEncoder();

interface DialogName {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
}

/** A person's place in a call. */
interface Place {
  readonly call: Call;
  readonly leg: Leg;
}

interface Wish {
  readonly dialled: string;
  readonly notice: Notice;
  readonly reply: Requested["reply"];
  readonly referredBy: string;
  /** Another call of the one who transfers, whose place is taken. */
  readonly succeeds?: Call;
}

export class Transfers implements TransferDesk {
  readonly #engine: CallEngine;

  constructor(engine: CallEngine) {
    this.#engine = engine;
  }

  requested(call: Call, leg: Leg, event: Requested): void {
    switch (event.request.method) {
      case "REFER":
        return this.#refer(call, leg, event);
      case "OPTIONS":
      case "MESSAGE":
      case "NOTIFY":
        return event.reply({ statusCode: event.request.method === "OPTIONS" ? 200 : 405 });
      default:
        return event.reply({ statusCode: 501 });
    }
  }

  #refer(call: Call, leg: Leg, { request, reply }: Requested): void {
    // Only the house's own phones may send a call somewhere: a carrier or a caller from outside must not.
    if (leg.party.extension === undefined) return reply({ statusCode: 403 });
    const uri = readReferTo(request.headers.all("Refer-To"));
    if (!uri) return reply({ statusCode: 400 });
    if (uri.scheme === "other") return reply({ statusCode: 416 });
    const replaces = uri.scheme === "tel" ? undefined : replacesOf(uri);
    if (replaces === "malformed") return reply({ statusCode: 400 });
    const wantsNotify = request.headers.get("Refer-Sub")?.trim().toLowerCase() !== "false";
    const notice = new Notice(leg, wantsNotify);
    const referredBy = request.headers.get("Referred-By") ?? `<sip:${leg.party.number}@${leg.party.domain}>`;
    if (replaces) return this.#attended(call, leg, { replaces, notice, reply, referredBy });
    const dialled = uri.scheme === "tel" ? uri.number : uri.user ?? "";
    this.#blind(call, leg, { dialled, notice, reply, referredBy });
  }

  #blind(call: Call, leg: Leg, wish: Wish): void {
    const { dialled, notice, reply, referredBy } = wish;
    const { directory, log } = this.#engine.context;
    const domain = directory.domain(leg.party.domain);
    const extension = domain && directory.extension(domain.name, leg.party.extension!);
    if (!domain || !extension) return reply({ statusCode: 403 });
    const stays = call.letGo(leg);
    if (!stays) return reply({ statusCode: 481 });
    reply({ statusCode: 202 });
    notice.trying();
    call.referredBy = referredBy;
    const shown = this.#engine.dialer.shown(dialled);
    call.record.event("transferred", { party: leg.party.number, detail: shown });
    log.info("Transfer", { call: call.id, by: leg.party.number, to: shown });
    this.#detach(call, leg, notice);
    stays.whenEnded(() => {
      notice.final(487, "Request Terminated");
      void leg.release();
    });
    call.hooks.onRefusal((failure) => this.#goBack(call, leg, { notice, failure }));
    const { succeeds } = wish;
    if (succeeds) call.hooks.whenJoined((partner) => partner !== leg && succeeds.hangUp("transferred"));
    this.#engine.dialer.dial(call, dialled, {
      domain,
      extension,
      ...(succeeds && { succeeds: succeeds.id }),
    });
  }

  /**
   * The one who transfers is with the server itself in one of his calls, in a room or a queue: the far side of the other
   * is sent to the same place, and he leaves it once that has worked.
   */
  #intoService(joined: Place, served: Place, wish: Omit<Wish, "dialled">): void {
    const { room, called } = served.call.record;
    this.#blind(joined.call, joined.leg, { ...wish, dialled: room ?? called, succeeds: served.call });
  }

  /** The transferor waits aside: told how it goes, released when the target has answered. */
  #detach(call: Call, leg: Leg, notice: Notice): void {
    const { clock } = this.#engine.context;
    leg.media?.disconnect();
    leg.owner = {
      ...ASIDE,
      legEnded: () => {
        notice.stop();
        void leg.release().then(() => call.record.leg(leg.record()));
      },
    };
    call.hooks.whenJoined((partner) => {
      if (partner === leg) return;
      notice.final(200, "OK");
      clock.at(clock.now() + GRACE_MS, () => void leg.release());
    });
  }

  /** Nobody there: the two talk on, if the one who transferred is still on the line. */
  #goBack(call: Call, leg: Leg, outcome: { notice: Notice; failure: Failure }): boolean {
    const { statusCode, reason } = outcome.failure;
    outcome.notice.final(statusCode, reason);
    if (leg.hasEnded || call.near.hasEnded) return false;
    call.record.event("transfer failed", { party: leg.party.number, detail: reason });
    call.join(leg);
    return true;
  }

  /** The dialog named by Replaces is the transferor's own other call: its far side gets this call's far side. */
  #attended(
    call: Call,
    leg: Leg,
    wish: Omit<Wish, "dialled"> & { replaces: DialogName },
  ): void {
    const { replaces, notice, reply } = wish;
    const found = this.#findLeg(replaces);
    if (!found) return reply({ statusCode: 481 });
    if (found.call === call || !isSamePerson(found.leg, leg)) return reply({ statusCode: 403 });
    const phases = `${call.phase} to ${found.call.phase}`;
    if (phases === "joined to served") return this.#intoService({ call, leg }, found, wish);
    if (phases === "served to joined") return this.#intoService(found, { call, leg }, wish);
    const isEarly = found.call.phase === "seeking" && found.leg === found.call.near;
    if (!isEarly && (found.call.phase !== "joined" || call.phase !== "joined")) {
      return reply({ statusCode: 481 });
    }
    const stays = call.giveAway(leg);
    if (!stays) return reply({ statusCode: 481 });
    reply({ statusCode: 202 });
    found.call.record.event("transferred", { party: leg.party.number, detail: stays.party.number });
    this.#engine.context.log.info("Attended transfer", { call: found.call.id, by: leg.party.number });
    this.#detach(found.call, leg, notice);
    if (isEarly) {
      found.call.adoptNear(stays);
      found.call.ring();
      // The half-made call of the transferor ends as RFC 5589 §7.3 describes: its INVITE is no longer needed.
      this.#dismiss(found.leg);
      return;
    }
    const partner = found.call.letGo(found.leg);
    this.#dismiss(found.leg);
    if (partner) found.call.join(stays);
  }

  #dismiss(leg: Leg): void {
    leg.owner = ASIDE;
    leg.media?.disconnect();
    void leg.release();
  }

  replaces(incoming: IncomingRequest, identity: Identity): boolean {
    const value = incoming.request.headers.get("Replaces");
    if (value === undefined) return false;
    const name = readReplaces(value);
    if (!name) {
      incoming.reply({ statusCode: 400 });
      return true;
    }
    const found = this.#findLeg(name);
    if (!found) incoming.reply({ statusCode: 481 });
    else if (!this.#mayReplace(found.leg, identity)) incoming.reply({ statusCode: 403 });
    else if (found.call.phase !== "joined") incoming.reply({ statusCode: 481 });
    else void this.#replace(incoming, identity, found);
    return true;
  }

  /** Another device of the same person, never somebody else. */
  #mayReplace(leg: Leg, { domain, extension }: Identity): boolean {
    return leg.party.extension === extension.number && leg.party.domain === domain.name;
  }

  async #replace(
    incoming: IncomingRequest,
    identity: Identity,
    found: Place,
  ): Promise<void> {
    const { context, dialer } = this.#engine;
    const { domain, extension } = identity;
    const party = {
      domain: domain.name,
      number: extension.number,
      name: extension.name,
      extension: extension.number,
    };
    const policy = dialer.policyOf(extension);
    const label = token(context.random, 8);
    const leg = await acceptCaller(context, incoming, { party, policy, dtmf: extension.dtmf, label });
    if (!leg) return;
    const stays = found.call.letGo(found.leg);
    const sdp = stays && leg.media!.answer(stays.media!.wantedNow());
    if (!stays || !sdp) return leg.session.reject({ statusCode: stays ? 488 : 481 });
    leg.session.answer({ sdp });
    this.#dismiss(found.leg);
    found.call.join(leg);
  }

  #findLeg(name: DialogName): Place | undefined {
    const session = this.#engine.context.endpoint.findSession(name.callId, name.localTag, name.remoteTag);
    if (!session) return undefined;
    for (const call of this.#engine.calls) {
      for (const leg of [call.near, call.far]) if (leg?.session === session) return { call, leg };
    }
    return undefined;
  }
}

/** NOTIFY with the state of a transfer as `message/sipfrag` (RFC 3515 §2.4). */
class Notice {
  readonly #leg: Leg;
  #active: boolean;

  constructor(leg: Leg, wanted: boolean) {
    this.#leg = leg;
    this.#active = wanted;
  }

  trying(): void {
    this.#send("SIP/2.0 100 Trying", "active;expires=180");
  }

  final(statusCode: number, phrase: string): void {
    this.#send(`SIP/2.0 ${statusCode} ${phrase}`, "terminated;reason=noresource");
    this.stop();
  }

  stop(): void {
    this.#active = false;
  }

  #send(line: string, state: string): void {
    if (!this.#active || this.#leg.hasEnded) return;
    this.#leg.session.request({
      method: "NOTIFY",
      headers: [["Event", "refer"], ["Subscription-State", state]],
      body: { contentType: "message/sipfrag;version=2.0", bytes: ENCODER.encode(`${line}\r\n`) },
    });
  }
}

/** A leg on its way out answers what it must and asks for nothing. */
const ASIDE: LegOwner = {
  offered: (leg) => leg.session.refuseOffer({ statusCode: 488 }),
  requested: (_leg, { reply }) => reply({ statusCode: 200 }),
  legEnded() {},
};

/** baresip writes a URI with `?Replaces=` without angle brackets, which the grammar forbids and the field accepts. */
function readReferTo(values: readonly string[]): Uri | undefined {
  const [text] = values;
  if (text === undefined || values.length !== 1) return undefined;
  const nameAddr = parseNameAddr(text);
  if (nameAddr.ok) return nameAddr.value.uri;
  const bare = parseUri(text);
  return bare.ok ? bare.value : undefined;
}

function isSamePerson(a: Leg, b: Leg): boolean {
  return a.party.extension !== undefined && a.party.extension === b.party.extension &&
    a.party.domain === b.party.domain;
}

function replacesOf(uri: SipUri): DialogName | "malformed" | undefined {
  for (const [name, value] of uri.headers) {
    if (name.toLowerCase() === "replaces") return readReplaces(value ?? "") ?? "malformed";
  }
  return undefined;
}

/** `call-id;to-tag=…;from-tag=…`: the To tag is that of the one who receives it, which is us (RFC 3891 §3). */
function readReplaces(text: string): DialogName | undefined {
  const [callId, ...params] = text.split(";").map((part) => part.trim());
  const find = (name: string) =>
    params.find((param) => param.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1);
  const localTag = find("to-tag");
  const remoteTag = find("from-tag");
  return callId && localTag && remoteTag ? { callId, localTag, remoteTag } : undefined;
}
