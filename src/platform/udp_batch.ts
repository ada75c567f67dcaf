/**
 * Answers that leave together (sendmmsg(2)): a datagram sent alone wakes whoever waits for it, which costs the sender more
 * than the rest of its way through the kernel.
 */

import type { DatagramPath } from "../sip/transport/mod.ts";
import { type Libc, MMSGHDR_BYTES, MSG_DONTWAIT } from "./libc.ts";
import { MessageBlock } from "./udp_message.ts";

const SLOTS = 32;
/** Nearly every message; larger ones go alone. */
const SLOT_BYTES = 2048;

export interface Parcel {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly path: DatagramPath;
}

export class SendBatch {
  readonly #calls: Libc;
  readonly #descriptor: number;
  readonly #headers = new Uint8Array(SLOTS * MMSGHDR_BYTES);
  readonly #slots: readonly MessageBlock[];
  readonly #paths: (DatagramPath | undefined)[] = new Array(SLOTS).fill(undefined);
  #count = 0;

  constructor(
    calls: Libc,
    socket: { readonly descriptor: number; readonly isIpv6: boolean },
  ) {
    this.#calls = calls;
    this.#descriptor = socket.descriptor;
    this.#slots = Array.from({ length: SLOTS }, (_, slot) => {
      const at = slot * MMSGHDR_BYTES;
      const header = this.#headers.subarray(at, at + MMSGHDR_BYTES);
      return new MessageBlock(socket.isIpv6, { header, dataBytes: SLOT_BYTES });
    });
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** True when one more of this length has a place. */
  takes(length: number): boolean {
    return this.#count < SLOTS && length <= SLOT_BYTES;
  }

  /** Keeps a copy; only what it {@linkcode takes}. `to` and `from` are the addresses of `path` as bytes. */
  add(parcel: Parcel, to: Uint8Array, from: Uint8Array | undefined): void {
    const slot = this.#count++;
    this.#paths[slot] = parcel.path;
    this.#slots[slot]!.prepareSend(parcel.bytes, { to, port: parcel.path.remote.port, from });
  }

  /** Sends all; gives `alone` what the kernel did not take with the others. */
  flush(alone: (parcel: Parcel) => void): void {
    const count = this.#count;
    this.#count = 0;
    for (let next = 0; next < count;) {
      const rest = next === 0 ? this.#headers : this.#headers.subarray(next * MMSGHDR_BYTES);
      const sent = this.#calls.sendmmsg(this.#descriptor, rest, count - next, MSG_DONTWAIT);
      next += Math.max(0, sent);
      // The one at which it stopped; why is known only when it is sent again.
      if (next < count) alone({ bytes: this.#slots[next]!.prepared, path: this.#paths[next++]! });
    }
    this.#paths.fill(undefined, 0, count);
  }
}
