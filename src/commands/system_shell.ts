/** The shell of the real process. */

import {
  createServiceNotifier,
  environment,
  onSignals,
  onUncaught,
  readInputLine,
  readWholeInput,
  standardError,
  standardOutput,
  SystemClock,
  SystemRandom,
  workingFolder,
} from "../platform/mod.ts";
import deno from "../../deno.json" with { type: "json" };
import type { Shell, StartServer } from "./command.ts";

/** A second SIGINT or SIGTERM within one stop is left to the system: it ends the process at once. */
export function systemShell(startServer: StartServer): Shell {
  return {
    output: standardOutput,
    error: standardError,
    version: deno.version,
    folder: workingFolder(),
    clock: new SystemClock(),
    random: new SystemRandom(),
    variable: environment,
    readLine: readInputLine,
    readInput: readWholeInput,
    startServer,
    onRequest(handler) {
      const stopReload = onSignals(["SIGHUP"], () => handler("reload"));
      const stopStop = onSignals(["SIGTERM", "SIGINT"], () => handler("stop"));
      return () => {
        stopReload();
        stopStop();
      };
    },
    onFault: onUncaught,
    notifier: createServiceNotifier(),
  };
}
