/** What a media thread needs of the file system. */
import type { Result } from "../../base/mod.ts";
import type { RecordingSink } from "../mix/mod.ts";

export interface RecordingFile extends RecordingSink {
  /** Settles when the file is closed: with the reason when something could not be written, else undefined. */
  readonly closed: Promise<string | undefined>;
}

export interface MediaFiles {
  /** A whole file; the error is a reason in words. */
  read(path: string): Promise<Result<Uint8Array, string>>;
  /** Text that changes when the file is replaced; undefined when there is none. */
  stamp(path: string): Promise<string | undefined>;
  /** Makes the file, or empties it. Never throws: faults are told by the file. */
  create(path: string): RecordingFile;
}
