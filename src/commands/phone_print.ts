/** What a phone tells, in words for people. */

import type { CallAgreement, CallPath, CallReport, PhoneEvent, RegistrationStatus } from "../phone/mod.ts";
import { plain } from "./print.ts";

const CODEC_NAMES: ReadonlyMap<string, string> = new Map([
  ["g722", "G.722 (16 kHz)"],
  ["pcma", "G.711 A-law"],
  ["pcmu", "G.711 µ-law"],
]);

export function printCodec(codec: string): string {
  return CODEC_NAMES.get(codec) ?? codec;
}

/** `SRTP AES_CM_128_HMAC_SHA1_80 (RTP/SAVP)`, or a warning. */
export function printEncryption({ encryption }: CallAgreement): string {
  if (!encryption) return "not encrypted";
  const { suite, way, keysExposed } = encryption;
  const ways = {
    secure: "RTP/SAVP",
    opportunistic: "RTP/AVP with a=crypto",
    "two lines": "one of two lines",
  };
  const exposed = keysExposed ? ", but its keys crossed an open connection" : "";
  return `SRTP ${suite} (${way === "plain" ? way : ways[way]})${exposed}`;
}

/** `TLS 1.3 with 127.0.0.1:5061`. */
export function printPath({ transport, server, tlsVersion }: CallPath): string {
  const name = tlsVersion?.replace(/^TLSv/, "TLS ") ?? transport.toUpperCase();
  return `${name} with ${server}`;
}

/** Rows of name and value for a report. */
export function reportRows(report: CallReport): readonly (readonly [name: string, value: string])[] {
  const { agreement, quality, recording, path } = report;
  const rows: [string, string][] = [
    ["call", `${report.direction === "outgoing" ? "to" : "from"} ${plain(report.remote)}`],
    ["outcome", `${report.outcome}: ${plain(report.reason)}`],
  ];
  if (path) rows.push(["signalling", printPath(path)]);
  if (report.answeredAt !== undefined) rows.push(["talked", `${(report.talkMs / 1000).toFixed(1)} s`]);
  if (agreement) {
    rows.push(["codec", printCodec(agreement.codec)], ["encryption", printEncryption(agreement)]);
  }
  if (quality && report.answeredAt !== undefined) {
    const { packetsReceived, packetsSent, lossShare, jitterMs, mos, roundTripMs } = quality;
    rows.push(["packets", `${packetsReceived} heard, ${packetsSent} said`]);
    rows.push(["loss", `${(100 * lossShare).toFixed(1)} %`], ["jitter", `${jitterMs.toFixed(1)} ms`]);
    if (roundTripMs !== undefined) rows.push(["round trip", `${roundTripMs.toFixed(0)} ms`]);
    if (mos !== undefined) rows.push(["quality", `MOS ${mos.toFixed(1)} of 4.5`]);
  }
  if (recording) {
    const { path: file, seconds, error } = recording;
    rows.push(["recording", `${seconds.toFixed(1)} s in ${plain(file)}${error ? `: ${plain(error)}` : ""}`]);
  }
  return rows;
}

export function printRows(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join("");
}

export function printRegistration(status: RegistrationStatus, nowMs: number): string {
  switch (status.state) {
    case "off":
      return "not registered";
    case "registering":
      return "registering";
    case "registered":
      return `registered for ${Math.round((status.untilMs - nowMs) / 1000)} s`;
    case "failed":
      return `cannot register: ${plain(status.reason)}, again in ${
        Math.ceil((status.retryMs - nowMs) / 1000)
      } s`;
    default:
      return status satisfies never;
  }
}

/** One line for an event; undefined for what nobody needs to read. */
export function printEvent(event: PhoneEvent, nowMs: number): string | undefined {
  const { account } = event;
  if (event.kind === "registration") {
    return event.status.state === "registering"
      ? undefined
      : `${account.name} ${printRegistration(event.status, nowMs)}`;
  }
  const { call, event: what } = event;
  const who = plain(call.remoteName);
  switch (what.kind) {
    case "calling":
      return `calling ${who}`;
    case "incoming":
      return `${who} calls ${account.name}`;
    case "ringing":
      return `${who} rings`;
    case "early":
      return `${who} is heard before the answer`;
    case "answered":
      return `talking with ${who}: ${printCodec(what.agreement.codec)}, ${printEncryption(what.agreement)}`;
    case "changed":
      return what.isHeldByPeer
        ? `${who} holds the call`
        : what.isHeld
        ? `${who} is held`
        : `talking with ${who} again`;
    case "digit":
      return `${who} pressed ${what.digit}`;
    case "played":
      return what.complete ? `said everything to ${who}` : `could not say everything to ${who}`;
    case "silent":
      return what.silent ? `nothing is heard of ${who}` : `${who} is heard again`;
    case "transfer":
      return `transfer of ${who}: ${what.status}${what.statusCode ? ` (${what.statusCode})` : ""}`;
    case "ended":
      return `call with ${who} is over: ${what.report.outcome}, ${plain(what.report.reason)}`;
    default:
      return what satisfies never;
  }
}

/** An event as data for scripts. */
export function eventData(event: PhoneEvent): Readonly<Record<string, unknown>> {
  const { account } = event;
  if (event.kind === "registration") return { event: "registration", account: account.name, ...event.status };
  const { kind, ...rest } = event.event;
  const { id, direction, remoteName: remote } = event.call;
  return { event: kind, account: account.name, call: { id, direction, remote }, ...rest };
}
