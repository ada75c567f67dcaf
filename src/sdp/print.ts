/** Writes a session description (RFC 8866 §5), lines in the order the grammar wants. */

import type { MediaDescription, SdpAttribute, SdpConnection, SessionDescription } from "./types.ts";

const ENCODER = new TextEncoder();

/** The text of `description` in UTF-8, lines ended by CRLF. Throws TypeError when a value holds CR or LF. */
export function printSdp(description: SessionDescription): Uint8Array<ArrayBuffer> {
  const { origin } = description;
  const lines = [
    "v=0",
    `o=${origin.username} ${origin.sessionId} ${origin.sessionVersion} IN ${
      origin.family === "ipv6" ? "IP6" : "IP4"
    } ${origin.host}`,
    `s=${description.name || "-"}`,
  ];
  if (description.connection) lines.push(connectionLine(description.connection));
  for (const value of description.bandwidth) lines.push(`b=${value}`);
  lines.push("t=0 0");
  for (const attribute of description.attributes) lines.push(attributeLine(attribute));
  for (const media of description.media) addMedia(lines, media);
  for (const line of lines) {
    if (line.includes("\r") || line.includes("\n")) {
      throw new TypeError("Cannot print SDP: a value holds a line break");
    }
  }
  return ENCODER.encode(lines.join("\r\n") + "\r\n");
}

function addMedia(lines: string[], media: MediaDescription): void {
  lines.push(`m=${media.type} ${media.port} ${media.protocol} ${media.formats.join(" ")}`.trimEnd());
  if (media.connection) lines.push(connectionLine(media.connection));
  for (const value of media.bandwidth) lines.push(`b=${value}`);
  for (const attribute of media.attributes) lines.push(attributeLine(attribute));
}

function connectionLine(connection: SdpConnection): string {
  return `c=IN ${connection.family === "ipv6" ? "IP6" : "IP4"} ${connection.host}`;
}

function attributeLine(attribute: SdpAttribute): string {
  return attribute.value === undefined ? `a=${attribute.name}` : `a=${attribute.name}:${attribute.value}`;
}
