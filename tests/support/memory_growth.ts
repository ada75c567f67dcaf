/** How much memory work takes each time it is done: what it leaves to be swept, and what it keeps. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

export interface Growth {
  /** Bytes of objects. */
  readonly heap: number;
  /** Bytes of buffers, which lie outside the heap. */
  readonly buffers: number;
}

const LOOKS = 100;
/** Buffers of what was swept are given back a little later, on another thread. */
const SETTLE_MS = 50;

/** Taken by each of `times` runs of `work`, garbage or not. Looks between which something was swept are left out. */
export function takenPerRun(work: () => void, times: number): Growth {
  const look = Math.max(1, times / LOOKS);
  let heap = 0, buffers = 0, looks = 0;
  for (let done = 0; done < times; done += look) {
    const before = Deno.memoryUsage();
    for (let i = 0; i < look; i++) work();
    const after = Deno.memoryUsage();
    if (after.heapUsed < before.heapUsed || after.external < before.external) continue;
    heap += after.heapUsed - before.heapUsed;
    buffers += after.external - before.external;
    looks++;
  }
  return { heap: heap / (looks * look), buffers: buffers / (looks * look) };
}

/** Bytes, objects and buffers together, of each of `times` runs of `work` that are still held when all was swept. */
export async function keptPerRun(work: () => void, times: number): Promise<number> {
  const before = await held();
  for (let i = 0; i < times; i++) work();
  return (await held() - before) / times;
}

async function held(): Promise<number> {
  setFlagsFromString("--expose-gc");
  const sweep: () => void = runInNewContext("gc");
  for (let i = 0; i < 3; i++) {
    sweep();
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  }
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}
