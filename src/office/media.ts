/** The media plane with this machine's cores and sockets. */

import type { Clock, Log } from "../base/mod.ts";
import type { MediaSettings } from "../config/mod.ts";
import { WorkerPlane } from "../media/mod.ts";
import { mediaWorkerUrl } from "../platform/assets.ts";
import { closeHandles } from "../platform/datagram.ts";
import { coreCount } from "../platform/machine.ts";

/** One per core but one, which is left to signalling; at least one. */
export function mediaThreads(workers: MediaSettings["workers"], cores: number): number {
  return workers === "auto" ? Math.max(1, cores - 1) : workers;
}

export function openPlane(media: MediaSettings, { clock, log }: { clock: Clock; log: Log }): WorkerPlane {
  return new WorkerPlane({
    ports: media.ports,
    workers: mediaThreads(media.workers, coreCount()),
    dscp: media.dscp,
    crypto: media.crypto,
    clock,
    log,
    closeHandles,
    workerUrl: mediaWorkerUrl(),
  });
}
