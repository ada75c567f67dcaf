/** The session timer at work: refreshes half way, hangs up when nobody refreshed (RFC 4028 §7.4, §10). */
import type { Timer } from "../../base/mod.ts";
import type { TimerTarget, TimerWheel } from "../transaction/mod.ts";
import { expireAfterMs, type Refresh, refreshAfterMs } from "./session_timer.ts";

/** Whose session is refreshed. */
export interface RefreshUser {
  refreshDue(): void;
  refreshExpired(): void;
}

export class RefreshTimer implements TimerTarget {
  readonly #wheel: TimerWheel;
  readonly #user: RefreshUser;
  #refresh: Timer | undefined;
  #expiry: Timer | undefined;

  constructor(wheel: TimerWheel, user: RefreshUser) {
    this.#wheel = wheel;
    this.#user = user;
  }

  /** Starts afresh, as every 2xx to an INVITE or UPDATE does; undefined: no session timer runs. */
  start(refresh: Refresh | undefined): void {
    this.stop();
    if (!refresh) return;
    if (refresh.isOurs) this.#refresh = this.#wheel.start(refreshAfterMs(refresh), this, "refresh");
    this.#expiry = this.#wheel.start(expireAfterMs(refresh), this, "expiry");
  }

  stop(): void {
    this.#refresh?.cancel();
    this.#expiry?.cancel();
    this.#refresh = undefined;
    this.#expiry = undefined;
  }

  timerFired(name: string): void {
    if (name === "refresh") {
      this.#refresh = undefined;
      this.#user.refreshDue();
    } else {
      this.#expiry = undefined;
      this.#user.refreshExpired();
    }
  }
}
