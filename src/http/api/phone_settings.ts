/** What has to be typed into a telephone, or read by it from a picture; with the password, so for once only. */

import { encode } from "uqr";
import { isLoopback, isUnspecified, printHostPort } from "../../base/mod.ts";
import type { ApiContext } from "./context.ts";
import { hostOf } from "./admission.ts";
import type { PasswordView } from "./views_directory.ts";

export interface PhoneAccount {
  readonly domain: string;
  readonly number: string;
  readonly password: string;
}

/** Of the ways in, the one that keeps the call private first. */
const TRANSPORTS = ["tls", "tcp", "udp"] as const;

/** @param request the administrator's: a phone reaches the server where the administrator's browser did */
export function showPassword(
  { domain, number, password }: PhoneAccount,
  { request, context }: { readonly request: Request; readonly context: ApiContext },
): PasswordView {
  const { listen } = context.queries.settings();
  const name = context.directory.directory.domain(domain)?.name ?? domain;
  const listener =
    TRANSPORTS.flatMap((wanted) => listen.sip.filter(({ transport }) => transport === wanted))[0];
  const transport = listener?.transport ?? "udp";
  const port = listener?.port ?? 5060;
  const server = phoneServer({
    reached: hostOf(request),
    listener: listener?.host ?? "0.0.0.0",
    domain: name,
  });
  const text = [
    `Domain: ${name}`,
    `Server (proxy): ${server}`,
    `Port: ${port}`,
    `Transport: ${transport.toUpperCase()}`,
    `User: ${number}`,
    `Password: ${password}`,
    `SRTP: ${transport === "tls" ? "SDES, optional or mandatory" : "off"}`,
  ].join("\n");
  // The user belongs to the domain, the packets go to the server: `maddr` says so (RFC 3261 §19.1.1).
  const maddr = server === name ? "" : `;maddr=${server.includes(":") ? `[${server}]` : server}`;
  const user = `${number}:${encodeURIComponent(password)}`;
  const uri = `sip:${user}@${printHostPort(name, port)};transport=${transport}${maddr}`;
  return { password, domain: name, server, port, account: number, transport, qr: encode(uri).data, text };
}

/**
 * Name or address (IPv6 without brackets) to which a phone connects. The name of a domain need not lead anywhere;
 * where the administrator's browser came through, a phone comes through as well, unless that was this machine itself.
 * @param at `reached`: the Host of the request; `listener`: the address that is listened on
 */
export function phoneServer(
  at: { readonly reached: string; readonly listener: string; readonly domain: string },
): string {
  // Who listens on such an address only is reached there and nowhere else.
  if (isLoopback(at.listener)) return at.listener;
  const reached = at.reached.replace(/:[0-9]+$/, "").replace(/^\[(.*)\]$/, "$1").toLowerCase();
  if (reached !== "localhost" && !isLoopback(reached)) return reached;
  return isUnspecified(at.listener) ? at.domain : at.listener;
}
