/** The command line: `sipedge serve`, `sipedge help`. */

import { startServer } from "./src/app.ts";
import { runCommandLine, systemShell } from "./src/commands/mod.ts";

Deno.exit(await runCommandLine(Deno.args, systemShell(startServer)));
