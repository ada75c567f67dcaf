/** How much sound an Opus packet holds, read from its first bytes (RFC 6716 §3.1, §3.2). */

/** Duration of one frame by the configuration's number within its mode, in milliseconds. */
const SILK_MS = [10, 20, 40, 60];
const HYBRID_MS = [10, 20];
const CELT_MS = [2.5, 5, 10, 20];
/** A packet never holds more (RFC 6716 §3.2.5, R5). */
const MAX_PACKET_MS = 120;

/** Milliseconds in this packet; 0 when it breaks the rules of §3.4. */
export function opusDurationMs(packet: Uint8Array): number {
  const toc = packet[0];
  if (toc === undefined) return 0;
  const count = frameCount(toc & 3, packet);
  const durationMs = count * frameMs(toc >> 3);
  return durationMs <= MAX_PACKET_MS ? durationMs : 0;
}

function frameMs(configuration: number): number {
  if (configuration < 12) return SILK_MS[configuration & 3]!;
  if (configuration < 16) return HYBRID_MS[configuration & 1]!;
  return CELT_MS[configuration & 3]!;
}

function frameCount(code: number, packet: Uint8Array): number {
  if (code === 0) return 1;
  if (code < 3) return 2;
  return packet.length < 2 ? 0 : packet[1]! & 0x3f;
}
