/** What this process takes of the machine. */

import process from "node:process";

export interface MachineUsage {
  /** Processor time of all threads of this process since its start, in milliseconds. */
  readonly cpuMs: number;
  readonly memoryBytes: number;
  /** Memory of the machine. */
  readonly memoryTotal: number;
}

export function readUsage(): MachineUsage {
  const { user, system } = process.cpuUsage();
  return {
    cpuMs: (user + system) / 1000,
    memoryBytes: Deno.memoryUsage().rss,
    memoryTotal: Deno.systemMemoryInfo().total,
  };
}
