/** The SIP ladder of a call as data: who stands where, and which arrow goes when from whom to whom. Pure. */

import { printHostPort } from "../base/mod.ts";
import { glance, latin1, type TracedMessage } from "./traced_message.ts";

/** A vertical line of the ladder. */
export interface LadderColumn {
  /** `server`, or the address of a peer. */
  readonly key: string;
  readonly title: string;
  readonly transport?: "udp" | "tcp" | "tls";
}

/** An arrow. */
export interface LadderArrow {
  readonly at: number;
  /** Milliseconds since the first message of the ladder. */
  readonly afterMs: number;
  /** Indexes into the columns. */
  readonly from: number;
  readonly to: number;
  /** `INVITE`, `180 Ringing`. */
  readonly label: string;
  readonly kind: "request" | "provisional" | "success" | "failure";
  /** Request the response belongs to, and the CSeq number: `INVITE 1`. */
  readonly transaction: string;
  readonly callId: string;
  readonly hasSdp: boolean;
  /** The same message on the same path once more. */
  readonly isRetransmission: boolean;
  /** The message as text, secrets masked. */
  readonly text: string;
}

export interface Ladder {
  readonly columns: readonly LadderColumn[];
  readonly arrows: readonly LadderArrow[];
}

export interface LadderOptions {
  /** Name shown for the server's own column. */
  readonly server?: string;
  /** Names of peers by address (`192.0.2.1:5060`), e.g. their extensions. */
  readonly names?: ReadonlyMap<string, string>;
}

/** The caller's side stands left of the server, everybody else right of it, in order of appearance. */
export function buildLadder(messages: readonly TracedMessage[], options: LadderOptions = {}): Ladder {
  const peers = new Map<string, LadderColumn>();
  for (const { path } of messages) {
    const key = addressOf(path.remote);
    if (!peers.has(key)) {
      peers.set(key, { key, title: options.names?.get(key) ?? key, transport: path.transport });
    }
  }
  const [first, ...others] = peers.values();
  const columns: LadderColumn[] = [
    ...(first ? [first] : []),
    { key: "server", title: options.server ?? "sipedge" },
    ...others,
  ];
  const columnOf = new Map(columns.map(({ key }, index) => [key, index]));
  const seen = new Set<string>();
  const startedAt = messages[0]?.at ?? 0;
  const arrows = messages.map((message): LadderArrow => {
    const peer = columnOf.get(addressOf(message.path.remote)) ?? 0;
    const server = columnOf.get("server") ?? 0;
    const { callId, method, statusCode, reasonPhrase, sequence, hasSdp } = glance(message.bytes);
    const text = latin1(message.bytes);
    const fingerprint = `${message.direction} ${addressOf(message.path.remote)} ${text}`;
    const isRetransmission = seen.has(fingerprint);
    seen.add(fingerprint);
    return {
      at: message.at,
      afterMs: message.at - startedAt,
      from: message.direction === "in" ? peer : server,
      to: message.direction === "in" ? server : peer,
      label: statusCode === undefined ? method || "?" : `${statusCode} ${reasonPhrase ?? ""}`.trimEnd(),
      kind: kindOf(statusCode),
      transaction: `${method} ${sequence}`.trim(),
      callId,
      hasSdp,
      isRetransmission,
      text: utf8(message.bytes),
    };
  });
  return { columns, arrows };
}

function kindOf(statusCode: number | undefined): LadderArrow["kind"] {
  if (statusCode === undefined) return "request";
  return statusCode < 200 ? "provisional" : statusCode < 300 ? "success" : "failure";
}

function addressOf({ host, port }: { readonly host: string; readonly port: number }): string {
  return printHostPort(host, port);
}

const UTF8 = new TextDecoder();

function utf8(bytes: Uint8Array): string {
  return UTF8.decode(bytes);
}
