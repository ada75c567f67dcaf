/** The keys of one stream at work, in either implementation: at once and in place, or on WebCrypto and in turn. */
import type { SrtpKey, StreamSettings } from "../plane.ts";
import {
  SrtpReceiver,
  type SrtpReceiverState,
  SrtpSender,
  type SrtpSenderState,
  WebCryptoReceiver,
  WebCryptoSender,
} from "../srtp/mod.ts";
import { type Inbox, INBOX_TAIL_BYTES } from "./network.ts";
import { SocketAddress } from "./socket_address.ts";

/** The old key opens packets in flight for so long after a change. */
const OLD_KEY_MS = 3000;
/** Packets of a stream that wait for WebCrypto; more are dropped, as by a full socket. */
const MAX_WAITING = 128;
/** Of these may come from where the peer is not known to be: who forges must not crowd it out. */
const MAX_STRANGERS_WAITING = 64;

export type CryptoKind = "fast" | "webcrypto";

/** What another thread needs of {@linkcode StreamCrypto} to go on. */
export interface StreamCryptoState {
  readonly receiver?: SrtpReceiverState;
  readonly sender?: SrtpSenderState;
}

export class StreamCrypto {
  /** Undefined while the peer sends in the clear. */
  receiver: SrtpReceiver | undefined;
  sender: SrtpSender | undefined;
  /** Present instead of the two above where WebCrypto is to be used. */
  slowReceiver: SlowReceiver | undefined;
  slowSender: SlowSender | undefined;
  /**
   * The latest of each, also while there is no key: who comes back to a key goes on counting (RFC 3711 §3.3.1), and we
   * must not use a packet index twice (§9.1).
   */
  readonly #kept: {
    receiver?: SrtpReceiver | undefined;
    sender?: SrtpSender | undefined;
    slowReceiver?: SlowReceiver | undefined;
    slowSender?: SlowSender | undefined;
  } = {};
  readonly #kind: CryptoKind;
  readonly #inbox: Inbox;

  constructor(kind: CryptoKind, inbox: Inbox) {
    this.#kind = kind;
    this.#inbox = inbox;
  }

  /**
   * Keys that stay the same keep their counters.
   * @throws {RangeError} when a key does not fit its suite; what went before stays.
   */
  update({ receiveKey, sendKey }: StreamSettings, nowMs: number): void {
    const kept = this.#kept, inbox = this.#inbox, grace = { previousUntilMs: nowMs + OLD_KEY_MS };
    if (this.#kind === "fast") {
      this.receiver = keyed(receiveKey, kept.receiver, { make: (key) => new SrtpReceiver(key), grace });
      this.sender = keyed(sendKey, kept.sender, { make: (key) => new SrtpSender(key), grace });
      kept.receiver = this.receiver ?? kept.receiver;
      kept.sender = this.sender ?? kept.sender;
      return;
    }
    this.slowReceiver = keyed(receiveKey, kept.slowReceiver, {
      make: (key) => new SlowReceiver(new WebCryptoReceiver(key), inbox),
      grace,
    });
    this.slowSender = keyed(sendKey, kept.slowSender, {
      make: (key) => new SlowSender(new WebCryptoSender(key), inbox),
      grace,
    });
    kept.slowReceiver = this.slowReceiver ?? kept.slowReceiver;
    kept.slowSender = this.slowSender ?? kept.slowSender;
  }

  /** The highest packet index sealed under this name with the key at hand; undefined where there is none. */
  sealedIndex(ssrc: number): number | undefined {
    return (this.sender ?? this.slowSender?.inner)?.sealedIndex(ssrc);
  }

  save(): StreamCryptoState {
    const { receiver, sender } = this.#kept;
    return {
      ...(receiver === undefined ? {} : { receiver: receiver.save() }),
      ...(sender === undefined ? {} : { sender: sender.save() }),
    };
  }

  /** Takes what {@linkcode save} gave into use with the next {@linkcode update}. */
  restore({ receiver, sender }: StreamCryptoState): void {
    this.#kept.receiver = receiver && SrtpReceiver.restore(receiver);
    this.#kept.sender = sender && SrtpSender.restore(sender);
  }

  /** Once in a while: ends the grace of old keys. */
  expire(nowMs: number): void {
    this.receiver?.expire(nowMs);
    this.slowReceiver?.inner.expire(nowMs);
  }
}

