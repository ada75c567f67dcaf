/** Prints a whole message (RFC 3261 §7). */
import { isAll, TOKEN } from "./lexer.ts";
import { MAX_MESSAGE_BYTES } from "./limits.ts";
import { encodeWithBody } from "./text.ts";
import type { SipMessage } from "./message.ts";
import { printUri } from "./uri.ts";

const room = new Uint8Array(MAX_MESSAGE_BYTES);

/**
 * The bytes of `message`; Content-Length is set from the body and goes last. Throws TypeError when a part of the start
 * line could break out of it (header values were checked when they were set).
 */
export function printMessage(message: SipMessage): Uint8Array<ArrayBuffer> {
  return print(message);
}

/** As {@linkcode printMessage}, but the bytes hold only until the next call: for what is sent at once and forgotten. */
export function printForNow(message: SipMessage): Uint8Array<ArrayBuffer> {
  return print(message, room);
}

function print(message: SipMessage, room?: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const { headers, body } = message;
  const head = `${printStartLine(message)}\r\n${
    headers.print("Content-Length")
  }Content-Length: ${body.length}\r\n\r\n`;
  return encodeWithBody(head, body, room);
}

function printStartLine(message: SipMessage): string {
  if (message.kind === "request") {
    const uri = printUri(message.requestUri);
    if (!isAll(message.method, TOKEN)) throw new TypeError("Cannot print request: method is not a token");
    if (holdsSpace(uri)) throw new TypeError("Cannot print request: Request-URI holds white space");
    return `${message.method} ${uri} SIP/2.0`;
  }
  const { statusCode, reasonPhrase } = message;
  if (!(Number.isInteger(statusCode) && statusCode >= 100 && statusCode <= 699)) {
    throw new TypeError(`Cannot print response: status code is ${statusCode}, not 100 to 699`);
  }
  if (reasonPhrase.includes("\r") || reasonPhrase.includes("\n")) {
    throw new TypeError("Cannot print response: reason phrase holds a line break");
  }
  return `SIP/2.0 ${statusCode} ${reasonPhrase}`;
}

function holdsSpace(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) <= 32) return true;
  }
  return false;
}
