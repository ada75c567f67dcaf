/** Waiting for what real programs do. */

import assert from "node:assert/strict";

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Looks every 20 ms, for twenty seconds at most. */
export async function until(isTrue: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < 1000 && !isTrue(); turn++) await pause(20);
  assert.ok(isTrue(), `no ${what}`);
}
