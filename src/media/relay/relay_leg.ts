/** A leg: the streams towards one peer, and with whom they are joined. */
import type { LegId, LegReport, StreamSettings } from "../plane.ts";
import type { RelayStream } from "./relay_stream.ts";
import { reportOf } from "./stream_report.ts";

export class RelayLeg {
  readonly id: LegId;
  readonly label: string;
  readonly streams: readonly RelayStream[];
  #partner: RelayLeg | undefined;
  #isEchoing = false;

  constructor(id: LegId, options: { readonly streams: readonly RelayStream[]; readonly label: string }) {
    this.id = id;
    this.streams = options.streams;
    this.label = options.label;
  }

  get partner(): RelayLeg | undefined {
    return this.#partner;
  }

  get isEchoing(): boolean {
    return this.#isEchoing;
  }

  /** @throws {RangeError} when a key does not fit its suite. */
  update(stream: number, settings: StreamSettings, nowMs: number): void {
    this.streams[stream]?.update(settings, nowMs);
    this.#mapTypes();
    if (this.#partner) this.#partner.#mapTypes();
  }

  /** Both ways, stream by stream; former joins of either end. */
  join(other: RelayLeg): void {
    this.leave();
    other.leave();
    this.#partner = other;
    other.#partner = this;
    this.#mapTypes();
    other.#mapTypes();
  }

  echo(): void {
    this.leave();
    this.#isEchoing = true;
    this.#mapTypes();
  }

  /** Ends a join or an echo. */
  leave(): void {
    const partner = this.#partner;
    this.#partner = undefined;
    this.#isEchoing = false;
    this.#mapTypes();
    if (partner && partner.#partner === this) partner.leave();
  }

  report(): LegReport {
    return { leg: this.id, streams: this.streams.map(reportOf) };
  }

  #mapTypes(): void {
    for (const stream of this.streams) {
      const to = this.#isEchoing ? stream : this.#partner?.streams[stream.index];
      stream.sink = stream.partner = to;
      stream.mapTypesTo(to);
    }
  }
}
