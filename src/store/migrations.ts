/** The schema, as numbered steps forward. A step that was released is never changed; a new one is put behind it. */

import { AUDIT_MIGRATIONS } from "./audit.ts";
import { BAN_MIGRATIONS } from "./bans.ts";
import { BINDING_MIGRATIONS } from "./bindings.ts";
import { CALL_RECORD_MIGRATIONS } from "./call_records.ts";
import { DIRECTORY_MIGRATIONS } from "./directory.ts";
import { STATE_MIGRATIONS } from "./state.ts";
import type { Migrations } from "./schema.ts";

/** Every repository's own steps; a new repository adds its line. */
export const MIGRATIONS: readonly Migrations[] = [
  BINDING_MIGRATIONS,
  CALL_RECORD_MIGRATIONS,
  STATE_MIGRATIONS,
  DIRECTORY_MIGRATIONS,
  BAN_MIGRATIONS,
  AUDIT_MIGRATIONS,
];
