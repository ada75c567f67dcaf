/** Requests outside a dialog, as the business orders them (RFC 3261 §8.1.1). */
import { type Random, token } from "../base/mod.ts";
import { addHeaders, ALLOW, type ContactParts, SDP_TYPE, supported } from "./dialog/mod.ts";
import type { Body, OutgoingInvite, OutgoingRequest } from "./endpoint_types.ts";
import {
  createRequest,
  Headers,
  type NameAddr,
  printMultipart,
  printNameAddr,
  printUri,
  type SipRequest,
} from "./message/mod.ts";
import type { LocalContact } from "./transport/mod.ts";

/** Methods whose request must name a Contact (RFC 3261 §8.1.1.8, RFC 6665 §4.1, RFC 3515 §2.1). */
const NAMES_CONTACT: ReadonlySet<string> = new Set(["SUBSCRIBE", "REFER", "NOTIFY"]);

export interface BuildOptions {
  readonly random: Random;
  readonly userAgent: string;
}

/** Without Via and Contact, which depend on the path. */
export function buildRequest(outgoing: OutgoingRequest, options: BuildOptions): SipRequest {
  const { method, body } = outgoing;
  const request = createRequest({
    method,
    requestUri: outgoing.requestUri,
    from: withTag(outgoing.from, outgoing.fromTag ?? token(options.random, 8)),
    to: outgoing.to,
    callId: outgoing.callId ?? token(options.random, 16),
    sequence: outgoing.sequence ?? 1,
    ...(body ? { body: body.bytes } : {}),
  });
  const { headers } = request;
  for (const route of outgoing.routeSet ?? []) headers.append("Route", printNameAddr(route));
  headers.append("User-Agent", options.userAgent);
  addHeaders(headers, outgoing.headers);
  if (body) headers.set("Content-Type", body.contentType);
  return request;
}

/** An INVITE; its tag has to be known beforehand. */
export function buildInvite(
  invite: OutgoingInvite,
  options: BuildOptions & { localTag: string },
): SipRequest {
  const { sdp, headers: _, ...rest } = invite;
  const description: Body | undefined = sdp && { contentType: SDP_TYPE, bytes: sdp };
  const body = description && invite.body
    ? joined([description, invite.body], token(options.random, 12))
    : description ?? invite.body;
  const request = buildRequest(
    { ...rest, method: "INVITE", fromTag: options.localTag, ...(body ? { body } : {}) },
    options,
  );
  const { headers } = request;
  headers.append("Allow", ALLOW);
  headers.append("Supported", supported(invite.reliable ?? "supported"));
  if (invite.reliable === "required") headers.append("Require", "100rel");
  addHeaders(headers, invite.headers);
  return request;
}

/** What the Contact of a request shall hold; undefined when it shall have none, or brings its own. */
export function contactWish(outgoing: OutgoingRequest, request: SipRequest): ContactParts | undefined {
  const { method, contactUser, contactParams } = outgoing;
  if (request.headers.has("Contact")) return undefined;
  if (!NAMES_CONTACT.has(method) && contactUser === undefined && !contactParams) return undefined;
  return {
    ...(contactUser === undefined ? {} : { user: contactUser }),
    ...(contactParams ? { params: contactParams } : {}),
  };
}

/** A Contact for our side of a path. Secure paths are named by `transport=tls`: `sips:` would bind every hop. */
export function printOwnContact(local: LocalContact, parts: ContactParts): string {
  const params = new Map<string, string | null>();
  if (local.transport !== "udp") params.set("transport", local.transport);
  const { user } = parts;
  const { host, port } = local;
  const uri = printUri({
    scheme: "sip",
    ...(user === undefined ? {} : { user }),
    host,
    port,
    params,
    headers: new Map(),
  });
  if (!parts.params) return `<${uri}>`;
  let text = `<${uri}>`;
  for (const [name, value] of parts.params) text += value === null ? `;${name}` : `;${name}=${value}`;
  return text;
}

/** Two bodies in one (RFC 5621 §4). */
function joined(bodies: readonly Body[], boundary: string): Body {
  const parts = bodies.map(({ contentType, bytes }) => {
    const headers = new Headers();
    headers.append("Content-Type", contentType);
    return { headers, body: bytes };
  });
  return { contentType: `multipart/mixed;boundary=${boundary}`, bytes: printMultipart(parts, boundary) };
}

function withTag(value: NameAddr, tag: string): NameAddr {
  return { ...value, params: new Map(value.params).set("tag", tag) };
}
