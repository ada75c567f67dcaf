/** How calls sound over their time: each side measured every few seconds, kept a while after the end. */

import type { Clock } from "../base/mod.ts";
import type { QualityPoint, QualitySeries } from "../http/mod.ts";
import type { MediaPlane, StreamGlance } from "../media/plane.ts";
import type { Call, CallEngine, Leg } from "../pbx/call/mod.ts";

/** Few calls are watched closely; many must not cost what they carry. */
const CLOSE_MS = 2000, WIDE_MS = 6000, CLOSE_CALLS = 40;
/** Points of one side; when full, every second one goes, so that an hour still shows from its beginning. */
const MAX_POINTS = 240;
/** Calls remembered, live ones included. */
const MAX_CALLS = 1000;

type Side = "caller" | "called";

interface Track {
  readonly side: Side;
  readonly party: string;
  points: QualityPoint[];
  /** Every n-th measurement is kept. */
  stride: number;
  skipped: number;
  last: { readonly received: number; readonly lost: number } | undefined;
  now: QualityPoint | undefined;
}

export interface QualityOptions {
  readonly clock: Clock;
  readonly engine: CallEngine;
  readonly plane: MediaPlane;
}

export class QualityWatch {
  readonly #options: QualityOptions;
  readonly #calls = new Map<string, Map<number, Track>>();
  #timer: { cancel(): void } | undefined;
  #stopped = false;

  constructor(options: QualityOptions) {
    this.#options = options;
  }

  start(): void {
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** Everything kept of one call, live or past. */
  seriesOf(call: string): readonly QualitySeries[] {
    return [...this.#calls.get(call)?.values() ?? []].map(({ side, party, points }) => ({
      side,
      party,
      points: [...points],
    }));
  }

  /** The latest measurement of each side. */
  now(call: string): readonly (QualityPoint & { readonly side: Side })[] {
    const found = new Map<Side, QualityPoint & { readonly side: Side }>();
    for (const { side, now } of this.#calls.get(call)?.values() ?? []) {
      if (now) found.set(side, { ...now, side });
    }
    return [...found.values()];
  }

  #schedule(): void {
    const { clock, engine } = this.#options;
    if (this.#stopped) return;
    const everyMs = engine.size <= CLOSE_CALLS ? CLOSE_MS : WIDE_MS;
    this.#timer = clock.at(clock.now() + everyMs, () => void this.#look().finally(() => this.#schedule()));
  }

  async #look(): Promise<void> {
    const { engine, plane } = this.#options;
    if (engine.size === 0) return;
    const survey = await plane.survey();
    if (survey.size === 0) return;
    const keep = (call: Call, leg: Leg | undefined) => {
      if (!leg?.media || leg.hasEnded || !leg.isConfirmed) return;
      const glance = survey.get(leg.media.leg);
      if (glance) this.#keep(call, leg, glance);
    };
    for (const call of engine.calls) {
      keep(call, call.near);
      keep(call, call.far);
    }
  }

  #keep(call: Call, leg: Leg, stream: StreamGlance): void {
    const track = this.#track(call, leg);
    const { packetsReceived: received, lost, jitterMs, roundTripMs, mos } = stream;
    const newLost = Math.max(0, lost - (track.last?.lost ?? 0));
    const expected = received - (track.last?.received ?? 0) + newLost;
    track.last = { received, lost };
    const point: QualityPoint = {
      at: this.#options.clock.now(),
      lossPercent: expected > 0 ? Math.round(1000 * newLost / expected) / 10 : 0,
      jitterMs: Math.round(jitterMs * 10) / 10,
      ...(roundTripMs !== undefined && { roundTripMs: Math.round(roundTripMs * 10) / 10 }),
      ...(mos !== undefined && { mos: Math.round(mos * 100) / 100 }),
    };
    track.now = point;
    if (++track.skipped < track.stride) return;
    track.skipped = 0;
    track.points.push(point);
    if (track.points.length < MAX_POINTS) return;
    track.points = track.points.filter((_, index) => index % 2 === 0);
    track.stride *= 2;
  }

  #track(call: Call, leg: Leg): Track {
    let tracks = this.#calls.get(call.id);
    if (!tracks) {
      this.#calls.set(call.id, tracks = new Map());
      if (this.#calls.size > MAX_CALLS) this.#forgetOne();
    }
    let track = tracks.get(leg.id);
    if (!track) {
      track = {
        side: leg.side,
        party: leg.party.number,
        points: [],
        stride: 1,
        skipped: 0,
        last: undefined,
        now: undefined,
      };
      tracks.set(leg.id, track);
    }
    return track;
  }

  /** The oldest that has ended; the oldest of all where none has. */
  #forgetOne(): void {
    const { engine } = this.#options;
    for (const id of this.#calls.keys()) if (!engine.find(id)) return void this.#calls.delete(id);
    const [oldest] = this.#calls.keys();
    if (oldest !== undefined) this.#calls.delete(oldest);
  }
}
