/** A request of the peer that waits for the business, and is answered in time whatever the business does. */
import type { Timer } from "../../base/mod.ts";
import type { Reply } from "../endpoint_types.ts";
import type { SipRequest, SipResponse } from "../message/mod.ts";
import type { ServerTransaction, ServerUser, TimerTarget } from "../transaction/mod.ts";
import type { OpenAnswer, Question } from "./ports.ts";
import type { SessionCore } from "./session_core.ts";

/** The peer's non-INVITE transaction ends after 32 s, and what we answer must still reach it. */
const PATIENCE_MS = 20_000;
/** Somebody may be asked whether to take the video. */
const INVITE_PATIENCE_MS = 60_000;

export class OpenRequest implements OpenAnswer, TimerTarget, ServerUser {
  readonly request: SipRequest;
  readonly transaction: ServerTransaction;
  readonly #core: SessionCore;
  readonly #lateStatus: number;
  readonly #onGone: ((cancel?: SipRequest) => void) | undefined;
  #patience: Timer | undefined;

  /** `onGone` is told when the request was answered without the business: too late, or cancelled by the peer. */
  constructor(
    core: SessionCore,
    question: Question,
    options: { lateStatus: number; onGone?: () => void },
  ) {
    this.#core = core;
    this.request = question.request;
    this.transaction = question.transaction;
    this.#lateStatus = options.lateStatus;
    this.#onGone = options.onGone;
    const isInvite = this.request.method === "INVITE";
    this.#patience = core.host.wheel.start(isInvite ? INVITE_PATIENCE_MS : PATIENCE_MS, this);
    if (isInvite) this.transaction.user = this;
    core.opened(this);
  }

  get isOpen(): boolean {
    return this.#patience !== undefined;
  }

  /** Answers; undefined when that has been done before. */
  reply(reply: Reply): SipResponse | undefined {
    if (!this.isOpen) return undefined;
    const response = this.#core.newResponse(this, reply);
    if (reply.statusCode >= 200) {
      this.#patience?.cancel();
      this.#patience = undefined;
      this.#core.answered(this);
    }
    this.transaction.respond(response);
    return response;
  }

  timerFired(): void {
    this.#core.host.log.warn("a request within a call was not answered in time", {
      method: this.request.method,
      callId: this.#core.dialog?.callId,
    });
    this.#end(this.#lateStatus);
  }

  cancelled(): void {
    this.#end(487);
  }

  #end(statusCode: number): void {
    if (!this.isOpen) return;
    this.reply({ statusCode });
    this.#onGone?.();
  }
}
