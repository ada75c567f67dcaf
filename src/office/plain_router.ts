/** What a dialled string means, by the directory alone: service codes, extensions, groups, rooms. */

import type { ServiceCodes } from "../config/mod.ts";
import { type Dialler, failure, type Route, type Router } from "../pbx/call/mod.ts";
import type { Directory } from "../pbx/directory/mod.ts";

export class PlainRouter implements Router {
  readonly #directory: Directory;
  readonly #codes: () => ServiceCodes;

  constructor(directory: Directory, codes: () => ServiceCodes) {
    this.#directory = directory;
    this.#codes = codes;
  }

  route(dialled: string, { domain }: Dialler): Route {
    for (const [code, prefix] of Object.entries(this.#codes()) as [keyof ServiceCodes, string][]) {
      if (prefix !== "" && dialled === prefix) return { kind: "code", code, argument: "" };
    }
    return this.#directory.find(domain.name, dialled) ?? { kind: "refused", failure: failure("not found") };
  }
}
