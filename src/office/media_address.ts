/** Which address our SDP shows on a path: the one our Contact shows there. */

import { ipFamily } from "../base/mod.ts";
import type { MediaAddress } from "../pbx/call/mod.ts";
import type { Destination, LocalContact, RouteTo, Target } from "../sip/mod.ts";
import type { Uri } from "../sip/message/mod.ts";

export interface MediaAddressOptions {
  readonly localContact: (destination: Destination) => LocalContact | undefined;
  readonly resolve: (uri: Uri) => Promise<readonly Target[]>;
  /** Literal addresses of this machine. */
  readonly isLocal: (host: string) => boolean;
}

/** Answers {@linkcode MediaAddress} for a route. Asks the DNS only for routes that are named. */
export function mediaAddressFinder(
  options: MediaAddressOptions,
): (route: RouteTo) => Promise<MediaAddress | undefined> {
  return async (route) => {
    const [destination] = route.kind === "destinations"
      ? route.destinations
      : (await options.resolve(route.uri)).map((target): Destination => ({ kind: "target", target }));
    const contact = destination && options.localContact(destination);
    if (!contact) return undefined;
    const family = ipFamily(contact.host) === 6 ? "ipv6" : "ipv4";
    const localHost = options.isLocal(contact.host) || contact.host.startsWith("127.")
      ? contact.host
      : undefined;
    return { host: contact.host, family, ...(localHost !== undefined && { localHost }) };
  };
}
