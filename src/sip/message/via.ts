/** Via (RFC 3261 §20.42; `received` and `rport` RFC 3581; IPv6 in `received` RFC 5118 §4.5). */
import { ok, type Result } from "../../base/mod.ts";
import { fault } from "./fault.ts";
import { printHostPort, readHost, readPort } from "./host.ts";
import { COLON, Cursor, SLASH, TOKEN } from "./lexer.ts";
import { printParams, readParams } from "./params.ts";
import { NO_PARAMS, type Params, type ParseFault, type Via } from "./types.ts";

/** What every branch of RFC 3261 begins with (§8.1.1.7). */
export const MAGIC_COOKIE = "z9hG4bK";

/** Parses one Via value. */
export function parseVia(text: string): Result<Via, ParseFault> {
  const cursor = new Cursor(text);
  const start = readSentBy(cursor);
  if (typeof start === "string") return fault("Via", start);
  const params = readParams(cursor);
  if (typeof params === "string") return fault("Via", params);
  normaliseAddress(params, "received");
  normaliseAddress(params, "maddr");
  start.params = params;
  return ok(start);
}

/** Reads `SIP/2.0/UDP host:port`, of any version where `isLoose`; the parameters are left for the caller. */
function readSentBy(cursor: Cursor, isLoose = false): Via | string {
  cursor.skipSpace();
  const name = cursor.run(TOKEN);
  if (!cursor.takeSpaced(SLASH)) return "no sent-protocol";
  const version = cursor.run(TOKEN);
  if (!cursor.takeSpaced(SLASH)) return "no sent-protocol";
  const transport = cursor.run(TOKEN).toUpperCase();
  if (name.toUpperCase() !== "SIP" || (version !== "2.0" && !isLoose) || transport === "") {
    return "not SIP/2.0";
  }
  const { at } = cursor;
  cursor.skipSpace();
  if (cursor.at === at) return "no sent-by";
  const host = readHost(cursor);
  if (host === undefined) return "no host";
  const via: Via = { transport, host, params: NO_PARAMS };
  if (cursor.takeSpaced(COLON)) {
    const port = readPort(cursor);
    if (!port) return "port is not 1 to 65535";
    via.port = port;
  }
  return via;
}

/** Protocol, sent-by and branch of a Via whose parameters are broken: enough to answer. */
export function recoverVia(text: string): Via | undefined {
  const cursor = new Cursor(text);
  const via = readSentBy(cursor, true);
  if (typeof via === "string") return undefined;
  via.params = new Map();
  for (const part of text.slice(cursor.at).split(";")) {
    const [name, value] = part.split("=", 2);
    if (name?.trim().toLowerCase() !== "branch" || value === undefined || via.params.has("branch")) continue;
    const branch = new Cursor(value.trim()).run(TOKEN);
    if (branch !== "") via.params.set("branch", branch);
  }
  return via;
}

export function printVia(via: Via): string {
  return `SIP/2.0/${via.transport} ${printHostPort(via.host, via.port)}${printParams(via.params)}`;
}

/** IPv6 addresses come with and without brackets; they are kept without. */
function normaliseAddress(params: Params, name: string): void {
  const value = params.get(name);
  if (value?.startsWith("[") && value.endsWith("]")) params.set(name, value.slice(1, -1));
}
