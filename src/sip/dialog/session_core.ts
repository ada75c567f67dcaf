/** What the parts of one session share: its state, its dialog, and the plain ways to send, answer and end. */
import type {
  Credentials,
  ExtraHeaders,
  Reply,
  RouteTo,
  SessionEnd,
  SessionListener,
  SessionOptions,
  SessionState,
  SessionTimer,
} from "../endpoint_types.ts";
import { sameBytes } from "../../base/mod.ts";
import { createResponse, cseq, type SipRequest, type SipResponse, tokens, type Uri } from "../message/mod.ts";
import type { ServerTransaction } from "../transaction/mod.ts";
import type { Flow } from "../transport/mod.ts";
import { ALLOW, supported } from "./capabilities.ts";
import type { Dialog } from "./dialog.ts";
import { addHeaders } from "./extra_headers.ts";
import { chooseHop } from "./next_hop.ts";
import type {
  AnswerDue,
  ContactParts,
  DialogOwner,
  OpenAnswer,
  Question,
  SendHandle,
  SendUser,
  SessionHost,
  SessionWays,
} from "./ports.ts";
import { RefreshTimer, type RefreshUser } from "./refresh_timer.ts";
import { type Refresh, timerHeaders } from "./session_timer.ts";
import { SuccessRepeater } from "./success_repeater.ts";

/** Methods that make a dialog or refresh its target (RFC 3261 §12.1, RFC 3311 §5, RFC 6665 §4.2, RFC 3515 §2.2). */
const NAMES_CONTACT: ReadonlySet<string> = new Set(["INVITE", "UPDATE", "SUBSCRIBE", "NOTIFY", "REFER"]);

export interface CoreParts {
  readonly isCaller: boolean;
  readonly host: SessionHost;
  readonly listener: SessionListener;
  readonly options: SessionOptions;
  readonly contact: ContactParts;
  readonly credentials?: Credentials;
}

export class SessionCore implements RefreshUser {
  readonly host: SessionHost;
  readonly listener: SessionListener;
  readonly options: SessionOptions;
  readonly contact: ContactParts;
  readonly credentials: Credentials | undefined;
  /** Whom the host knows as owner of the dialog. */
  owner: DialogOwner | undefined;
  state: SessionState = "calling";
  dialog: Dialog | undefined;
  flow: Flow | undefined;
  /** No proxy between us and the peer, as far as we can see. */
  isAdjacent = false;
  isSymmetric = false;
  /** The peer's last Allow named UPDATE. */
  allowsUpdate = false;
  timer: SessionTimer | undefined;
  refresh: Refresh | undefined;
  due: AnswerDue | undefined;
  /** A 2xx of ours that waits for its ACK. */
  repeater: SuccessRepeater | undefined;
  /** The session descriptions in force, for refreshes. */
  localSdp: Uint8Array | undefined;
  remoteSdp: Uint8Array | undefined;
  /** The session that this is the core of. */
  ways: SessionWays | undefined;
  /** The ACK that has to go out before a BYE may: an offer in a 2xx that nobody answered. */
  ackFirst: (() => void) | undefined;
  readonly isCaller: boolean;
  readonly refreshes: RefreshTimer;
  /** Requests of the peer that wait for the business; absent before the first. */
  #open: Set<OpenAnswer> | undefined;
  /** Headers of a BYE that waits for the ACK to our 2xx; and whether a BYE is on its way. */
  #byeAfterAck: ExtraHeaders | undefined;
  #isClosing = false;

  constructor(parts: CoreParts) {
    this.host = parts.host;
    this.listener = parts.listener;
    this.options = parts.options;
    this.contact = parts.contact;
    this.credentials = parts.credentials;
    this.timer = parts.options.timer;
    this.isCaller = parts.isCaller;
    this.refreshes = new RefreshTimer(parts.host.wheel, this);
  }

  get isEnded(): boolean {
    return this.state === "ended";
  }

  /** True from the 2xx to the end. */
  get isAnswered(): boolean {
    return this.state === "answered" || this.state === "confirmed";
  }

  refreshDue(): void {
    this.ways?.refresh();
  }

  refreshExpired(): void {
    this.hangUp({ by: "network", cause: "session expired" });
  }

