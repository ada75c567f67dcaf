/** A phone for one command: opened, used, closed again whatever happens. */

import { Phone } from "../phone/mod.ts";
import { createLog } from "../platform/mod.ts";
import type { Shell } from "./command.ts";
import { openPhoneWorld } from "./phone_world.ts";

/** Runs `use` with a phone and gives back what it gives. */
export async function withPhone<T>(
  { shell, isVerbose }: { readonly shell: Shell; readonly isVerbose: boolean },
  use: (phone: Phone) => Promise<T>,
): Promise<T> {
  const { clock, random, version, error } = shell;
  const log = createLog({ format: "auto", level: isVerbose ? "debug" : "error", clock, output: error });
  const world = openPhoneWorld({ clock, random, log, version });
  const phone = new Phone(world);
  try {
    return await use(phone);
  } finally {
    await phone.stop();
    await world.close();
  }
}
