/**
 * Proof that a UDP sender receives what we send it. A ban must never be earned under a borrowed address, so only failures
 * over a proven path count. A connection proves itself by its handshake; a datagram by an answer to a nonce that went out
 * to this very sender. That a nonce is ours proves nothing: it can be fetched under one address and used under another.
 * `opaque` would serve too, but not every client (nor every attacker's tool) sends it back.
 */

/** Challenges of one sender that may be open at once; a company behind one address has many phones. */
const PLACES = 16;

/** The last nonces sent to one sender, as numbers of 53 bits: 128 bytes, and nobody guesses one. */
export class NoncesSeen {
  readonly #marks = new Float64Array(PLACES);
  #next = 0;

  add(nonce: string): void {
    const mark = markOf(nonce);
    // Each algorithm is challenged with the same nonce.
    if (this.#marks.includes(mark)) return;
    this.#marks[this.#next] = mark;
    this.#next = (this.#next + 1) % PLACES;
  }

  has(nonce: string): boolean {
    return this.#marks.includes(markOf(nonce));
  }
}

/** Two FNV-1a sums with different starts, joined; never 0, which marks an empty place. */
function markOf(nonce: string): number {
  let low = 0x811c9dc5, high = 0x9747b28c;
  for (let index = 0; index < nonce.length; index++) {
    const unit = nonce.charCodeAt(index);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ (unit + index), 0x01000193);
  }
  return ((high >>> 11) * 0x1_0000_0000 + (low >>> 0)) || 1;
}
