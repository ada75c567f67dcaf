/** Joins the page with the office: what it sees, what it does, where it is served. */

import { canonicalIp, isUnspecified, ok, type Result } from "../base/mod.ts";
import { type SoundShelf, startPage } from "../http/mod.ts";
import type { Settings } from "../config/mod.ts";
import { hostName } from "../platform/machine.ts";
import { certificateNamesOfHost } from "../platform/network_addresses.ts";
import { loadPage } from "../platform/page_bundle.ts";
import { readUsage } from "../platform/usage.ts";
import { serveHttp } from "../platform/web_server.ts";
import { createHa1 } from "../sip/auth/mod.ts";
import type { LogTail } from "../telemetry/mod.ts";
import { prepareBackup } from "./backup_files.ts";
import type { Office, OfficeOptions } from "./office.ts";
import { PageCommands } from "./page_commands.ts";
import { PageMetrics } from "./page_metrics.ts";
import { PageQueries, type PageSources } from "./page_queries.ts";
import { QualityWatch } from "./page_quality.ts";
import { Usage } from "./page_usage.ts";

/** What the office was made of, and the log whose newest lines the page shows. */
export interface PageParts extends OfficeOptions {
  readonly log: LogTail;
  readonly soundShelf: SoundShelf;
}

/** Starts the page where the settings want one; it ends with the office. */
export async function openPage(office: Office, parts: PageParts): Promise<Result<void, string>> {
  const { web } = office.settings.listen;
  if (!web) return ok(undefined);
  const { clock, random, log, directory, store, network, guard, version } = parts;
  const usage = new Usage({ clock, read: readUsage, calls: () => office.parts.engine.size });
  const quality = new QualityWatch({ clock, engine: office.parts.engine, plane: parts.plane });
  const commands = new PageCommands({
    parts: office.parts,
    directory,
    guard,
    network,
    events: office,
    data: office.settings.server.data,
    sounds: parts.soundShelf,
    nowMs: () => clock.now(),
    prepareBackup: (passphrase) =>
      prepareBackup({
        settings: office.settings,
        ...(parts.configFile !== undefined && { configFile: parts.configFile }),
        version,
        host: hostName(),
        nowMs: clock.now(),
        random,
        passphrase,
        copyDatabase: (path) => store.backupTo(path),
      }),
    isCertificateFromFile: () => office.settings.tls.certificate !== "auto",
  });
  const page = await startPage({
    listen: web,
    serve: serveHttp,
    certificate: network.certificates,
    assets: loadPage,
    queries: new PageQueries(sourcesOf(office, parts, { usage, quality })),
    commands,
    directory: {
      directory,
      store: store.directory,
      settings: () => office.settings,
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      createHa1,
      changed: () => office.directoryReplaced(),
    },
    state: store.state,
    audit: store.audit,
    clock,
    random,
    log,
    version,
    names: () => namesOf(office.settings, parts),
    isThisMachine: (host) => network.isLocal(canonicalIp(host) ?? host),
    door: {
      isBanned: (host) => guard.isBanned(host),
      failed: (host, reason) => guard.failed({ host, transport: "http", proven: true }, reason),
    },
  });
  if (!page.ok) return page;
  const endEvents = office.onEvent((event) => page.value.emit(event));
  usage.start();
  quality.start();
  office.page = page.value.url;
  office.whenStopped(async () => {
    endEvents();
    usage.stop();
    quality.stop();
    await page.value.stop();
  });
  return ok(undefined);
}

function sourcesOf(
  office: Office,
  parts: PageParts,
  own: { readonly usage: Usage; readonly quality: QualityWatch },
): PageSources {
  const { directory, network, plane, hep, guard, store, sipTrace, clock, log, version, configFile } = parts;
  const metrics = new PageMetrics({
    version,
    startedAt: office.startedAt,
    parts: office.parts,
    directory,
    guard,
    plane,
    hep,
    onEvent: (listener) => void office.onEvent(listener),
    onRecord: (listener) => office.onRecord(listener),
    certificates: () =>
      network.certificates.list().map(({ source, notAfterMs }) => ({ source, notAfter: notAfterMs })),
  });
  return {
    parts: office.parts,
    network,
    plane,
    directory,
    guard,
    store,
    sipTrace,
    clock,
    tail: log,
    version,
    startedAt: office.startedAt,
    settings: () => office.settings,
    configFile,
    problems: () => office.problems,
    isReady: () => office.isOpen,
    wantedListeners: () => office.settings.listen.sip.length,
    callsSinceStart: () => office.callsSinceStart,
    metrics,
    ...own,
  };
}

/** What somebody may type to reach the page: the domains, the machine, what the certificate says. */
function namesOf(settings: Settings, { directory, network }: PageParts): readonly string[] {
  const domains = directory.domains().flatMap(({ name, aliases }) => [name, ...aliases]);
  const own = certificateNamesOfHost(settings.tls.names);
  const served = network.certificates.list().flatMap(({ names }) => names);
  return [...new Set([...own, ...domains, ...served])].filter((name) => !isUnspecified(name));
}
