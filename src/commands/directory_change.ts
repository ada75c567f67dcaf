/** What all commands that change the stored directory have in common. */

import type { Settings } from "../config/mod.ts";
import { createDirectory, type Directory } from "../pbx/directory/mod.ts";
import { createHa1 } from "../sip/auth/mod.ts";
import type { Store } from "../store/mod.ts";
import type { Shell } from "./command.ts";
import { ask, isServed } from "./control_client.ts";
import { controlPath } from "./places.ts";

/** The directory as a server with these settings would see it. */
export async function openDirectory(settings: Settings, store: Store): Promise<Directory> {
  return createDirectory({
    settings,
    stored: { domains: await store.directory.domains(), credentials: await store.directory.credentials() },
    createHa1,
  });
}

/** A server that runs reads the directory again; without one there is nothing to tell. */
export async function tellServer(settings: Settings, shell: Shell): Promise<void> {
  const path = controlPath(settings.server.data);
  if (!await isServed(path)) return;
  try {
    await ask(path, "directoryChanged");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    shell.error.write(`The change is stored, but the running server did not take it over: ${reason}\n`);
  }
}
