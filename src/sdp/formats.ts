/** Codecs of an m-line: `a=rtpmap`, `a=fmtp`, the static payload types (RFC 3551 §6), and the direction. */

import { detached } from "../base/mod.ts";
import type {
  MediaDescription,
  MediaDirection,
  RtpFormat,
  SdpAttribute,
  SessionDescription,
} from "./types.ts";

type Static = readonly [encoding: string, clockRate: number, channels?: number];

/** Payload types that need no rtpmap (RFC 3551 §6); G722's clock is 8000 by historical error (§4.5.2). */
const STATIC_FORMATS: ReadonlyMap<number, Static> = new Map<number, Static>([
  [0, ["pcmu", 8000]],
  [3, ["gsm", 8000]],
  [4, ["g723", 8000]],
  [8, ["pcma", 8000]],
  [9, ["g722", 8000]],
  [10, ["l16", 44_100, 2]],
  [11, ["l16", 44_100]],
  [12, ["qcelp", 8000]],
  [13, ["cn", 8000]],
  [15, ["g728", 8000]],
  [18, ["g729", 8000]],
  [26, ["jpeg", 90_000]],
  [31, ["h261", 90_000]],
  [34, ["h263", 90_000]],
]);

const DIRECTIONS: readonly string[] = ["sendrecv", "sendonly", "recvonly", "inactive"];

/** The codecs of `media` in the order offered; payload types nobody explains are left out. */
export function rtpFormats(media: MediaDescription): RtpFormat[] {
  const maps = indexByPayload(media.attributes, "rtpmap");
  const parameters = indexByPayload(media.attributes, "fmtp");
  const formats: RtpFormat[] = [];
  for (const text of media.formats) {
    const payloadType = /^\d{1,3}$/.test(text) ? Number(text) : 128;
    if (payloadType > 127 || formats.some((known) => known.payloadType === payloadType)) continue;
    const format = readFormat(payloadType, maps.get(payloadType));
    if (!format) continue;
    const extra = parameters.get(payloadType);
    formats.push(extra === undefined ? format : { ...format, parameters: detached(extra) });
  }
  // A copy is as long as it must be; what push() begins has room for seventeen.
  return formats.slice();
}

function readFormat(payloadType: number, map: string | undefined): RtpFormat | undefined {
  if (map === undefined) {
    const known = STATIC_FORMATS.get(payloadType);
    return known && { payloadType, encoding: known[0], clockRate: known[1], channels: known[2] ?? 1 };
  }
  const [name, clockRate, channels] = map.split("/", 3);
  const encoding = name?.toLowerCase();
  if (!name || !encoding || !/^\d{1,7}$/.test(clockRate ?? "")) return undefined;
  const isPlain = name === encoding || encoding === "telephone-event" || DISPLAY_NAMES.has(encoding);
  return {
    payloadType,
    // Nearly every description has this one, longer than what the engine copies anyway.
    encoding: encoding === "telephone-event" ? "telephone-event" : detached(encoding),
    ...!isPlain && { spelling: detached(name) },
    clockRate: Number(clockRate),
    channels: /^\d$/.test(channels ?? "") ? Number(channels) : 1,
  };
}

function indexByPayload(attributes: readonly SdpAttribute[], name: string): Map<number, string> {
  const found = new Map<number, string>();
  for (const attribute of attributes) {
    if (attribute.name !== name || attribute.value === undefined) continue;
    const space = attribute.value.search(/[ \t]/);
    const payload = space < 0 ? "" : attribute.value.slice(0, space);
    if (!/^\d{1,3}$/.test(payload) || found.has(Number(payload))) continue;
    found.set(Number(payload), attribute.value.slice(space + 1).trim());
  }
  return found;
}

/** The attributes that say `formats` again: rtpmap for each, fmtp where there are parameters. */
export function formatAttributes(formats: readonly RtpFormat[]): SdpAttribute[] {
  const attributes: SdpAttribute[] = [];
  for (const format of formats) {
    const name = DISPLAY_NAMES.get(format.encoding) ?? format.spelling ?? format.encoding;
    const channels = format.channels > 1 ? `/${format.channels}` : "";
    attributes.push({
      name: "rtpmap",
      value: `${format.payloadType} ${name}/${format.clockRate}${channels}`,
    });
    if (format.parameters !== undefined) {
      attributes.push({ name: "fmtp", value: `${format.payloadType} ${format.parameters}` });
    }
  }
  return attributes;
}

/**
 * Encoding names are case-insensitive by rule and case-sensitive in some phones: the registered spelling. Other names
 * stay as their peer writes them.
 */
const DISPLAY_NAMES: ReadonlyMap<string, string> = new Map(
  [
    "PCMU",
    "PCMA",
    "G722",
    "G723",
    "G728",
    "G729",
    "GSM",
    "CN",
    "L16",
    "H261",
    "H263",
    "H264",
    "H265",
    "VP8",
    "VP9",
    "AV1",
    "iLBC",
  ]
    .map((name) => [name.toLowerCase(), name]),
);

/** Direction of `media`, its own or else the session's (RFC 8866 §6.7); `0.0.0.0` is the old hold (RFC 2543). */
export function directionOf(description: SessionDescription, media: MediaDescription): MediaDirection {
  const own = media.attributes.find((attribute) => DIRECTIONS.includes(attribute.name)) ??
    description.attributes.find((attribute) => DIRECTIONS.includes(attribute.name));
  const direction = (own?.name ?? "sendrecv") as MediaDirection;
  const host = (media.connection ?? description.connection)?.host;
  if (host !== "0.0.0.0" && host !== "::") return direction;
  return direction === "sendrecv" || direction === "sendonly" ? "sendonly" : "inactive";
}

/** What the other side of a stream may do when one side does `direction` (RFC 3264 §6.1). */
export function reverseDirection(direction: MediaDirection): MediaDirection {
  if (direction === "sendonly") return "recvonly";
  return direction === "recvonly" ? "sendonly" : direction;
}

/** True when both name one codec: encoding, clock and channels; fmtp decides only for the packetisation of H.264. */
export function sameCodec(a: RtpFormat, b: RtpFormat): boolean {
  return a.encoding === b.encoding && a.clockRate === b.clockRate && a.channels === b.channels &&
    (a.encoding !== "h264" || parameter(a, "packetization-mode") === parameter(b, "packetization-mode"));
}

function parameter(format: RtpFormat, name: string): string | undefined {
  for (const part of (format.parameters ?? "").split(";")) {
    const [key, value] = part.split("=", 2);
    if (key?.trim().toLowerCase() === name) return value?.trim();
  }
  return name === "packetization-mode" ? "0" : undefined;
}

/** Encodings that carry no voice or picture of their own and never make two sides understand each other. */
export function isAuxiliary(format: RtpFormat): boolean {
  return format.encoding === "telephone-event" || format.encoding === "cn" || format.encoding === "red" ||
    format.encoding === "rtx" || format.encoding === "ulpfec";
}
