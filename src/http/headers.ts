/** Headers that keep a browser from doing anything but what the page wants, and names under which the page may be asked for. */

import { canonicalIp } from "../base/mod.ts";

/** Scripts, styles and data from here and from nowhere else; no frame, no form that leaves, no inline code (CSP level 3). */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

export function setSecurityHeaders(headers: Headers, options: { readonly isSecure: boolean }): void {
  headers.set("content-security-policy", POLICY);
  headers.set("x-content-type-options", "nosniff");
  headers.set("x-frame-options", "DENY");
  headers.set("referrer-policy", "no-referrer");
  headers.set("cross-origin-opener-policy", "same-origin");
  headers.set("cross-origin-resource-policy", "same-origin");
  headers.set("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
  if (options.isSecure) headers.set("strict-transport-security", "max-age=31536000");
}

/**
 * True for a Host that means this machine: an address, `localhost`, or a name the server goes by. A foreign name that
 * was made to point here (DNS rebinding) is none of these.
 */
export function isOwnHost(host: string, names: () => readonly string[]): boolean {
  const name = host.replace(/:[0-9]+$/, "").toLowerCase();
  if (name === "localhost" || canonicalIp(name) !== undefined) return true;
  return names().some((own) =>
    own === name ||
    (own.startsWith("*.") && name.endsWith(own.slice(1)) && !name.slice(0, 1 - own.length).includes("."))
  );
}
