/** What a hunt may know of an extension: registered, busy, resting, not to be disturbed. */

import type { Directory } from "../pbx/directory/mod.ts";
import type { Features } from "../pbx/feature/mod.ts";
import type { MemberFacts, MemberPort } from "../pbx/hunt/mod.ts";
import type { Occupancy } from "../pbx/call/mod.ts";
import type { Bindings } from "../pbx/registrar/mod.ts";

export interface MemberSources {
  readonly directory: Directory;
  readonly bindings: Bindings;
  readonly occupancy: Occupancy;
  readonly features: Features;
}

export class OfficeMembers implements MemberPort {
  readonly #sources: MemberSources;

  constructor(sources: MemberSources) {
    this.#sources = sources;
  }

  facts(domain: string, number: string): MemberFacts | undefined {
    const { directory, bindings, occupancy, features } = this.#sources;
    const extension = directory.extension(domain, number);
    if (!extension?.enabled) return undefined;
    const registeredAt = bindings.registeredSince(domain, number);
    const lastCallEndedAt = occupancy.lastEndedAt(domain, number);
    return {
      calls: occupancy.calls(domain, number),
      doNotDisturb: features.doNotDisturb(domain, number),
      callWaiting: extension.callWaiting,
      maxCalls: extension.maxCalls,
      ...(registeredAt !== undefined && { registeredAt }),
      ...(lastCallEndedAt !== undefined && { lastCallEndedAt }),
    };
  }
}
