/** The event stream (HTML §9.2 Server-sent events): what happens, as it happens, with a short memory for those who come back. */

import type { Clock } from "../base/mod.ts";
import type { PbxEvent } from "../pbx/ports.ts";

/** Events kept for a client whose connection broke. */
const MEMORY = 1000;
/** Streams at the same time. */
const MAX_STREAMS = 200;
/** A client that does not read is let go; it comes back and catches up. */
const MAX_WAITING = 512;
/** Proxies close what is silent for long. */
const BEAT_MS = 15_000;

interface Kept {
  readonly id: number;
  readonly kind: PbxEvent["kind"];
  readonly text: string;
}

interface Stream {
  send(text: string): void;
  readonly kinds: ReadonlySet<string> | undefined;
  /** Asked before each event: a session that has ended hears nothing more. */
  readonly isAllowed: () => boolean;
  close(): void;
}

const ENCODER = new TextEncoder();

export const EVENT_STREAM = {
  "content-type": "text/event-stream",
  "cache-control": "no-store",
  "x-accel-buffering": "no",
} as const;

export class EventHub {
  readonly #clock: Clock;
  readonly #kept: Kept[] = [];
  readonly #streams = new Set<Stream>();
  #nextId = 1;
  #beat: { cancel(): void } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    // Ids go on over a restart, so that a client that comes back is not sent what it never asked for.
    this.#nextId = clock.now() * 1000;
  }

  /** Takes what happened; cheap when nobody listens. */
  emit(event: PbxEvent): void {
    const { kind } = event;
    const id = this.#nextId++;
    const data = JSON.stringify({ at: this.#clock.now(), ...event });
    const kept = { id, kind, text: `id: ${id}\nevent: ${kind}\ndata: ${data}\n\n` };
    this.#kept.push(kept);
    if (this.#kept.length > 2 * MEMORY) this.#kept.splice(0, MEMORY);
    for (const stream of [...this.#streams]) this.#give(stream, kept);
  }

  get size(): number {
    return this.#streams.size;
  }

  /** A stream as a response; undefined when there are too many. */
  open(
    options: {
      readonly kinds?: readonly string[];
      readonly lastEventId?: string;
      readonly isAllowed: () => boolean;
    },
  ): Response | undefined {
    if (this.#streams.size >= MAX_STREAMS) return undefined;
    const since = Number(options.lastEventId ?? NaN);
    const missed = Number.isFinite(since) ? this.#kept.filter(({ id }) => id > since).slice(-MEMORY) : [];
    let stream: Stream | undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        stream = this.#join(controller, options);
        stream.send("retry: 2000\n\n");
        for (const kept of missed) this.#give(stream, kept);
      },
      cancel: () => void (stream && this.#leave(stream)),
    }, { highWaterMark: MAX_WAITING });
    return new Response(body, { headers: EVENT_STREAM });
  }

  stop(): void {
    for (const stream of [...this.#streams]) this.#leave(stream);
  }

  #join(
    controller: ReadableStreamDefaultController<Uint8Array>,
    { kinds, isAllowed }: { readonly kinds?: readonly string[]; readonly isAllowed: () => boolean },
  ): Stream {
    const stream: Stream = {
      kinds: kinds && new Set(kinds),
      isAllowed,
      send: (text) => {
        if ((controller.desiredSize ?? 0) <= 0) return this.#leave(stream);
        controller.enqueue(ENCODER.encode(text));
      },
      close: () => {
        try {
          controller.close();
        } catch {
          // The client was faster.
        }
      },
    };
    this.#streams.add(stream);
    if (!this.#beat) this.#schedule();
    return stream;
  }

  #give(stream: Stream, { kind, text }: Kept): void {
    if (stream.kinds && !stream.kinds.has(kind)) return;
    if (stream.isAllowed()) stream.send(text);
    else this.#leave(stream);
  }

  #leave(stream: Stream): void {
    if (!this.#streams.delete(stream)) return;
    stream.close();
    if (this.#streams.size > 0) return;
    this.#beat?.cancel();
    this.#beat = undefined;
  }

  #schedule(): void {
    this.#beat = this.#clock.at(this.#clock.now() + BEAT_MS, () => {
      this.#beat = undefined;
      for (const stream of [...this.#streams]) {
        if (stream.isAllowed()) stream.send(": beat\n\n");
        else this.#leave(stream);
      }
      if (this.#streams.size > 0) this.#schedule();
    });
  }
}
