/**
 * The face of `sip/` towards the business: requests in and out, and sessions (one INVITE dialog each).
 * The business never sees a transaction, a branch or a timer.
 */

import type { Ha1 } from "./auth/mod.ts";
import type { Headers, NameAddr, SipRequest, SipResponse, Uri } from "./message/mod.ts";
import type { Destination, Flow } from "./transport/types.ts";

export type ExtraHeaders = readonly (readonly [name: string, value: string])[];

/** A body with its type, e.g. `application/sdp`. */
export interface Body {
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/** A response to send. `reasonPhrase` defaults to the registered one. */
export interface Reply {
  readonly statusCode: number;
  readonly reasonPhrase?: string;
  readonly headers?: ExtraHeaders;
  readonly body?: Body;
}

/** A request outside any dialog (REGISTER, OPTIONS, INVITE, MESSAGE, SUBSCRIBE …), waiting for an answer. */
export interface IncomingRequest {
  readonly request: SipRequest;
  readonly flow: Flow;
  /** Sends a response. The endpoint adds Via, From, To (with tag), Call-ID, CSeq. A second final one is ignored. */
  reply(reply: Reply): void;
  /** INVITE only: takes the request as a session; from then on the session answers. 100 goes out at once. */
  accept(listener: SessionListener, options?: SessionOptions): Session;
}

/** A password, or what is stored instead of it. */
export interface Credentials {
  readonly username: string;
  readonly password?: string;
  /** Made for one realm: `realms` should name it and no other. */
  readonly ha1?: Ha1;
  /** Only a challenge for one of these realms is answered; absent: whatever realm the target names. */
  readonly realms?: readonly string[];
}

/** Where a request goes: by resolving a URI (RFC 3263, with failover), over a path, or to given places. */
export type RouteTo =
  | { readonly kind: "uri"; readonly uri: Uri }
  | { readonly kind: "destinations"; readonly destinations: readonly Destination[] };

export interface OutgoingRequest {
  readonly method: string;
  readonly requestUri: Uri;
  readonly from: NameAddr;
  readonly to: NameAddr;
  readonly route: RouteTo;
  /** Route headers (Path of a binding, Service-Route, outbound proxy). */
  readonly routeSet?: readonly NameAddr[];
  /** A fixed Call-ID and CSeq (registrations keep theirs); otherwise fresh ones. */
  readonly callId?: string;
  readonly sequence?: number;
  readonly fromTag?: string;
  readonly headers?: ExtraHeaders;
  /** Extra user part and parameters of the Contact; absent: no Contact unless the method needs one. */
  readonly contactUser?: string;
  readonly contactParams?: ReadonlyMap<string, string | null>;
  readonly body?: Body;
  readonly credentials?: Credentials;
  /** Ends waiting for one place and tries the next after this long; default timer B/F (32 s). */
  readonly attemptMs?: number;
}

export type RequestOutcome =
  /** A final response. `destination` is the place that gave it. */
  | {
    readonly kind: "response";
    readonly response: SipResponse;
    readonly destination: Destination;
    readonly flow?: Flow;
  }
  /** Nobody answered: every place timed out, refused the connection, or none was found. */
  | { readonly kind: "failed"; readonly reason: "timeout" | "unreachable" | "unresolved" };

/** Session timer wishes (RFC 4028), both in seconds. */
export interface SessionTimer {
  readonly expiresSec: number;
  readonly minSec: number;
}

export interface SessionOptions {
  /** Absent: session timers are accepted but not asked for. */
  readonly timer?: SessionTimer;
  /** 100rel towards this peer: `off` never offers it, `supported` (default) uses it where both can, `required` demands it. */
  readonly reliable?: "off" | "supported" | "required";
  /** User part of our Contact. */
  readonly contactUser?: string;
  /** Headers put on every request of ours in this session (User-Agent and the like stand already). */
  readonly headers?: ExtraHeaders;
}

/** A new outgoing INVITE; without `sdp` it asks the callee for the offer. Its `headers` go on the INVITE alone. */
export interface OutgoingInvite extends Omit<OutgoingRequest, "method" | "body">, SessionOptions {
  readonly sdp?: Uint8Array;
  /** A multipart or other body beside or instead of SDP. */
  readonly body?: Body;
}

export type SessionState = "calling" | "incoming" | "early" | "answered" | "confirmed" | "ended";

export type SessionEnd =
  /** BYE by the peer, or by us. `request` carries Reason headers. */
  | { readonly by: "peer" | "us"; readonly cause: "bye"; readonly request?: SipRequest }
  /** CANCEL by the peer before the answer. */
  | { readonly by: "peer"; readonly cause: "cancelled"; readonly request?: SipRequest }
  /** Our INVITE got a final non-2xx; or we refused theirs; or our CANCEL took effect (487). */
  | { readonly by: "peer" | "us"; readonly cause: "rejected"; readonly response: SipResponse }
  /** No answer from the network, no ACK in 32 s, 408/481 within the dialog, session timer, connection lost. */
  | {
    readonly by: "network";
    readonly cause: "timeout" | "unreachable" | "unresolved" | "no ack" | "dialog gone" | "session expired";
  };

/** One side of a call: one INVITE dialog, from either direction. Every method is harmless once it has ended. */
export interface Session {
  readonly id: string;
  readonly state: SessionState;
  readonly direction: "incoming" | "outgoing";
  /**
   * The INVITE that began it, as received or as sent; from the answer on without body and with no headers but those about
   * the conversation (Subject, Priority …) and Max-Forwards. An INVITE of ours shrinks when its transaction is over.
   */
  readonly invite: SipRequest;
  readonly callId: string;
  readonly localTag: string;
  /** Absent until the peer has given one. */
  readonly remoteTag?: string | undefined;
  /** The path of the last message of the peer. */
  readonly flow?: Flow | undefined;
  /** True while an offer of either side waits for its answer. */
  readonly isNegotiating: boolean;

