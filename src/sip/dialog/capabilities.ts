/** What we understand within a session, as our messages say it (RFC 3261 §20.5, §20.32, §20.37). */
import { type SipRequest, type SipResponse, tokens } from "../message/mod.ts";

export const ALLOW =
  "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, REFER, NOTIFY, MESSAGE, SUBSCRIBE";

/** Option tags a peer may demand of us. `histinfo` and `norefersub` ask for nothing that could fail. */
const UNDERSTOOD = new Set(["100rel", "timer", "replaces", "path", "histinfo", "norefersub"]);

export type Reliability = "off" | "supported" | "required";

/** Value of Supported. */
export function supported(reliability: Reliability): string {
  return reliability === "off" ? "timer, replaces" : "100rel, timer, replaces";
}

/** Option tags of Require that we do not know, for a 420 (RFC 3261 §8.2.2.3). */
export function unsupportedTags(request: SipRequest): readonly string[] {
  const required = tokens(request, "Require");
  return required.every((tag) => UNDERSTOOD.has(tag)) ? [] : required.filter((tag) => !UNDERSTOOD.has(tag));
}

/** True when the peer can take reliable provisional responses (RFC 3262 §3). */
export function takesReliable(request: SipRequest): boolean {
  return tokens(request, "Supported").includes("100rel") || demandsReliable(request);
}

export function demandsReliable(request: SipRequest): boolean {
  return tokens(request, "Require").includes("100rel");
}

/** RSeq of a reliable provisional response (RFC 3262 §7.1); undefined when it is not one. */
export function reliableSequenceOf(response: SipResponse): number | undefined {
  if (response.statusCode <= 100 || response.statusCode >= 200) return undefined;
  if (!tokens(response, "Require").includes("100rel")) return undefined;
  const text = response.headers.get("RSeq") ?? "";
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}
