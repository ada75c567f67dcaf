/** The packets that wait to be played, in a ring indexed by sequence number. Memory is fixed once payloads are seen. */

/** 320 ms of 10 ms packets, the shortest that are taken; a power of two. */
const SLOTS = 32;
/** Largest payload kept: 60 ms of G.711 are 480 bytes, an Opus packet is 1275 at most (RFC 6716 §3.4). */
export const MAX_PAYLOAD = 1500;
/** Buffers grow in these steps, so that a stream whose sizes vary settles soon. */
const GROWTH = 160;

/** `other` is what shares the numbering without being sound, such as telephone-event (RFC 4733). */
export type PayloadKind = "audio" | "comfort noise" | "other";

/** One waiting packet. Sequence number and timestamp are extended: they do not wrap. */
export interface Slot {
  sequence: number;
  timestamp: number;
  kind: PayloadKind;
  waiting: boolean;
  /** Exactly the payload; a view of the slot's own memory. */
  payload: Uint8Array;
}

/** Ring of {@linkcode Slot}s. A slot remembers the last packet it held, so a duplicate is known after playing too. */
export class PacketStore {
  readonly #slots: readonly Slot[] = Array.from({ length: SLOTS }, () => ({
    sequence: -1,
    timestamp: 0,
    kind: "audio",
    waiting: false,
    payload: new Uint8Array(0),
  }));
  #waiting = 0;

  /** Number of packets that wait. */
  get size(): number {
    return this.#waiting;
  }

  /** True when the packet with this number waits, or was the last of its place to be played. */
  holds(sequence: number): boolean {
    return this.#slots[sequence & (SLOTS - 1)]!.sequence === sequence;
  }

  /** The slot for `sequence`, marked as waiting, for the caller to fill; undefined while another packet holds it. */
  claim(sequence: number): Slot | undefined {
    const slot = this.#slots[sequence & (SLOTS - 1)]!;
    if (slot.waiting) return undefined;
    slot.sequence = sequence;
    slot.waiting = true;
    this.#waiting++;
    return slot;
  }

  /** The waiting packet with exactly this sequence number. */
  get(sequence: number): Slot | undefined {
    const slot = this.#slots[sequence & (SLOTS - 1)]!;
    return slot.waiting && slot.sequence === sequence ? slot : undefined;
  }

  /** The waiting packet with the smallest sequence number. */
  earliest(): Slot | undefined {
    if (this.#waiting === 0) return undefined;
    let first: Slot | undefined;
    for (let i = 0; i < SLOTS; i++) {
      const slot = this.#slots[i]!;
      if (slot.waiting && (first === undefined || slot.sequence < first.sequence)) first = slot;
    }
    return first;
  }

  /** Gives the slot back; what it held stays readable until it is claimed again. */
  release(slot: Slot): void {
    if (!slot.waiting) return;
    slot.waiting = false;
    this.#waiting--;
  }

  /** Forgets everything, also what was seen: numbering starts anew. */
  clear(): void {
    for (const slot of this.#slots) {
      slot.waiting = false;
      slot.sequence = -1;
    }
    this.#waiting = 0;
  }
}

/** Copies `bytes[start..end)` into the slot. Allocates only when the length differs from the last one held. */
export function setPayload(slot: Slot, bytes: Uint8Array, range: { start: number; end: number }): void {
  const length = range.end - range.start;
  if (slot.payload.length !== length) {
    const room = slot.payload.buffer.byteLength;
    const memory = room >= length
      ? slot.payload.buffer
      : new ArrayBuffer(Math.ceil(length / GROWTH) * GROWTH);
    slot.payload = new Uint8Array(memory, 0, length);
  }
  const payload = slot.payload;
  for (let i = 0; i < length; i++) payload[i] = bytes[range.start + i]!;
}
