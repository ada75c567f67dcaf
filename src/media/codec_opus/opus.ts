/**
 * Opus (RFC 6716, RFC 7587) as a codec of rooms and players: libopus compiled to WebAssembly, mono at 16 kHz inside.
 * The library is loaded when first asked for; a server whose phones speak no Opus never pays for it.
 */
import type { OpusDecoderHandle, OpusEncoderHandle } from "npm:libopus-wasm@0.4.0";
import type { PcmCodec, PcmDecoder, PcmEncoder } from "../mix/mod.ts";
import { opusDurationMs } from "./toc.ts";

const RATE = 16000;
/** RTP counts Opus in 1/48000 s, whatever is inside (RFC 7587 §4.1). */
const CLOCK_RATE = 48000;
const FRAME_SAMPLES = 320;
/** Speech of full quality at this bandwidth (RFC 7587 §3.1.1: 16–20 kbit/s wideband), with some to spare. */
const BIT_RATE = 24_000;
/** Higher ones cost up to five times the time for what speech does not show. */
const COMPLEXITY = 2;
/** SILK wideband, one frame of 20 ms without a byte: nothing was said (RFC 6716 §2.1.9). */
const EMPTY_FRAME = 0x48;

type Library = typeof import("npm:libopus-wasm@0.4.0");

/** Memory of the library lies outside the garbage collector's sight. */
const leftovers = new FinalizationRegistry<OpusDecoderHandle | OpusEncoderHandle>((handle) => handle.free());

class OpusDecoder implements PcmDecoder {
  readonly rate = RATE;
  readonly clockRate = CLOCK_RATE;
  #handle: OpusDecoderHandle | undefined;

  constructor(library: Library) {
    // The library is loaded: this is settled before any packet comes.
    library.createDecoder({ sampleRate: RATE, channels: 1 }).then((handle) => {
      this.#handle = handle;
      leftovers.register(this, handle);
    });
  }

  samplesIn(payload: Uint8Array): number {
    return opusDurationMs(payload) * RATE / 1000;
  }

  decode(payload: Uint8Array, pcm: Int16Array): number {
    if (this.#handle === undefined) return 0;
    try {
      const samples = this.#handle.decode(payload);
      if (samples.length > pcm.length) return 0;
      pcm.set(samples);
      return samples.length;
    } catch {
      // The library throws at what is no Opus; from the network that is ordinary.
      return 0;
    }
  }
}

class OpusEncoder implements PcmEncoder {
  readonly rate = RATE;
  #handle: OpusEncoderHandle | undefined;

  constructor(library: Library) {
    const application = library.Application.Voip, signal = library.Signal.Voice;
    library.createEncoder({
      sampleRate: RATE,
      channels: 1,
      frameSize: FRAME_SAMPLES,
      application,
      signal,
      bitrate: BIT_RATE,
      complexity: COMPLEXITY,
      fec: true,
      packetLossPercent: 5,
    }).then((handle) => {
      this.#handle = handle;
      leftovers.register(this, handle);
    });
  }

  encode(pcm: Int16Array, bytes: Uint8Array): number {
    if (this.#handle === undefined) {
      bytes[0] = EMPTY_FRAME;
      return 1;
    }
    const packet = this.#handle.encode(pcm);
    bytes.set(packet);
    return packet.length;
  }
}

/** Loads the library. Each member needs an encoder of its own: the state of one cannot be copied to another. */
export async function loadOpus(): Promise<PcmCodec> {
  const library = await import("npm:libopus-wasm@0.4.0");
  await library.loadLibopus();
  return {
    name: "opus",
    rate: RATE,
    clockRate: CLOCK_RATE,
    makeDecoder: () => new OpusDecoder(library),
    makeEncoder: () => new OpusEncoder(library),
  };
}
