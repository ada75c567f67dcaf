/** What the machine says of itself: disk, limits, kernel settings, clock, modes of files, output of other programs. */

import { statfsSync } from "node:fs";
import { fail, ok, type Result } from "../base/mod.ts";
import { describeFileError } from "./files.ts";
import { O_CLOEXEC, openLibc } from "./libc.ts";

/** Bytes on the file system of `path`, free for ordinary users; undefined when it does not tell. */
export function diskSpace(path: string): { readonly free: number; readonly total: number } | undefined {
  try {
    const { bavail, blocks, bsize } = statfsSync(path);
    return { free: bavail * bsize, total: blocks * bsize };
  } catch {
    return undefined;
  }
}

export interface ProcessFacts {
  /** Soft limit of open files; Infinity when there is none. */
  readonly maxOpenFiles?: number;
  /** Effective user id. */
  readonly user?: number;
  /** Effective capabilities, a bit each (capabilities(7)). */
  readonly capabilities: bigint;
}

/** What the kernel says of a process (proc(5)); what may not be read is absent. */
export function processFacts(pid: number | "self"): ProcessFacts {
  const limits = readKernelFile(`/proc/${pid}/limits`), status = readKernelFile(`/proc/${pid}/status`);
  const files = /^Max open files\s+(\d+|unlimited)/m.exec(limits ?? "")?.[1];
  const user = /^Uid:\s+\d+\s+(\d+)/m.exec(status ?? "")?.[1];
  const capabilities = /^CapEff:\s+([0-9a-f]+)/m.exec(status ?? "")?.[1];
  return {
    ...(files !== undefined && { maxOpenFiles: files === "unlimited" ? Infinity : Number(files) }),
    ...(user !== undefined && { user: Number(user) }),
    capabilities: BigInt(`0x${capabilities ?? "0"}`),
  };
}

/** A setting of the kernel, `net.core.rmem_max`; undefined where there is none of that name. */
export function kernelSetting(name: string): string | undefined {
  return readKernelFile(`/proc/sys/${name.replaceAll(".", "/")}`)?.trim();
}

/**
 * The text of a file below /proc, at most 1 MB; undefined when it is not there or not for us. By libc: Deno opens such
 * files only for programs that may do everything, which the built file may not.
 */
export function readKernelFile(path: string): string | undefined {
  const calls = openLibc()?.calls;
  const file = calls?.open(new TextEncoder().encode(`${path}\0`), O_CLOEXEC);
  if (!calls || file === undefined || file < 0) return undefined;
  const bytes = new Uint8Array(KERNEL_FILE_BYTES);
  let filled = 0;
  try {
    while (filled < bytes.length) {
      const count = calls.read(file, bytes.subarray(filled), BigInt(bytes.length - filled));
      if (count <= 0) break;
      filled += count;
    }
  } finally {
    calls.close(file);
  }
  return new TextDecoder().decode(bytes.subarray(0, filled));
}

const KERNEL_FILE_BYTES = 1_048_576;

export interface KernelClock {
  /** False: nobody sets the clock (STA_UNSYNC). */
  readonly isSynchronized: boolean;
  readonly maxErrorMs: number;
}

/**
 * How the kernel keeps time (adjtimex(2)); asked with `modes` 0, which changes nothing. LP64:
 * ```
 * modes(4) pad(4) offset(8) freq(8) maxerror(8) esterror(8) status(4) …   208 bytes
 * ```
 */
export function kernelClock(): KernelClock | undefined {
  const buffer = new Uint8Array(TIMEX_BYTES);
  const state = openLibc()?.calls.adjtimex(buffer);
  if (state === undefined || state < 0) return undefined;
  const view = new DataView(buffer.buffer);
  return {
    isSynchronized: (view.getInt32(40, true) & STA_UNSYNC) === 0,
    maxErrorMs: Number(view.getBigInt64(24, true)) / 1000,
  };
}

const TIMEX_BYTES = 208;
const STA_UNSYNC = 0x40;

/** Permission bits, owner and time of change; undefined when there is nothing or nothing may be seen. */
export function fileFacts(
  path: string,
):
  | { readonly mode: number; readonly owner: number; readonly changedMs: number; readonly bytes: number }
  | undefined {
  try {
    const { mode, uid, mtime, size } = Deno.statSync(path);
    return { mode: (mode ?? 0) & 0o777, owner: uid ?? 0, changedMs: mtime?.getTime() ?? 0, bytes: size };
  } catch {
    return undefined;
  }
}

/**
 * What a program of the system prints; the error says why it could not be run or what it complained of. The built file
 * may run those only that `tools/build_stage.ts` lists, by their whole path.
 */
export async function runProgram(program: string, args: readonly string[]): Promise<Result<string, string>> {
  try {
    const { success, stdout, stderr } = await new Deno.Command(program, {
      args: [...args],
      stdin: "null",
      signal: AbortSignal.timeout(PROGRAM_MS),
    }).output();
    if (success) return ok(new TextDecoder().decode(stdout));
    return fail(new TextDecoder().decode(stderr).trim().split("\n")[0]?.slice(0, 200) || "it failed");
  } catch (error) {
    return fail(error instanceof Deno.errors.NotFound ? "it is not installed" : describeFileError(error));
  }
}

const PROGRAM_MS = 5000;
