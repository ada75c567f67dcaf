/** What the operations of the API work with. */

import type { Clock, Random } from "../../base/mod.ts";
import type { AuditStore } from "../../pbx/ports.ts";
import type { Gate } from "../auth/mod.ts";
import type { DirectoryDesk } from "./directory_desk.ts";
import type { OfficeCommands, OfficeQueries } from "./ports.ts";

export interface ApiContext {
  readonly queries: OfficeQueries;
  readonly commands: OfficeCommands;
  readonly directory: DirectoryDesk;
  readonly gate: Gate;
  readonly audit: AuditStore;
  readonly clock: Clock;
  readonly random: Random;
  /** True when the page is served encrypted: cookies then never leave TLS. */
  readonly isSecure: boolean;
}