  /** Remembers what every message of the peer may tell. */
  learn(message: SipRequest | SipResponse, flow: Flow): void {
    this.flow = flow;
    if (message.headers.has("Allow")) this.allowsUpdate = tokens(message, "Allow").includes("UPDATE");
  }

  /** A request of ours within the dialog. Target refreshes say what we understand and keep the session timer. */
  newRequest(method: string, dialog: Dialog, sequence?: number): SipRequest {
    const request = sequence === undefined
      ? dialog.createRequest(method)
      : dialog.createRequest(method, sequence);
    const { headers } = request;
    headers.append("User-Agent", this.host.userAgent);
    if (method === "INVITE" || method === "UPDATE") {
      headers.append("Allow", ALLOW);
      headers.append("Supported", supported(this.options.reliable ?? "supported"));
      if (this.refresh) {
        const { intervalSec, isOurs } = this.refresh;
        const timer = { expiresSec: intervalSec, minSec: this.timer?.minSec ?? 0 };
        for (const [name, value] of timerHeaders(timer, isOurs)) headers.append(name, value);
      }
    }
    addHeaders(headers, this.options.headers);
    return request;
  }

  /** Where requests of `dialog` go now. */
  way(dialog: Dialog): { readonly route: RouteTo; readonly fallback?: Uri } {
    const { nextHop } = dialog;
    const route = chooseHop({
      nextHop,
      flow: this.flow,
      isAdjacent: this.isAdjacent && dialog.routeSet.length === 0,
      isSymmetric: this.isSymmetric,
    });
    return route.kind === "uri" ? { route } : { route, fallback: nextHop };
  }

  send(request: SipRequest, dialog: Dialog, user: SendUser): SendHandle {
    return this.host.send({
      request,
      ...this.way(dialog),
      ...(NAMES_CONTACT.has(request.method) ? { contact: this.contact } : {}),
      ...(this.credentials ? { credentials: this.credentials } : {}),
    }, user);
  }

  sendAck(ack: SipRequest, dialog: Dialog): void {
    this.host.sendAck(ack, this.way(dialog));
  }

  /** A response within the dialog, with our Contact and capabilities where the RFC wants them. */
  newResponse({ request, transaction }: Question, reply: Reply): SipResponse {
    const { statusCode } = reply;
    const toTag = this.dialog?.localTag ?? "";
    const response = createResponse(request, statusCode, reply.reasonPhrase, { toTag });
    const { headers } = response;
    const isTargetRefresh = request.method === "INVITE" || request.method === "UPDATE";
    if (statusCode > 100 && statusCode < 300 && NAMES_CONTACT.has(request.method)) {
      const contact = this.host.contactFor(transaction.replyTo, this.contact);
      if (contact !== undefined) headers.append("Contact", contact);
    }
    if ((isTargetRefresh && statusCode >= 180 && statusCode < 300) || statusCode === 405) {
      headers.append("Allow", ALLOW);
      headers.append("Supported", supported(this.options.reliable ?? "supported"));
    }
    if (statusCode > 100) headers.append("Server", this.host.userAgent);
    addHeaders(headers, reply.headers);
    if (!reply.body) return response;
    headers.set("Content-Type", reply.body.contentType);
    return { ...response, body: reply.body.bytes };
  }

  /** Answers a request of the peer at once. */
  answerWith(question: Question, reply: Reply): void {
    question.transaction.respond(this.newResponse(question, reply));
  }

  /** Takes what both sides have agreed about refreshing the session (RFC 4028), which begins with its answer. */
  agree(refresh: Refresh | undefined): void {
    if (!this.isAnswered) return;
    this.refresh = refresh;
    this.refreshes.start(refresh);
  }

  /** A request of the peer waits for the business from now on. */
  opened(request: OpenAnswer): void {
    this.#open ??= new Set();
    this.#open.add(request);
  }

  answered(request: OpenAnswer): void {
    this.#open?.delete(request);
  }

  /** True when `sdp` is what the peer last gave, byte for byte: a refresh that changes nothing. */
  isRemoteSdp(sdp: Uint8Array): boolean {
    return this.remoteSdp !== undefined && sameBytes(this.remoteSdp, sdp);
  }

