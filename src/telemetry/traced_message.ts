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

/** Call-ID and method, which every traced message is filed by: the usual spelling is found without an expression. */
export function filedUnder(bytes: Uint8Array): Pick<Glance, "callId" | "method"> {
  const text = latin1(bytes.subarray(0, GLANCE_BYTES));
  const callId = lineAfter(text, "\r\nCall-ID: ");
  const method = text.startsWith("SIP/2.0 ")
    ? wordAfter(lineAfter(text, "\r\nCSeq: "))
    : text.slice(0, text.indexOf(" "));
  const isUsual = callId !== "" && callId.length <= 256 && method !== "" && method.length <= 32;
  return isUsual ? { callId, method } : glance(bytes);
}

function lineAfter(text: string, mark: string): string {
  const at = text.indexOf(mark);
  if (at < 0) return "";
  const end = text.indexOf("\r", at + mark.length);
  return end < 0 ? "" : text.slice(at + mark.length, end);
}

/** The method of a CSeq value. */
function wordAfter(cseq: string): string {
  const blank = cseq.indexOf(" ");
  return blank < 0 ? "" : cseq.slice(blank + 1);
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
