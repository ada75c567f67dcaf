/** Recording a leg: both directions heard through jitter buffers, written beat by beat. */
import { MAX_FRAME_SAMPLES, type PcmRate, Recorder, type RecordingSink } from "../mix/mod.ts";
import type { RecordOptions } from "../plane.ts";
import type { RelayStream } from "../relay/mod.ts";
import { Listener } from "./listener.ts";
import { speakingFormat } from "./voice_codec.ts";

export class LegRecording {
  readonly path: string;
  readonly #stream: RelayStream;
  readonly #received: Listener;
  readonly #sent: Listener;
  readonly #recorder: Recorder;
  readonly #rate: PcmRate;
  readonly #receivedPcm = new Int16Array(MAX_FRAME_SAMPLES);
  readonly #sentPcm = new Int16Array(MAX_FRAME_SAMPLES);

  constructor(stream: RelayStream, options: RecordOptions & { readonly sink: RecordingSink }) {
    const { inbox } = stream;
    this.path = options.path;
    this.#stream = stream;
    this.#rate = speakingFormat(stream.settings)?.codec.rate ?? 8000;
    this.#recorder = new Recorder({ sink: options.sink, rate: this.#rate, layout: options.layout });
    this.#received = new Listener({ inbox, formats: () => stream.settings?.receiveFormats ?? [] });
    this.#sent = new Listener({ inbox, formats: () => stream.settings?.sendFormats ?? [] });
    stream.addHeardTap(this.#received);
    stream.sentTap = this.#sent;
  }

  /** SIP changed the stream's formats. */
  refresh(): void {
    this.#received.refresh();
    this.#sent.refresh();
  }

  /** Told by whoever writes the file. */
  fail(error: string): void {
    this.#recorder.fail(error);
  }

  get hasFailed(): boolean {
    return this.#recorder.error !== undefined;
  }

  beat(nowMs: number): void {
    const when = { rate: this.#rate, nowMs };
    this.#received.read(this.#receivedPcm, when);
    this.#sent.read(this.#sentPcm, when);
    this.#recorder.write(this.#receivedPcm, this.#sentPcm);
  }

  finish(): { readonly seconds: number; readonly error?: string } {
    this.#stream.removeHeardTap(this.#received);
    if (this.#stream.sentTap === this.#sent) this.#stream.sentTap = undefined;
    return this.#recorder.finish();
  }
}
