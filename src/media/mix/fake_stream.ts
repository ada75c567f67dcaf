/** For tests: a stream of plain PCM packets through a seeded network into a jitter buffer, on simulated time. */
import { writeRtpHeader } from "../rtp/mod.ts";
import type { PcmRate } from "./frames.ts";
import { JitterBuffer, type Taken } from "./jitter_buffer.ts";
import { pcmCodec } from "./pcm_codecs.ts";

/** A buffer for L16: what goes in comes out to the bit. */
export function plainBuffer(rate: PcmRate = 8000): JitterBuffer {
  return new JitterBuffer(pcmCodec("l16", rate)!.makeDecoder());
}

/** What the network does to one packet: milliseconds of delay, or lost. */
export type Fate = number | "lost";

export interface StreamOptions {
  readonly seconds: number;
  /** Sample `n` of what the peer says, −32768 to 32767. */
  readonly signal: (n: number) => number;
  readonly rate?: PcmRate;
  readonly clockRate?: number;
  readonly packetMs?: number;
  /** The peer's clock is faster by so many parts in a million. */
  readonly driftPpm?: number;
  readonly fate?: (packet: number) => Fate;
  readonly firstSequence?: number;
  readonly firstTimestamp?: number;
  readonly ssrc?: number;
}

export interface Taking {
  /** All samples taken, one beat after the other; empty when `keep` is false. */
  readonly pcm: Int16Array;
  readonly kinds: readonly Taken[];
}

/** One packet with the samples from `first` on. */
export function plainPacket(
  options: StreamOptions,
  index: number,
): { readonly bytes: Uint8Array; readonly length: number } {
  const rate = options.rate ?? 8000, packetMs = options.packetMs ?? 20;
  const samples = rate * packetMs / 1000, clock = options.clockRate ?? rate;
  const bytes = new Uint8Array(12 + samples * 2);
  writeRtpHeader(bytes, {
    marker: index === 0,
    payloadType: 96,
    sequenceNumber: ((options.firstSequence ?? 0) + index) & 0xffff,
    timestamp: ((options.firstTimestamp ?? 0) + index * clock * packetMs / 1000) >>> 0,
    ssrc: options.ssrc ?? 0x1234,
  });
  for (let i = 0; i < samples; i++) {
    const sample = Math.round(options.signal(index * samples + i));
    bytes[12 + 2 * i] = sample >> 8;
    bytes[13 + 2 * i] = sample;
  }
  return { bytes, length: bytes.length };
}

/** Runs the stream through `buffer`; `onBeat` sees each frame as it is taken. */
export function runStream(
  buffer: JitterBuffer,
  options: StreamOptions,
  onBeat: (nowMs: number, kind: Taken, pcm: Int16Array) => void,
): void {
  const packetMs = (options.packetMs ?? 20) / (1 + (options.driftPpm ?? 0) / 1e6);
  const waiting: { at: number; index: number }[] = [];
  const pcm = new Int16Array(320);
  let sent = 0;
  for (let nowMs = 7.3; nowMs < options.seconds * 1000; nowMs += 20) {
    for (; (sent + 1) * packetMs <= nowMs; sent++) {
      const fate = options.fate?.(sent) ?? 0;
      if (fate !== "lost") waiting.push({ at: (sent + 1) * packetMs + fate, index: sent });
    }
    waiting.sort((a, b) => a.at - b.at);
    while (waiting[0] !== undefined && waiting[0].at <= nowMs) {
      const { at, index } = waiting.shift()!;
      buffer.put({ ...plainPacket(options, index), arrivalMs: at });
    }
    onBeat(nowMs, buffer.take(nowMs, pcm), pcm);
  }
}

/** The same, collected. */
export function takeAll(buffer: JitterBuffer, options: StreamOptions): Taking {
  const frame = (options.rate ?? 8000) / 50;
  const kinds: Taken[] = [];
  const samples: number[] = [];
  runStream(buffer, options, (_now, kind, pcm) => {
    kinds.push(kind);
    for (let i = 0; i < frame; i++) samples.push(pcm[i]!);
  });
  return { pcm: Int16Array.from(samples), kinds };
}

/** Something like a voice: a pitch that wanders around 120 Hz with harmonics, at a steady level, never silent. */
export function voice(rate: number): (n: number) => number {
  return (n) => {
    const t = n / rate;
    const phase = 2 * Math.PI * (120 * t - 8 * Math.cos(2 * Math.PI * 0.7 * t));
    return 6000 * Math.sin(phase) + 4000 * Math.sin(2 * phase + 1) + 2000 * Math.sin(5 * phase + 2) +
      1000 * Math.sin(9 * phase);
  };
}
