/** When what happened in a call, and why it ended: the stuff of its report. */

import type { Clock } from "../base/mod.ts";
import type { StreamReport } from "../media/plane.ts";
import type { Flow, SessionEnd } from "../sip/mod.ts";
import { type CallEnd, type OwnEnd, ownEnd, pathOf, qualityOf, readEnd } from "./report.ts";
import type { CallAgreement, CallReport, RecordingReport } from "./types.ts";

const GAVE_UP: CallEnd = { outcome: "cancelled", endedBy: "us", reason: "we gave up" };

export class CallStory {
  readonly #clock: Clock;
  readonly #direction: "incoming" | "outgoing";
  readonly #startedAt: number;
  #ringingAt: number | undefined;
  #answeredAt: number | undefined;
  #endedAt = 0;
  #end: CallEnd = GAVE_UP;
  #isOwnEnd = false;

  constructor(clock: Clock, { direction }: { readonly direction: "incoming" | "outgoing" }) {
    this.#clock = clock;
    this.#direction = direction;
    this.#startedAt = clock.now();
  }

  get hasRung(): boolean {
    return this.#ringingAt !== undefined;
  }

  rings(): void {
    this.#ringingAt ??= this.#clock.now();
  }

  isAnswered(): void {
    this.#answeredAt ??= this.#clock.now();
  }

  /** What this phone found by itself says more than how the session then ended. */
  givesUp(why: OwnEnd): void {
    this.#isOwnEnd = true;
    this.#end = ownEnd(why);
  }

  /** `connectFault` explains better why nobody was reached. */
  sessionEnded(end: SessionEnd, connectFault: string | undefined): void {
    if (this.#isOwnEnd) return;
    this.#end = readEnd(end, {
      connectFault,
      wasActive: this.#answeredAt !== undefined,
      direction: this.#direction,
    });
  }

  ends(): void {
    this.#endedAt = this.#clock.now();
  }

  report(
    { remote, flow, agreement, stream, recording }: {
      readonly remote: string;
      readonly flow?: Flow;
      readonly agreement?: CallAgreement;
      readonly stream?: StreamReport;
      readonly recording?: RecordingReport;
    },
  ): CallReport {
    const ringingAt = this.#ringingAt, answeredAt = this.#answeredAt, endedAt = this.#endedAt;
    return {
      direction: this.#direction,
      remote,
      startedAt: this.#startedAt,
      endedAt,
      talkMs: answeredAt === undefined ? 0 : endedAt - answeredAt,
      ...this.#end,
      ...(ringingAt !== undefined && { ringingAt }),
      ...(answeredAt !== undefined && { answeredAt }),
      ...(flow && { path: pathOf(flow) }),
      ...(agreement && { agreement }),
      ...(stream && { quality: qualityOf(stream) }),
      ...(recording && { recording }),
    };
  }
}
