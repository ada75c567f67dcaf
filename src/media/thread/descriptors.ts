/** Descriptors in memory that two threads share: known to the one even if the other dies before it can tell of them. */

export type Descriptors = Int32Array<SharedArrayBuffer>;

export const NO_DESCRIPTOR = -1;

/** Room for `count` of them. */
export function noDescriptors(count: number): Descriptors {
  return new Int32Array(new SharedArrayBuffer(count * Int32Array.BYTES_PER_ELEMENT)).fill(NO_DESCRIPTOR);
}

/** Those noted, in order. */
export function notedDescriptors(descriptors: Descriptors): number[] {
  return [...descriptors].filter((descriptor) => descriptor !== NO_DESCRIPTOR);
}

/** They are about to be closed by whoever opened them. */
export function forgetDescriptors(descriptors: Descriptors): void {
  descriptors.fill(NO_DESCRIPTOR);
}
