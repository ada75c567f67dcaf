/** One side of a call: a SIP session, its media, and whom it belongs to. */

import type { SrtpPolicy } from "../../config/mod.ts";
import type { LegReport } from "../../media/plane.ts";
import type { Binding } from "../registrar/mod.ts";
import type { Session, SessionEnd, SessionListener, Told } from "../../sip/mod.ts";
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

/** Who hears of a leg: what its session tells, with the leg in front, so that one owner can have several. */
export interface LegOwner {
  progress?(leg: Leg, event: Told<"progress">): void;
  answered?(leg: Leg, event: Told<"answered">): void;
  acknowledged?(leg: Leg, event: Told<"acknowledged">): void;
  offered?(leg: Leg, event: Told<"offered">): void;
  offerAnswered?(leg: Leg, event: Told<"offerAnswered">): void;
  offerRefused?(leg: Leg, event: Told<"offerRefused">): void;
  requested(leg: Leg, event: Told<"requested">): void;
  legEnded(leg: Leg, end: SessionEnd): void;
}

const NOTHING_TO_DO: readonly (() => void)[] = [];
let nextLeg = 1;

/** It listens to its session itself: eight functions for each leg would be a kilobyte of every call. */
export class Leg implements SessionListener {
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
  #owner: LegOwner;
  #whenEnded: readonly (() => void)[] = NOTHING_TO_DO;

  /** `begin` makes the session, whose listener is this leg; its present owner hears the rest. */
  constructor(
    options: {
      side: "caller" | "called";
      party: Party;
      policy: SrtpPolicy;
      userAgent?: string;
      owner: LegOwner;
    },
    begin: (listener: SessionListener) => Session,
  ) {
    this.side = options.side;
    this.party = options.party;
    this.policy = options.policy;
    this.userAgent = options.userAgent;
    this.#owner = options.owner;
    this.session = begin(this);
  }

  /** Where the peer's signalling comes from; empty while it has no way. */
  get signallingHost(): string {
    return this.session.flow?.remote.host ?? "";
  }

  progress(event: Told<"progress">): void {
    this.#owner.progress?.(this, event);
  }

  answered(event: Told<"answered">): void {
    this.#owner.answered?.(this, event);
  }

  acknowledged(event: Told<"acknowledged">): void {
    this.#owner.acknowledged?.(this, event);
  }

  offered(event: Told<"offered">): void {
    this.#owner.offered?.(this, event);
  }

  offerAnswered(event: Told<"offerAnswered">): void {
    this.#owner.offerAnswered?.(this, event);
  }

  offerRefused(event: Told<"offerRefused">): void {
    this.#owner.offerRefused?.(this, event);
  }

  requested(event: Told<"requested">): void {
    this.#owner.requested(this, event);
  }

  ended(end: SessionEnd): void {
    this.end = end;
    const tasks = this.#whenEnded;
    this.#whenEnded = NOTHING_TO_DO;
    for (const task of tasks) task();
    this.#owner.legEnded(this, end);
  }

  /** From now on `owner` hears of this leg: an attempt hands it to the call it won. */
  set owner(owner: LegOwner) {
    this.#owner = owner;
  }

  /** Runs `task` when the session has ended; at once when it already has. */
  whenEnded(task: () => void): void {
    if (this.end) task();
    else this.#whenEnded = this.#whenEnded.concat(task);
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
