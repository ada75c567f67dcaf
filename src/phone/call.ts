/** One call of the phone, from dialling or ringing to its report: SIP on one side, media on the other. */

import { fail, ok, type Result, token } from "../base/mod.ts";
import type { LegId, MediaEvent } from "../media/plane.ts";
import type { IncomingRequest, Session, SessionEnd, SessionListener } from "../sip/mod.ts";
import { bodyOfType, from, type SipResponse, type Uri } from "../sip/message/mod.ts";
import { type CallHost, openMedia } from "./call_host.ts";
import type { CallMedia } from "./call_media.ts";
import { CallStory } from "./call_story.ts";
import { keypadDigits, sendInfoDigits } from "./digits.ts";
import { answerRequest } from "./in_call_requests.ts";
import { Renegotiation } from "./renegotiation.ts";
import { type OwnEnd, qualityOf } from "./report.ts";
import { isRefusalOfWay, waysToTry } from "./srtp_ways.ts";
import { shortName } from "./targets.ts";
import { Transfer } from "./transfer.ts";
import type { CallAgreement, CallEvent, CallQuality, CallReport, CallState, SrtpWay } from "./types.ts";
import { Voice } from "./voice.ts";

const NOT_ACCEPTABLE = 'SIP;cause=488;text="Not Acceptable Here"';

interface Parties {
  readonly direction: "incoming" | "outgoing";
  readonly remote: Uri;
  readonly remoteName: string;
}

export class PhoneCall {
  readonly id: string;
  readonly direction: "incoming" | "outgoing";
  readonly remote: Uri;
  /** Display name, user part or number of the other side. */
  readonly remoteName: string;
  readonly #host: CallHost<PhoneCall>;
  readonly #story: CallStory;
  readonly #voice: Voice;
  readonly #ended = Promise.withResolvers<CallReport>();
  #state: CallState;
  #session: Session | undefined;
  #media: CallMedia | undefined;
  /** Ways of SRTP that are left to try; the first is the present one. */
  #ways: readonly SrtpWay[];
  /** A challenge after that means that the credentials were wrong. */
  #hasShownCredentials = false;
  /** To an incoming offer, made before it rings. */
  #answerSdp: Uint8Array | undefined;
  #renegotiation: Renegotiation | undefined;
  #transfer: Transfer | undefined;

