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
const MAX_CALL_ID = 256;
const MAX_METHOD = 32;
const CALL_ID = new TextEncoder().encode("Call-ID: ");
const CSEQ = new TextEncoder().encode("CSeq: ");
const STATUS_LINE = new TextEncoder().encode("SIP/2.0 ");
const REGISTER = new TextEncoder().encode("REGISTER");

/** Where the Call-ID and the method of a message stand; one for all, since every message is looked at once. */
const found = { callIdAt: 0, callIdEnd: 0, methodAt: 0, methodEnd: 0 };

/** Call-ID and method, which every traced message is filed by: the usual spelling is found without decoding the rest. */
export function filedUnder(bytes: Uint8Array): Pick<Glance, "callId" | "method"> {
  return locate(bytes) ? foundIn(bytes) : glance(bytes);
}

/**
 * As {@linkcode filedUnder}, but for a REGISTER or its response in the usual spelling the number of its Call-ID, found
 * without making an object. Equal Call-IDs have equal numbers, see {@linkcode numberOf}.
 */
export function filing(bytes: Uint8Array): number | Pick<Glance, "callId" | "method"> {
  if (!locate(bytes)) return glance(bytes);
  const { callIdAt, callIdEnd, methodAt, methodEnd } = found;
  const isRegister = methodEnd - methodAt === REGISTER.length && startsWith(bytes, methodAt, REGISTER);
  if (!isRegister) return foundIn(bytes);
  let number = FNV_OFFSET;
  for (let at = callIdAt; at < callIdEnd; at++) number = Math.imul(number ^ bytes[at]!, FNV_PRIME);
  return number;
}

function foundIn(bytes: Uint8Array): Pick<Glance, "callId" | "method"> {
  const { callIdAt, callIdEnd, methodAt, methodEnd } = found;
  return { callId: textOf(bytes, callIdAt, callIdEnd), method: textOf(bytes, methodAt, methodEnd) };
}

const FNV_OFFSET = 0x811c9dc5 | 0;
const FNV_PRIME = 0x01000193;

/** A number for a Call-ID as read from bytes, one character each (FNV-1a, 32 bits): to compare before the text is. */
export function numberOf(callId: string): number {
  let number = FNV_OFFSET;
  for (let i = 0; i < callId.length; i++) number = Math.imul(number ^ callId.charCodeAt(i), FNV_PRIME);
  return number;
}

/** Fills `found`; false when one of the two is not there in the usual spelling. */
function locate(bytes: Uint8Array): boolean {
  const end = Math.min(bytes.length, GLANCE_BYTES);
  const isResponse = startsWith(bytes, 0, STATUS_LINE);
  let hasCallId = false, hasMethod = !isResponse && place(bytes, 0, BLANK, MAX_METHOD, false);
  for (let at = bytes.indexOf(LF) + 1; at > 0 && at < end; at = bytes.indexOf(LF, at) + 1) {
    if (bytes[at] === CR) break;
    if (startsWith(bytes, at, CALL_ID)) hasCallId = place(bytes, at + CALL_ID.length, CR, MAX_CALL_ID, true);
    else if (isResponse && startsWith(bytes, at, CSEQ)) {
      hasMethod = place(bytes, bytes.indexOf(BLANK, at + CSEQ.length) + 1, CR, MAX_METHOD, false);
    }
    if (hasCallId && hasMethod) return true;
  }
  return false;
}

/** Notes the text from `at` to the next `stop`; false when it is empty or too long. */
function place(bytes: Uint8Array, at: number, stop: number, most: number, isCallId: boolean): boolean {
  const end = bytes.indexOf(stop, at);
  if (end <= at || end - at > most) return false;
  if (isCallId) {
    found.callIdAt = at;
    found.callIdEnd = end;
  } else {
    found.methodAt = at;
    found.methodEnd = end;
  }
  return true;
}

function startsWith(bytes: Uint8Array, at: number, mark: Uint8Array): boolean {
  for (let i = 0; i < mark.length; i++) if (bytes[at + i] !== mark[i]) return false;
  return true;
}

function textOf(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode.apply(null, bytes.subarray(from, to) as unknown as number[]);
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
