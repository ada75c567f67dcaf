/** Where rooms record to: one folder a domain below the data folder, with a line of JSON beside each file. */

import { readBytes } from "../platform/byte_files.ts";
import { ensureFolder, exists, readTextFile, removeFile, writeFileWhole } from "../platform/files.ts";
import { listFiles } from "../platform/folders.ts";
import type { RoomFiles, RoomRecording } from "../pbx/conference/mod.ts";
import type { Log } from "../base/mod.ts";

/** A recording that can be listened to. */
export interface KeptRecording extends RoomRecording {
  /** Unique in its domain; what a page asks for. */
  readonly id: string;
}

/** More than these are on disk, but not in the list. */
const MAX_LISTED = 10_000;
const WAV = ".wav";
const JSON_ENDING = ".json";
const MAX_JSON_BYTES = 256 * 1024;

export class Recordings implements RoomFiles {
  readonly #folder: string;
  readonly #log: Log;
  /** By folder of the domain, newest last; read from disk when first asked for. */
  readonly #kept = new Map<string, KeptRecording[]>();

  constructor(data: string, log: Log) {
    this.#folder = `${data}/recordings`;
    this.#log = log;
  }

  recordingPath(domain: string, room: string, startedAt: number): string {
    const folder = this.#folderOf(domain);
    ensureFolder(this.#folder);
    ensureFolder(folder);
    const time = new Date(startedAt).toISOString().replace(/[:.]/g, "-");
    return `${folder}/${safe(room)}-${time}${WAV}`;
  }

  recorded(recording: RoomRecording): void {
    const { path, error, room, seconds } = recording;
    if (error !== undefined) this.#log.error("Recording failed", { room, reason: error });
    else this.#log.info("Recorded", { room, seconds: Math.round(seconds), path });
    const written = writeFileWhole(`${path}${JSON_ENDING}`, JSON.stringify(recording));
    if (!written.ok) this.#log.error("Recording could not be listed", { path, reason: written.error });
    const folder = this.#folderOf(recording.domain);
    this.#kept.get(folder)?.push({ ...recording, id: path.slice(folder.length + 1, -WAV.length) });
  }

  /** The recordings of a domain, newest first. */
  list(domain: string): readonly KeptRecording[] {
    const folder = this.#folderOf(domain);
    let kept = this.#kept.get(folder);
    if (kept === undefined) this.#kept.set(folder, kept = readKept(folder));
    return kept.filter(({ path }) => exists(path)).reverse();
  }

  /** Undefined when there is no such recording, whatever else `id` may name. */
  find(domain: string, id: string): KeptRecording | undefined {
    return this.list(domain).find((recording) => recording.id === id);
  }

  /** The WAV file, piece by piece; undefined when there is no such recording. */
  read(domain: string, id: string): AsyncIterable<Uint8Array> | undefined {
    const found = this.find(domain, id);
    return found && readBytes(found.path);
  }

  /** Deletes the file and its line in the list; false when there is no such recording. */
  delete(domain: string, id: string): boolean {
    const found = this.find(domain, id);
    if (found === undefined) return false;
    removeFile(found.path);
    removeFile(`${found.path}${JSON_ENDING}`);
    const folder = this.#folderOf(domain);
    this.#kept.set(folder, this.#kept.get(folder)!.filter((recording) => recording !== found));
    return true;
  }

  #folderOf(domain: string): string {
    return `${this.#folder}/${safe(domain)}`;
  }

  namePath(call: string): string {
    ensureFolder(this.#folder);
    const folder = `${this.#folder}/names`;
    ensureFolder(folder);
    return `${folder}/${safe(call)}.wav`;
  }

  remove(path: string): void {
    removeFile(path);
  }
}

/** Names come from the configuration and from call ids; a path is made of harmless letters all the same. */
function safe(name: string): string {
  return name.replace(/[^0-9A-Za-z._-]/g, "_").replace(/^\.+/, "_");
}

/** Reads the lines beside the recordings; one that cannot be read is left out. */
function readKept(folder: string): KeptRecording[] {
  const ending = WAV + JSON_ENDING;
  const kept: KeptRecording[] = [];
  for (const name of listFiles(folder, 2 * MAX_LISTED)) {
    if (!name.endsWith(ending)) continue;
    const text = readTextFile(`${folder}/${name}`, { maxBytes: MAX_JSON_BYTES });
    const recording = text.ok ? parseRecording(text.value) : undefined;
    if (recording === undefined) continue;
    const id = name.slice(0, -ending.length);
    // The folder may have been moved since.
    kept.push({ ...recording, id, path: `${folder}/${id}${WAV}` });
  }
  return kept.sort((a, b) => a.startedAt - b.startedAt);
}

function parseRecording(text: string): RoomRecording | undefined {
  try {
    const value = JSON.parse(text) as Partial<RoomRecording>;
    const { domain, room, path, startedAt, endedAt, seconds, members } = value;
    const isWhole = [domain, room, path].every((field) => typeof field === "string") &&
      [startedAt, endedAt, seconds].every((field) => typeof field === "number") && Array.isArray(members);
    return isWhole ? value as RoomRecording : undefined;
  } catch {
    return undefined;
  }
}