  private constructor(host: CallHost<PhoneCall>, { direction, remote, remoteName }: Parties) {
    const { random, clock, plane } = host.world;
    this.#host = host;
    this.id = token(random, 8);
    this.direction = direction;
    this.remote = remote;
    this.remoteName = remoteName;
    this.#story = new CallStory(clock, { direction });
    this.#voice = new Voice(plane, (complete) => {
      if (this.#state !== "ended") this.#tell({ kind: "played", complete });
    });
    this.#state = direction === "incoming" ? "incoming" : "calling";
    this.#ways = waysToTry(host.settings.srtp, host.settings.srtpWay);
  }

  /** Calls `target`. */
  static dial(host: CallHost<PhoneCall>, target: Uri): PhoneCall {
    const remoteName = shortName(target);
    const call = new PhoneCall(host, { direction: "outgoing", remote: target, remoteName });
    void call.#dial();
    return call;
  }

  /** Takes an INVITE and rings, or refuses it where its offer does not fit. */
  static receive(host: CallHost<PhoneCall>, incoming: IncomingRequest): PhoneCall {
    const { uri, displayName } = from(incoming.request);
    const remoteName = displayName || shortName(uri);
    const call = new PhoneCall(host, { direction: "incoming", remote: uri, remoteName });
    call.#session = incoming.accept(call.#listen(), { contactUser: host.settings.user });
    void call.#receive(incoming);
    return call;
  }

  get state(): CallState {
    return this.#state;
  }

  /** What is agreed upon now; undefined before. */
  get agreement(): CallAgreement | undefined {
    const codec = this.#media?.codec;
    if (codec === undefined) return undefined;
    const encryption = this.#media?.encryption;
    const keysExposed = this.#session?.flow?.transport !== "tls";
    return { codec, ...(encryption && { encryption: { ...encryption, keysExposed } }) };
  }

  get isHeld(): boolean {
    return this.#media?.wish === "sendonly";
  }

  get isHeldByPeer(): boolean {
    return this.#media?.isHeldByPeer ?? false;
  }

  /** The plane's leg, while there is one. */
  get leg(): LegId | undefined {
    return this.#media?.leg;
  }

  /** Comes once, when the call is over and its recording is whole. */
  get ended(): Promise<CallReport> {
    return this.#ended.promise;
  }

  /** Takes an incoming call. */
  answer(): void {
    const media = this.#media;
    if (this.#state !== "incoming" || !media || !this.#story.hasRung) return;
    this.#session!.answer({ sdp: this.#answerSdp ?? media.firstOffer(this.#ways[0]!) });
    if (media.isAgreed) this.#begin();
  }

  /** Refuses an incoming call. */
  reject(statusCode = 486): void {
    if (this.#state === "incoming") this.#session?.reject({ statusCode });
  }

  /** Ends the call, whatever stage it is in. */
  hangUp(): void {
    if (this.#session) this.#session.end();
    else this.#finish();
  }

  /** The other side hears nothing more and says nothing more until {@linkcode resume}. */
  hold(): Promise<Result<void, string>> {
    return this.#renegotiation?.offer("sendonly") ?? Promise.resolve(fail("there is no call to hold"));
  }

  resume(): Promise<Result<void, string>> {
    return this.#renegotiation?.offer("sendrecv") ?? Promise.resolve(fail("there is no call to resume"));
  }

  /** True: silence instead of what is played; the other side does not know. */
  get isMuted(): boolean {
    return this.#voice.isMuted;
  }

  set isMuted(isMuted: boolean) {
    this.#voice.isMuted = isMuted;
  }

  /** Says the files in turn, now or as soon as the call is answered; undefined ends that. */
  play(paths: readonly string[] | undefined, { loop = false }: { readonly loop?: boolean } = {}): void {
    this.#voice.play(paths && { paths, loop });
  }

  /** Writes what is heard to a WAV file, from now or from the answer on. */
  record(path: string): void {
    this.#voice.record(path);
  }

  stopRecording(): void {
    this.#voice.stopRecording();
  }

  /** Sends 0–9, A–D, star and hash the way the account's `dtmf` says. */
  sendDigits(text: string): Result<void, string> {
    const digits = keypadDigits(text);
    if (digits === undefined) return fail(`"${text}" holds what no keypad has`);
    const media = this.#media;
    if (this.#state !== "active" || !media) return fail("there is no call to send digits in");
    if (media.dtmf === "info") sendInfoDigits(this.#session!, digits);
    else this.#host.world.plane.sendDigits(media.leg, digits);
    return ok(undefined);
  }

  /** Sends the other side to `target`; the call is over when that one has answered. */
  async transfer(target: Uri): Promise<Result<void, string>> {
    if (this.#state !== "active") return fail("there is no call to transfer");
    if (this.#transfer) return fail("a transfer is under way");
    const { ownUri: referrer, world: { clock } } = this.#host;
    const tell = (status: "trying" | "done" | "failed", statusCode?: number) =>
      this.#tell({ kind: "transfer", status, ...(statusCode !== undefined && { statusCode }) });
    const transfer = this.#transfer = new Transfer(this.#session!, { clock, target, referrer, tell });
    const outcome = await transfer.outcome;
    this.#transfer = undefined;
    if (outcome.ok) this.hangUp();
    return outcome;
  }

  /** How the other side is heard now. */
  async measure(): Promise<CallQuality | undefined> {
    const media = this.#media;
    const stream = media && this.#state !== "ended"
      ? media.streamOf(await this.#host.world.plane.measure(media.leg))
      : undefined;
    return stream && qualityOf(stream);
  }

  /** An event of the plane that names this call's leg. */
  hear(event: MediaEvent): void {
    this.#voice.hear(event);
    switch (event.kind) {
      case "digit":
        return this.#tell({ kind: "digit", digit: event.digit });
      case "silent":
        if (event.stream !== this.#media?.streamNumber) return;
        return this.#tell({ kind: "silent", silent: event.silent, forMs: event.forMs });
      case "lost":
        return this.#giveUp("no ports");
    }
  }

  async #dial(): Promise<void> {
    this.#tell({ kind: "calling" });
    if (this.#take(await openMedia(this.#host, { label: this.id }))) this.#invite();
  }

  async #receive({ request, flow }: IncomingRequest): Promise<void> {
    if (!this.#take(await openMedia(this.#host, { label: this.id, flow }))) return;
    const offer = bodyOfType(request, "application/sdp");
    const answer = offer && this.#media!.answer(offer, flow.remote.host);
    if (answer?.ok === false) return this.#giveUp(answer.error);
    this.#answerSdp = answer?.value;
    this.#story.rings();
    this.#session!.ring(180);
    this.#tell({ kind: "incoming" });
  }

  /** False when nobody needs the media any more, or there is none. */
  #take(media: CallMedia | OwnEnd): boolean {
    if (typeof media === "string") {
      this.#giveUp(media);
      return false;
    }
    if (this.#state === "ended") {
      void media.close();
      return false;
    }
    this.#media = media;
    return true;
  }

  #invite(): void {
    const sdp = this.#media!.firstOffer(this.#ways[0]!);
    this.#hasShownCredentials = this.#host.showsCredentials;
    this.#session = this.#host.invite(this.remote, sdp, this.#listen());
  }

  #listen(): SessionListener {
    return {
      progress: ({ response, sdp, isOffer }) => this.#progress(response, isOffer ? undefined : sdp),
      answered: ({ sdp }) => this.#answered(sdp),
      acknowledged: ({ sdp }) => this.#acknowledged(sdp),
      offered: ({ sdp }) => this.#offered(sdp),
      offerAnswered: ({ sdp }) => this.#renegotiation?.answered(sdp),
      offerRefused: ({ response: { statusCode, reasonPhrase } }) =>
        this.#renegotiation?.refused(`${statusCode} ${reasonPhrase}`),
      requested: (event) =>
        answerRequest(event, {
          transfer: this.#transfer,
          onDigit: (digit) => this.#tell({ kind: "digit", digit }),
        }),
      ended: (end) => this.#sessionEnded(end),
    };
  }

  #progress({ statusCode }: SipResponse, sdp: Uint8Array | undefined): void {
    const media = this.#media!;
    if (sdp && media.takeAnswer(sdp, this.#peerHost) === undefined) {
      this.#voice.connect(media.leg, media.isHeard);
      this.#tell({ kind: "early", agreement: this.agreement! });
    }
    if (statusCode !== 180 || this.#state === "ringing") return;
    this.#state = "ringing";
    this.#story.rings();
    this.#tell({ kind: "ringing" });
  }

  #answered(sdp: Uint8Array | undefined): void {
    const media = this.#media!;
    const missing = media.isAgreed ? undefined : "no media";
    const fault = sdp ? media.takeAnswer(sdp, this.#peerHost) : missing;
    if (fault) this.#giveUp(fault);
    else this.#begin();
  }

  /** The ACK of an INVITE or re-INVITE that had asked for our offer brings the answer. */
  #acknowledged(sdp: Uint8Array | undefined): void {
    const media = this.#media!;
    if (!sdp && media.isAgreed) return;
    const fault = sdp ? media.takeAnswer(sdp, this.#peerHost) : "no media";
    if (fault) this.#giveUp(fault);
    else if (this.#state === "incoming") this.#begin();
    else this.#changed();
  }

  /** Both sides talk. */
  #begin(): void {
    this.#state = "active";
    this.#story.isAnswered();
    const media = this.#media!;
    this.#renegotiation = new Renegotiation({
      session: this.#session!,
      media,
      changed: () => this.#changed(),
      broken: (fault) => this.#giveUp(fault),
    });
    this.#voice.connect(media.leg, media.isHeard);
    this.#voice.begin();
    this.#tell({ kind: "answered", agreement: this.agreement! });
  }

  /** Before the answer there is nothing yet that an UPDATE could change. */
  #offered(sdp: Uint8Array | undefined): void {
    if (this.#renegotiation) return this.#renegotiation.offered(sdp);
    this.#session!.refuseOffer({ statusCode: 500, headers: [["Retry-After", "3"]] });
  }

  #changed(): void {
    const { agreement, isHeld, isHeldByPeer } = this;
    const media = this.#media!;
    this.#voice.connect(media.leg, media.isHeard);
    this.#tell({ kind: "changed", isHeld, isHeldByPeer, agreement: agreement! });
  }

  #sessionEnded(end: SessionEnd): void {
    if (end.cause === "rejected" && end.by === "peer" && this.#isTriedAgain(end.response)) return;
    this.#story.sessionEnded(end, this.#host.connectFault);
    this.#finish();
  }

  /** A first challenge, or a peer that wants its SRTP offered in another way. */
  #isTriedAgain(response: SipResponse): boolean {
    const { statusCode } = response;
    if (statusCode === 401 || statusCode === 407) {
      if (this.#hasShownCredentials || !this.#host.learnRealms(response)) return false;
    } else {
      if (!isRefusalOfWay(statusCode) || this.#ways.length < 2) return false;
      this.#ways = this.#ways.slice(1);
    }
    this.#invite();
    return true;
  }

  /** Ends the call for a reason of our own; the session, if any, tells when it has ended. */
  #giveUp(why: OwnEnd): void {
    this.#story.givesUp(why);
    const session = this.#session;
    if (!session || session.state === "ended") return this.#finish();
    const isUnanswered = session.state === "incoming" || session.state === "early";
    if (this.direction === "outgoing" || !isUnanswered) return session.end([["Reason", NOT_ACCEPTABLE]]);
    session.reject({ statusCode: why === "no ports" || why === "no path" ? 503 : 488 });
  }

  #finish(): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#renegotiation?.stop();
    this.#transfer?.stop();
    void this.#close();
  }

  async #close(): Promise<void> {
    const agreement = this.agreement;
    this.#story.ends();
    const stream = await this.#media?.close();
    const recording = await this.#voice.recorded;
    const flow = this.#session?.flow;
    const report = this.#story.report({
      remote: this.remoteName,
      ...(flow && { flow }),
      ...(agreement && { agreement }),
      ...(stream && { stream }),
      ...(recording && { recording }),
    });
    this.#tell({ kind: "ended", report });
    this.#ended.resolve(report);
  }

  get #peerHost(): string {
    return this.#session?.flow?.remote.host ?? "";
  }

  #tell(event: CallEvent): void {
    this.#host.tell(this, event);
  }
}
