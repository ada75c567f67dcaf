/** Calls that nobody dialled: the page, the API or a room rings somebody, and the call begins when he answers. */

import { token } from "../../base/mod.ts";
import type { ExtensionSettings, SrtpPolicy } from "../../config/mod.ts";
import type { Attempt } from "./attempt.ts";
import { Attempts } from "./attempts.ts";
import type { Call } from "./call.ts";
import type { WantedStream } from "./codec_choice.ts";
import { deviceTargets } from "./device_targets.ts";
import type { CallContext } from "./context.ts";
import { type Caller, fromHeader } from "./identity.ts";
import type { Leg } from "./leg.ts";
import { type Failure, failure } from "./outcome.ts";
import { passOn } from "./pass_on.ts";

export interface CallOut {
  readonly domain: string;
  /** Extension to ring. */
  readonly to: string;
  /** Whom its display shows. */
  readonly caller: Caller;
  readonly wanted: readonly WantedStream[];
  /** The call around the leg that answered; nobody is joined with it yet. */
  readonly answered: (call: Call) => void;
  readonly failed?: (failure: Failure) => void;
}

/** What a call out needs of the engine. */
export interface CallOutHost {
  readonly context: CallContext;
  policyOf(extension: ExtensionSettings): SrtpPolicy;
  open(
    start: { id: string; domain: string; caller: Caller; called: string; direction: "internal" },
    leg: Leg,
  ): Call;
}

/** Rings the devices of an extension; undefined when there is no such extension. */
export function callOut(host: CallOutHost, wish: CallOut): Attempt | undefined {
  const { context } = host;
  const { domain, to, caller, wanted } = wish;
  const extension = context.directory.extension(domain, to);
  if (!extension?.enabled) {
    wish.failed?.(failure("not found"));
    return undefined;
  }
  const targets = deviceTargets(context.bindings.of(domain, extension.number), {
    domain,
    extension,
    policy: host.policyOf(extension),
    from: fromHeader(caller),
    headers: passOn({ caller, domain, diversions: [], isInside: true }),
    contactUser: caller.number,
  });
  const id = token(context.random, 8);
  return new Attempts(context).start({
    targets,
    wanted,
    label: id,
    ringMs: (extension.ringSeconds ?? context.settings().sip.ringSeconds) * 1000,
    listener: {
      ringing() {},
      early() {},
      answered: (leg) => {
        const call = host.open(
          { id, domain, caller: { ...caller }, called: to, direction: "internal" },
          leg,
        );
        call.record.answered(to);
        wish.answered(call);
      },
      failed: (reason) => wish.failed?.(reason),
    },
  });
}
