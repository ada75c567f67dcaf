/** The guard and the trace at the door of the signalling: who may come in, and what is remembered of what was said. */

import type { Clock, Log } from "../base/mod.ts";
import type { Guard } from "../guard/mod.ts";
import type { EndpointHooks } from "../sip/mod.ts";
import type { TransportHooks } from "../sip/transport/mod.ts";
import type { HepExport } from "./hep_export.ts";
import { maskMessage, type SipTrace } from "../telemetry/mod.ts";

export interface GateOptions {
  readonly guard: Guard;
  readonly trace: SipTrace;
  readonly hep: Pick<HepExport, "add" | "isOn">;
  readonly clock: Clock;
  readonly log: Log;
  /** Writes every message to the log, secrets masked. */
  readonly isLogging: boolean;
}

const DECODER = new TextDecoder();

export function transportHooks({ guard, trace, hep, clock, log, isLogging }: GateOptions): TransportHooks {
  return {
    admit: (host, transport, bytes) => guard.admit(host, transport, bytes),
    mayAnswer: (host, bytes) => guard.mayAnswer(host, bytes),
    trace(direction, bytes, flow) {
      trace.add(clock.now(), direction, { bytes, path: flow });
      const last = hep.isOn ? trace.last() : undefined;
      if (last) hep.add(last);
      if (!isLogging) return;
      const { host, port } = flow.remote;
      const message = DECODER.decode(maskMessage(bytes));
      log.info("sip", { direction, transport: flow.transport, remote: `${host}:${port}`, message });
    },
  };
}

export function endpointHooks({ guard }: Pick<GateOptions, "guard">): EndpointHooks {
  return {
    admit(request, flow) {
      const admission = guard.request({ host: flow.remote.host, transport: flow.transport }, request.method);
      if (admission.kind === "pass") return "serve";
      if (admission.kind === "drop") return "drop";
      return { statusCode: 503, headers: [["Retry-After", String(admission.retryAfterSec)]] };
    },
  };
}
