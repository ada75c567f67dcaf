/** Session timers (RFC 4028): what to ask for, what to agree to, when to refresh and when to give up. Pure. */
import type { ExtraHeaders, SessionTimer } from "../endpoint_types.ts";
import { type SipRequest, type SipResponse, tokens } from "../message/mod.ts";

/** The least anybody may ask for, in seconds (RFC 4028 §4). */
export const MIN_SESSION_SEC = 90;
/** No interval is longer: a day would do, and 2**31 ms is where some clocks end. */
const MAX_SESSION_SEC = 86_400;

/** A running agreement, seen from one side. */
export interface Refresh {
  readonly intervalSec: number;
  /** True when we send the refreshes. */
  readonly isOurs: boolean;
}

export interface SessionExpires {
  readonly seconds: number;
  readonly refresher?: "uac" | "uas";
}

/** Parses a Session-Expires value (RFC 4028 §4); undefined when it is no number. */
export function parseSessionExpires(text: string): SessionExpires | undefined {
  const [number = "", ...params] = text.split(";");
  const seconds = parseSeconds(number);
  if (seconds === undefined) return undefined;
  for (const param of params) {
    const [name = "", value = ""] = param.split("=");
    if (name.trim().toLowerCase() !== "refresher") continue;
    const refresher = value.trim().toLowerCase();
    if (refresher === "uac" || refresher === "uas") return { seconds, refresher };
  }
  return { seconds };
}

/** Min-SE of a message in seconds, at least 90. */
export function minSessionSec(message: SipRequest | SipResponse): number {
  const text = message.headers.get("Min-SE");
  const seconds = text === undefined ? undefined : parseSeconds(text.split(";")[0] ?? "");
  return Math.min(Math.max(seconds ?? MIN_SESSION_SEC, MIN_SESSION_SEC), MAX_SESSION_SEC);
}

/** Headers with which a request asks for a timer (RFC 4028 §7.1). `isOurs` is known within a dialog (§7.4). */
export function timerHeaders(timer: SessionTimer, isOurs?: boolean): ExtraHeaders {
  const refresher = isOurs === undefined ? "" : `;refresher=${isOurs ? "uac" : "uas"}`;
  const headers: [string, string][] = [["Session-Expires", `${timer.expiresSec}${refresher}`]];
  if (timer.minSec > MIN_SESSION_SEC) headers.push(["Min-SE", String(timer.minSec)]);
  return headers;
}

/** After a 422: the wish raised to what the peer demands (RFC 4028 §7.3). */
export function raisedTimer(timer: SessionTimer | undefined, response: SipResponse): SessionTimer {
  const minSec = Math.max(minSessionSec(response), timer?.minSec ?? 0);
  return { expiresSec: Math.max(timer?.expiresSec ?? 0, minSec), minSec };
}

/**
 * The agreement a 2xx brings to its asker (RFC 4028 §7.2). A peer that ignored the wish is refreshed all the same: a
 * refresh that fails is how a dead peer is noticed.
 */
export function agreedByAnswer(response: SipResponse, asked: SessionTimer | undefined): Refresh | undefined {
  const text = response.headers.get("Session-Expires");
  const granted = text === undefined ? undefined : parseSessionExpires(text);
  if (!granted) return asked && { intervalSec: asked.expiresSec, isOurs: true };
  const intervalSec = Math.min(Math.max(granted.seconds, MIN_SESSION_SEC), MAX_SESSION_SEC);
  return { intervalSec, isOurs: granted.refresher !== "uas" };
}

export type TimerVerdict =
  /** 422 with this Min-SE. */
  | { readonly kind: "too small"; readonly minSec: number }
  | { readonly kind: "none" }
  /** Headers for the 2xx. */
  | { readonly kind: "agreed"; readonly refresh: Refresh; readonly headers: ExtraHeaders };

/** What the answering side makes of an INVITE or UPDATE (RFC 4028 §9). */
export function timerVerdict(request: SipRequest, timer: SessionTimer | undefined): TimerVerdict {
  const text = request.headers.get("Session-Expires");
  const asked = text === undefined ? undefined : parseSessionExpires(text);
  const peerSupports = tokens(request, "Supported").includes("timer") ||
    tokens(request, "Require").includes("timer");
  const ownMinSec = Math.max(timer?.minSec ?? MIN_SESSION_SEC, MIN_SESSION_SEC);
  if (asked && asked.seconds < ownMinSec && peerSupports) return { kind: "too small", minSec: ownMinSec };
  if (!asked && !timer) return { kind: "none" };
  const minSec = Math.max(minSessionSec(request), ownMinSec);
  const ceiling = timer ? Math.max(timer.expiresSec, minSec) : MAX_SESSION_SEC;
  const intervalSec = Math.min(Math.max(asked?.seconds ?? ceiling, minSec), ceiling);
  const refresher = peerSupports ? asked?.refresher ?? (asked ? "uac" : "uas") : "uas";
  const headers: [string, string][] = [["Session-Expires", `${intervalSec};refresher=${refresher}`]];
  if (peerSupports && refresher === "uac") headers.push(["Require", "timer"]);
  return { kind: "agreed", refresh: { intervalSec, isOurs: refresher === "uas" }, headers };
}

/** When to refresh: half way (RFC 4028 §7.4), milliseconds. */
export function refreshAfterMs(refresh: Refresh): number {
  return refresh.intervalSec * 500;
}

/** When to hang up: the smaller of 32 s and a third of the interval before its end (RFC 4028 §10), milliseconds. */
export function expireAfterMs(refresh: Refresh): number {
  return (refresh.intervalSec - Math.min(32, refresh.intervalSec / 3)) * 1000;
}

function parseSeconds(text: string): number | undefined {
  const trimmed = text.trim();
  return /^\d{1,10}$/.test(trimmed) ? Number(trimmed) : undefined;
}
