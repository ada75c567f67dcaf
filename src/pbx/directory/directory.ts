/** The directory as it is asked per message: from memory, synchronously, always with the domain in the key. */

import type {
  DomainSettings,
  ExtensionSettings,
  HuntGroupSettings,
  LineSettings,
  RingGroupSettings,
  RoomSettings,
} from "../../config/mod.ts";
import type { Ha1 } from "../ports.ts";

/** What a dialled number is within its domain. */
export type Destination =
  | { readonly kind: "extension"; readonly extension: ExtensionSettings }
  | { readonly kind: "huntGroup"; readonly group: HuntGroupSettings }
  | { readonly kind: "ringGroup"; readonly group: RingGroupSettings }
  | { readonly kind: "room"; readonly room: RoomSettings };

/** Things of a domain that have a key: a number, or a name for `line`, `schedule`, `pickupGroup`, `domain`. */
export type DirectoryKind =
  | "domain"
  | "extension"
  | "huntGroup"
  | "ringGroup"
  | "room"
  | "line"
  | "schedule"
  | "pickupGroup";

export interface Directory {
  /** By name or alias, case-insensitive. */
  domain(name: string): DomainSettings | undefined;
  domains(): readonly DomainSettings[];
  /** The only domain, or the first; used when a phone calls the server by its address. */
  defaultDomain(): DomainSettings | undefined;
  extension(domain: string, number: string): ExtensionSettings | undefined;
  /** What a phone proves itself with; undefined also for an extension that is switched off. */
  credentials(domain: string, number: string): Ha1 | undefined;
  find(domain: string, number: string): Destination | undefined;
  line(domain: string, name: string): LineSettings | undefined;
  /** True for what stands in the file and cannot be edited on the page. */
  isFromFile(
    domain: string,
    kind: DirectoryKind,
    key: string,
  ): boolean;
  /** Called after each change, with the new contents already in place. */
  onChange(listener: () => void): void;
}
