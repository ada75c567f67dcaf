/** CANCEL (RFC 3261 §9.1), and INVITEs that nobody waits for any more. */
import type { Timer } from "../base/mod.ts";
import { addHeaders, dismissAnswer, type SessionHost } from "./dialog/mod.ts";
import type { ExtraHeaders } from "./endpoint_types.ts";
import { callId, createRequest, cseq, from, type SipRequest, type SipResponse, to } from "./message/mod.ts";
import {
  type ClientTransaction,
  type ClientUser,
  copyRoutes,
  type TimerTarget,
  type TransactionTable,
} from "./transaction/mod.ts";
import type { Flow } from "./transport/mod.ts";

const NOBODY: ClientUser = { response() {}, failed() {} };

/** Sends the CANCEL of an INVITE that has had a provisional response. */
export function sendCancel(
  table: TransactionTable,
  transaction: ClientTransaction,
  headers?: ExtraHeaders,
): void {
  const invite = transaction.request;
  if (!invite) return;
  const cancel = createRequest({
    method: "CANCEL",
    requestUri: invite.requestUri,
    from: from(invite),
    to: to(invite),
    callId: callId(invite),
    sequence: cseq(invite).sequence,
  });
  const via = invite.headers.get("Via");
  if (via !== undefined) cancel.headers.prepend("Via", via);
  copyRoutes(invite.headers, cancel.headers);
  addHeaders(cancel.headers, headers);
  table.sendCancel(cancel, transaction, NOBODY);
}

/** Takes over an INVITE that was given up: cancels it when that is allowed, and ends whatever it still brings about. */
export class AbandonedInvite implements ClientUser, TimerTarget {
  readonly #host: SessionHost;
  readonly #table: TransactionTable;
  readonly #request: SipRequest;
  readonly #transaction: ClientTransaction;
  #guard: Timer | undefined;

  constructor(
    host: SessionHost,
    table: TransactionTable,
    options: {
      request: SipRequest;
      transaction: ClientTransaction;
      hasProvisional: boolean;
      isCancelled: boolean;
    },
  ) {
    this.#host = host;
    this.#table = table;
    this.#request = options.request;
    this.#transaction = options.transaction;
    options.transaction.handTo(this);
    if (options.isCancelled) this.#startGuard();
    else if (options.hasProvisional) this.#cancel();
  }

  response(response: SipResponse, flow: Flow): void {
    const { statusCode } = response;
    if (statusCode < 200) {
      if (!this.#guard) this.#cancel();
      return;
    }
    this.#guard?.cancel();
    if (statusCode >= 300) return;
    const { destination } = this.#transaction;
    dismissAnswer(this.#host, response, { request: this.#request, destination, flow });
  }

  failed(): void {
    this.#guard?.cancel();
  }

  /** No final response came in 64·T1 after CANCEL: the INVITE is taken as gone (RFC 3261 §9.1). */
  timerFired(): void {
    this.#guard = undefined;
    this.#transaction.abandon();
  }

  #cancel(): void {
    sendCancel(this.#table, this.#transaction);
    this.#startGuard();
  }

  #startGuard(): void {
    this.#guard = this.#table.wheel.start(64 * this.#table.timing.t1Ms, this);
  }
}
