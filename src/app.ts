/** The composition root: a parts list. What the parts do with one another stands in `office/`. */

import { fail, ok, type Result } from "./base/mod.ts";
import type { RunningServer, ServerOptions } from "./app_types.ts";
import { Guard } from "./guard/mod.ts";
import { HepExport } from "./office/hep_export.ts";
import { endpointHooks, transportHooks } from "./office/gate.ts";
import { openPlane } from "./office/media.ts";
import { openNetwork } from "./office/network.ts";
import { Office } from "./office/office.ts";
import { openPage } from "./office/page.ts";
import { OutsideAddress } from "./office/outside_address.ts";
import { openSounds } from "./office/sound_files.ts";
import { createDirectory } from "./pbx/directory/mod.ts";
import { assetPath } from "./platform/assets.ts";
import { SystemDns } from "./platform/dns_client.ts";
import { keepMemoryLow } from "./platform/memory.ts";
import { openUdpNetwork } from "./platform/udp.ts";
import { SystemClock } from "./platform/system_clock.ts";
import { SystemRandom } from "./platform/system_random.ts";
import { createHa1 } from "./sip/auth/mod.ts";
import { LogTail, SipTrace } from "./telemetry/mod.ts";

/** Starts everything, or says in one sentence what could not be started and why. */
export async function startServer(options: ServerOptions): Promise<Result<RunningServer, string>> {
  const { settings, store } = options;
  const clock = new SystemClock();
  const log = new LogTail(options.log, clock);
  const random = new SystemRandom();
  const stored = {
    domains: await store.directory.domains(),
    credentials: await store.directory.credentials(),
  };
  const directory = createDirectory({ settings, stored, createHa1 });
  const sipTrace = new SipTrace();
  // The guard is asked before the office is there: what it tells then, nobody needs to hear.
  const running: { office?: Office } = {};
  const guard = new Guard({
    clock,
    log,
    store: store.bans,
    events: { emit: (event) => running.office?.emit(event) },
    security: () => running.office?.settings.security ?? settings.security,
    isPeer: (host) => running.office?.parts.lines.isServer(host) ?? false,
  });
  const hep = new HepExport({
    clock,
    log,
    dns: new SystemDns({ random }),
    datagrams: openUdpNetwork(),
    settings: () => (running.office?.settings ?? settings).telemetry.hep,
  });
  const gate = { hep, guard, trace: sipTrace, clock, log, isLogging: options.trace ?? false };
  const outside = new OutsideAddress({
    media: () => running.office?.settings.media ?? settings.media,
    clock,
    random,
    log,
  });
  const network = await openNetwork({
    settings,
    clock,
    random,
    log,
    transportHooks: transportHooks(gate),
    endpointHooks: endpointHooks(gate),
    publicHost: (remote, family) => outside.towards(remote, family),
    domainNames: () => directory.domains().flatMap((domain) => [domain.name, ...domain.aliases]),
  });
  if (!network.ok) return network;
  const plane = openPlane(settings.media, { clock, log });
  const sounds = openSounds(assetPath("sounds"), settings.server.data);
  const parts = {
    ...options,
    log,
    clock,
    random,
    plane,
    directory,
    guard,
    sounds: sounds.library,
    soundShelf: sounds,
    sipTrace,
    outside,
    hep,
    network: network.value,
  };
  const office = running.office = new Office(parts);
  const started = await office.start();
  const opened = started.ok ? await openPage(office, parts) : started;
  const letMemoryBe = keepMemoryLow({ clock });
  office.whenStopped(() => Promise.resolve(letMemoryBe()));
  if (opened.ok) return ok(office);
  await office.stop();
  return fail(opened.error);
}
