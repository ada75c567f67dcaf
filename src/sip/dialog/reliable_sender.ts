/** Reliable provisional responses that we give: one after another, each repeated until its PRACK (RFC 3262 §3). */
import { below, type Timer } from "../../base/mod.ts";
import type { Reply } from "../endpoint_types.ts";
import { cseq, type SipRequest, type SipResponse } from "../message/mod.ts";
import type { TimerTarget } from "../transaction/mod.ts";
import type { Question } from "./ports.ts";
import type { SessionCore } from "./session_core.ts";

interface Provisional {
  readonly reply: Reply;
  /** Offer of ours, to be answered in the PRACK. */
  readonly isOffer: boolean;
}

interface Waiting extends Provisional {
  readonly sequence: number;
  readonly response: SipResponse;
  readonly deadlineMs: number;
  intervalMs: number;
}

/** The INVITE, and what to do about one that is never acknowledged. */
interface ReliableSenderOptions extends Question {
  /** No PRACK in 64·T1. */
  readonly onLost: () => void;
}

export class ReliableSender implements TimerTarget {
  readonly #core: SessionCore;
  readonly #options: ReliableSenderOptions;
  readonly #queue: Provisional[] = [];
  #waiting: Waiting | undefined;
  #timer: Timer | undefined;
  #sequence: number;

  constructor(core: SessionCore, options: ReliableSenderOptions) {
    this.#core = core;
    this.#options = options;
    // RFC 3262 §3: chosen from 1 to 2**31 - 1, and it must not wrap.
    this.#sequence = below(core.host.random, 2 ** 30);
  }

  /** True while a session description of ours is not known to have arrived: no 2xx may go out (RFC 3262 §3). */
  get holdsSdp(): boolean {
    return this.#waiting?.reply.body !== undefined ||
      this.#queue.some(({ reply }) => reply.body !== undefined);
  }

  /** Sends `reply` as soon as what went before is acknowledged. */
  send(reply: Reply, options: { isOffer: boolean }): void {
    this.#queue.push({ reply, isOffer: options.isOffer });
    if (!this.#waiting) this.next();
  }

  /** What a PRACK acknowledges; undefined when it is nothing that waits. */
  take(prack: SipRequest): { readonly isOffer: boolean } | undefined {
    const waiting = this.#waiting;
    if (!waiting || !acknowledges(prack, waiting.sequence, this.#options.request)) return undefined;
    this.#rest();
    return waiting;
  }

  /** Sends what waited for the last PRACK. */
  next(): void {
    const first = this.#queue.shift();
    if (!first) return;
    const { host } = this.#core;
    const sequence = ++this.#sequence;
    const headers = [...first.reply.headers ?? [], ["Require", "100rel"], [
      "RSeq",
      String(sequence),
    ]] as const;
    const { transaction } = this.#options;
    const response = this.#core.newResponse(this.#options, { ...first.reply, headers });
    const { t1Ms } = host.timing;
    this.#waiting = {
      ...first,
      sequence,
      response,
      deadlineMs: host.wheel.now() + 64 * t1Ms,
      intervalMs: t1Ms,
    };
    transaction.respond(response);
    this.#timer = host.wheel.start(t1Ms, this);
  }

  stop(): void {
    this.#queue.length = 0;
    this.#rest();
  }

  timerFired(): void {
    const waiting = this.#waiting;
    if (!waiting) return;
    const { wheel } = this.#core.host;
    if (wheel.now() >= waiting.deadlineMs) {
      this.stop();
      this.#options.onLost();
      return;
    }
    this.#options.transaction.respond(waiting.response);
    // Not capped by T2, unlike a 2xx (RFC 3262 §3).
    waiting.intervalMs *= 2;
    this.#timer = wheel.start(Math.min(waiting.intervalMs, waiting.deadlineMs - wheel.now()), this);
  }

  #rest(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#waiting = undefined;
  }
}

/** RAck names RSeq, CSeq number and method (RFC 3262 §7.2). */
function acknowledges(prack: SipRequest, sequence: number, invite: SipRequest): boolean {
  const [response, request, method] = (prack.headers.get("RAck") ?? "").trim().split(/\s+/);
  return Number(response) === sequence && Number(request) === cseq(invite).sequence && method === "INVITE";
}
