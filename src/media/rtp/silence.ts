/** Is a stream heard that should be? A machine over looks at it once in a while, the beat or slower. */

/**
 *     off ──expected──▶ waiting ──packet──▶ flowing
 *      ▲                   │ too long          │ ▲ packet
 *      └──not expected──── ▼ ◀──too long───────┘ │
 *                        silent ─────────────────┘
 */
export type SilenceState =
  | { readonly kind: "off" }
  /** Nothing has come since the stream was expected. */
  | { readonly kind: "waiting"; readonly sinceMs: number }
  | { readonly kind: "flowing" }
  | { readonly kind: "silent"; readonly sinceMs: number };

export interface SilenceLook {
  readonly nowMs: number;
  /** The peer should send: it is neither held nor receive-only, and its address is known. */
  readonly expected: boolean;
  /** When the last genuine packet came, 0 for never. */
  readonly lastPacketMs: number;
}

export interface SilenceChange {
  readonly silent: boolean;
  /** How long nothing had come. */
  readonly forMs: number;
}

/** Told within 3 s, looked at least every 500 ms. */
export const SILENT_AFTER_MS = 2_500;

/** Who was heard so shortly ago is being heard. */
const HEARD_MS = 1_000;

export const SILENCE_OFF: SilenceState = { kind: "off" };
const FLOWING: SilenceState = { kind: "flowing" };

export interface SilenceStep {
  readonly state: SilenceState;
  readonly change?: SilenceChange;
}

const TO_OFF: SilenceStep = { state: SILENCE_OFF };
const TO_FLOWING: SilenceStep = { state: FLOWING };

/**
 * The state after a look and, when the stream fell silent or came back, the news; undefined when all is as it was, as
 * nearly always: then it makes no garbage.
 */
export function stepSilence(state: SilenceState, look: SilenceLook): SilenceStep | undefined {
  const { nowMs, lastPacketMs } = look;
  if (!look.expected) return state.kind === "off" ? undefined : TO_OFF;
  switch (state.kind) {
    case "off":
      return { state: { kind: "waiting", sinceMs: nowMs } };
    case "waiting":
      if (lastPacketMs > 0 && lastPacketMs >= state.sinceMs) return TO_FLOWING;
      return fallSilent(state.sinceMs, nowMs);
    case "flowing":
      return fallSilent(lastPacketMs, nowMs);
    case "silent":
      if (lastPacketMs <= state.sinceMs) return undefined;
      return { state: FLOWING, change: { silent: false, forMs: lastPacketMs - state.sinceMs } };
    default:
      return state satisfies never;
  }
}

function fallSilent(sinceMs: number, nowMs: number): SilenceStep | undefined {
  const forMs = nowMs - sinceMs;
  if (forMs < SILENT_AFTER_MS) return undefined;
  return { state: { kind: "silent", sinceMs }, change: { silent: true, forMs } };
}

/** One side is silent and the other, whose last packet came at `otherMs`, is not: what callers know as one-way audio. */
export function isOneWay(
  state: SilenceState,
  other: { readonly lastPacketMs: number; readonly nowMs: number },
): boolean {
  return state.kind === "silent" && other.nowMs - other.lastPacketMs < HEARD_MS;
}
