/** May this request do this? Session cookie or bearer token, scope, and proof that a change comes from our own page. */

import type { Principal } from "../auth/mod.ts";
import { isSameSecret } from "../auth/mod.ts";
import type { ApiContext } from "./context.ts";
import type { Access } from "./endpoint.ts";
import { Problem } from "./problem.ts";

/** The header in which the page sends back what it learnt with its session. */
export const CSRF_HEADER = "x-csrf-token";

/** `__Host-` makes browsers refuse a cookie that another host or an unencrypted answer planted (RFC 6265bis §4.1.3). */
export function cookieName(isSecure: boolean): string {
  return isSecure ? "__Host-sipedge" : "sipedge";
}

export function printCookie(secret: string, { isSecure }: { readonly isSecure: boolean }): string {
  const life = secret === "" ? "; Max-Age=0" : "; Max-Age=604800";
  const flags = isSecure ? "; Secure" : "";
  return `${cookieName(isSecure)}=${secret}; Path=/; HttpOnly; SameSite=Strict${life}${flags}`;
}

export function readCookie(request: Request, isSecure: boolean): string | undefined {
  const name = `${cookieName(isSecure)}=`;
  const parts = (request.headers.get("cookie") ?? "").split(";").map((part) => part.trim());
  return parts.find((part) => part.startsWith(name))?.slice(name.length);
}

/** Whoever proved themselves with this request; `csrf` is what a change by session must bring. */
export function identify(
  request: Request,
  { gate, isSecure }: ApiContext,
): { readonly principal: Principal; readonly csrf?: string } | undefined {
  const authorization = request.headers.get("authorization");
  if (authorization !== null) {
    const [scheme, secret = ""] = authorization.split(" ");
    const principal = scheme?.toLowerCase() === "bearer" ? gate.ofToken(secret) : undefined;
    return principal && { principal };
  }
  const cookie = readCookie(request, isSecure);
  return cookie === undefined ? undefined : gate.ofSession(cookie);
}

/** The principal when `access` is given, undefined for anybody without proof, or why not. */
export function admit(
  request: Request,
  access: Access,
  context: ApiContext,
): Principal | Problem | undefined {
  const found = identify(request, context);
  const isChange = request.method !== "GET" && request.method !== "HEAD";
  if (access === "anybody") {
    // Signing somebody in under a foreign account is an attack, too.
    return isChange && !isFromOurPage(request) ? new Problem("cross-site") : found?.principal;
  }
  if (!found) return new Problem("unauthenticated");
  const { principal, csrf } = found;
  if (access === "session" ? principal.kind !== "session" : !principal.scopes.has(access)) {
    return new Problem(
      "forbidden",
      access === "session" ? "Only on the page" : `The token lacks "${access}"`,
    );
  }
  if (csrf === undefined) return principal;
  // Browsers keep the cookie to themselves where another page asks; one that does not is caught here.
  if (!isChange) return isFromAnotherPage(request) ? new Problem("cross-site") : principal;
  const given = request.headers.get(CSRF_HEADER);
  if (!isFromOurPage(request) || given === null || !isSameSecret(given, csrf)) {
    return new Problem("cross-site");
  }
  return principal;
}

/** What the browser says of the page that sent this; what is no browser sends none of it (Fetch Metadata). */
function isFromOurPage(request: Request): boolean {
  const site = request.headers.get("sec-fetch-site");
  return (site === null || site === "same-origin") && hasOwnOrigin(request);
}

/** Unlike a change, a read may be typed or opened from a bookmark: `none`. */
function isFromAnotherPage(request: Request): boolean {
  const site = request.headers.get("sec-fetch-site");
  return site === "cross-site" || site === "same-site" || !hasOwnOrigin(request);
}

function hasOwnOrigin(request: Request): boolean {
  const origin = request.headers.get("origin");
  if (origin === null) return true;
  return URL.canParse(origin) && new URL(origin).host === hostOf(request);
}

/** Whom the request was meant for: `Host`, or with HTTP/2 its `:authority`, which stands in the address. */
export function hostOf(request: Request): string {
  return request.headers.get("host") ?? new URL(request.url).host;
}
