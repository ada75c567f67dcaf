/** Dialog state (RFC 3261 §12): who, which way, and the next numbers. */
import { detached } from "../../base/mod.ts";
import {
  contacts,
  createRequest,
  cseq,
  detachedUri,
  from,
  type NameAddr,
  parseNameAddr,
  printNameAddr,
  printUri,
  type SipRequest,
  type SipResponse,
  tagOf,
  to,
  type Uri,
} from "../message/mod.ts";
import { NO_TURNS, type Turns } from "./offer_answer.ts";

const NO_ROUTES: readonly string[] = [];

interface DialogParts {
  readonly callId: string;
  readonly local: NameAddr;
  readonly remote: NameAddr;
  readonly localSequence: number;
  readonly remoteSequence: number;
  readonly routeSet: readonly string[];
  readonly remoteTarget: Uri;
}

/** It outlives the messages it was made of by hours: its texts are copies, so that it keeps none of them. */
export class Dialog {
  readonly callId: string;
  /** From of our requests, with our tag. */
  readonly local: string;
  /** To of our requests, with the peer's tag. */
  readonly remote: string;
  readonly localTag: string;
  readonly remoteTag: string;
  /** CSeq of our last request. */
  localSequence: number;
  /** CSeq of the peer's last request; -1 before the first. */
  remoteSequence: number;
  /** Route values, nearest first, as they stood in Record-Route. */
  routeSet: readonly string[];
  remoteTarget: Uri;
  /** Whose turn it is in the offer/answer exchange. */
  turns: Turns = NO_TURNS;
  /** RSeq of the last reliable provisional response taken; undefined before the first. */
  reliableSequence: number | undefined;

  constructor(parts: DialogParts) {
    this.callId = parts.callId;
    this.local = detached(printNameAddr(parts.local));
    this.remote = detached(printNameAddr(parts.remote));
    this.localTag = tagOf(parts.local) ?? "";
    this.remoteTag = detached(tagOf(parts.remote) ?? "");
    this.localSequence = parts.localSequence;
    this.remoteSequence = parts.remoteSequence;
    this.routeSet = routesOf(parts.routeSet);
    this.remoteTarget = detachedUri(parts.remoteTarget);
  }

  /** The caller's side of a dialog, from its INVITE and a response with a To tag (RFC 3261 §12.1.2). */
  static asCaller(invite: SipRequest, response: SipResponse): Dialog {
    return new Dialog({
      callId: invite.headers.get("Call-ID") ?? "",
      local: from(invite),
      remote: to(response),
      localSequence: cseq(invite).sequence,
      remoteSequence: -1,
      routeSet: response.headers.all("Record-Route").toReversed(),
      remoteTarget: contactOf(response) ?? invite.requestUri,
    });
  }

  /** The called side, from the INVITE received (RFC 3261 §12.1.1). Without a Contact its From has to serve. */
  static asCalled(invite: SipRequest, localTag: string): Dialog {
    const local = to(invite);
    return new Dialog({
      callId: detached(invite.headers.get("Call-ID") ?? ""),
      local: { ...local, params: new Map(local.params).set("tag", localTag) },
      remote: from(invite),
      localSequence: 0,
      remoteSequence: cseq(invite).sequence,
      routeSet: invite.headers.all("Record-Route"),
      remoteTarget: contactOf(invite) ?? from(invite).uri,
    });
  }

  /** The 2xx has the last word on the way it came (RFC 3261 §13.2.2.4). */
  confirm(response: SipResponse): void {
    this.routeSet = routesOf(response.headers.all("Record-Route").toReversed());
    this.refreshTarget(response);
  }

  /** Takes the Contact of a target refresh request or of its 2xx (RFC 3261 §12.2). */
  refreshTarget(message: SipRequest | SipResponse): void {
    const target = contactOf(message);
    if (target) this.remoteTarget = detachedUri(target);
  }

  nextSequence(): number {
    return ++this.localSequence;
  }

  /** False for a request older than one already seen (RFC 3261 §12.2.2); otherwise the number is taken. */
  takeSequence(request: SipRequest): boolean {
    const { sequence } = cseq(request);
    if (sequence <= this.remoteSequence) return false;
    this.remoteSequence = sequence;
    return true;
  }

  /** A request within the dialog, without Via (RFC 3261 §12.2.1.1). ACK names the CSeq of its INVITE. */
  createRequest(method: string, sequence: number = this.nextSequence()): SipRequest {
    const { routeSet } = this;
    const [first] = routeSet;
    const strict = first === undefined ? undefined : strictRouter(first);
    const request = createRequest({
      method,
      requestUri: strict ?? this.remoteTarget,
      from: this.local,
      to: this.remote,
      callId: this.callId,
      sequence,
    });
    for (let i = strict ? 1 : 0; i < routeSet.length; i++) request.headers.append("Route", routeSet[i]!);
    // A router of RFC 2543 wants the target at the end of the list instead.
    if (strict) request.headers.append("Route", `<${printUri(this.remoteTarget)}>`);
    return request;
  }

  /** The URI whose host is the next hop: the first route, else the target (RFC 3261 §8.1.2). */
  get nextHop(): Uri {
    const [first] = this.routeSet;
    const parsed = first === undefined ? undefined : parseNameAddr(first);
    return parsed?.ok ? parsed.value.uri : this.remoteTarget;
  }
}

function routesOf(routes: readonly string[]): readonly string[] {
  return routes.length === 0 ? NO_ROUTES : routes.map(detached);
}

/** The URI of a route without `lr`: it expects itself in the Request-URI. */
function strictRouter(route: string): Uri | undefined {
  const parsed = parseNameAddr(route);
  if (!parsed.ok || parsed.value.uri.scheme === "tel" || parsed.value.uri.scheme === "other") {
    return undefined;
  }
  return parsed.value.uri.params.has("lr") ? undefined : parsed.value.uri;
}

function contactOf(message: SipRequest | SipResponse): Uri | undefined {
  const all = contacts(message);
  const uri = all === "*" ? undefined : all?.[0]?.uri;
  if (uri?.scheme !== "sip" && uri?.scheme !== "sips") return uri;
  // A Request-URI carries neither (RFC 3261 §19.1.1, table 1).
  if (uri.headers.size === 0 && !uri.params.has("method")) return uri;
  const params = new Map(uri.params);
  params.delete("method");
  return { ...uri, params, headers: new Map() };
}
