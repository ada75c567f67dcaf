/** Whom a stream listens to and where it sends: symmetric RTP that cannot be stolen (RFC 4961, RFC 7362 §5). */
import { SocketAddress } from "./socket_address.ts";

/**
 * ```
 *          signal()              accept()         signal() with the same address
 *   idle ────────────► learning ──────────► fixed ──────────────────────────────► reopened
 *                         ▲                  │ ▲                                    │ │
 *                         │                  │ └────────────────────────────────────┘ │
 *                         │                  │     accept(), or heard where it was    │
 *                         └──────────────────┴────────────────────────────────────────┘
 *                                  signal() with another address
 * ```
 * Learning, a packet may latch from the address that SIP named or, for `LEARNING_MS`, from any port of the host whence SIP
 * came. Fixed means fixed: however long the peer is silent, a neighbour behind the same router waits in vain for its pause.
 * A phone whose router changes the port is followed when SIP speaks again, be it to say the same: reopened, one other port
 * of that host may latch within `LEARNING_MS`, if the old one is silent.
 *
 * Two move also a fixed latch. The very address and port that SIP named, which are no guess: for a short while at once, later
 * when the latch is silent. And what authenticates, from anywhere; it is not asked here.
 */

/** After SIP spoke, how long a packet from the signalling host may latch. */
const LEARNING_MS = 30_000;
/** A new latch gives way to the signalled address for so long, even while it speaks. */
const WEAK_MS = 5_000;
/** Nothing plain takes over later than that from a peer that was heard within this time. */
const SILENT_MS = 1_000;
/**
 * For so long after SIP's word what comes from the old address may have been in flight: it does not win back a latch that
 * SIP's word took from it, nor does it prove that the peer stays there.
 */
const IN_FLIGHT_MS = 1_000;

/** Anything but `STRANGER` may be taken; `CANDIDATE` becomes the latch once the packet proves well-formed. */
export const STRANGER = 0;
export const LATCHED = 1;
export const CANDIDATE = 2;
export type Verdict = typeof STRANGER | typeof LATCHED | typeof CANDIDATE;

export interface Signalled {
  readonly remote: SocketAddress | undefined;
  /** Address only; its port says nothing. */
  readonly signallingHost: SocketAddress | undefined;
}

/** Whence and when a packet came; the inbox is one. */
export interface Arrival {
  readonly source: SocketAddress;
  /** Read from a field: a fraction given to a function that is not inlined is an object for each call. */
  readonly timeMs: number;
}

/** What a latch knows, to go on elsewhere. */
export interface LatchState {
  readonly address: Uint8Array | undefined;
  readonly remote: Uint8Array | undefined;
  readonly signallingHost: Uint8Array | undefined;
  readonly retired: Uint8Array | undefined;
  readonly isFixed: boolean;
  readonly signalledMs: number;
  readonly latchedMs: number;
  readonly heardMs: number;
}

export class Latch {
  #address: SocketAddress | undefined;
  #remote: SocketAddress | undefined;
  #signallingHost: SocketAddress | undefined;
  #retired: SocketAddress | undefined;
  /** Heard where it is since SIP spoke last: only SIP opens it again. */
  #isFixed = false;
  #signalledMs = -Infinity;
  #latchedMs = -Infinity;
  #heardMs = -Infinity;

  /** The peer's address as heard; undefined before the first latch. Another address is another object. */
  get address(): SocketAddress | undefined {
    return this.#address;
  }

  /** Where to send: the latch, else the signalled address; undefined while there is none to send to. */
  get target(): SocketAddress | undefined {
    if (this.#address !== undefined) return this.#address;
    const remote = this.#remote;
    return remote === undefined || remote.isUnspecified || remote.port === 0 ? undefined : remote;
  }

  /** True when the peer was heard from there last. */
  isAt(source: SocketAddress): boolean {
    return this.#address !== undefined && this.#address.equals(source);
  }

  /**
   * SIP said who the peer is. The same address again keeps the latch and reopens it. The addresses are kept, not copied.
   */
  signal({ remote, signallingHost }: Signalled, nowMs: number): void {
    if (!isSame(remote, this.#remote)) {
      const isHeard = isSame(remote, this.#address);
      this.#retired = isHeard ? undefined : this.#address;
      if (!isHeard) this.#address = undefined;
    }
    this.#remote = remote;
    this.#signallingHost = signallingHost;
    this.#isFixed = false;
    this.#signalledMs = nowMs;
  }

  /** What a packet is as long as nothing but its source speaks for it. */
  judge(arrival: Arrival): Verdict {
    if (this.#address !== undefined && this.#address.equals(arrival.source)) {
      this.#hear(arrival);
      return LATCHED;
    }
    return this.#judgeOther(arrival.source, arrival.timeMs);
  }

  /** The packet proved well-formed (a candidate) or authentic (whoever sent it). True when the latch moved. */
  accept(arrival: Arrival): boolean {
    this.#hear(arrival);
    if (this.isAt(arrival.source)) return false;
    this.#address = new SocketAddress(arrival.source.bytes);
    this.#isFixed = true;
    this.#latchedMs = arrival.timeMs;
    return true;
  }

  save(): LatchState {
    return {
      address: this.#address?.bytes,
      remote: this.#remote?.bytes,
      signallingHost: this.#signallingHost?.bytes,
      retired: this.#retired?.bytes,
      isFixed: this.#isFixed,
      signalledMs: this.#signalledMs,
      latchedMs: this.#latchedMs,
      heardMs: this.#heardMs,
    };
  }

  restore(state: LatchState): void {
    const read = (bytes: Uint8Array | undefined) => bytes && new SocketAddress(bytes);
    this.#address = read(state.address);
    this.#remote = read(state.remote);
    this.#signallingHost = read(state.signallingHost);
    this.#retired = read(state.retired);
    this.#isFixed = state.isFixed;
    this.#signalledMs = state.signalledMs;
    this.#latchedMs = state.latchedMs;
    this.#heardMs = state.heardMs;
  }

  #hear({ timeMs }: Arrival): void {
    this.#heardMs = timeMs;
    if (timeMs - this.#signalledMs >= IN_FLIGHT_MS) this.#isFixed = true;
  }

  #judgeOther(source: SocketAddress, nowMs: number): Verdict {
    const isSignalled = isSame(this.#remote, source);
    if (this.#address === undefined) {
      if (isSignalled) return CANDIDATE;
      const isInFlight = isSame(this.#retired, source) && nowMs - this.#signalledMs < IN_FLIGHT_MS;
      return !isInFlight && this.#isLearnable(source, nowMs) ? CANDIDATE : STRANGER;
    }
    if (isSignalled && nowMs - this.#latchedMs < WEAK_MS) return CANDIDATE;
    if (nowMs - this.#heardMs < SILENT_MS) return STRANGER;
    return isSignalled || (!this.#isFixed && this.#isLearnable(source, nowMs)) ? CANDIDATE : STRANGER;
  }

  #isLearnable(source: SocketAddress, nowMs: number): boolean {
    if (nowMs - this.#signalledMs >= LEARNING_MS) return false;
    if (this.#signallingHost?.hasHostOf(source)) return true;
    // A phone on this machine that names 127.0.0.21 but does not bind to it sends from 127.0.0.1: one host, same port.
    const remote = this.#remote;
    return source.isIpv4Loopback && remote !== undefined && remote.isIpv4Loopback &&
      source.port === remote.port;
  }
}

function isSame(a: SocketAddress | undefined, b: SocketAddress | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.equals(b));
}
