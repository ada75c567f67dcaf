/** One side of a call: a SIP session, its media, and whom it belongs to. */

import type { SrtpPolicy } from "../../config/mod.ts";
import type { LegReport } from "../../media/plane.ts";
import type { Binding } from "../registrar/mod.ts";
import type { Session, SessionEnd, SessionListener } from "../../sip/mod.ts";
import type { CallRecordLeg } from "../ports.ts";
import type { Caller } from "./identity.ts";
import type { LegMedia } from "./leg_media.ts";

/** Whom a leg belongs to. */
export interface Party {
  readonly domain: string;
  /** Extension number, or the number outside. */
  readonly number: string;
  readonly name: string;
  /** Set for the house's own phones. */
  readonly extension?: string;
  readonly line?: string;
  readonly device?: Binding;
}

let nextLeg = 1;

export class Leg {
  readonly id: number = nextLeg++;
  readonly side: "caller" | "called";
  readonly party: Party;
  readonly policy: SrtpPolicy;
  /** What the device called itself in its INVITE. */
  readonly userAgent: string | undefined;
  readonly session: Session;
  media: LegMedia | undefined;
  /** How the person is shown to whoever is called on its behalf; absent: as the party. */
  caller: Caller | undefined;
  /** The last measurement, kept when the media has gone. */
  report: LegReport | undefined;
  end: SessionEnd | undefined;
  #listener: SessionListener;
  readonly #whenEnded: (() => void)[] = [];

  /** `begin` makes the session and gives it the listener that this leg forwards to its present owner. */
  constructor(
    options: {
      side: "caller" | "called";
      party: Party;
      policy: SrtpPolicy;
      userAgent?: string;
      owner: SessionListener;
    },
    begin: (listener: SessionListener) => Session,
  ) {
    this.side = options.side;
    this.party = options.party;
    this.policy = options.policy;
    this.userAgent = options.userAgent;
    this.#listener = options.owner;
    this.session = begin({
      progress: (event) => this.#listener.progress(event),
      answered: (event) => this.#listener.answered(event),
      acknowledged: (event) => this.#listener.acknowledged(event),
      offered: (event) => this.#listener.offered(event),
      offerAnswered: (event) => this.#listener.offerAnswered(event),
      offerRefused: (event) => this.#listener.offerRefused(event),
      requested: (event) => this.#listener.requested(event),
      ended: (end) => {
        this.end = end;
        for (const task of this.#whenEnded.splice(0)) task();
        this.#listener.ended(end);
      },
    });
  }

  /** From now on `owner` hears of this leg: an attempt hands it to the call it won. */
  set owner(owner: SessionListener) {
    this.#listener = owner;
  }

  /** Runs `task` when the session has ended; at once when it already has. */
  whenEnded(task: () => void): void {
    if (this.end) task();
    else this.#whenEnded.push(task);
  }

  get hasEnded(): boolean {
    return this.end !== undefined || this.session.state === "ended";
  }

  get isConfirmed(): boolean {
    return this.session.state === "answered" || this.session.state === "confirmed";
  }

  /** Ends the session, whatever stage it is in, and gives the ports back. */
  async release(headers: readonly (readonly [string, string])[] = []): Promise<void> {
    if (!this.hasEnded) this.session.end(headers);
    const media = this.media;
    if (media) this.report = await media.close() ?? this.report;
  }

  /** True when SDES keys crossed a connection that anybody on the way could read. */
  get keysExposed(): boolean {
    return this.media?.isEncrypted === true && this.session.flow !== undefined &&
      this.session.flow.transport !== "tls";
  }

  /** This leg's part of the call's record. */
  record(): CallRecordLeg {
    const { flow, callId } = this.session;
    const { codec, suite } = this.media?.summary ?? {};
    const audio = this.report?.streams[this.media?.audioStream ?? 0];
    const userAgent = this.party.device?.userAgent ?? this.userAgent;
    return {
      side: this.side,
      party: this.party.number,
      ...(flow && { transport: flow.transport, remote: `${flow.remote.host}:${flow.remote.port}` }),
      ...(userAgent !== undefined && { userAgent }),
      ...(codec !== undefined && { codec }),
      ...(suite !== undefined && { srtpSuite: suite }),
      keysExposed: this.keysExposed,
      sipCallId: callId,
      ...(audio && {
        packetsReceived: audio.packetsReceived,
        lost: audio.lost,
        late: audio.late,
        duplicates: audio.duplicates,
        jitterMs: audio.jitterMs,
      }),
      ...(audio?.roundTripMs !== undefined && { roundTripMs: audio.roundTripMs }),
      ...(audio?.mos !== undefined && { mos: audio.mos }),
    };
  }
}
