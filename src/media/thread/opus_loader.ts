/** Opus for this thread, loaded when the server first has to take part in a call that speaks it. */
import { loadOpus } from "../codec_opus/mod.ts";
import { addPcmCodec } from "../mix/mod.ts";

export class OpusLoader {
  readonly #onLoaded: () => void;
  readonly #warn: (event: string) => void;
  #loading: Promise<void> | undefined;
  /** Loaded, or known not to be had. */
  #isSettled = false;

  constructor(options: { readonly onLoaded: () => void; readonly warn: (event: string) => void }) {
    this.#onLoaded = options.onLoaded;
    this.#warn = options.warn;
  }

  /** Settles when there is nothing more to wait for; undefined when there is nothing to wait for now. */
  want(): Promise<void> | undefined {
    if (this.#isSettled) return undefined;
    return this.#loading ??= loadOpus().then((codec) => {
      addPcmCodec(codec);
      this.#isSettled = true;
      this.#onLoaded();
    }).catch((error) => {
      this.#isSettled = true;
      this.#warn(`Cannot load Opus: rooms, music and recordings go without it: ${error}`);
    });
  }
}
