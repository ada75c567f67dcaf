/** Reads a session description (RFC 8866 §5): linear, capped, lenient where phones are (bare LF, missing `t=`). */

import { fail, ok, type Result } from "../base/mod.ts";
import type {
  MediaDescription,
  SdpAttribute,
  SdpConnection,
  SdpFault,
  SdpOrigin,
  SessionDescription,
} from "./types.ts";

/** A phone with video, slides and fax offers four; sixteen leaves room and bounds the ports one INVITE can take. */
export const MAX_MEDIA = 16;
/** Large Opus and video offers have some sixty. */
export const MAX_LINES = 512;
export const MAX_SDP_BYTES = 32_768;

const DECODER = new TextDecoder();

/** The stream being read: written until the next m= line. */
type OpenMedia = { -readonly [K in keyof MediaDescription]: MediaDescription[K] };

/** Parses `bytes`; the first fault ends the reading. */
export function parseSdp(bytes: Uint8Array): Result<SessionDescription, SdpFault> {
  if (bytes.length > MAX_SDP_BYTES) return fail({ line: 0, reason: `longer than ${MAX_SDP_BYTES} bytes` });
  const lines = DECODER.decode(bytes).split("\n");
  if (lines.length > MAX_LINES) return fail({ line: 0, reason: `more than ${MAX_LINES} lines` });
  const reader = new Reader();
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!.endsWith("\r") ? lines[i]!.slice(0, -1) : lines[i]!;
    if (line === "") continue;
    const reason = reader.line(line);
    if (reason !== undefined) return fail({ line: i + 1, reason });
  }
  return reader.finish();
}

class Reader {
  #version = false;
  #origin: SdpOrigin | undefined;
  #name = "-";
  #connection: SdpConnection | undefined;
  readonly #bandwidth: string[] = [];
  readonly #attributes: SdpAttribute[] = [];
  readonly #media: MediaDescription[] = [];
  #current: OpenMedia | undefined;
  #currentBandwidth: string[] = [];
  #currentAttributes: SdpAttribute[] = [];

  /** Takes one line; a text is the reason why it is refused. */
  line(line: string): string | undefined {
    if (line.charAt(1) !== "=") return "line without type";
    const value = line.slice(2);
    if (!this.#version) {
      if (line.trimEnd() !== "v=0") return "first line is not v=0";
      this.#version = true;
      return undefined;
    }
    switch (line.charAt(0)) {
      case "o":
        return this.#readOrigin(value);
      case "s":
        this.#name = value;
        return undefined;
      case "c":
        return this.#readConnection(value);
      case "b":
        (this.#current ? this.#currentBandwidth : this.#bandwidth).push(value);
        return undefined;
      case "a":
        (this.#current ? this.#currentAttributes : this.#attributes).push(readAttribute(value));
        return undefined;
      case "m":
        return this.#readMedia(value);
      default:
        return undefined;
    }
  }

  finish(): Result<SessionDescription, SdpFault> {
    this.#closeMedia();
    if (!this.#origin) return fail({ line: 0, reason: "no o= line" });
    for (const media of this.#media) {
      if (media.port !== 0 && !media.connection && !this.#connection) {
        return fail({ line: 0, reason: "no c= line for a stream" });
      }
    }
    return ok({
      origin: this.#origin,
      name: this.#name,
      ...(this.#connection && { connection: this.#connection }),
      bandwidth: this.#bandwidth,
      attributes: this.#attributes,
      media: this.#media,
    });
  }

  #readOrigin(value: string): string | undefined {
    const [username, sessionId, sessionVersion, netType, addressType, host] = value.trim().split(/[ \t]+/, 6);
    if (host === undefined || netType !== "IN") return "malformed o= line";
    if (!isNumber(sessionId) || !isNumber(sessionVersion)) return "o= line with a version that is no number";
    const family = addressType === "IP6" ? "ipv6" : "ipv4";
    this.#origin = {
      username: username!,
      sessionId: sessionId!,
      sessionVersion: sessionVersion!,
      family,
      host,
    };
    return undefined;
  }

  #readConnection(value: string): string | undefined {
    const [netType, addressType, address] = value.trim().split(/[ \t]+/, 3);
    if (netType !== "IN" || address === undefined) return "malformed c= line";
    if (addressType !== "IP4" && addressType !== "IP6") return "c= line of an unknown address type";
    const host = address.split("/", 1)[0]!;
    if (!isHost(host)) return "c= line without an address";
    const connection: SdpConnection = { family: addressType === "IP6" ? "ipv6" : "ipv4", host };
    if (this.#current) this.#current.connection = connection;
    else this.#connection = connection;
    return undefined;
  }

  #readMedia(value: string): string | undefined {
    this.#closeMedia();
    if (this.#media.length === MAX_MEDIA) return `more than ${MAX_MEDIA} streams`;
    const [type, portText, protocol, ...formats] = value.trim().split(/[ \t]+/);
    if (!type || portText === undefined || !protocol) return "malformed m= line";
    const port = portText.split("/", 1)[0]!;
    if (!isNumber(port) || Number(port) > 65_535) return "m= line with an impossible port";
    if (formats.length > 128) return "m= line with more than 128 formats";
    this.#currentBandwidth = [];
    this.#currentAttributes = [];
    this.#current = {
      type: type.toLowerCase(),
      port: Number(port),
      protocol,
      formats,
      bandwidth: this.#currentBandwidth,
      attributes: this.#currentAttributes,
    };
    return undefined;
  }

  #closeMedia(): void {
    if (this.#current) this.#media.push(this.#current);
    this.#current = undefined;
  }
}

function readAttribute(text: string): SdpAttribute {
  const colon = text.indexOf(":");
  if (colon < 0) return { name: nameOf(text) };
  return { name: nameOf(text.slice(0, colon)), value: text.slice(colon + 1).trim() };
}

/** Read leniently; T.38's have capitals, and are passed on to those who tell case apart (RFC 8866 §5.13). */
function nameOf(text: string): string {
  const written = text.trim(), name = written.toLowerCase();
  return name.startsWith("t38") ? written : name;
}

function isNumber(text: string | undefined): boolean {
  return text !== undefined && /^\d{1,20}$/.test(text);
}

/** A literal address or a name; anything that could break a line or a log is refused. */
function isHost(text: string): boolean {
  return text.length <= 255 && /^[0-9A-Za-z.:_%-]+$/.test(text);
}