interface Grace {
  readonly previousUntilMs: number;
}

/** Goes on with what is known, under the key; undefined without a key. */
function keyed<T extends { rekey(key: SrtpKey, grace: Grace): unknown }>(
  key: SrtpKey | undefined,
  known: T | undefined,
  { make, grace }: { readonly make: (key: SrtpKey) => T; readonly grace: Grace },
): T | undefined {
  if (key === undefined) return undefined;
  if (known === undefined) return make(key);
  known.rekey(key, grace);
  return known;
}

/** Work that is done one after the other, so that packets keep their order. */
class Turns {
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  /** False when too much waits already. */
  take(work: () => Promise<void>): boolean {
    if (this.#waiting >= MAX_WAITING) return false;
    this.#waiting++;
    // A key that cannot be used fails each packet; the packets are lost, not the thread.
    this.#last = this.#last.then(work).catch(() => {}).finally(() => this.#waiting--);
    return true;
  }
}

export class SlowReceiver {
  readonly inner: WebCryptoReceiver;
  readonly #inbox: Inbox;
  readonly #turns = new Turns();
  #strangersWaiting = 0;

  constructor(inner: WebCryptoReceiver, inbox: Inbox) {
    this.inner = inner;
    this.#inbox = inbox;
  }

  rekey(key: SrtpKey, grace: Grace): void {
    this.inner.rekey(key, grace);
  }

  /**
   * Opens the packet in the inbox; when that is done it lies there again and `then` hears its length or refusal. False
   * when too much waits already.
   */
  open(
    length: number,
    what: {
      readonly isRtcp: boolean;
      /** It comes from where the peer was heard last. */
      readonly isKnown: boolean;
      readonly then: (plain: number) => void;
    },
  ): boolean {
    const inbox = this.#inbox, stranger = what.isKnown ? 0 : 1;
    if (stranger && this.#strangersWaiting >= MAX_STRANGERS_WAITING) return false;
    const packet = inbox.bytes.slice(0, length), source = new SocketAddress(), { timeMs } = inbox;
    source.copyFrom(inbox.source);
    const isTaken = this.#turns.take(async () => {
      this.#strangersWaiting -= stranger;
      const plain =
        await (what.isRtcp ? this.inner.openRtcp(packet, length) : this.inner.open(packet, length));
      inbox.bytes.set(packet);
      inbox.source.copyFrom(source);
      inbox.timeMs = timeMs;
      what.then(plain);
    });
    if (isTaken) this.#strangersWaiting += stranger;
    return isTaken;
  }
}

export class SlowSender {
  readonly inner: WebCryptoSender;
  readonly #inbox: Inbox;
  readonly #turns = new Turns();

  constructor(inner: WebCryptoSender, inbox: Inbox) {
    this.inner = inner;
    this.#inbox = inbox;
  }

  rekey(key: SrtpKey): void {
    this.inner.rekey(key);
  }

  /** Seals a copy of the packet in the inbox; `then` hears it with its length, or the refusal. */
  seal(
    length: number,
    what: {
      readonly isRtcp: boolean;
      readonly then: (packet: Uint8Array<ArrayBuffer>, sealed: number) => void;
    },
  ): boolean {
    const packet = new Uint8Array(length + INBOX_TAIL_BYTES);
    packet.set(this.#inbox.bytes.subarray(0, length));
    return this.#turns.take(async () => {
      const sealed =
        await (what.isRtcp ? this.inner.sealRtcp(packet, length) : this.inner.seal(packet, length));
      what.then(packet, sealed);
    });
  }
}
