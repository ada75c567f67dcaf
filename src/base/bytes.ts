/** True when both hold the same bytes. Tells by its time where they differ: not for secrets of ours. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
