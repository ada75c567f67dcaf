/** Offers within a call, ours and theirs: hold, resume, moved media, new keys (RFC 3261 §14, RFC 3264 §8). */

import { fail, ok, type Result } from "../base/mod.ts";
import type { Session } from "../sip/mod.ts";
import type { CallMedia, MediaFault } from "./call_media.ts";

export interface RenegotiationOptions {
  readonly session: Session;
  readonly media: CallMedia;
  /** Something new is agreed upon. */
  readonly changed: () => void;
  /** The peer took our offer, but not so that we could go on. */
  readonly broken: (fault: MediaFault) => void;
}

interface Offering {
  readonly undo: () => void;
  readonly done: (outcome: Result<void, string>) => void;
}

export class Renegotiation {
  readonly #options: RenegotiationOptions;
  #offering: Offering | undefined;
  #isOver = false;

  constructor(options: RenegotiationOptions) {
    this.#options = options;
  }

  /** `sendonly` holds the peer, `sendrecv` ends that. The outcome says why the peer refused. */
  offer(wish: "sendonly" | "sendrecv"): Promise<Result<void, string>> {
    const { media, session } = this.#options;
    if (this.#isOver) return Promise.resolve(fail("the call is over"));
    if (this.#offering) return Promise.resolve(fail("another change is under way"));
    const undo = media.checkpoint();
    media.wish = wish;
    session.offer(media.nextOffer());
    return new Promise((done) => this.#offering = { undo, done });
  }

  /** The peer's answer to ours. */
  answered(sdp: Uint8Array | undefined): void {
    const { media, changed, broken } = this.#options;
    const fault = sdp ? media.takeAnswer(sdp, this.#peerHost) : "no media";
    if (fault) return broken(fault);
    changed();
    this.#settle(ok(undefined));
  }

  /** The peer refused ours: all is as it was. */
  refused(reason: string): void {
    this.#offering?.undo();
    this.#settle(fail(reason));
  }

  /** The peer's offer; without one it asks for ours, and `acknowledged` brings its answer. */
  offered(sdp: Uint8Array | undefined): void {
    const { media, session, changed } = this.#options;
    if (!sdp) return session.answerOffer(media.nextOffer());
    const answer = media.answer(sdp, this.#peerHost);
    if (!answer.ok) return session.refuseOffer({ statusCode: 488 });
    session.answerOffer(answer.value);
    changed();
  }

  /** The call is over. */
  stop(): void {
    this.#isOver = true;
    this.#settle(fail("the call is over"));
  }

  #settle(outcome: Result<void, string>): void {
    const offering = this.#offering;
    this.#offering = undefined;
    offering?.done(outcome);
  }

  get #peerHost(): string {
    return this.#options.session.flow?.remote.host ?? "";
  }
}
