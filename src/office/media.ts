/** The media plane with this machine's cores and sockets. */

import type { Clock, Log } from "../base/mod.ts";
import type { MediaSettings } from "../config/mod.ts";
import { WorkerPlane } from "../media/mod.ts";
import { mediaWorkerUrl } from "../platform/assets.ts";
import { closeHandles } from "../platform/datagram.ts";
import { coreCount } from "../platform/machine.ts";

/** Threads: one per core but one, at least one. */
export function openPlane(media: MediaSettings, { clock, log }: { clock: Clock; log: Log }): WorkerPlane {
  return new WorkerPlane({
    ports: media.ports,
    workers: media.workers === "auto" ? Math.max(1, coreCount() - 1) : media.workers,
    dscp: media.dscp,
    crypto: media.crypto,
    clock,
    log,
    closeHandles,
    workerUrl: mediaWorkerUrl(),
  });
}
