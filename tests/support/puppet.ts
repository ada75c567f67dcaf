/** A SIP peer whose every message is written by the test: for what no user agent of ours would ever send. */
import {
  createRequest,
  createResponse,
  cseq,
  from,
  type NameAddr,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  tagOf,
  to,
} from "../../src/sip/message/mod.ts";
import type { Address, Flow } from "../../src/sip/transport/mod.ts";
import { address, uri } from "./sip_office.ts";
import type { VirtualHost, VirtualNetwork } from "./virtual_network.ts";

type Extra = { headers?: readonly (readonly [string, string])[]; body?: Uint8Array };

export class Puppet {
  readonly host: VirtualHost;
  /** Everything that arrived. */
  readonly received: SipMessage[] = [];
  /** Called for each request that arrives. */
  onRequest: ((request: SipRequest) => void) | undefined;
  readonly #peer: Address;
  #branch = 0;

  constructor(network: VirtualNetwork, options: { address: string; peer: string }) {
    this.host = network.host(options.address);
    this.#peer = { host: options.peer, port: 5060 };
    this.host.listener = { message: (message, flow) => this.#message(message, flow), flowClosed() {} };
  }

  /** `INVITE`, `200 BYE` …: what arrived, in order. */
  get names(): string[] {
    return this.received.map((message) =>
      message.kind === "request" ? message.method : `${message.statusCode} ${cseq(message).method}`
    );
  }

  /** The last request of that method that arrived. */
  request(method: string): SipRequest {
    const found = this.received.findLast((message) =>
      message.kind === "request" && message.method === method
    );
    if (found?.kind !== "request") throw new Error(`no ${method} arrived`);
    return found;
  }

  /** The last response with that status that arrived. */
  response(statusCode: number): SipResponse {
    const found = this.received.findLast((message) =>
      message.kind === "response" && message.statusCode === statusCode
    );
    if (found?.kind !== "response") throw new Error(`no ${statusCode} arrived, but ${this.names.join(", ")}`);
    return found;
  }

  reply(request: SipRequest, statusCode: number, extra: Extra & { tag?: string } = {}): void {
    const response = createResponse(request, statusCode, undefined, { toTag: extra.tag ?? "puppet" });
    const names = (extra.headers ?? []).map(([name]) => name.toLowerCase());
    if (statusCode > 100 && statusCode < 300 && !names.includes("contact")) {
      response.headers.append("Contact", `<sip:puppet@${this.host.address.host}>`);
    }
    for (const [name, value] of extra.headers ?? []) response.headers.append(name, value);
    if (extra.body) response.headers.set("Content-Type", "application/sdp");
    this.host.sendRaw({ ...response, body: extra.body ?? response.body }, this.#peer);
  }

  /** A request of its own, outside any dialog unless `to` has a tag. Returns it as sent. */
  send(
    method: string,
    options: Extra & {
      to?: NameAddr;
      from?: NameAddr;
      callId?: string;
      sequence?: number;
      branch?: string;
      requestUri?: string;
      maxForwards?: number;
    } = {},
  ): SipRequest {
    const { host } = this.host.address;
    const request = createRequest({
      method,
      requestUri: uri(options.requestUri ?? `sip:${this.#peer.host}`),
      from: options.from ?? tagged(address(`sip:puppet@${host}`), "puppet"),
      to: options.to ?? address(`sip:${this.#peer.host}`),
      callId: options.callId ?? "puppet-call",
      sequence: options.sequence ?? 1,
      ...(options.maxForwards === undefined ? {} : { maxForwards: options.maxForwards }),
      ...(options.body ? { body: options.body, contentType: "application/sdp" } : {}),
    });
    const branch = options.branch ?? `z9hG4bKpuppet${++this.#branch}`;
    request.headers.prepend("Via", `SIP/2.0/UDP ${host}:5060${branch === "" ? "" : `;branch=${branch}`}`);
    if (method === "INVITE" || method === "UPDATE") request.headers.append("Contact", `<sip:puppet@${host}>`);
    for (const [name, value] of options.headers ?? []) request.headers.set(name, value);
    this.host.sendRaw(request, this.#peer);
    return request;
  }

  /** A request within the dialog that `response` (to our INVITE) made. */
  sendIn(
    response: SipResponse,
    method: string,
    options: Extra & { sequence: number; branch?: string; requestUri?: string },
  ): SipRequest {
    return this.send(method, {
      from: from(response),
      to: to(response),
      callId: callIdOf(response),
      ...options,
    });
  }

  /** A request within the dialog that `invite` (received) and our 2xx with tag `puppet` made. */
  sendBack(
    invite: SipRequest,
    method: string,
    options: Extra & { sequence: number; tag?: string; branch?: string },
  ): SipRequest {
    return this.send(method, {
      from: tagged(to(invite), options.tag ?? "puppet"),
      to: from(invite),
      callId: callIdOf(invite),
      ...options,
    });
  }

  #message(message: SipMessage, _flow: Flow): void {
    this.received.push(message);
    if (message.kind === "request") this.onRequest?.(message);
  }
}

export function tagged(value: NameAddr, tag: string): NameAddr {
  return { ...value, params: new Map(value.params).set("tag", tag) };
}

export function tagIn(message: SipMessage, header: "From" | "To"): string | undefined {
  return tagOf(header === "From" ? from(message) : to(message));
}

function callIdOf(message: SipMessage): string {
  return message.headers.get("Call-ID") ?? "";
}
