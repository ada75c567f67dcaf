/** Small byte arrays cut from shared slabs: an ArrayBuffer of its own costs more than parsing the message it holds. */

/** As small as this is useful: one array that is kept keeps its whole slab. */
const SLAB_BYTES = 8192;
/** Larger arrays get a buffer of their own. */
const MAX_CUT_BYTES = 2048;

let slab = new Uint8Array(SLAB_BYTES);
let used = 0;

/** A new array of `length` zero bytes; no two share a byte, and none is ever used again. */
export function allocate(length: number): Uint8Array<ArrayBuffer> {
  if (length > MAX_CUT_BYTES) return new Uint8Array(length);
  if (used + length > SLAB_BYTES) {
    slab = new Uint8Array(SLAB_BYTES);
    used = 0;
  }
  return slab.subarray(used, used += length);
}
