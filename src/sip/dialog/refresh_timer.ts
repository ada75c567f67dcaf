/** The session timer at work: refreshes half way, hangs up when nobody refreshed (RFC 4028 §7.4, §10). */
import type { Timer } from "../../base/mod.ts";
import type { TimerTarget, TimerWheel } from "../transaction/mod.ts";
import type { SessionPart } from "./ports.ts";
import { expireAfterMs, type Refresh, refreshAfterMs } from "./session_timer.ts";

interface RefreshEvents {
  readonly onRefresh: () => void;
  readonly onExpiry: () => void;
}

export class RefreshTimer implements SessionPart, TimerTarget {
  readonly #wheel: TimerWheel;
  readonly #events: RefreshEvents;
  #refresh: Timer | undefined;
  #expiry: Timer | undefined;

  constructor(wheel: TimerWheel, events: RefreshEvents) {
    this.#wheel = wheel;
    this.#events = events;
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
      this.#events.onRefresh();
    } else {
      this.#expiry = undefined;
      this.#events.onExpiry();
    }
  }
}
