/** What the machine gives: room on the disk, open files, socket buffers. */

import { type Finding, fine, printSize, problem, warning } from "./finding.ts";

export interface MachineFacts {
  readonly data: string;
  /** Bytes; undefined when the disk does not tell. */
  readonly disk?: { readonly free: number; readonly total: number };
  /** Soft limit of open files of the server, or of a server started here. */
  readonly maxOpenFiles?: number;
  /** Sockets that the media ports would take. */
  readonly mediaSockets: number;
  /** net.core.rmem_max, bytes. */
  readonly maxReceiveBuffer?: number;
  /** What each SIP socket asks for, bytes. */
  readonly wantedReceiveBuffer: number;
  /** True when the server may go beyond rmem_max (CAP_NET_ADMIN). */
  readonly mayForceBuffer: boolean;
  readonly extensions: number;
}

const MB = 1_048_576;
const DISK_FULL = 100 * MB;
const DISK_LOW = 1024 * MB;
/** Listeners, connections of phones, database, log. */
const OTHER_FILES = 1000;
/** Phones that may all speak at once after a power cut before the usual buffer of the kernel runs over. */
const FEW_PHONES = 100;

export function judgeMachine(facts: MachineFacts): Finding[] {
  return [judgeDisk(facts), judgeFiles(facts), judgeBuffers(facts)].flatMap((finding) => finding ?? []);
}

function judgeDisk({ data, disk }: MachineFacts): Finding | undefined {
  if (!disk) return undefined;
  const { free, total } = disk;
  const percent = Math.round(100 * free / Math.max(1, total));
  const text = `${printSize(free)} free on the disk of ${data} (${percent} %)`;
  const fix = [
    `see what takes it: du -xh --max-depth=2 "${data}"`,
    "keep fewer records: records: { keepDays: 90 }",
  ];
  if (free < DISK_FULL) return problem("machine", `only ${text}`, ...fix);
  return free < DISK_LOW ? warning("machine", `only ${text}`, ...fix) : fine("machine", text);
}

function judgeFiles({ maxOpenFiles, mediaSockets }: MachineFacts): Finding | undefined {
  if (maxOpenFiles === undefined) return undefined;
  const wanted = mediaSockets + OTHER_FILES;
  if (maxOpenFiles >= wanted) return fine("machine", `${maxOpenFiles} open files are allowed`);
  const calls = Math.max(0, Math.floor((maxOpenFiles - OTHER_FILES) / 4));
  return warning(
    "machine",
    `only ${maxOpenFiles} open files are allowed: enough for ${calls} calls, the media ports would carry more`,
    `in the systemd unit: LimitNOFILE=${Math.max(65_536, wanted)}; in a shell: ulimit -n ${wanted}`,
  );
}

function judgeBuffers(facts: MachineFacts): Finding | undefined {
  const { maxReceiveBuffer: allowed, wantedReceiveBuffer: wanted, mayForceBuffer, extensions } = facts;
  if (allowed === undefined) return undefined;
  if (allowed >= wanted || mayForceBuffer) {
    return fine("machine", `socket buffers of ${printSize(wanted)} are allowed`);
  }
  if (extensions <= FEW_PHONES) {
    return fine("machine", `socket buffers of ${printSize(allowed)} are allowed, enough here`);
  }
  return warning(
    "machine",
    `socket buffers are cut from ${printSize(wanted)} to ${
      printSize(allowed)
    }: a burst of messages may be lost`,
    `echo 'net.core.rmem_max = ${wanted}' > /etc/sysctl.d/61-sipedge.conf && sysctl --system`,
  );
}
