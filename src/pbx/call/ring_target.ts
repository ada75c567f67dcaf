/** One place to ring: a registered device, or a number behind an external line. */

import type { DtmfMode, SrtpPolicy } from "../../config/mod.ts";
import type { Credentials, ExtraHeaders, RouteTo } from "../../sip/mod.ts";
import type { NameAddr, Uri } from "../../sip/message/mod.ts";
import type { CodecFilter } from "./codec_choice.ts";
import type { Party } from "./leg.ts";

export interface RingTarget {
  readonly party: Party;
  /** Key under which the device's habits are remembered. */
  readonly device: string;
  readonly requestUri: Uri;
  readonly from: NameAddr;
  readonly to: NameAddr;
  readonly route: RouteTo;
  readonly routeSet: readonly NameAddr[];
  readonly headers: ExtraHeaders;
  readonly policy: SrtpPolicy;
  /** True when the signalling to it is encrypted, so that SDES keys stay secret. */
  readonly isSecurePath: boolean;
  readonly dtmf: DtmfMode;
  readonly contactUser?: string;
  readonly codecs?: CodecFilter;
  readonly credentials?: Credentials;
  readonly reliable?: "off" | "supported" | "required";
  readonly attemptMs?: number;
}
