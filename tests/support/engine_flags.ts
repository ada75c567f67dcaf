/** How the engine is set for the server, everywhere: a test or a bench with other flags would see another server. */

import deno from "../../deno.json" with { type: "json" };

/** Those of `deno task start`. */
export const ENGINE_FLAGS: readonly string[] = /--v8-flags=\S+/.exec(deno.tasks.start) ?? [];
