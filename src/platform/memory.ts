/**
 * Memory that the C library holds though it is free. Between the buffers that live the freed ones leave holes, which
 * glibc keeps: after a flood three times what is in use. So large blocks come from the system and go back to it
 * (mallopt(3)), and after busy times the holes are given back (malloc_trim(3)). Before that, once the process rests, the
 * engine's own heap is swept: it looks for what died only while it allocates.
 */

import { getHeapSpaceStatistics } from "node:v8";
import type { Clock } from "../base/mod.ts";
import { M_MMAP_THRESHOLD, M_TOP_PAD, M_TRIM_THRESHOLD, openLibc } from "./libc.ts";
import { openSweep, type Sweep } from "./sweep.ts";
import { readUsage } from "./usage.ts";

/** Set once, or glibc lets it grow up to 32 MB with what is freed; slabs of the SIP trace are as large. */
const LARGE_BYTES = 131_072;
/** So much at the end of the heap stays for the next time: growing costs a system call. */
const SPARE_BYTES = 2_097_152;
const EVERY_MS = 10_000;
/** Until the first sweep, which takes what the start left behind: settings of a thousand extensions are 40 MB while read. */
const FIRST_MS = 2_000;
/** Work since the last time from which it pays to look again; a trim takes some milliseconds. */
const WORTH_CPU_MS = 300;
/**
 * Work since the last sweep, or growth of the heap, from which another pays, and the share of time up to which the process
 * counts as resting.
 */
const WORTH_SWEEP_MS = 1_000;
const WORTH_SWEEP_BYTES = 6_000_000;
const RESTING = 0.1;
/** Share of time up to which nearly nobody notices the longer pause of a thorough sweep. */
const SLEEPING = 0.04;
/** Looks after which what work leaves behind is dead: transactions outlive their calls' first words by 32 s. */
const LOOKS_TO_DEATH = 4;

export interface MemoryCalls {
  setOption(name: number, value: number): void;
  /** Runs beside the calling thread. */
  trim(): Promise<void>;
  /** As {@linkcode openSweep} gives it. */
  readonly sweep?: Sweep | undefined;
  /** What has grown old in the heap of this thread, living or dead, in bytes. */
  heapBytes(): number;
}

/** Undefined without FFI or with another C library than glibc. */
export function openMemoryCalls(): MemoryCalls | undefined {
  const calls = openLibc()?.calls;
  return calls && {
    setOption: (name, value) => void calls.mallopt(name, value),
    trim: async () => void await calls.malloc_trim(0n),
    heapBytes: () =>
      getHeapSpaceStatistics().find(({ space_name }) => space_name === "old_space")?.space_used_size ?? 0,
    sweep: openSweep(),
  };
}

export interface MemoryOptions {
  readonly clock: Clock;
  readonly calls?: MemoryCalls | undefined;
  /** Processor time of this process so far, in milliseconds. */
  readonly cpuMs?: () => number;
}

/** Keeps the memory of this process near what it uses until the function returned is called. */
export function keepMemoryLow(options: MemoryOptions): () => void {
  const { clock, calls = openMemoryCalls(), cpuMs = () => readUsage().cpuMs } = options;
  if (!calls) return () => {};
  calls.setOption(M_MMAP_THRESHOLD, LARGE_BYTES);
  calls.setOption(M_TRIM_THRESHOLD, 2 * SPARE_BYTES);
  calls.setOption(M_TOP_PAD, SPARE_BYTES);
  const sweeps = new Sweeps(calls);
  let trimmedAtCpuMs = -Infinity, lookedAtCpuMs = cpuMs();
  let everyMs = calls.sweep ? FIRST_MS : EVERY_MS, isStopped = false;
  const look = async () => {
    const spentMs = cpuMs(), busy = (spentMs - lookedAtCpuMs) / everyMs;
    lookedAtCpuMs = spentMs;
    if (sweeps.look(spentMs, busy)) {
      trimmedAtCpuMs = -Infinity;
      everyMs = EVERY_MS;
    }
    if (spentMs - trimmedAtCpuMs >= WORTH_CPU_MS) {
      trimmedAtCpuMs = spentMs;
      await calls.trim();
    }
    if (!isStopped) timer = clock.at(clock.now() + everyMs, look);
  };
  let timer = clock.at(clock.now() + everyMs, look);
  return () => {
    isStopped = true;
    timer.cancel();
  };
}

/** When the heap is swept, and how. A quick sweep does not stand for a thorough one, which follows with more rest. */
class Sweeps {
  readonly #calls: MemoryCalls;
  /** Of the last sweep, and of the last thorough one. */
  #any: Swept = NEVER;
  #thorough: Swept = NEVER;
  /** Processor time at the latest looks, this one last. */
  readonly #spentMs: number[] = [];

  constructor(calls: MemoryCalls) {
    this.#calls = calls;
  }

  /** `spentMs` of processor time so far, `busy` the share since the last look; true when it swept. */
  look(spentMs: number, busy: number): boolean {
    const { sweep } = this.#calls;
    if (!sweep) return false;
    if (this.#spentMs.push(spentMs) > LOOKS_TO_DEATH + 1) this.#spentMs.shift();
    if (busy >= RESTING) return false;
    const heapBytes = this.#calls.heapBytes(), deadMs = this.#spentMs[0]!;
    const isAllDead = spentMs - deadMs < WORTH_SWEEP_MS;
    const pays = (since: Swept) =>
      spentMs - since.spentMs >= WORTH_SWEEP_MS ||
      isAllDead && deadMs - since.deadMs >= WORTH_SWEEP_MS ||
      heapBytes - since.heapBytes >= WORTH_SWEEP_BYTES;
    const isThorough = this.#any === NEVER || busy < SLEEPING;
    if (!pays(isThorough ? this.#thorough : this.#any)) return false;
    sweep(isThorough ? "thorough" : "quick");
    this.#any = { spentMs, deadMs, heapBytes: this.#calls.heapBytes() };
    if (isThorough) this.#thorough = this.#any;
    return true;
  }
}

interface Swept {
  readonly spentMs: number;
  /** Of the work before, what had surely left nothing alive. */
  readonly deadMs: number;
  /** In use afterwards. */
  readonly heapBytes: number;
}

const NEVER: Swept = { spentMs: -Infinity, deadMs: -Infinity, heapBytes: 0 };