  /** Incoming, unanswered: 180, 181, 183 …; with `sdp` it is the answer (or a reliable offer after a late-offer INVITE). */
  ring(statusCode: number, options?: { sdp?: Uint8Array; headers?: ExtraHeaders; reliable?: boolean }): void;
  /** Incoming, unanswered: 200. `sdp` may be left out when an answer already went out reliably. */
  answer(options?: { sdp?: Uint8Array; headers?: ExtraHeaders }): void;
  /** Incoming, unanswered: a final 3xx–6xx. */
  reject(reply: Reply): void;
  /** Outgoing, unanswered: CANCEL, then the listener hears `ended`; a crossing 200 is acknowledged and ended with BYE. */
  cancel(headers?: ExtraHeaders): void;
  /** Ends whatever stage it is in: reject 480, CANCEL or BYE. */
  end(headers?: ExtraHeaders): void;
  /** Sends an offer: UPDATE before the answer (when the peer allows it), re-INVITE after. Without `sdp`: re-INVITE without offer. */
  offer(sdp?: Uint8Array): void;
  /** Answers the pending offer of the peer (re-INVITE, UPDATE, 2xx or reliable 1xx to a late offer). */
  answerOffer(sdp: Uint8Array): void;
  /** Refuses the pending re-INVITE or UPDATE offer (488, 491 …); the session goes on as before. */
  refuseOffer(reply: Reply): void;
  /** INFO, REFER, NOTIFY, MESSAGE, OPTIONS within the dialog. */
  request(
    options: { method: string; headers?: ExtraHeaders; body?: Body },
    onOutcome?: (outcome: RequestOutcome) => void,
  ): void;
}

/** What a session tells its owner. Calls come one at a time, never within a call into the session. */
export interface SessionListener {
  /** Outgoing: 1xx above 100. `sdp` is an answer (apply it now) or, `isOffer`, an offer to answer with `answerOffer`. */
  progress(event: { response: SipResponse; sdp?: Uint8Array; isOffer: boolean }): void;
  /** Outgoing: 2xx, already acknowledged unless `isOffer` (then ACK waits for `answerOffer`). */
  answered(event: { response: SipResponse; sdp?: Uint8Array; isOffer: boolean }): void;
  /** Incoming: ACK or PRACK arrived; `sdp` is the answer to our late offer. */
  acknowledged(event: { sdp?: Uint8Array }): void;
  /** The peer offers within the dialog; without `sdp` it asks for our offer (reply with `answerOffer`). */
  offered(event: { request: SipRequest; sdp?: Uint8Array }): void;
  /** The peer took its offer back (CANCEL of a re-INVITE), or nobody answered it in time: things are as they were. */
  offerWithdrawn?(): void;
  /** The answer to our `offer()`; `isOffer` when we had asked for theirs (reply with `answerOffer`). */
  offerAnswered(event: { response: SipResponse; sdp?: Uint8Array; isOffer: boolean }): void;
  /** Our `offer()` was refused; glare (491) is retried by the session itself (RFC 3261 §14.1) and not told. */
  offerRefused(event: { response: SipResponse }): void;
  /** INFO, REFER, NOTIFY, MESSAGE … within the dialog. Not answering is a 501 in time. */
  requested(event: { request: SipRequest; reply: (reply: Reply) => void }): void;
  /** The last word, exactly once. */
  ended(end: SessionEnd): void;
}

/** What a session tells by this method of its listener. */
export type Told<K extends keyof SessionListener> = Parameters<NonNullable<SessionListener[K]>>[0];

export interface EndpointHandlers {
  /** Every request outside a dialog, except ACK and CANCEL. */
  request(incoming: IncomingRequest): void;
  /**
   * A request with a To tag that no session knows: the dialog of a subscription, or an invention. True when it was
   * taken; absent or false: 481.
   */
  strayRequest?(incoming: IncomingRequest): boolean;
  flowClosed(flow: Flow): void;
}

export interface Endpoint {
  /** Sets who answers; without it everything gets 503. */
  handle(handlers: EndpointHandlers): void;
  /** Sends a request outside a dialog. `outcome` comes once; the function returned gives up waiting. */
  request(request: OutgoingRequest, outcome: (outcome: RequestOutcome) => void): () => void;
  invite(invite: OutgoingInvite, listener: SessionListener): Session;
  /** Finds the session a Replaces or Join header names (RFC 3891): Call-ID and both tags, ours first. */
  findSession(callId: string, localTag: string, remoteTag: string): Session | undefined;
  /** Live state for status pages and leak tests. */
  counts(): { sessions: number; clientTransactions: number; serverTransactions: number };
}

export type { Headers };
