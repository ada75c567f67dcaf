/**
 * The main figures of all legs in one message. A thousand calls looked at one by one would be as many questions, answers
 * and promises, all alive at once: more memory than what they tell.
 */
import type { LegId, StreamGlance } from "../plane.ts";
import { glanceAt, type RelayStream } from "../relay/mod.ts";

/** Figures of one leg, in this order; NaN where there is none. */
const LEG = 0, RECEIVED = 1, LOST = 2, JITTER_MS = 3, ROUND_TRIP_MS = 4, MOS = 5;
const FIGURES = 6;

export type SurveyFigures = Float64Array<ArrayBuffer>;

/** The first stream of each leg that has heard anything. */
export function takeSurvey(
  legs: Iterable<{ readonly id: LegId; readonly streams: readonly RelayStream[] }>,
): SurveyFigures {
  const heard = [...legs].filter(({ streams }) => (streams[0]?.counters.packetsReceived ?? 0) > 0);
  const figures = new Float64Array(FIGURES * heard.length);
  for (const [i, { id, streams }] of heard.entries()) {
    const { packetsReceived, lost, jitterMs, roundTripMs = NaN, mos = NaN } = glanceAt(streams[0]!);
    figures.set([id, packetsReceived, lost, jitterMs, roundTripMs, mos], FIGURES * i);
  }
  return figures;
}

export function readSurvey(surveys: readonly SurveyFigures[]): ReadonlyMap<LegId, StreamGlance> {
  const glances = new Map<LegId, StreamGlance>();
  for (const figures of surveys) {
    for (let at = 0; at < figures.length; at += FIGURES) {
      const roundTripMs = figures[at + ROUND_TRIP_MS]!, mos = figures[at + MOS]!;
      glances.set(figures[at + LEG]!, {
        packetsReceived: figures[at + RECEIVED]!,
        lost: figures[at + LOST]!,
        jitterMs: figures[at + JITTER_MS]!,
        ...(!Number.isNaN(roundTripMs) && { roundTripMs }),
        ...(!Number.isNaN(mos) && { mos }),
      });
    }
  }
  return glances;
}
