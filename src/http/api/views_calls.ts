/** Calls as page and scripts see them: live with their quality, past with why they ended, and how they went. */

import { z } from "zod";

const milliseconds = z.number();

export const recordLegView = z.object({
  side: z.enum(["caller", "called"]),
  party: z.string(),
  transport: z.string().exactOptional(),
  remote: z.string().exactOptional(),
  userAgent: z.string().exactOptional(),
  codec: z.string().exactOptional(),
  srtpSuite: z.string().exactOptional(),
  keysExposed: z.boolean(),
  sipCallId: z.string(),
  packetsReceived: z.number().exactOptional(),
  lost: z.number().exactOptional(),
  late: z.number().exactOptional(),
  duplicates: z.number().exactOptional(),
  jitterMs: z.number().exactOptional(),
  roundTripMs: z.number().exactOptional(),
  mos: z.number().exactOptional(),
});

export const recordEventView = z.object({
  at: milliseconds,
  kind: z.string(),
  party: z.string().exactOptional(),
  detail: z.string().exactOptional(),
});

export const recordView = z.object({
  id: z.string(),
  domain: z.string(),
  startedAt: milliseconds,
  ringingAt: milliseconds.exactOptional(),
  answeredAt: milliseconds.exactOptional(),
  endedAt: milliseconds.exactOptional(),
  caller: z.string(),
  callerName: z.string().exactOptional(),
  called: z.string(),
  answeredBy: z.string().exactOptional(),
  direction: z.enum(["internal", "incoming", "outgoing"]),
  line: z.string().exactOptional(),
  result: z.string().exactOptional(),
  endedBy: z.enum(["caller", "called", "server", "network"]).exactOptional(),
  statusCode: z.int().exactOptional(),
  legs: z.array(recordLegView),
  events: z.array(recordEventView),
});

const words = z.object({ en: z.string(), zh: z.string() });

/** Why a call ended, in words for people. */
export const endReasonView = z.object({ text: words, advice: words.exactOptional() });

export const callView = recordView.extend({
  live: z.boolean(),
  reason: endReasonView.exactOptional(),
  /** True when SIP messages of it are still in memory. */
  hasTrace: z.boolean(),
});

export const ladderColumnView = z.object({
  key: z.string(),
  title: z.string(),
  transport: z.enum(["udp", "tcp", "tls"]).exactOptional(),
});

export const ladderArrowView = z.object({
  at: milliseconds,
  afterMs: z.number(),
  from: z.int(),
  to: z.int(),
  label: z.string(),
  kind: z.enum(["request", "provisional", "success", "failure"]),
  transaction: z.string(),
  callId: z.string(),
  hasSdp: z.boolean(),
  isRetransmission: z.boolean(),
  /** The message as it passed, secrets masked. */
  text: z.string(),
});

export const ladderView = z.object({
  columns: z.array(ladderColumnView),
  arrows: z.array(ladderArrowView),
});

/** One measurement of one side. */
export const qualityPoint = z.object({
  at: milliseconds,
  lossPercent: z.number(),
  jitterMs: z.number(),
  roundTripMs: z.number().exactOptional(),
  mos: z.number().exactOptional(),
});

export const qualitySeries = z.object({
  side: z.enum(["caller", "called"]),
  party: z.string(),
  points: z.array(qualityPoint),
});

const side = z.enum(["caller", "called"]);

/** A call now; `quality` holds the latest measurement of each side. */
export const liveCallView = recordView.extend({ quality: z.array(qualityPoint.extend({ side })) });

export type LiveCallView = z.infer<typeof liveCallView>;
export type CallView = z.infer<typeof callView>;
export type EndReasonView = z.infer<typeof endReasonView>;
export type LadderView = z.infer<typeof ladderView>;
export type LadderArrowView = z.infer<typeof ladderArrowView>;
export type QualityPoint = z.infer<typeof qualityPoint>;
export type QualitySeries = z.infer<typeof qualitySeries>;
export type RecordView = z.infer<typeof recordView>;
