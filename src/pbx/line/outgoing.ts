/**
 * A call to a number behind a line: how it is addressed, who is shown, which way it goes (RFC 3261 §8.1.1, RFC 3325 §9,
 * RFC 5806). Pure. Nothing of the inside goes out: no name of a person, no domain, no extension but where a peer has no
 * other number to see.
 */

import type { LineSettings } from "../../config/mod.ts";
import {
  type Credentials,
  type ExtraHeaders,
  type NameAddr,
  printDiversion,
  printNameAddr,
  printRemotePartyId,
  type RouteTo,
  type SipRequest,
} from "../../sip/mod.ts";
import {
  allowCodecs,
  type Caller,
  type CodecFilter,
  type Diversion,
  fromHeader,
  type OutsideWay,
  passOn,
  type RingTarget,
} from "../call/mod.ts";
import { calledAddress, type LineAddresses, numberAt } from "./addresses.ts";

/** Of the call, as far as its line has to know. */
export interface OutgoingCall {
  readonly caller: Caller;
  readonly diversions: readonly Diversion[];
  /** The caller's INVITE; absent where the server itself calls. */
  readonly invite?: SipRequest;
}

export interface OutgoingOptions {
  readonly settings: LineSettings;
  readonly addresses: LineAddresses;
  readonly way: OutsideWay;
  readonly call: OutgoingCall;
  readonly route: RouteTo;
  readonly routeSet: readonly NameAddr[];
  readonly isSecurePath: boolean;
  readonly attemptMs: number;
  readonly credentials?: Credentials;
}

export function outgoingTarget(options: OutgoingOptions): RingTarget {
  const { settings, addresses, way, call, credentials } = options;
  const { caller, invite } = call;
  const shown = shownNumber(options);
  return {
    party: { domain: caller.domain, number: way.number, name: "", line: settings.name },
    device: `${caller.domain}/line/${settings.name}`,
    ...calledAddress(addresses, way.number, settings),
    from: fromOf(options, shown),
    route: options.route,
    routeSet: options.routeSet,
    headers: [
      ...passOn({ ...(invite && { invite }), caller, domain: "", diversions: [], isInside: false }),
      ...identityOf(options, shown),
      ...diversionOf(options, shown),
    ],
    policy: settings.srtp,
    isSecurePath: options.isSecurePath,
    dtmf: settings.dtmf,
    contactUser: addresses.contactUser,
    codecs: lineCodecs(settings),
    reliable: settings.reliable,
    attemptMs: options.attemptMs,
    ...(credentials && { credentials }),
  };
}

/** What the line is told of, in either direction: the codecs of its list in that order, all when it is empty. */
export function lineCodecs({ codecs }: Pick<LineSettings, "codecs">): CodecFilter {
  const allowed = codecs.map((name) => name.toLowerCase());
  return (formats) => allowCodecs(formats, allowed);
}

/** The extension's own number outside, the line's, the account; a peer without any sees the caller's number. */
function shownNumber({ settings, addresses, way, call }: OutgoingOptions): string {
  return way.callerNumber ?? settings.outgoing.callerNumber ?? addresses.account.user ?? call.caller.number;
}

/** With `pai` and `rpid` From names the account, by which many carriers find their customer; the number stands beside it. */
function fromOf({ settings, addresses, call }: OutgoingOptions, shown: string): NameAddr {
  if (call.caller.isPrivate) return fromHeader(call.caller);
  const number = settings.identity === "from" ? shown : addresses.account.user ?? shown;
  const { uri, params } = numberAt(addresses, number);
  const host = settings.username === undefined ? uri : { ...uri, ...hostOf(addresses) };
  const name = shown === call.caller.number ? call.caller.name.slice(0, 128) : "";
  return { ...(name && { displayName: name }), uri: host, params };
}

/** From carries the domain of the account, which need not be the host of the server. */
function hostOf({ account }: LineAddresses): { host: string; port?: number } {
  return { host: account.host, ...(account.port !== undefined && { port: account.port }) };
}

/** Who calls, for the carrier; an anonymous caller is known to it and to nobody behind it. */
function identityOf({ settings, addresses, call }: OutgoingOptions, shown: string): ExtraHeaders {
  const { isPrivate } = call.caller;
  const address = numberAt(addresses, shown);
  const headers: [string, string][] = [];
  if (settings.identity === "rpid") {
    const privacy = isPrivate ? "full" : "off";
    const value = printRemotePartyId({ address, party: "calling", isScreened: true, privacy });
    headers.push(["Remote-Party-ID", value]);
  } else if (settings.identity === "pai" || isPrivate) {
    headers.push(["P-Asserted-Identity", printNameAddr(address)]);
  }
  if (isPrivate) headers.push(["Privacy", "id"]);
  return headers;
}

/** One entry for all diversions within the house, by the number that the outside knows. */
function diversionOf({ addresses, call }: OutgoingOptions, shown: string): ExtraHeaders {
  const last = call.diversions.at(-1);
  if (!last) return [];
  const value = printDiversion({
    address: numberAt(addresses, shown),
    reason: last.reason,
    counter: call.diversions.length,
  });
  return [["Diversion", value]];
}
