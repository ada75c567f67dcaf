/** A stream on its way from one media thread to another: plain data, its sockets by number. */
import type { AddressFamily, StreamKind, StreamSettings } from "../plane.ts";
import type { LatchState } from "./latch.ts";
import type { MediaSocket } from "./network.ts";
import type { RelayStream } from "./relay_stream.ts";
import type { RtcpSessionState } from "./rtcp_session.ts";
import type { StreamCounters } from "./stream_counters.ts";
import type { StreamCryptoState } from "./stream_crypto.ts";
import type { TimelineState } from "./timeline.ts";

export interface SocketState {
  readonly handle: number;
  readonly port: number;
  readonly family: AddressFamily;
}

export interface StreamState {
  readonly kind: StreamKind;
  readonly rtp: SocketState;
  readonly rtcp: SocketState;
  readonly settings?: StreamSettings;
  readonly latch: LatchState;
  readonly rtcpSession: RtcpSessionState;
  readonly timeline: TimelineState;
  readonly crypto: StreamCryptoState;
  readonly counters: Readonly<Omit<StreamCounters, "refuse">>;
  readonly heardMs: number;
}

/** Undefined where sockets cannot move. The stream goes on as it is until its sockets are released. */
export function saveStream(stream: RelayStream): StreamState | undefined {
  const rtp = saveSocket(stream.rtp), rtcp = saveSocket(stream.rtcp);
  if (rtp === undefined || rtcp === undefined) return undefined;
  const { settings, counters, statistics } = stream;
  return {
    kind: stream.kind,
    rtp,
    rtcp,
    ...(settings === undefined ? {} : { settings }),
    latch: stream.latch.save(),
    rtcpSession: stream.rtcpSession.save(),
    timeline: stream.timeline.save(),
    crypto: stream.crypto.save(),
    counters: {
      ...counters,
      expectedBefore: counters.expectedBefore + statistics.expected,
      lostBefore: counters.lostBefore + statistics.lost,
      lateBefore: counters.lateBefore + statistics.late,
      duplicatesBefore: counters.duplicatesBefore + statistics.duplicates,
    },
    heardMs: stream.heardMs,
  };
}

/** Gives a new stream on the adopted sockets everything that the old one knew. */
export function restoreStream(stream: RelayStream, state: StreamState, nowMs: number): void {
  stream.crypto.restore(state.crypto);
  if (state.settings !== undefined) stream.update(state.settings, nowMs);
  stream.latch.restore(state.latch);
  stream.rtcpSession.restore(state.rtcpSession);
  stream.timeline.restore(state.timeline);
  Object.assign(stream.counters, state.counters);
  stream.guard.begin();
  stream.heardMs = state.heardMs;
}

function saveSocket({ handle, port, family }: MediaSocket): SocketState | undefined {
  return handle === undefined ? undefined : { handle, port, family };
}
