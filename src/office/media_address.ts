/** Which address our SDP shows on a path: the one of `media.address`, else the one the signalling uses. */

import { ipFamily } from "../base/mod.ts";
import type { MediaSettings } from "../config/mod.ts";
import type { MediaAddress } from "../pbx/call/mod.ts";
import type { Destination, LocalContact, RouteTo, Target } from "../sip/mod.ts";
import type { Uri } from "../sip/message/mod.ts";

export interface MediaAddressOptions {
  readonly localContact: (destination: Destination) => LocalContact | undefined;
  readonly resolve: (uri: Uri) => Promise<readonly Target[]>;
  readonly settings: () => MediaSettings;
  /** Literal addresses of this machine. */
  readonly isLocal: (host: string) => boolean;
  /** The outside address found by STUN; undefined while there is none. */
  readonly outsideAddress: () => string | undefined;
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
    const remote = destination.kind === "flow"
      ? destination.flow.remote.host
      : destination.target.address.host;
    const shown = shownHost(options, { contact: contact.host, remote, family });
    return { host: shown, family, ...(localHost !== undefined && { localHost }) };
  };
}

/** Phones on this machine and on its own networks are told the near address; the fixed one is for everybody else. */
function shownHost(
  options: MediaAddressOptions,
  path: { contact: string; remote: string; family: "ipv4" | "ipv6" },
): string {
  const { address } = options.settings();
  if (address === "auto" || path.remote.startsWith("127.") || path.remote === "::1") return path.contact;
  const wanted = "ip" in address ? address.ip : options.outsideAddress();
  if (wanted === undefined || (ipFamily(wanted) === 6) !== (path.family === "ipv6")) return path.contact;
  return wanted;
}
