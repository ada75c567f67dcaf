export {
  buildLadder,
  type Ladder,
  type LadderArrow,
  type LadderColumn,
  type LadderOptions,
} from "./ladder.ts";
export { type HepOptions, printHep } from "./hep.ts";
export { HepQueue, type HepQueueOptions } from "./hep_queue.ts";
export { LogTail, type TailLine } from "./log_tail.ts";
export { maskMessage } from "./mask_message.ts";
export {
  type Counter,
  type Gauge,
  type Histogram,
  type Labels,
  type MetricOptions,
  Metrics,
  METRICS_CONTENT_TYPE,
  type Sample,
} from "./metrics.ts";
export { PCAP_CONTENT_TYPE, writePcap } from "./pcap.ts";
export { type EndFacts, type EndReason, explainEnd, printDuration } from "./reasons.ts";
export { CAUSE_TEXTS, STATUS_TEXTS, statusText } from "./status_texts.ts";
export { SipTrace, TRACE_LIMITS, type TraceLimits } from "./trace.ts";
export { type Glance, glance, type TracedMessage, type TracedPath } from "./traced_message.ts";
