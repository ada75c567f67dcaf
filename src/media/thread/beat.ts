/** The 20 ms beat: times on a grid, so that lateness does not add up; what was missed is made up for, up to a point. */
const BEAT_MS = 20;
/** Beats later than this count as late. */
const LATE_MS = 5;
/** A thread that stood still for longer goes on from now: nobody wants the seconds that were lost. */
const LONGEST_GAP_MS = 200;

export class Beat {
  /** When the next one is due. */
  nextMs: number;
  beats = 0;
  /** Of these. */
  lateBeats = 0;

  constructor(nowMs: number) {
    this.nextMs = nowMs + BEAT_MS;
  }

  isDue(nowMs: number): boolean {
    if (nowMs < this.nextMs) return false;
    if (nowMs - this.nextMs > LATE_MS) this.lateBeats++;
    if (nowMs - this.nextMs > LONGEST_GAP_MS) this.nextMs = nowMs;
    return true;
  }

  /** The time of the beat that is due, on the grid; the next one is 20 ms later. */
  take(): number {
    const dueMs = this.nextMs;
    this.nextMs += BEAT_MS;
    this.beats++;
    return dueMs;
  }

  /** Nothing happens on the beat: keeps the grid near the present. */
  skipTo(nowMs: number): void {
    if (this.nextMs <= nowMs) this.nextMs += BEAT_MS * (1 + Math.floor((nowMs - this.nextMs) / BEAT_MS));
  }
}
