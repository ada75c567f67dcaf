/** Brings the page and the API up: accounts, one-time link, listener. */

import {
  type Clock,
  fail,
  ipFamily,
  isLoopback,
  isUnspecified,
  type Log,
  ok,
  printHostPort,
  type Random,
  type Result,
} from "../base/mod.ts";
import type { ListenSettings } from "../config/mod.ts";
import type { AuditStore, PbxEvent, StateStore } from "../pbx/ports.ts";
import {
  DirectoryDesk,
  type DirectoryDeskOptions,
  type OfficeCommands,
  type OfficeQueries,
} from "./api/mod.ts";
import { createApp } from "./app.ts";
import { type PageAssets, PageFiles } from "./assets.ts";
import { Gate, SETUP_LIFE_MS } from "./auth/mod.ts";
import { EventHub } from "./events.ts";

/** The certificate shown to browsers; `onChange` when it was exchanged. */
export interface PageCertificate {
  choose(): { readonly certificate: string; readonly key: string };
  onChange(listener: () => void): () => void;
}

export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  /** Absent: plain HTTP. */
  readonly certificate?: PageCertificate;
  readonly handle: (request: Request, peer: { readonly host: string }) => Response | Promise<Response>;
}

/** Opens a listener for HTTP; the error is a reason in words. */
export type Serve = (
  options: ServeOptions,
) => Promise<Result<{ readonly port: number; stop(): Promise<void> }, string>>;

export interface PageOptions {
  readonly listen: NonNullable<ListenSettings["web"]>;
  readonly serve: Serve;
  readonly certificate: PageCertificate;
  readonly assets: () => Promise<PageAssets>;
  readonly queries: OfficeQueries;
  readonly commands: OfficeCommands;
  readonly directory: DirectoryDeskOptions;
  readonly state: StateStore;
  readonly audit: AuditStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly version: string;
  /** Names the server goes by. */
  readonly names: () => readonly string[];
  /** True for the addresses of this machine's own interfaces. */
  readonly isThisMachine: (host: string) => boolean;
  /** The doorkeeper: who is banned, and who guessed wrong. */
  readonly door?: { isBanned(host: string): boolean; failed(host: string, reason: string): void };
}

export interface RunningPage {
  readonly url: string;
  /** What happened, for the event stream. */
  emit(event: PbxEvent): void;
  /** A new one-time link, in the log and returned: for a forgotten password. */
  renewSetup(): string;
  stop(): Promise<void>;
}

/** The error says in one sentence what could not be started and why. */
export async function startPage(options: PageOptions): Promise<Result<RunningPage, string>> {
  const { listen, clock, random, log, state, audit, door } = options;
  const gate = new Gate({
    state,
    audit,
    clock,
    random,
    log,
    isThisMachine: options.isThisMachine,
    failed: (host, reason) => door?.failed(host, reason),
  });
  await gate.load();
  const events = new EventHub(clock);
  const files = once(async () => await PageFiles.make(await options.assets()));
  // Bundled while phones register already; a fault is told when somebody asks for the page.
  files().catch((error) => log.error("the page could not be made", { reason: String(error) }));
  const app = createApp({
    context: {
      queries: options.queries,
      commands: options.commands,
      directory: new DirectoryDesk(options.directory),
      gate,
      audit,
      clock,
      random,
      isSecure: listen.secure,
    },
    events,
    files,
    log,
    version: options.version,
    names: options.names,
    isWelcome: (host) => !door?.isBanned(host),
  });
  const serving = await options.serve({
    host: listen.host,
    port: listen.port,
    ...(listen.secure && { certificate: options.certificate }),
    handle: (request, { host }) => app.fetch(request, { host }),
  });
  if (!serving.ok) {
    return fail(
      `cannot listen on "${printHostPort(listen.host, listen.port)}" for the page: ${serving.error}`,
    );
  }
  const url = `${listen.secure ? "https" : "http"}://${
    printHostPort(shownHost(options), serving.value.port)
  }`;
  log.info("page", { url });
  const renewSetup = () => {
    const link = `${url}/setup#${gate.openSetup()}`;
    log.info("open this link to set the administrator's password", {
      link,
      validMinutes: SETUP_LIFE_MS / 60_000,
    });
    return link;
  };
  if (gate.accounts.isEmpty) renewSetup();
  return ok({
    url,
    emit: (event) => events.emit(event),
    renewSetup,
    async stop() {
      events.stop();
      await serving.value.stop();
    },
  });
}

/** What somebody on another machine can type: a full name, else an address; a short name is often known here only. */
function shownHost({ listen, names }: PageOptions): string {
  if (!isUnspecified(listen.host)) return listen.host;
  const [first = "localhost", ...others] = names();
  if (first.includes(".")) return first;
  return others.find((name) => ipFamily(name) !== undefined && !isLoopback(name)) ?? first;
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    // What failed is tried again by the next visitor.
    made ??= make().catch((error) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
