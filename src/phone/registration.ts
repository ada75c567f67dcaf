/**
 * Keeps one account registered (RFC 3261 §10.2): refreshes in time, comes back after faults with growing patience.
 *
 *   off ──start──▶ registering ──2xx──▶ registered ──due, path lost──▶ registering
 *                    │   ▲ 423 with more time
 *              fault │   │ due
 *                    ▼   │
 *                   failed            stop, from anywhere ──▶ off
 */

import { below, type Clock, type Random, type Timer, token } from "../base/mod.ts";
import type { RequestOutcome } from "../sip/mod.ts";
import { contacts, cseq, expires, type SipResponse } from "../sip/message/mod.ts";
import type { RegistrationStatus } from "./types.ts";

const DEFAULT_EXPIRES_SEC = 600;
const MAX_EXPIRES_SEC = 86_400;
const RETRY_BASE_MS = 5_000;
const RETRY_MAX_MS = 300_000;
/** After the server said no: asking again soon would get us banned. */
const REFUSED_PAUSE_MS = 600_000;
/** The path of a registration is gone: one moment for a server that restarts. */
const LOST_PAUSE_MS = 500;

export interface Register {
  readonly callId: string;
  readonly sequence: number;
  readonly expiresSec: number;
}

export interface RegistrationOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly expiresSec?: number;
  /** User part of our Contact: the answer lists other devices too. */
  readonly user: string;
  /** +sip.instance of our Contact, without quotes. */
  readonly instance: string;
  send(register: Register, outcome: (outcome: RequestOutcome) => void): void;
  /** All three as in `CallHost`. */
  connectFault(): string | undefined;
  showsCredentials(): boolean;
  learnRealms(challenge: SipResponse): boolean;
  changed(status: RegistrationStatus): void;
}

export class Registration {
  readonly #options: RegistrationOptions;
  #status: RegistrationStatus = { state: "off" };
  #callId: string;
  #sequence = 0;
  #expiresSec: number;
  #failures = 0;
  #timer: Timer | undefined;
  /** Answers to an earlier wish are of no interest. */
  #turn = 0;

  constructor(options: RegistrationOptions) {
    this.#options = options;
    this.#callId = token(options.random, 16);
    this.#expiresSec = options.expiresSec ?? DEFAULT_EXPIRES_SEC;
  }

  get status(): RegistrationStatus {
    return this.#status;
  }

  /** Registers, or refreshes at once. */
  start(): void {
    this.#timer?.cancel();
    if (this.#status.state !== "registered") this.#set({ state: "registering" });
    this.#send(this.#expiresSec, (outcome) => this.#answered(outcome));
  }

  /** The path it was made over has ended; what stands at the server leads nowhere. */
  pathLost(): void {
    if (this.#status.state !== "registered") return;
    this.#set({ state: "registering" });
    this.#again(LOST_PAUSE_MS);
  }

  /** Takes the registration back. Done when the server has answered, or does not. */
  stop(): Promise<void> {
    const wasRegistered = this.#status.state === "registered" || this.#status.state === "registering";
    this.#timer?.cancel();
    this.#turn++;
    this.#set({ state: "off" });
    if (!wasRegistered) return Promise.resolve();
    return new Promise((resolve) => this.#send(0, () => resolve()));
  }

  #send(expiresSec: number, answered: (outcome: RequestOutcome) => void): void {
    const turn = ++this.#turn;
    const register = { callId: this.#callId, sequence: ++this.#sequence, expiresSec };
    const isProven = this.#options.showsCredentials();
    this.#options.send(register, (outcome) => {
      if (turn !== this.#turn) return;
      // A challenge has used up numbers of its own.
      if (outcome.kind === "response") this.#sequence = cseq(outcome.response).sequence;
      const isFirst = !isProven && outcome.kind === "response" && isChallenge(outcome.response) &&
        this.#options.learnRealms(outcome.response);
      if (isFirst) this.#send(expiresSec, answered);
      else answered(outcome);
    });
  }

  #answered(outcome: RequestOutcome): void {
    if (outcome.kind === "failed") {
      const fault = outcome.reason === "unreachable" ? this.#options.connectFault() : undefined;
      return this.#failed(fault ?? SILENCE[outcome.reason]);
    }
    const { response } = outcome;
    const { statusCode, reasonPhrase } = response;
    if (statusCode < 300) return this.#granted(response);
    const wished = Number(response.headers.get("Min-Expires") ?? 0);
    if (statusCode === 423 && wished > this.#expiresSec && wished <= MAX_EXPIRES_SEC) {
      this.#expiresSec = wished;
      return this.start();
    }
    const reason = isChallenge(response) ? "user name or password refused" : `${statusCode} ${reasonPhrase}`;
    const pauseMs = statusCode >= 400 && statusCode < 500 && statusCode !== 408 && statusCode !== 480
      ? REFUSED_PAUSE_MS
      : undefined;
    this.#failed(reason, { statusCode, pauseMs });
  }

  #granted(response: SipResponse): void {
    const { clock, random } = this.#options;
    const seconds = this.#grantedSec(response);
    this.#failures = 0;
    this.#set({ state: "registered", untilMs: clock.now() + 1000 * seconds });
    // Early enough for a few tries, and not all phones of an office in the same second.
    this.#again(Math.max(5000, 10 * seconds * (70 + below(random, 20))));
  }

  #grantedSec(response: SipResponse): number {
    const listed = contacts(response);
    const all = Array.isArray(listed) ? listed as Exclude<typeof listed, "*" | undefined> : [];
    const isOwn = (instance: string | null | undefined) => instance === this.#options.instance;
    const own = all.find(({ params }) => isOwn(params.get("+sip.instance"))) ??
      all.find(({ uri }) => uri.scheme === "sip" && uri.user === this.#options.user);
    const seconds = Number(own?.params.get("expires") ?? expires(response) ?? this.#expiresSec);
    return seconds >= 1 && seconds <= MAX_EXPIRES_SEC ? seconds : this.#expiresSec;
  }

  #failed(
    reason: string,
    { statusCode, pauseMs }: { statusCode?: number; pauseMs?: number | undefined } = {},
  ): void {
    const { clock, random } = this.#options;
    const growing = Math.min(RETRY_MAX_MS, RETRY_BASE_MS * 2 ** Math.min(this.#failures++, 10));
    const waitMs = pauseMs ?? growing / 2 + below(random, growing / 2);
    // A fresh Call-ID: some registrars hold a grudge against the one that failed.
    this.#callId = token(random, 16);
    this.#sequence = 0;
    this.#set({
      state: "failed",
      reason,
      retryMs: clock.now() + waitMs,
      ...(statusCode !== undefined && { statusCode }),
    });
    this.#again(waitMs);
  }

  #again(waitMs: number): void {
    const { clock } = this.#options;
    this.#timer?.cancel();
    this.#timer = clock.at(clock.now() + waitMs, () => this.start());
  }

  #set(status: RegistrationStatus): void {
    this.#status = status;
    this.#options.changed(status);
  }
}

const SILENCE = {
  timeout: "the server does not answer",
  unreachable: "the server cannot be reached",
  unresolved: "the server's name cannot be resolved",
} as const;

function isChallenge({ statusCode }: SipResponse): boolean {
  return statusCode === 401 || statusCode === 407;
}
