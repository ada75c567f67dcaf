/** Route, Record-Route, Path, Service-Route (RFC 3261 §20.34, §20.30; RFC 3327 §4; RFC 3608 §5). */
import { fail, type Result } from "../../base/mod.ts";
import { parseNameAddr, printNameAddr } from "./name_addr.ts";
import type { NameAddr, ParseFault, Uri } from "./types.ts";

/** Parses one hop. */
export function parseRoute(text: string): Result<NameAddr, ParseFault> {
  const parsed = parseNameAddr(text);
  return parsed.ok ? parsed : fail({ where: "Route", reason: parsed.error.reason });
}

/** A whole route set as one field value. */
export function printRoutes(hops: readonly NameAddr[]): string {
  return hops.map(printNameAddr).join(", ");
}

/** True for a loose router, which leaves the Request-URI alone (RFC 3261 §16.12). */
export function isLooseRouter(uri: Uri): boolean {
  return (uri.scheme === "sip" || uri.scheme === "sips") && uri.params.has("lr");
}
