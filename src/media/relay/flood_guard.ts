/** Under fire the kernel drops what does not come from the peer, before it fills the buffer or costs a look. */
import type { Latch } from "./latch.ts";
import type { MediaSocket } from "./network.ts";
import type { StreamCounters } from "./stream_counters.ts";

/** Refused datagrams between two looks, a quarter of a second apart, from which a stream counts as under fire. */
const FLOOD = 100;
/** Afterwards everybody is let in again for one look, to see whether it has ended. */
const RESTRICTED_MS = 5_000;
/** A peer that falls silent behind the restriction may have got another address. */
const SILENT_MS = 1_000;

/** What a stream shows its guard. */
export interface GuardedStream {
  readonly counters: StreamCounters;
  readonly latch: Latch;
  readonly rtp: MediaSocket;
  readonly rtcp: MediaSocket;
  readonly rtcpSession: { readonly latch: Latch };
  readonly heardMs: number;
}

export class FloodGuard {
  readonly #stream: GuardedStream;
  #refused = 0;
  #untilMs = 0;

  constructor(stream: GuardedStream) {
    this.#stream = stream;
  }

  get isRestricted(): boolean {
    return this.#untilMs > 0;
  }

  /** What was refused until now is past: the counters came with the stream from another thread. */
  begin(): void {
    this.#refused = this.#count();
  }

  /** Looks at what was refused since the last look. */
  look(nowMs: number): void {
    const { latch, heardMs, rtp, rtcp, rtcpSession } = this.#stream;
    const refused = this.#count();
    const isFlood = refused - this.#refused >= FLOOD;
    this.#refused = refused;
    if (this.#untilMs > 0) {
      if (nowMs >= this.#untilMs || nowMs - heardMs >= SILENT_MS) this.open();
    } else if (isFlood && latch.address !== undefined && nowMs - heardMs < SILENT_MS) {
      this.#untilMs = nowMs + RESTRICTED_MS;
      rtp.restrict(latch.address);
      rtcp.restrict(rtcpSession.latch.target ?? latch.address);
    }
  }

  /** Lets everybody in; also when SIP spoke, since the peer may come from elsewhere now. */
  open(): void {
    if (this.#untilMs === 0) return;
    this.#untilMs = 0;
    this.#stream.rtp.restrict(undefined);
    this.#stream.rtcp.restrict(undefined);
  }

  #count(): number {
    const { strangers, unauthentic, replayed, malformed } = this.#stream.counters;
    return strangers + unauthentic + replayed + malformed;
  }
}
