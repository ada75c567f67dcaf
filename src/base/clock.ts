/** The clock port: the only way the project asks for the time or for a later call. */

/** A pending call made by {@linkcode Clock.at}. */
export interface Timer {
  /** Forgets the call; harmless when it has already run. */
  cancel(): void;
}

export interface Clock {
  /** Milliseconds since the Unix epoch; never runs backwards. */
  now(): number;
  /** Runs `task` once, at or soon after `timeMs` (milliseconds since the epoch); a past time means "next". */
  at(timeMs: number, task: () => void): Timer;
}
