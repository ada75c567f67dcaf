/** Records PCM frames to WAV, one second at a time, into a sink that does the writing. */
import { frameSamples, type PcmRate } from "./frames.ts";
import { WAV_HEADER_BYTES, writeWavHeader } from "./wav.ts";

/** What RIFF can count, less the header. */
const MAX_DATA_BYTES = 2 ** 32 - 1 - WAV_HEADER_BYTES;
/** The header is brought up to date so often: a file left by a crash plays up to here. */
const HEADER_EVERY_CHUNKS = 10;

/**
 * Where a recording goes. The recorder gives each chunk away and does not touch it again, so it may be written later
 * or on another thread. A fault is told with {@linkcode Recorder.fail}, or by returning false.
 */
export interface RecordingSink {
  /** Writes `chunk` at byte `offset` of the file; false when that failed. */
  write(chunk: Uint8Array<ArrayBuffer>, offset: number): boolean;
  /** Nothing more comes. */
  close(): void;
}

/** `mix`: both directions in one channel; `stereo`: received left, sent right; `received`: what the peer says. */
export type RecordingLayout = "mix" | "stereo" | "received";

export class Recorder {
  readonly rate: PcmRate;
  readonly #sink: RecordingSink;
  readonly #layout: RecordingLayout;
  readonly #frame: number;
  readonly #chunkBytes: number;
  #chunk: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #filled = 0;
  #written = 0;
  #chunks = 0;
  #error: string | undefined;
  #finished = false;

  constructor(
    options: { readonly sink: RecordingSink; readonly rate: PcmRate; readonly layout: RecordingLayout },
  ) {
    this.rate = options.rate;
    this.#sink = options.sink;
    this.#layout = options.layout;
    this.#frame = frameSamples(options.rate);
    this.#chunkBytes = options.rate * 2 * this.#channels;
    this.#chunk = new Uint8Array(this.#chunkBytes);
    this.#view = new DataView(this.#chunk.buffer);
    this.#writeHeader();
  }

  /** Length so far in seconds. */
  get seconds(): number {
    return (this.#written + this.#filled) / this.#chunkBytes;
  }

  /** Why nothing is written any more. */
  get error(): string | undefined {
    return this.#error;
  }

  /** Takes 20 ms of each direction at the recorder's rate; undefined stands for silence. */
  write(received: Int16Array | undefined, sent: Int16Array | undefined): void {
    if (this.#error !== undefined || this.#finished) return;
    const view = this.#view, frame = this.#frame;
    let at = this.#filled;
    for (let i = 0; i < frame; i++) {
      const left = received === undefined ? 0 : received[i]!;
      const right = sent === undefined || this.#layout === "received" ? 0 : sent[i]!;
      if (this.#layout === "stereo") {
        view.setInt16(at, left, true);
        view.setInt16(at + 2, right, true);
        at += 4;
      } else {
        const sum = left + right;
        view.setInt16(at, sum > 32767 ? 32767 : sum < -32768 ? -32768 : sum, true);
        at += 2;
      }
    }
    this.#filled = at;
    if (at === this.#chunkBytes) this.#flush();
  }

  /** Told by whoever writes: the disk is full, the folder is gone. The call goes on, the recording ends here. */
  fail(error: string): void {
    this.#error ??= error;
  }

  /** Writes what is left and the final header, and closes the sink. The second time nothing happens. */
  finish(): { readonly seconds: number; readonly error?: string } {
    if (!this.#finished) {
      this.#finished = true;
      if (this.#filled > 0) this.#flush();
      if (this.#written > 0) this.#writeHeader();
      this.#sink.close();
    }
    const { seconds } = this;
    return this.#error === undefined ? { seconds } : { seconds, error: this.#error };
  }

  get #channels(): number {
    return this.#layout === "stereo" ? 2 : 1;
  }

  #flush(): void {
    if (this.#error !== undefined) return;
    const full = this.#filled === this.#chunkBytes;
    const chunk = full ? this.#chunk : this.#chunk.slice(0, this.#filled);
    if (this.#written + chunk.length > MAX_DATA_BYTES) {
      return this.fail("a WAV file holds no more than 4 GiB");
    }
    if (!this.#sink.write(chunk, WAV_HEADER_BYTES + this.#written)) return this.fail("cannot write");
    this.#written += chunk.length;
    this.#filled = 0;
    if (!full) return;
    this.#chunk = new Uint8Array(this.#chunkBytes);
    this.#view = new DataView(this.#chunk.buffer);
    if (++this.#chunks % HEADER_EVERY_CHUNKS === 0) this.#writeHeader();
  }

  #writeHeader(): void {
    const header = writeWavHeader({
      channels: this.#channels,
      sampleRate: this.rate,
      dataBytes: this.#written,
    });
    if (!this.#sink.write(header, 0)) this.fail("cannot write");
  }
}
