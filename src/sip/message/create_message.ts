/** New requests (RFC 3261 §8.1.1) and responses to received ones (§8.2.6). */
import { printCSeq } from "./cseq.ts";
import { Headers } from "./headers.ts";
import { parseNameAddr, printNameAddr } from "./name_addr.ts";
import { to } from "./reads.ts";
import { reasonPhrase as registeredPhrase } from "./status_codes.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import type { NameAddr, Uri } from "./types.ts";

export interface RequestParts {
  readonly method: string;
  readonly requestUri: Uri;
  /** As text: printed before. */
  readonly from: NameAddr | string;
  readonly to: NameAddr | string;
  readonly callId: string;
  readonly sequence: number;
  /** Default 70 (§8.1.1.6). */
  readonly maxForwards?: number;
  /** Appended in order after the mandatory ones. */
  readonly headers?: Iterable<readonly [name: string, value: string]>;
  readonly body?: Uint8Array;
  readonly contentType?: string;
}

const NO_BODY = new Uint8Array(0);
/** What a response repeats of its request (RFC 3261 §8.2.6.2), and one that may make a dialog (§12.1.1). */
const IN_RESPONSE: ReadonlySet<string> = new Set(["Via", "From", "To", "Call-ID", "CSeq", "Timestamp"]);
const IN_DIALOG_RESPONSE: ReadonlySet<string> = new Set([...IN_RESPONSE, "Record-Route"]);

/** A request without Via, which the transaction puts on top. Throws TypeError when a value holds a line break. */
export function createRequest(parts: RequestParts): SipRequest {
  const { method, requestUri, body = NO_BODY, maxForwards = 70 } = parts;
  const headers = new Headers();
  headers.append("Max-Forwards", String(maxForwards));
  headers.append("From", printed(parts.from));
  headers.append("To", printed(parts.to));
  headers.append("Call-ID", parts.callId);
  headers.append("CSeq", printCSeq({ sequence: parts.sequence, method }));
  for (const [name, value] of parts.headers ?? []) headers.append(name, value);
  if (parts.contentType !== undefined) headers.set("Content-Type", parts.contentType);
  return { kind: "request", method, requestUri, headers, body };
}

function printed(value: NameAddr | string): string {
  return typeof value === "string" ? value : printNameAddr(value);
}

/**
 * A response with Via, From, To, Call-ID, CSeq and Timestamp of the request, and with Record-Route when it may make a
 * dialog (1xx above 100, 2xx). `toTag` is added to To unless the request had one there (§8.2.6.2).
 */
export function createResponse(
  request: SipRequest,
  statusCode: number,
  reasonPhrase: string = registeredPhrase(statusCode),
  options: { readonly toTag?: string } = {},
): SipResponse {
  const headers = new Headers(), { toTag } = options;
  headers.take(request.headers, statusCode > 100 && statusCode < 300 ? IN_DIALOG_RESPONSE : IN_RESPONSE);
  if (toTag !== undefined && headers.has("To")) addTag(headers, to(request), toTag);
  return { kind: "response", statusCode, reasonPhrase, headers, body: NO_BODY };
}

/** The text of To stays as it was written, for peers that compare it as text. */
function addTag(headers: Headers, to: Readonly<NameAddr>, tag: string): void {
  if (to.params.has("tag")) return;
  const parsed = { ...to, params: new Map(to.params).set("tag", tag) };
  headers.replaceFirst("To", `${headers.get("To")};tag=${tag}`, { parse: parseNameAddr, parsed });
}
