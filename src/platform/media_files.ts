/** Sound files of the media threads: read whole, recordings written behind the beat's back. */
import { fail, ok } from "../base/mod.ts";
import type { MediaFiles, RecordingFile } from "../media/thread/mod.ts";
import { describeFileError } from "./files.ts";

/** Half an hour at 48 kHz in stereo is 345 MB; prompts and music are far smaller. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;
/** Chunks of one second that wait for a slow disk before the recording is given up. */
const MAX_WAITING = 30;
const FILE_MODE = 0o600;

export const MEDIA_FILES: MediaFiles = {
  async read(path) {
    try {
      const { size, isFile } = await Deno.stat(path);
      if (!isFile) return fail("it is no file");
      if (size > MAX_FILE_BYTES) return fail("it is too large");
      return ok(await Deno.readFile(path));
    } catch (error) {
      return fail(describeFileError(error));
    }
  },
  async stamp(path) {
    try {
      const { mtime, size, ino } = await Deno.stat(path);
      return `${ino}/${size}/${mtime?.getTime()}`;
    } catch {
      return undefined;
    }
  },
  create: (path) => new WavFileWriter(path),
};

class WavFileWriter implements RecordingFile {
  readonly closed: Promise<string | undefined>;
  readonly #file: Promise<Deno.FsFile | undefined>;
  #settle: (error: string | undefined) => void = () => {};
  #last: Promise<void>;
  #waiting = 0;
  #error: string | undefined;
  #isClosed = false;

  constructor(path: string) {
    this.closed = new Promise((resolve) => this.#settle = resolve);
    this.#file = Deno.open(path, { write: true, create: true, truncate: true, mode: FILE_MODE }).catch(
      (error) => {
        this.#fail(error);
        return undefined;
      },
    );
    this.#last = this.#file.then(() => {});
  }

  write(chunk: Uint8Array<ArrayBuffer>, offset: number): boolean {
    if (this.#isClosed || this.#error !== undefined) return false;
    if (this.#waiting >= MAX_WAITING) {
      this.#fail("the disk is too slow");
      return false;
    }
    this.#waiting++;
    this.#last = this.#last.then(() => this.#writeAll(chunk, offset)).finally(() => this.#waiting--);
    return true;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#last.then(async () => {
      (await this.#file)?.close();
      this.#settle(this.#error);
    });
  }

  async #writeAll(chunk: Uint8Array<ArrayBuffer>, offset: number): Promise<void> {
    const file = await this.#file;
    if (file === undefined || this.#error !== undefined) return;
    try {
      await file.seek(offset, Deno.SeekMode.Start);
      for (let at = 0; at < chunk.length;) at += await file.write(chunk.subarray(at));
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#error ??= typeof error === "string" ? error : describeFileError(error);
    this.close();
  }
}
