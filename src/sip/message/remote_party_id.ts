/** Remote-Party-ID (draft-ietf-sip-privacy-04 §5): what came before P-Asserted-Identity and lives on in many PBXs. */
import { fail, ok, type Result } from "../../base/mod.ts";
import { parseNameAddr, printNameAddr } from "./name_addr.ts";
import type { NameAddr, ParseFault } from "./types.ts";

export interface RemotePartyId {
  /** All other parameters stand here. */
  readonly address: NameAddr;
  /** Lower case: `calling` or `called`; absent means calling in a request, called in a response. */
  readonly party?: string;
  /** The sender vouches for it. */
  readonly isScreened: boolean;
  /** Lower case: `full`, `name`, `uri`, `off`; absent means off. */
  readonly privacy?: string;
}

/** Parses one value. */
export function parseRemotePartyId(text: string): Result<RemotePartyId, ParseFault> {
  const parsed = parseNameAddr(text);
  if (!parsed.ok) return fail({ where: "Remote-Party-ID", reason: parsed.error.reason });
  const address = parsed.value;
  const party = address.params.get("party")?.toLowerCase();
  const privacy = address.params.get("privacy")?.toLowerCase();
  const isScreened = address.params.get("screen")?.toLowerCase() === "yes";
  for (const name of ["party", "privacy", "screen"]) address.params.delete(name);
  return ok({
    address,
    ...(party === undefined ? {} : { party }),
    isScreened,
    ...(privacy === undefined ? {} : { privacy }),
  });
}

export function printRemotePartyId({ address, party, isScreened, privacy }: RemotePartyId): string {
  const params = new Map<string, string | null>();
  if (party !== undefined) params.set("party", party);
  params.set("screen", isScreened ? "yes" : "no");
  if (privacy !== undefined) params.set("privacy", privacy);
  for (const [name, value] of address.params) params.set(name, value);
  return printNameAddr({ ...address, params });
}
