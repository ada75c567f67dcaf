/** The composition root: a parts list. What the parts do with one another stands in `office/`. */

import { fail, ok, type Result } from "./base/mod.ts";
import type { RunningServer, ServerOptions } from "./app_types.ts";
import { openPlane } from "./office/media.ts";
import { openNetwork } from "./office/network.ts";
import { Office } from "./office/office.ts";
import { createDirectory } from "./pbx/directory/mod.ts";
import { SystemClock } from "./platform/system_clock.ts";
import { SystemRandom } from "./platform/system_random.ts";
import { createHa1 } from "./sip/auth/mod.ts";

/** Starts everything, or says in one sentence what could not be started and why. */
export async function startServer(options: ServerOptions): Promise<Result<RunningServer, string>> {
  const { settings, log, store } = options;
  const clock = new SystemClock();
  const random = new SystemRandom();
  const stored = {
    domains: await store.directory.domains(),
    credentials: await store.directory.credentials(),
  };
  const directory = createDirectory({ settings, stored, createHa1 });
  const network = await openNetwork({
    settings,
    clock,
    random,
    log,
    hooks: {},
    domainNames: () => directory.domains().flatMap((domain) => [domain.name, ...domain.aliases]),
  });
  if (!network.ok) return network;
  const plane = openPlane(settings.media, { clock, log });
  const office = new Office({ ...options, clock, random, plane, directory, network: network.value });
  const started = await office.start();
  if (started.ok) return ok(office);
  await office.stop();
  return fail(started.error);
}
