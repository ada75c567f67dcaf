/** The keys of one stream at work, in either implementation: at once and in place, or on WebCrypto and in turn. */
import type { StreamSettings } from "../plane.ts";
import { SrtpReceiver, SrtpSender, WebCryptoReceiver, WebCryptoSender } from "../srtp/mod.ts";
import { type Inbox, INBOX_TAIL_BYTES } from "./network.ts";
import { SocketAddress } from "./socket_address.ts";

/** The old key opens packets in flight for so long after a change. */
const OLD_KEY_MS = 3000;
/** Packets of a stream that wait for WebCrypto; more are dropped, as by a full socket. */
const MAX_WAITING = 128;

export type CryptoKind = "fast" | "webcrypto";

export class StreamCrypto {
  receiver: SrtpReceiver | undefined;
  sender: SrtpSender | undefined;
  /** Present instead of the two above where WebCrypto is to be used. */
  slowReceiver: SlowReceiver | undefined;
  slowSender: SlowSender | undefined;
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
    const grace = { previousUntilMs: nowMs + OLD_KEY_MS };
    if (this.#kind === "fast") {
      const { receiver, sender } = this;
      if (receiveKey === undefined) this.receiver = undefined;
      else if (receiver === undefined) this.receiver = new SrtpReceiver(receiveKey);
      else receiver.rekey(receiveKey, grace);
      if (sendKey === undefined) this.sender = undefined;
      else if (sender === undefined) this.sender = new SrtpSender(sendKey);
      else sender.rekey(sendKey);
      return;
    }
    const { slowReceiver, slowSender } = this;
    if (receiveKey === undefined) this.slowReceiver = undefined;
    else if (slowReceiver === undefined) {
      this.slowReceiver = new SlowReceiver(new WebCryptoReceiver(receiveKey), this.#inbox);
    } else slowReceiver.inner.rekey(receiveKey, grace);
    if (sendKey === undefined) this.slowSender = undefined;
    else if (slowSender === undefined) {
      this.slowSender = new SlowSender(new WebCryptoSender(sendKey), this.#inbox);
    } else slowSender.inner.rekey(sendKey);
  }

  /** Once in a while: ends the grace of old keys. */
  expire(nowMs: number): void {
    this.receiver?.expire(nowMs);
    this.slowReceiver?.inner.expire(nowMs);
  }
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

  constructor(inner: WebCryptoReceiver, inbox: Inbox) {
    this.inner = inner;
    this.#inbox = inbox;
  }

  /** Opens the packet in the inbox; when that is done it lies there again and `then` hears its length or refusal. */
  open(length: number, what: { readonly isRtcp: boolean; readonly then: (plain: number) => void }): void {
    const inbox = this.#inbox;
    const packet = inbox.bytes.slice(0, length), source = new SocketAddress(), { timeMs } = inbox;
    source.copyFrom(inbox.source);
    this.#turns.take(async () => {
      const plain =
        await (what.isRtcp ? this.inner.openRtcp(packet, length) : this.inner.open(packet, length));
      inbox.bytes.set(packet);
      inbox.source.copyFrom(source);
      inbox.timeMs = timeMs;
      what.then(plain);
    });
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
