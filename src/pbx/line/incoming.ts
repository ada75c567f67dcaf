/** An INVITE from outside: whose line it is, whom it wants, who calls, and whether it is welcome (product §8). Pure. */

import type { DomainSettings, LineSettings } from "../../config/mod.ts";
import { canonicalIp, type Network, networkContains } from "../../base/mod.ts";
import { type Flow, type SipRequest, to, type Uri } from "../../sip/mod.ts";
import { type Failure, failure } from "../call/mod.ts";
import { callerName, matchIncoming, rejectsAnonymous, screenCaller } from "../routing/mod.ts";
import { numberOf, type OutsideCaller, readCaller } from "./caller.ts";

/** A line as far as recognising it goes. */
export interface Recognisable {
  readonly settings: LineSettings;
  readonly contactUser: string;
  /** True when the line speaks TLS and nothing else. */
  readonly isSecure: boolean;
  /** Peer: networks that may call. */
  readonly networks: readonly Network[];
  /** Register: true when the address is one of its server's. */
  isSource(host: string): boolean;
  /** Register: true for the path over which it registered. */
  isOwnFlow(flow: Flow): boolean;
}

/**
 * The line that `request` came over. A peer is known by address or client certificate and by nothing else. A registered
 * line is known by the address of its server together with our Contact in the Request-URI, the path of its registration
 * or a number of its own; so several accounts at one carrier are told apart.
 */
export function recognise<L extends Recognisable>(
  request: SipRequest,
  flow: Flow,
  lines: Iterable<L>,
): L | undefined {
  let best: L | undefined;
  let bestScore = 0;
  for (const line of lines) {
    // What is kept encrypted is not let in by the back door.
    if (line.isSecure && flow.transport !== "tls") continue;
    const score = line.settings.kind === "peer"
      ? peerScore(line, flow, request)
      : registerScore(line, flow, request);
    if (score > bestScore) [best, bestScore] = [line, score];
  }
  return best;
}

/** The closer the network and the better the number matches the line's table, the higher; 0: not this line. */
function peerScore(line: Recognisable, flow: Flow, request: SipRequest): number {
  const names = line.settings.certificateNames.map(canonicalName);
  let score = flow.peerNames.some((name) => names.includes(canonicalName(name))) ? 1000 : 0;
  for (const network of line.networks) {
    if (networkContains(network, flow.remote.host)) score = Math.max(score, 10 + network.prefixLength);
  }
  // A number of its own outweighs a narrower network: two companies may share one carrier.
  return score === 0 ? 0 : score + tableScore(line, request) * 10_000;
}

function registerScore(line: Recognisable, flow: Flow, request: SipRequest): number {
  if (!line.isSource(flow.remote.host)) return 0;
  const users = [userOf(request.requestUri), userOf(to(request).uri)];
  let score = tableScore(line, request) === 2 ? 100 : 0;
  if (users[0] === line.contactUser) score += 1000;
  else if (users[1] === line.contactUser) score += 10;
  if (line.isOwnFlow(flow)) score += 1;
  return score;
}

/** 2: the table names the number or its beginning; 1: it takes every number; 0: it does not serve it. */
function tableScore({ settings }: Recognisable, request: SipRequest): number {
  const match = matchIncoming(settings.incoming, calledNumber(request, settings));
  if (!match) return 0;
  return match.how === "any" ? 1 : 2;
}

/** The number that the carrier says was called. */
export function calledNumber(
  request: SipRequest,
  { calledNumberIn }: Pick<LineSettings, "calledNumberIn">,
): string {
  return numberOf(calledNumberIn === "to" ? to(request).uri : request.requestUri);
}

function userOf(uri: Uri): string | undefined {
  return uri.scheme === "sip" || uri.scheme === "sips" ? uri.user : undefined;
}

function canonicalName(name: string): string {
  return canonicalIp(name) ?? name.toLowerCase().replace(/\.$/, "");
}

export interface Reception {
  readonly called: string;
  readonly caller: OutsideCaller;
  /** Where the incoming table sends the call; absent: refused, or not served. */
  readonly to?: string;
  readonly refusal?: Failure;
}

/** @param chance in [0, 100), for lists that apply to a share of the calls */
export function receive(
  request: SipRequest,
  line: { readonly settings: LineSettings; readonly domain: DomainSettings },
  chance: number,
): Reception {
  const { settings, domain } = line;
  const called = calledNumber(request, settings);
  const proven = readCaller(request);
  const name = proven.isPrivate ? "" : callerName(domain.callerNames, proven.number) ?? proven.name;
  const caller: OutsideCaller = { ...proven, name };
  const screening = screenCaller(domain.callerLists, { called, caller: caller.number }, chance);
  if (!screening.allowed) {
    return { called, caller, refusal: failure("declined", { reasonPhrase: "Caller not wanted" }) };
  }
  const match = matchIncoming(settings.incoming, called);
  if (!match) return { called, caller };
  const extension = domain.extensions.find(({ number }) => number === match.route.to);
  if (extension && rejectsAnonymous(extension, caller)) {
    return {
      called,
      caller,
      refusal: failure("declined", { statusCode: 433, reasonPhrase: "Anonymity Disallowed" }),
    };
  }
  return { called, caller, to: match.route.to };
}
