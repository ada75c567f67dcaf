/** What systemd is told of this process, and its watchdog (sd_notify(3), sd_watchdog_enabled(3)). */

import type { Clock } from "../base/mod.ts";
import { AF_UNIX, MSG_DONTWAIT, openLibc, SOCK_CLOEXEC, SOCK_DGRAM } from "./libc.ts";
import { environment } from "./process.ts";

/** Who listens to our state: systemd, or nobody. */
export interface ServiceNotifier {
  /** `READY=1`, `RELOADING=1`, `STOPPING=1`, `STATUS=…`: one datagram. False when somebody wants it and did not get it. */
  notify(state: string): boolean;
  /** Time in which a sign of life is wanted, if any (WATCHDOG_USEC). */
  readonly watchdogMs: number | undefined;
  close(): void;
}

/** Longest path of a local socket, in bytes (`sun_path` of unix(7)). */
const LONGEST_PATH = 108;

/** The notifier of this process, from NOTIFY_SOCKET and WATCHDOG_USEC; without them it does nothing. */
export function createServiceNotifier(
  variable: (name: string) => string | undefined = environment,
): ServiceNotifier {
  const path = variable("NOTIFY_SOCKET");
  const watchdogUsec = Number(variable("WATCHDOG_USEC"));
  const watchdogPid = variable("WATCHDOG_PID");
  const isOurs = watchdogPid === undefined || Number(watchdogPid) === Deno.pid;
  const watchdogMs = path && isOurs && watchdogUsec > 0 ? watchdogUsec / 1000 : undefined;
  if (!path) return { notify: () => true, watchdogMs: undefined, close() {} };
  const line = openLine(path);
  return { notify: (state) => line?.send(state) ?? false, watchdogMs, close: () => line?.close() };
}

/**
 * By libc: the runtime sends only from a socket that has a name of its own, and lets none be made unless everything is
 * permitted. A manager that does not read must not hold us up, so nothing waits.
 * ```
 * sockaddr_un   family(2) path(≤ 108); a first byte of 0 is the abstract space, which systemd writes as "@"
 * ```
 */
function openLine(path: string): { send(state: string): boolean; close(): void } | undefined {
  const calls = openLibc()?.calls;
  const name = new TextEncoder().encode(path.replace(/^@/, "\0"));
  if (!calls || name.length > LONGEST_PATH) return undefined;
  let socket = calls.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const address = new Uint8Array(2 + name.length);
  new DataView(address.buffer).setUint16(0, AF_UNIX, true);
  address.set(name, 2);
  return {
    send(state) {
      const bytes = new TextEncoder().encode(state);
      if (socket < 0) return false;
      const { length } = bytes;
      return calls.sendto(socket, bytes, BigInt(length), MSG_DONTWAIT, address, address.length) === length;
    },
    close() {
      if (socket >= 0) calls.close(socket);
      socket = -1;
    },
  };
}

/** Gives a sign of life three times in each interval while `isHealthy` says so. Returns how to stop. */
export function feedWatchdog(
  notifier: ServiceNotifier,
  options: { readonly clock: Clock; readonly isHealthy: () => boolean },
): () => void {
  const { clock, isHealthy } = options;
  if (notifier.watchdogMs === undefined) return () => {};
  const everyMs = notifier.watchdogMs / 3;
  let isStopped = false;
  const feed = () => {
    if (isStopped) return;
    if (isHealthy()) notifier.notify("WATCHDOG=1");
    timer = clock.at(clock.now() + everyMs, feed);
  };
  let timer = clock.at(clock.now() + everyMs, feed);
  return () => {
    isStopped = true;
    timer.cancel();
  };
}
