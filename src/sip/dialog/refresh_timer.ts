/** The session timer at work: refreshes half way, hangs up when nobody refreshed (RFC 4028 §7.4, §10). */
import type { Timer } from "../../base/mod.ts";
import type { TimerTarget } from "../transaction/mod.ts";
import type { SessionCore, SessionPart } from "./session_core.ts";
import { expireAfterMs, type Refresh, refreshAfterMs } from "./session_timer.ts";

export class RefreshTimer implements SessionPart, TimerTarget {
  /** Sends a refresh; set by the session once it can. */
  onRefresh: (() => void) | undefined;
  readonly #core: SessionCore;
  #refresh: Timer | undefined;
  #expiry: Timer | undefined;

  constructor(core: SessionCore) {
    this.#core = core;
  }

  /** Starts afresh, as every 2xx to an INVITE or UPDATE does; undefined: no session timer runs. */
  start(refresh: Refresh | undefined): void {
    this.stop();
    if (!refresh) return;
    const { wheel } = this.#core.host;
    if (refresh.isOurs) this.#refresh = wheel.start(refreshAfterMs(refresh), this, "refresh");
    this.#expiry = wheel.start(expireAfterMs(refresh), this, "expiry");
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
      this.onRefresh?.();
    } else {
      this.#expiry = undefined;
      this.#core.hangUp({ by: "network", cause: "session expired" });
    }
  }
}
