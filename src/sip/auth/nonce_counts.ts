/**
 * Counts of the nonces in use, in the order in which they were used first: columns and a table of fixed size instead of an
 * object each, so that a flood of registrations makes no garbage that lives.
 */

/** How many counts below the highest may still come, each once: UDP overtakes itself, a phone rarely by more. */
const WINDOW = 32;

export class NonceCounts {
  readonly #capacity: number;
  readonly #marks: Float64Array;
  readonly #issuedMs: Float64Array;
  readonly #highest: Float64Array;
  /** Bit `n`: the count `highest - n` was seen. */
  readonly #seen: Int32Array;
  /** Places plus one, 0 where there is none, each at the end of a row that begins where its mark belongs. */
  readonly #table: Int32Array;
  readonly #mask: number;
  #first = 0;
  #size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#marks = new Float64Array(capacity);
    this.#issuedMs = new Float64Array(capacity);
    this.#highest = new Float64Array(capacity);
    this.#seen = new Int32Array(capacity);
    const slots = 2 ** Math.ceil(Math.log2(2 * capacity));
    this.#table = new Int32Array(slots);
    this.#mask = slots - 1;
  }

  get size(): number {
    return this.#size;
  }

  get isFull(): boolean {
    return this.#size === this.#capacity;
  }

  /** Of the nonce used first; undefined when there is none. */
  get oldestIssuedMs(): number | undefined {
    return this.#size === 0 ? undefined : this.#issuedMs[this.#first];
  }

  /** Where the counts of the nonce with this mark (a whole number of at most 53 bits) are; −1 when it was not used. */
  find(mark: number): number {
    for (let slot = this.#home(mark);; slot = (slot + 1) & this.#mask) {
      const place = this.#table[slot]! - 1;
      if (place < 0 || this.#marks[place] === mark) return place;
    }
  }

  /** The first use of a nonce that {@linkcode find} does not know, when there is room. */
  add(mark: number, issuedMs: number, count: number): void {
    const place = (this.#first + this.#size++) % this.#capacity;
    this.#marks[place] = mark;
    this.#issuedMs[place] = issuedMs;
    this.#highest[place] = count;
    this.#seen[place] = 1;
    let slot = this.#home(mark);
    while (this.#table[slot] !== 0) slot = (slot + 1) & this.#mask;
    this.#table[slot] = place + 1;
  }

  /** Another use; false when this count was used before or lies too far back. */
  advance(place: number, count: number): boolean {
    const ahead = count - this.#highest[place]!;
    if (ahead > 0) {
      this.#seen[place] = ahead < WINDOW ? (this.#seen[place]! << ahead) | 1 : 1;
      this.#highest[place] = count;
      return true;
    }
    const bit = -ahead < WINDOW ? 1 << -ahead : 0;
    if (bit === 0 || (this.#seen[place]! & bit) !== 0) return false;
    this.#seen[place]! |= bit;
    return true;
  }

  forgetOldest(): void {
    const place = this.#first, table = this.#table, mask = this.#mask;
    let hole = this.#home(this.#marks[place]!);
    while (table[hole] !== place + 1) hole = (hole + 1) & mask;
    // Whoever stands behind the hole and belongs at or before it moves up, so that rows have no gaps.
    for (let slot = (hole + 1) & mask; table[slot] !== 0; slot = (slot + 1) & mask) {
      const home = this.#home(this.#marks[table[slot]! - 1]!);
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      table[hole] = table[slot]!;
      hole = slot;
    }
    table[hole] = 0;
    this.#first = (place + 1) % this.#capacity;
    this.#size--;
  }

  /** Marks are random: their low bits do for a hash. */
  #home(mark: number): number {
    return (mark >>> 0) & this.#mask;
  }
}
