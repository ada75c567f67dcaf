/** A network for streams that remembers why it could not connect: SIP itself says no more than "unreachable". */

import type { StreamNetwork } from "../sip/transport/mod.ts";

export class WatchedNetwork implements StreamNetwork {
  readonly #network: StreamNetwork;
  /** Why the last connection did not come about, a sentence without full stop; undefined when it did. */
  fault: string | undefined;

  constructor(network: StreamNetwork) {
    this.#network = network;
  }

  listen(...args: Parameters<StreamNetwork["listen"]>): ReturnType<StreamNetwork["listen"]> {
    return this.#network.listen(...args);
  }

  connect(...[options, done]: Parameters<StreamNetwork["connect"]>): () => void {
    return this.#network.connect(options, (outcome) => {
      this.fault = outcome.ok ? undefined : explain(outcome.error);
      done(outcome);
    });
  }
}

function explain({ fault, reason }: { readonly fault: string; readonly reason: string }): string {
  return fault === "certificate refused"
    ? `the server's certificate is not believed: ${reason}`
    : `the server cannot be reached: ${reason}`;
}
