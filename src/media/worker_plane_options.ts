/** What the media plane needs to begin. */
import type { Clock, Log } from "../base/mod.ts";
import type { PortRange } from "./relay/mod.ts";
import type { ThreadLink } from "./thread_link.ts";

export interface WorkerPlaneOptions {
  readonly ports: PortRange;
  /** Number of media threads, at least 1. */
  readonly workers: number;
  /** 0–63, default 46: expedited forwarding (RFC 3246). */
  readonly dscp?: number;
  readonly crypto?: "fast" | "webcrypto";
  readonly clock: Clock;
  readonly log: Log;
  /** Where the code of a media thread is, when the program is bundled; default: `worker.ts` beside this file. */
  readonly workerUrl?: string | URL;
  /** Makes a thread; default: a Deno worker of `workerUrl`. */
  readonly spawn?: (index: number) => ThreadLink;
  /** `deno` keeps away from FFI. */
  readonly sockets?: "libc" | "deno";
  /** Closes sockets that a dead thread left behind. */
  readonly closeHandles?: (handles: readonly number[]) => void;
  /** A released port stays bound and drained for so long, default 5,000. */
  readonly restMs?: number;
  /** Packets sent to an address that never spoke, default 3,000: one minute of voice. */
  readonly unverifiedPackets?: number;
}
