/** What every part of a call needs from its surroundings; made once by the composition root. */

import type { Clock, Log, Random } from "../../base/mod.ts";
import type { Settings } from "../../config/mod.ts";
import type { MediaPlane } from "../../media/plane.ts";
import type { Endpoint, RouteTo } from "../../sip/mod.ts";
import type { Directory } from "../directory/mod.ts";
import type { CallRecordStore, EventSink } from "../ports.ts";
import type { Bindings } from "../registrar/mod.ts";
import type { Occupancy } from "./occupancy.ts";
import type { ProfileMemory } from "./srtp_profile.ts";

/** The address our SDP shows on a path. */
export interface MediaAddress {
  readonly host: string;
  readonly family: "ipv4" | "ipv6";
  /** Local address the sockets are bound to; absent: any. */
  readonly localHost?: string;
}

export interface CallContext {
  readonly endpoint: Endpoint;
  readonly plane: MediaPlane;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly directory: Directory;
  readonly bindings: Bindings;
  readonly events: EventSink;
  readonly records: CallRecordStore;
  readonly profiles: ProfileMemory;
  readonly occupancy: Occupancy;
  readonly settings: () => Settings;
  /** Undefined when no listener reaches that way. May ask the DNS. */
  readonly mediaAddress: (route: RouteTo) => Promise<MediaAddress | undefined>;
}