  /** Starts to repeat a 2xx of ours until its ACK comes. */
  repeatSuccess(response: SipResponse, transaction: ServerTransaction): void {
    this.repeater?.stop();
    this.repeater = new SuccessRepeater(response, {
      sequence: cseq(response).sequence,
      transaction,
      wheel: this.host.wheel,
      timing: this.host.timing,
      onLost: () => this.#ackLost(),
    });
  }

  /** Takes an ACK; false when it is not the one that is waited for. */
  takeAck(ack: SipRequest): boolean {
    const { repeater } = this;
    if (repeater?.sequence !== cseq(ack).sequence) return false;
    repeater.stop();
    this.repeater = undefined;
    if (!this.isEnded) return true;
    this.#sayByeAtLast();
    return false;
  }

  /**
   * The session has ended: everything of it stops, then the owner hears so. `isOwn`: from within a call of the owner,
   * who is told a moment later. The dialog itself is forgotten by `close`, which may come much later.
   */
  finish(end: SessionEnd, options: { isOwn?: boolean } = {}): void {
    if (this.isEnded) return;
    this.state = "ended";
    this.due = undefined;
    this.refreshes.stop();
    this.ways?.stop();
    for (const request of [...this.#open ?? []]) request.reply({ statusCode: 487 });
    if (options.isOwn) this.host.later(() => this.listener.ended(end));
    else this.listener.ended(end);
  }

  /** Ends an answered session with BYE. The called side may not say it before the ACK came (RFC 3261 §15). */
  hangUp(end: SessionEnd, options: { headers?: ExtraHeaders; isOwn?: boolean } = {}): void {
    if (this.isEnded) return;
    if (!this.isAnswered) {
      this.ways?.endEarly(end);
      return;
    }
    const { dialog } = this;
    if (this.state === "answered" && this.repeater) this.#byeAfterAck = options.headers ?? [];
    else this.#stopRepeating();
    this.ackFirst?.();
    const hasToWait = this.#byeAfterAck !== undefined;
    if (dialog && !hasToWait) this.sendBye(dialog, options.headers);
    this.finish(end, options);
    if (!dialog) this.close();
  }

  /** The peer has ended the session, or refused it, or there is nobody to say BYE to. */
  leave(end: SessionEnd, options: { isOwn?: boolean } = {}): void {
    if (this.isEnded) return;
    this.#stopRepeating();
    this.finish(end, options);
    this.close();
  }

  /** BYE of the peer after our own end: nothing more is to be said. */
  byeReceived(): void {
    this.#stopRepeating();
    this.#byeAfterAck = undefined;
    this.close();
  }

  /** Says BYE; the dialog is forgotten when that is settled (RFC 3261 §15.1.1). */
  sendBye(dialog: Dialog, headers?: ExtraHeaders): void {
    this.#isClosing = true;
    const request = this.newRequest("BYE", dialog);
    addHeaders(request.headers, headers);
    this.send(request, dialog, new ByeUser(dialog, () => this.#forget()));
  }

  /** Forgets the dialog, unless a BYE of ours is still on its way or has to wait. */
  close(): void {
    if (!this.#isClosing && this.#byeAfterAck === undefined) this.#forget();
  }

  #ackLost(): void {
    this.repeater = undefined;
    if (this.isEnded) this.#sayByeAtLast();
    else this.hangUp({ by: "network", cause: "no ack" });
  }

  #sayByeAtLast(): void {
    const headers = this.#byeAfterAck;
    if (headers === undefined || !this.dialog) return;
    this.#byeAfterAck = undefined;
    this.sendBye(this.dialog, headers);
  }

  #stopRepeating(): void {
    this.repeater?.stop();
    this.repeater = undefined;
  }

  #forget(): void {
    if (this.owner) this.host.closed(this.owner);
    this.owner = undefined;
  }
}

/** Whatever answers our BYE, the dialog is over: 481 too, when both sides hung up at once (RFC 3261 §15.1.1). */
class ByeUser implements SendUser {
  readonly #dialog: Dialog;
  readonly #done: () => void;

  constructor(dialog: Dialog, done: () => void) {
    this.#dialog = dialog;
    this.#done = done;
  }

  nextSequence(): number {
    return this.#dialog.nextSequence();
  }

  response(response: SipResponse): void {
    if (response.statusCode >= 200) this.#done();
  }

  failed(): void {
    this.#done();
  }
}
