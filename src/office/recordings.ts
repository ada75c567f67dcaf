/** Where rooms record to: one folder a domain below the data folder, with a line of JSON beside each file. */

import { ensureFolder, removeFile, writeFileWhole } from "../platform/files.ts";
import type { RoomFiles, RoomRecording } from "../pbx/conference/mod.ts";
import type { Log } from "../base/mod.ts";

export class Recordings implements RoomFiles {
  readonly #folder: string;
  readonly #log: Log;

  constructor(data: string, log: Log) {
    this.#folder = `${data}/recordings`;
    this.#log = log;
  }

  recordingPath(domain: string, room: string, startedAt: number): string {
    const folder = `${this.#folder}/${safe(domain)}`;
    ensureFolder(this.#folder);
    ensureFolder(folder);
    const time = new Date(startedAt).toISOString().replace(/[:.]/g, "-");
    return `${folder}/${safe(room)}-${time}.wav`;
  }

  recorded(recording: RoomRecording): void {
    const { path, error, room, seconds } = recording;
    if (error !== undefined) this.#log.error("Recording failed", { room, reason: error });
    else this.#log.info("Recorded", { room, seconds: Math.round(seconds), path });
    const written = writeFileWhole(`${path}.json`, JSON.stringify(recording));
    if (!written.ok) this.#log.error("Recording could not be listed", { path, reason: written.error });
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
