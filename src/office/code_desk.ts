/** Service codes: what is done when somebody dials a star. */

import type { ServiceCodes } from "../config/mod.ts";
import { type Call, type CallEngine, type Dialler, echo, failure, testTone } from "../pbx/call/mod.ts";

export interface CodeDeskOptions {
  readonly engine: CallEngine;
}

export class CodeDesk {
  readonly #options: CodeDeskOptions;

  constructor(options: CodeDeskOptions) {
    this.#options = options;
  }

  begin(call: Call, _dialler: Dialler, { code }: { code: keyof ServiceCodes; argument: string }): void {
    const { plane } = this.#options.engine.context;
    if (code === "echo") return echo(call, plane);
    if (code === "tone") return testTone(call, plane);
    call.refuse(failure("not found"));
  }
}
