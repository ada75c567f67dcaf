/**
 * Exchanges several files and folders at once: all of them or none, also when the process dies in between.
 *
 * Everything new is laid ready within the folder first. One small file, the plan, is the turning point: before it stands
 * there nothing has changed; once it stands there, `finishExchange` leads to the end from wherever the last one stopped.
 */

import { fail, ok, type Result } from "../base/mod.ts";
import { describeFileError, exists, readTextFile, removeFile, writeFileWhole } from "./files.ts";

const PLAN = ".exchange.json";

export interface Exchange {
  /** Entries of the folder that are exchanged: those not in `fresh` are gone afterwards. */
  readonly names: readonly string[];
  /** Folder within the folder that holds the new entries; gone afterwards. */
  readonly fresh: string;
  /** Folder within the folder that takes the old entries. */
  readonly kept: string;
  /** A file elsewhere that is exchanged with them; its new contents are the entry `OUTSIDE` of `fresh`. */
  readonly outside?: string;
}

/** The name of the file elsewhere, within `fresh` and `kept`. */
export const OUTSIDE = "sipedge.yaml";

interface Step {
  readonly name: string;
  readonly hadOld: boolean;
  readonly hasNew: boolean;
}

interface Plan extends Exchange {
  readonly steps: readonly Step[];
  readonly outsideStep: Step;
}

/** Exchanges. After a failure `finishExchange` goes on, when the plan stands, or nothing has changed. */
export function startExchange(folder: string, exchange: Exchange): Result<void, string> {
  const { names, fresh, kept, outside } = exchange;
  const isNew = (name: string) => exists(`${folder}/${fresh}/${name}`);
  const plan: Plan = {
    ...exchange,
    steps: names.map((name) => ({ name, hadOld: exists(`${folder}/${name}`), hasNew: isNew(name) })),
    outsideStep: {
      name: OUTSIDE,
      hadOld: outside !== undefined && exists(outside),
      hasNew: outside !== undefined && isNew(OUTSIDE),
    },
  };
  try {
    syncTree(`${folder}/${fresh}`);
    Deno.mkdirSync(`${folder}/${kept}`, { mode: 0o700 });
  } catch (error) {
    return fail(describeFileError(error));
  }
  const written = writeFileWhole(`${folder}/${PLAN}`, JSON.stringify(plan));
  if (!written.ok) return written;
  const finished = finishExchange(folder);
  return finished.ok ? ok(undefined) : finished;
}

/** True when an exchange was begun and has not come to its end. */
export function hasExchange(folder: string): boolean {
  try {
    Deno.lstatSync(`${folder}/${PLAN}`);
    return true;
  } catch {
    // Where we may not look, nothing is ours to finish.
    return false;
  }
}

/** Leads a begun exchange to its end; harmless when there is none. */
export function finishExchange(folder: string): Result<void, string> {
  if (!hasExchange(folder)) return ok(undefined);
  const text = readTextFile(`${folder}/${PLAN}`);
  if (!text.ok) return text;
  try {
    const plan = JSON.parse(text.value) as Plan;
    const fresh = `${folder}/${plan.fresh}`, kept = `${folder}/${plan.kept}`;
    syncEntry(folder);
    for (const { name, hadOld, hasNew } of plan.steps) {
      // What is in place now is the old entry as long as nothing was kept.
      if (hadOld && !exists(`${kept}/${name}`)) Deno.renameSync(`${folder}/${name}`, `${kept}/${name}`);
      if (hasNew && exists(`${fresh}/${name}`)) Deno.renameSync(`${fresh}/${name}`, `${folder}/${name}`);
    }
    syncEntry(folder);
    if (plan.outside !== undefined) exchangeOutside(plan.outside, { step: plan.outsideStep, fresh, kept });
    if (exists(fresh)) Deno.removeSync(fresh, { recursive: true });
    removeFile(`${folder}/${PLAN}`);
    syncEntry(folder);
    return ok(undefined);
  } catch (error) {
    return fail(describeFileError(error));
  }
}

/** Another folder may be another file system: contents are written, not moved. Owner and mode stay those of the file. */
function exchangeOutside(
  path: string,
  { step, fresh, kept }: { readonly step: Step; readonly fresh: string; readonly kept: string },
): void {
  const next = `${fresh}/${OUTSIDE}`, old = `${kept}/${OUTSIDE}`;
  if (step.hadOld && !exists(old)) put(old, Deno.readFileSync(path));
  if (!step.hasNew) return removeFile(path);
  if (!exists(next)) return;
  const before = step.hadOld ? Deno.statSync(path) : undefined;
  put(path, Deno.readFileSync(next));
  if (before?.mode != null) Deno.chmodSync(path, before.mode & 0o777);
  if (Deno.uid() === 0) {
    const like = before ?? { uid: 0, gid: Deno.statSync(kept).gid };
    Deno.chownSync(path, like.uid, like.gid);
    // Root's new file must be readable by the group that the server runs as, and by nobody else.
    if (!before) Deno.chmodSync(path, 0o640);
  }
}

function put(path: string, bytes: Uint8Array): void {
  const written = writeFileWhole(path, bytes);
  if (!written.ok) throw new Error(`Cannot write "${path}": ${written.error}`);
}

/** Gives a file or folder, with all below it, to the owner of `like`, when we may do so (as root). */
export function giveToOwnerOf(like: string, path: string): Result<void, string> {
  try {
    if (Deno.uid() !== 0) return ok(undefined);
    const { uid, gid } = Deno.statSync(like);
    if (uid === null || gid === null) return ok(undefined);
    eachBelow(path, (entry) => Deno.chownSync(entry, uid, gid));
    return ok(undefined);
  } catch (error) {
    return fail(describeFileError(error));
  }
}

function syncTree(path: string): void {
  eachBelow(path, syncEntry);
}

function eachBelow(path: string, visit: (path: string) => void): void {
  if (Deno.lstatSync(path).isDirectory) {
    for (const { name } of Deno.readDirSync(path)) eachBelow(`${path}/${name}`, visit);
  }
  visit(path);
}

/** A rename is on disk when its folder is (fsync(2)). */
function syncEntry(path: string): void {
  const file = Deno.openSync(path, { read: true });
  try {
    file.syncSync();
  } finally {
    file.close();
  }
}
