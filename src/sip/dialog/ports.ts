/** What sessions need from outside: the endpoint implements it. */
import type { Log, Random } from "../../base/mod.ts";
import type { Credentials, ExtraHeaders, Reply, RouteTo, SessionEnd } from "../endpoint_types.ts";
import type { SipRequest, SipResponse, Uri } from "../message/mod.ts";
import type { Arrival, TimerWheel, Timing } from "../transaction/mod.ts";
import type { Destination, Flow } from "../transport/mod.ts";

/** A request on its way: to one place after another, with credentials where they are asked for. */
export interface SendPlan {
  /** Without Via; Contact is set for each place when `contact` is given. */
  readonly request: SipRequest;
  readonly route: RouteTo;
  /** Tried when nothing could be sent on `route`. */
  readonly fallback?: Uri;
  readonly contact?: ContactParts;
  readonly credentials?: Credentials;
  readonly attemptMs?: number;
}

export interface ContactParts {
  readonly user?: string;
  readonly params?: ReadonlyMap<string, string | null>;
}

/** Who sends: told of every response that is not a challenge answered or a place passed over. */
export interface SendUser {
  /** Number for a request that is sent again with credentials. */
  nextSequence(): number;
  /** `sent` is the request it answers. An INVITE may bring several 2xx. */
  response(response: SipResponse, sent: Sent): void;
  failed(reason: "timeout" | "unreachable" | "unresolved"): void;
  /** INVITE, after its 2xx: its transaction has ended, no further one will come. */
  over?(): void;
}

export interface Sent {
  readonly request: SipRequest;
  readonly destination: Destination;
  readonly flow: Flow;
}

export interface SendHandle {
  /** INVITE: sends CANCEL as soon as that is allowed; the outcome then comes as a response or as a failure. */
  cancel(headers?: ExtraHeaders): void;
  /** Nothing more is wanted: what is still on its way ends by itself. */
  abandon(): void;
}

/** One who receives the requests of a dialog. */
export interface DialogOwner {
  readonly callId: string;
  readonly localTag: string;
  receive(arrival: Arrival): void;
  acknowledge(ack: SipRequest, flow: Flow): void;
}

export interface SessionHost {
  readonly wheel: TimerWheel;
  readonly timing: Timing;
  readonly random: Random;
  readonly log: Log;
  readonly userAgent: string;
  send(plan: SendPlan, user: SendUser): SendHandle;
  /** Runs `task` once the present call from outside is over; what it throws is logged. */
  later(task: () => void): void;
  /** Sends an ACK for a 2xx, again and again the same one when it has its Via. */
  sendAck(ack: SipRequest, way: { readonly route: RouteTo; readonly fallback?: Uri }): void;
  /** Contact value for our side of that path. */
  contactFor(destination: Destination, parts: ContactParts): string | undefined;
  /** From now on requests with this Call-ID and local tag are the owner's. */
  opened(owner: DialogOwner): void;
  closed(owner: DialogOwner): void;
}

/** What the core asks of the session around it. */
export interface SessionWays {
  /** Ends a session that has no answer yet: CANCEL or a refusal. */
  endEarly(end: SessionEnd): void;
  /** Sends a refresh of the session timer. */
  refresh(): void;
  /** The session has ended: its timers and transactions stop. */
  stop(): void;
}

/** An offer of the peer that waits for the business. */
export interface AnswerDue {
  answer(sdp: Uint8Array): void;
  refuse(reply: Reply): void;
}

/** A request of the peer to be answered. */
export type Question = Pick<Arrival, "request" | "transaction">;

/** A request of the peer that waits for the business. */
export interface OpenAnswer {
  reply(reply: Reply): void;
}
