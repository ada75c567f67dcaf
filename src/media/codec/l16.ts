/** L16: linear samples in network byte order (RFC 3551 §4.5.11). */

/** Decodes whole samples of `bytes` into the beginning of `samples`; returns how many. */
export function decodeL16(bytes: Uint8Array, samples: Int16Array): number {
  const count = bytes.length >>> 1;
  for (let i = 0; i < count; i++) samples[i] = (bytes[2 * i]! << 8) | bytes[2 * i + 1]!;
  return count;
}

/** Encodes all of `samples` into the beginning of `bytes`; returns how many bytes. */
export function encodeL16(samples: Int16Array, bytes: Uint8Array): number {
  for (let i = 0; i < samples.length; i++) {
    bytes[2 * i] = samples[i]! >> 8;
    bytes[2 * i + 1] = samples[i]!;
  }
  return samples.length * 2;
}
