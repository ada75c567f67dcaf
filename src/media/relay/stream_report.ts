/** The figures of one stream in the shape the business sees them. */
import type { StreamGlance, StreamReport } from "../plane.ts";
import { estimateMos, mouthToEarMs } from "../rtp/mod.ts";
import type { RelayStream } from "./relay_stream.ts";

const DEFAULT_PACKET_MS = 20;

export function glanceAt(stream: RelayStream): StreamGlance {
  const { statistics, counters } = stream;
  const { roundTripMs } = stream.rtcpSession;
  return {
    packetsReceived: counters.packetsReceived,
    lost: counters.lostBefore + statistics.lost,
    jitterMs: statistics.jitterMs,
    ...(roundTripMs === undefined ? {} : { roundTripMs }),
    ...(stream.kind === "rtp" && counters.packetsReceived > 0 ? { mos: mosOf(stream) } : {}),
  };
}

export function reportOf(stream: RelayStream): StreamReport {
  const { statistics, counters, latch } = stream;
  const suite = stream.settings?.receiveKey?.suite ?? stream.settings?.sendKey?.suite;
  const encoding = encodingOf(stream);
  const { farLossFraction } = stream.rtcpSession;
  return {
    ...glanceAt(stream),
    stream: stream.index,
    ...(encoding === undefined ? {} : { encoding }),
    ...(suite === undefined ? {} : { suite }),
    packetsSent: counters.packetsSent,
    bytesReceived: counters.bytesReceived,
    bytesSent: counters.bytesSent,
    late: counters.lateBefore + statistics.late,
    duplicates: counters.duplicatesBefore + statistics.duplicates,
    ...(farLossFraction === undefined ? {} : { farLossFraction }),
    unauthentic: counters.unauthentic,
    replayed: counters.replayed,
    strangers: counters.strangers,
    malformed: counters.malformed,
    unsealed: counters.unsealed,
    ...(latch.address === undefined ? {} : { latched: latch.address.toString() }),
  };
}

function encodingOf({ settings, remoteType }: RelayStream): string | undefined {
  return settings?.receiveFormats.find((format) => format.payloadType === remoteType)?.encoding;
}

function mosOf(stream: RelayStream): number {
  const { statistics, counters } = stream;
  const encoding = encodingOf(stream);
  const { roundTripMs } = stream.rtcpSession;
  const delayMs = mouthToEarMs({
    ...(roundTripMs === undefined ? {} : { roundTripMs }),
    jitterMs: statistics.jitterMs,
    packetMs: stream.settings?.packetMs ?? DEFAULT_PACKET_MS,
  });
  const expected = counters.expectedBefore + statistics.expected;
  const lossFraction = expected === 0 ? 0 : (counters.lostBefore + statistics.lost) / expected;
  return estimateMos({ ...(encoding === undefined ? {} : { encoding }), lossFraction, delayMs });
}
