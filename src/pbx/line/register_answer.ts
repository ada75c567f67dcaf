/** What a final answer to REGISTER tells us (RFC 3261 §10.2.4, RFC 3608 §5). Pure. */

import { parseChallenge } from "../../sip/auth/mod.ts";
import {
  contacts,
  cseq,
  expires,
  expiresOf,
  nameAddrs,
  parseMinExpires,
  parseRetryAfter,
  printNameAddr,
  readHeader,
  type SipResponse,
} from "../../sip/mod.ts";
import type { RegisterAnswer } from "./registration.ts";

/** A carrier's route has two or three hops. */
const MAX_HOPS = 8;

/** `contactUser` tells our Contact from those of other devices of the account. */
export function readRegisterAnswer(response: SipResponse, contactUser: string): RegisterAnswer {
  const { statusCode, reasonPhrase } = response;
  const grantedSec = lifetime(response, contactUser);
  const minExpires = readHeader(response, "Min-Expires", parseMinExpires);
  const retryAfter = readHeader(response, "Retry-After", parseRetryAfter);
  return {
    statusCode,
    reasonPhrase: reasonPhrase.slice(0, 100),
    sequence: cseq(response).sequence,
    ...(grantedSec !== undefined && { grantedSec }),
    ...(minExpires?.ok && { minExpiresSec: minExpires.value }),
    ...(retryAfter?.ok && { retryAfterSec: retryAfter.value.seconds }),
    realms: realmsOf(response),
    serviceRoute: nameAddrs(response, "Service-Route").slice(0, MAX_HOPS).map(printNameAddr),
    path: nameAddrs(response, "Path").slice(0, MAX_HOPS).map(printNameAddr),
  };
}

/** Realms of the challenges of a 401 or 407, each once. */
export function realmsOf(response: SipResponse): readonly string[] {
  const name = response.statusCode === 407 ? "Proxy-Authenticate" : "WWW-Authenticate";
  const realms = response.headers.all(name).flatMap((value) => {
    const parsed = parseChallenge(value);
    return parsed.ok ? parsed.value.map(({ realm }) => realm) : [];
  });
  return [...new Set(realms)].slice(0, MAX_HOPS);
}

/** The longest of our bindings: an earlier one of ours, from before a change of address, may stand beside the new. */
function lifetime(response: SipResponse, contactUser: string): number | undefined {
  const general = expires(response);
  const all = contacts(response);
  if (all === undefined || all === "*") return general;
  const ours = all.filter(({ uri }) => "user" in uri && uri.user === contactUser);
  const lives = (ours.length > 0 ? ours : all).map((contact) => expiresOf(contact)).filter((life) =>
    life !== undefined
  );
  return lives.length > 0 ? Math.max(...lives) : general;
}
