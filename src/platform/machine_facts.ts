/** What the machine says of itself: disk, limits, kernel settings, clock, modes of files, output of other programs. */

import { statfsSync } from "node:fs";
import { fail, ok, type Result } from "../base/mod.ts";
import { describeFileError, readTextFile } from "./files.ts";
import { openLibc } from "./libc.ts";

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
  const limits = readTextFile(`/proc/${pid}/limits`), status = readTextFile(`/proc/${pid}/status`);
  const files = limits.ok ? /^Max open files\s+(\d+|unlimited)/m.exec(limits.value)?.[1] : undefined;
  const user = status.ok ? /^Uid:\s+\d+\s+(\d+)/m.exec(status.value)?.[1] : undefined;
  const capabilities = status.ok ? /^CapEff:\s+([0-9a-f]+)/m.exec(status.value)?.[1] : undefined;
  return {
    ...(files !== undefined && { maxOpenFiles: files === "unlimited" ? Infinity : Number(files) }),
    ...(user !== undefined && { user: Number(user) }),
    capabilities: BigInt(`0x${capabilities ?? "0"}`),
  };
}

/** A setting of the kernel, `net.core.rmem_max`; undefined where there is none of that name. */
export function kernelSetting(name: string): string | undefined {
  const text = readTextFile(`/proc/sys/${name.replaceAll(".", "/")}`);
  return text.ok ? text.value.trim() : undefined;
}

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

/** What a program of the system prints; the error says why it could not be run or what it complained of. */
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
