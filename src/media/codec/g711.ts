/** PCMU and PCMA, 64 kbit/s (ITU-T G.711). Linear samples are signed 16 bits; both ways go through tables. */

/** µ-law is biased by 33 in 14 bits, that is 132 in 16. */
const ULAW_BIAS = 132;
const ULAW_CLIP = 32767 - ULAW_BIAS;

/** Linear value of each code. */
export const PCMU_TO_LINEAR = Int16Array.from({ length: 256 }, (_, code) => expandUlaw(code));
export const PCMA_TO_LINEAR = Int16Array.from({ length: 256 }, (_, code) => expandAlaw(code));

/** Code of each linear value; index is the sample as an unsigned 16-bit number. */
const LINEAR_TO_PCMU = Uint8Array.from({ length: 65536 }, (_, sample) => compressUlaw((sample << 16) >> 16));
const LINEAR_TO_PCMA = Uint8Array.from({ length: 65536 }, (_, sample) => compressAlaw((sample << 16) >> 16));

/** What a silent line carries. */
export const PCMU_SILENCE = 0xff;
export const PCMA_SILENCE = 0xd5;

/** Decodes all of `codes` into the beginning of `samples`; returns how many. */
export function decodePcmu(codes: Uint8Array, samples: Int16Array): number {
  for (let i = 0; i < codes.length; i++) samples[i] = PCMU_TO_LINEAR[codes[i]!]!;
  return codes.length;
}

export function decodePcma(codes: Uint8Array, samples: Int16Array): number {
  for (let i = 0; i < codes.length; i++) samples[i] = PCMA_TO_LINEAR[codes[i]!]!;
  return codes.length;
}

/** Encodes all of `samples` into the beginning of `codes`; returns how many. */
export function encodePcmu(samples: Int16Array, codes: Uint8Array): number {
  for (let i = 0; i < samples.length; i++) codes[i] = LINEAR_TO_PCMU[samples[i]! & 0xffff]!;
  return samples.length;
}

export function encodePcma(samples: Int16Array, codes: Uint8Array): number {
  for (let i = 0; i < samples.length; i++) codes[i] = LINEAR_TO_PCMA[samples[i]! & 0xffff]!;
  return samples.length;
}

/** Sign, three bits of segment, four of step, all inverted (G.711 table 2a). */
function expandUlaw(code: number): number {
  const inverted = ~code & 0xff;
  const magnitude = ((((inverted & 0x0f) << 3) + ULAW_BIAS) << ((inverted >> 4) & 7)) - ULAW_BIAS;
  return (inverted & 0x80) !== 0 ? -magnitude : magnitude;
}

function compressUlaw(sample: number): number {
  const magnitude = Math.min(Math.abs(sample), ULAW_CLIP) + ULAW_BIAS;
  const segment = 24 - Math.clz32(magnitude);
  const step = (magnitude >> (segment + 3)) & 0x0f;
  return ~((sample < 0 ? 0x80 : 0) | (segment << 4) | step) & 0xff;
}

/** Sign, segment, step, with every other bit inverted (G.711 table 1a); segments 0 and 1 have the same step. */
function expandAlaw(code: number): number {
  const plain = code ^ 0x55;
  const segment = (plain >> 4) & 7, step = ((plain & 0x0f) << 4) + 8;
  const magnitude = segment === 0 ? step : (step + 0x100) << (segment - 1);
  return (plain & 0x80) !== 0 ? magnitude : -magnitude;
}

function compressAlaw(sample: number): number {
  // Negative values are mirrored about −½, so that no code stands for two signs of zero.
  const magnitude = sample >= 0 ? sample : -sample - 1;
  const segment = magnitude < 256 ? 0 : 24 - Math.clz32(magnitude);
  const step = (magnitude >> (segment === 0 ? 4 : segment + 3)) & 0x0f;
  return ((sample >= 0 ? 0x80 : 0) | (segment << 4) | step) ^ 0x55;
}
