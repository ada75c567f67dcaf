/** The realms that a 401 or 407 asks for (RFC 3261 §22.1). */

import { parseChallenge } from "../sip/auth/mod.ts";
import type { SipResponse } from "../sip/message/mod.ts";

export function challengeRealms({ headers, statusCode }: SipResponse): readonly string[] {
  const fields = headers.all(statusCode === 407 ? "Proxy-Authenticate" : "WWW-Authenticate");
  const realms = fields.flatMap((field) => {
    const parsed = parseChallenge(field);
    return parsed.ok ? parsed.value.map(({ realm }) => realm) : [];
  });
  return [...new Set(realms)];
}
