/** What the media of a leg is opened with, and how an answer of its peer can fail. */

import type { Random } from "../../base/mod.ts";
import type { DtmfMode, SrtpPolicy } from "../../config/mod.ts";
import type { LegId, MediaPlane } from "../../media/plane.ts";
import type { CodecFilter } from "./codec_choice.ts";

export interface LegMediaOptions {
  readonly plane: MediaPlane;
  readonly random: Random;
  readonly family: "ipv4" | "ipv6";
  /** Address that our descriptions show to this peer. */
  readonly host: string;
  /** Local address the sockets are bound to; absent: any. */
  readonly localHost?: string;
  readonly policy: SrtpPolicy;
  readonly dtmf: DtmfMode;
  readonly label: string;
  /** Put beside that leg's media. */
  readonly near?: { readonly leg: LegId };
  /** Narrows the audio codecs of everything that is said to this peer or on its behalf. */
  readonly codecs?: CodecFilter;
}

export type AnswerFault = "malformed" | "no common codec" | "srtp required";
