/** Whom a stream listens to and where it sends: symmetric RTP that cannot be stolen (RFC 4961, RFC 7362 §5). */
import { SocketAddress } from "./socket_address.ts";

/**
 * ```
 *            signal()                    a packet from the signalled address, or inside the
 *   idle ───────────────► learning ────────────────────────────────────────────► latched
 *                            ▲           window one from the signalling peer's host,            │
 *                            │           or one that authenticates                              │
 *                            └───────────────── signal() with another address ─────────────────┘
 * ```
 * A latch by the window is weak for a short while: the address that SIP named takes it over. Latched stays latched: a
 * stranger's packet changes nothing, at any rate. Packets that authenticate move the latch at any time.
 */

/** After SIP spoke, how long a packet from the signalling host may latch. */
const LEARNING_MS = 30_000;
/** A weak latch gives way to the signalled address for so long. */
const WEAK_MS = 5_000;
/** Inside the window another port of the signalling host takes over only from a peer that has been silent so long. */
const SILENT_MS = 1_000;
/** The address left by SIP's word does not come back by the window for so long: its last packets are in flight. */
const RETIRED_MS = 1_000;

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
  readonly signalledMs: number;
  readonly latchedMs: number;
  readonly heardMs: number;
}

export class Latch {
  #address: SocketAddress | undefined;
  #remote: SocketAddress | undefined;
  #signallingHost: SocketAddress | undefined;
  #retired: SocketAddress | undefined;
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
   * SIP said who the peer is. The same address again keeps the latch and opens the window anew. The addresses are
   * kept, not copied.
   */
  signal({ remote, signallingHost }: Signalled, nowMs: number): void {
    if (!isSame(remote, this.#remote)) {
      const isHeard = isSame(remote, this.#address);
      this.#retired = isHeard ? undefined : this.#address;
      if (!isHeard) this.#address = undefined;
    }
    this.#remote = remote;
    this.#signallingHost = signallingHost;
    this.#signalledMs = nowMs;
  }

  /** What a packet is as long as nothing but its source speaks for it. */
  judge(arrival: Arrival): Verdict {
    if (this.#address !== undefined && this.#address.equals(arrival.source)) {
      this.#heardMs = arrival.timeMs;
      return LATCHED;
    }
    return this.#judgeOther(arrival.source, arrival.timeMs);
  }

  /** The packet proved well-formed (a candidate) or authentic (whoever sent it). True when the latch moved. */
  accept({ source, timeMs }: Arrival): boolean {
    this.#heardMs = timeMs;
    if (this.isAt(source)) return false;
    this.#address = new SocketAddress(source.bytes);
    this.#latchedMs = timeMs;
    return true;
  }

  save(): LatchState {
    return {
      address: this.#address?.bytes,
      remote: this.#remote?.bytes,
      signallingHost: this.#signallingHost?.bytes,
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
    this.#signalledMs = state.signalledMs;
    this.#latchedMs = state.latchedMs;
    this.#heardMs = state.heardMs;
  }

  #judgeOther(source: SocketAddress, nowMs: number): Verdict {
    const isSignalled = isSame(this.#remote, source);
    if (this.#address === undefined) {
      if (isSignalled) return CANDIDATE;
      const isLate = isSame(this.#retired, source) && nowMs - this.#signalledMs < RETIRED_MS;
      return !isLate && this.#isLearnable(source, nowMs) ? CANDIDATE : STRANGER;
    }
    if (isSignalled && nowMs - this.#latchedMs < WEAK_MS) return CANDIDATE;
    const isSilent = nowMs - this.#heardMs >= SILENT_MS;
    return isSilent && (isSignalled || this.#isLearnable(source, nowMs)) ? CANDIDATE : STRANGER;
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
