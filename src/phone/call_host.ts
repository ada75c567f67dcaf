/** The account a call belongs to, as the call sees it. */

import type { Flow, Session, SessionListener } from "../sip/mod.ts";
import type { SipResponse, Uri } from "../sip/message/mod.ts";
import { CallMedia, type MediaAddress } from "./call_media.ts";
import type { OwnEnd } from "./report.ts";
import type { AccountSettings, CallEvent } from "./types.ts";
import type { PhoneWorld } from "./world.ts";

export interface CallHost<Call> {
  readonly world: PhoneWorld;
  readonly settings: AccountSettings;
  readonly ownUri: Uri;
  /** Where media goes in and out towards the server; undefined without a route. */
  mediaAddress(flow?: Flow): Promise<MediaAddress | undefined>;
  invite(target: Uri, sdp: Uint8Array, listener: SessionListener): Session;
  /** True when what is sent now carries credentials if it is asked for them. */
  readonly showsCredentials: boolean;
  /** Keeps the realms of a first challenge; true when there are credentials to show for them now. */
  learnRealms(challenge: SipResponse): boolean;
  /** Why the server could not be reached last, a sentence; undefined when it was. */
  readonly connectFault: string | undefined;
  tell(call: Call, event: CallEvent): void;
}

/** Opens the ports of a call, or says why it cannot. */
export async function openMedia(
  host: Pick<CallHost<unknown>, "world" | "settings" | "mediaAddress">,
  { label, flow }: { readonly label: string; readonly flow?: Flow },
): Promise<CallMedia | OwnEnd> {
  const { world, settings } = host;
  const address = await host.mediaAddress(flow);
  if (!address) return "no path";
  const { srtp, codecs, dtmf = "auto" } = settings;
  const { plane, random } = world;
  const media = await CallMedia.open({
    plane,
    random,
    address,
    srtp,
    dtmf,
    label,
    ...(codecs && { codecs }),
  });
  return media ?? "no ports";
}
