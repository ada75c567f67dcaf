/** The names of a line: where it is, whom we are there, and how its requests are addressed (RFC 3261 §10.2, §8.1.1). Pure. */

import type { LineSettings } from "../../config/mod.ts";
import { type NameAddr, type Params, parseUri, type SipUri, type Uri } from "../../sip/mod.ts";

/** Everything about a line that follows from its settings alone. */
export interface LineAddresses {
  /** The carrier: host and port of every Request-URI. */
  readonly server: SipUri;
  /** Where requests go first: the outbound proxy or the server, with the transport of the line. */
  readonly nextHop: SipUri;
  readonly outboundProxy?: SipUri;
  /** Every URI whose addresses belong to the line. */
  readonly places: readonly SipUri[];
  /** Ourselves at the carrier: From and To of REGISTER. */
  readonly account: SipUri;
  /** User part of our Contact, by which incoming calls are recognised. */
  readonly contactUser: string;
  /** Request-URI of REGISTER and OPTIONS, with the parameters of the line. */
  readonly registrar: SipUri;
  /** True when the line speaks TLS and nothing else. */
  readonly isSecure: boolean;
}

/** Undefined when a URI of the settings is none. */
export function lineAddresses(settings: LineSettings): LineAddresses | undefined {
  const server = sipUriOf(settings.server);
  const proxy = settings.outboundProxy === undefined ? undefined : sipUriOf(settings.outboundProxy);
  if (!server || (settings.outboundProxy !== undefined && !proxy)) return undefined;
  const nextHop = withTransport(proxy ?? server, settings.transport);
  const account = accountOf(settings, server);
  return {
    server,
    nextHop,
    ...(proxy && { outboundProxy: nextHop }),
    places: proxy ? [nextHop, withTransport(server, settings.transport)] : [nextHop],
    account,
    contactUser: account.user ?? settings.name,
    registrar: { ...bare(server), params: readParameters(settings.requestUriParameters) },
    isSecure: nextHop.scheme === "sips" || nextHop.params.get("transport")?.toLowerCase() === "tls",
  };
}

function sipUriOf(text: string): SipUri | undefined {
  const parsed = parseUri(text);
  return parsed.ok && parsed.value.scheme !== "tel" && parsed.value.scheme !== "other"
    ? parsed.value
    : undefined;
}

/** Scheme, host and port. Always `sip:`: `sips:` would bind every hop behind the carrier too. */
function bare({ host, port }: SipUri, user?: string): SipUri {
  return {
    scheme: "sip",
    ...(user !== undefined && { user }),
    host,
    ...(port !== undefined && { port }),
    params: new Map(),
    headers: new Map(),
  };
}

function withTransport(uri: SipUri, transport: LineSettings["transport"]): SipUri {
  const params = new Map(uri.params);
  if (transport !== undefined && uri.scheme === "sip") params.set("transport", transport);
  return { ...uri, params };
}

/** A user name may bring the carrier's domain with it: `4930123@ims.carrier.example`. */
function accountOf({ username }: LineSettings, server: SipUri): SipUri {
  if (username === undefined) return bare(server);
  const at = username.lastIndexOf("@");
  if (at <= 0 || at === username.length - 1) return { ...bare(server, username) };
  const { scheme, params, headers } = bare(server);
  return { scheme, user: username.slice(0, at), host: username.slice(at + 1).toLowerCase(), params, headers };
}

/** `user=phone;npdi` as parameters. */
export function readParameters(text: string): Params {
  const params: Params = new Map();
  for (const part of text.split(";")) {
    const equals = part.indexOf("=");
    const name = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase();
    if (name !== "") params.set(name, equals < 0 ? null : part.slice(equals + 1).trim());
  }
  return params;
}

/** `number` at the carrier, without parameters: To, From, P-Asserted-Identity. */
export function numberAt(addresses: LineAddresses, number: string): NameAddr {
  return { uri: bare(addresses.server, number), params: new Map() };
}

/**
 * Request-URI and To of a call to `number`. A `tel:` URI of a number that is not global names the carrier as its context
 * (RFC 3966 §5.1.5); `user=phone` says nothing there that the scheme does not say, and is left out.
 */
export function calledAddress(
  addresses: LineAddresses,
  number: string,
  settings: Pick<LineSettings, "useTelUri" | "requestUriParameters">,
): { requestUri: Uri; to: NameAddr } {
  const params = readParameters(settings.requestUriParameters);
  if (!settings.useTelUri || !/^\+?[0-9A-Fa-f*#]+$/.test(number)) {
    const to = numberAt(addresses, number);
    return { requestUri: { ...bare(addresses.server, number), params }, to };
  }
  const context: Params = new Map(
    number.startsWith("+") ? [] : [["phone-context", addresses.account.host]],
  );
  params.delete("user");
  return {
    requestUri: { scheme: "tel", number, params: new Map([...context, ...params]) },
    to: { uri: { scheme: "tel", number, params: context }, params: new Map() },
  };
}
