/** One SIP message as it passed a socket, and what can be read of it without trusting it. */

/** The path of a message; the shape of a flow. */
export interface TracedPath {
  readonly transport: "udp" | "tcp" | "tls";
  readonly local: { readonly host: string; readonly port: number };
  readonly remote: { readonly host: string; readonly port: number };
}

export interface TracedMessage {
  /** Counts all messages since the start; orders those of one millisecond. */
  readonly sequence: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly direction: "in" | "out";
  readonly path: TracedPath;
  readonly bytes: Uint8Array;
}

/** What a glance at a message shows. Broken messages are traced too, so every field may be empty. */
export interface Glance {
  readonly callId: string;
  /** Method of a request; of the CSeq for a response. */
  readonly method: string;
  readonly statusCode?: number;
  readonly reasonPhrase?: string;
  /** CSeq number as text. */
  readonly sequence: string;
  readonly hasSdp: boolean;
}

/** Headers are read from the first bytes only: a message is traced whole, but a glance must be cheap. */
const GLANCE_BYTES = 4096;
const LATIN1 = new TextDecoder("latin1");

/** Text whose characters are the bytes of the message, one each. */
export function latin1(bytes: Uint8Array): string {
  return LATIN1.decode(bytes);
}

const LF = 10;
const CR = 13;
const BLANK = 32;
const CALL_ID = new TextEncoder().encode("Call-ID: ");
const CSEQ = new TextEncoder().encode("CSeq: ");
const STATUS_LINE = new TextEncoder().encode("SIP/2.0 ");

/** Call-ID and method, which every traced message is filed by: the usual spelling is found without decoding the rest. */
export function filedUnder(bytes: Uint8Array): Pick<Glance, "callId" | "method"> {
  const end = Math.min(bytes.length, GLANCE_BYTES);
  const isResponse = startsWith(bytes, 0, STATUS_LINE);
  let callId = "";
  let method = isResponse ? "" : textUntil(bytes, 0, BLANK);
  for (let at = bytes.indexOf(LF) + 1; at > 0 && at < end; at = bytes.indexOf(LF, at) + 1) {
    if (bytes[at] === CR) break;
    if (startsWith(bytes, at, CALL_ID)) callId = textUntil(bytes, at + CALL_ID.length, CR);
    else if (isResponse && startsWith(bytes, at, CSEQ)) {
      method = textUntil(bytes, bytes.indexOf(BLANK, at + CSEQ.length) + 1, CR);
    }
    if (callId !== "" && method !== "") return { callId, method };
  }
  return glance(bytes);
}

function startsWith(bytes: Uint8Array, at: number, mark: Uint8Array): boolean {
  for (let i = 0; i < mark.length; i++) if (bytes[at + i] !== mark[i]) return false;
  return true;
}

/** The text from `at` to the next `stop`; empty when that is far away or nowhere. */
function textUntil(bytes: Uint8Array, at: number, stop: number): string {
  const end = bytes.indexOf(stop, at);
  if (end < 0 || end - at > 256) return "";
  return String.fromCharCode.apply(null, bytes.subarray(at, end) as unknown as number[]);
}

/** Reads start line, Call-ID and CSeq, compact forms included (RFC 3261 §7.3.3). Linear, never throws. */
export function glance(bytes: Uint8Array): Glance {
  const text = latin1(bytes.subarray(0, GLANCE_BYTES));
  const end = text.indexOf("\r\n\r\n");
  const head = end < 0 ? text : text.slice(0, end);
  const lineEnd = head.indexOf("\r\n");
  const startLine = lineEnd < 0 ? head : head.slice(0, lineEnd);
  const callId = /\n(?:call-id|i)[ \t]*:[ \t]*([^\r\n]{1,256})/i.exec(head)?.[1]?.trimEnd() ?? "";
  const [sequence = "", cseqMethod = ""] =
    /\ncseq[ \t]*:[ \t]*([0-9]{1,10})[ \t]+([^\s]{1,32})/i.exec(head)?.slice(1) ?? [];
  const hasSdp = /\n(?:content-type|c)[ \t]*:[^\r\n]{0,200}application\/sdp/i.test(head);
  const status = /^SIP\/2\.0 ([1-6][0-9]{2}) ?([^\r\n]{0,100})/.exec(startLine);
  if (!status) {
    return { callId, method: /^([A-Za-z0-9.!%*_+`'~-]{1,32}) /.exec(startLine)?.[1] ?? "", sequence, hasSdp };
  }
  const [, code = "", reasonPhrase = ""] = status;
  return { callId, method: cseqMethod, statusCode: Number(code), reasonPhrase, sequence, hasSdp };
}
