/** The whole page in memory for tests: real gate, desk and routes; stores and office only remember. */

import { type Log, type LogFields, ManualClock, ok, type Result, seededRandom } from "../base/mod.ts";
import { readStoredDomain, type Settings, type SettingsInput, testSettings } from "../config/mod.ts";
import type { DomainSettings } from "../config/mod.ts";
import { createDirectory, type ReplaceableDirectory } from "../pbx/directory/mod.ts";
import type {
  AuditEntry,
  AuditStore,
  CallRecord,
  DirectoryStore,
  DirectoryWrite,
  Ha1,
  StateStore,
} from "../pbx/ports.ts";
import {
  type ApiContext,
  DirectoryDesk,
  type OfficeCommands,
  type OfficeQueries,
  type Refusal,
} from "./api/mod.ts";
import { createApp, type PageApp } from "./app.ts";
import { PageFiles } from "./assets.ts";
import { Gate } from "./auth/mod.ts";
import { EventHub } from "./events.ts";

export const PASSWORD = "correct horse battery";
export const HOST = "page.example";

/** HA1 that shows what it was made of. */
export function fakeHa1(user: string, realm: string, password: string): Ha1 {
  return { md5: `md5(${user}:${realm}:${password})`, sha256: `sha(${user}:${realm}:${password})` };
}

export class MemoryState implements StateStore {
  readonly values = new Map<string, string>();

  get(key: string): Promise<string | undefined> {
    return Promise.resolve(this.values.get(key));
  }

  list(prefix: string): Promise<ReadonlyMap<string, string>> {
    return Promise.resolve(new Map([...this.values].filter(([key]) => key.startsWith(prefix))));
  }

  put(key: string, value: string): void {
    this.values.set(key, value);
  }

  remove(key: string): void {
    this.values.delete(key);
  }
}

class MemoryAudit implements AuditStore {
  readonly entries: AuditEntry[] = [];

  append(entry: AuditEntry): void {
    this.entries.push(entry);
  }

  list({ offset, limit }: { offset: number; limit: number }): ReturnType<AuditStore["list"]> {
    const rows = this.entries.toReversed().slice(offset, offset + limit);
    return Promise.resolve({ rows, total: this.entries.length });
  }
}

class MemoryDirectory implements DirectoryStore {
  readonly parts = new Map<string, DomainSettings>();
  readonly ha1 = new Map<string, Ha1>();

  domains(): Promise<readonly DomainSettings[]> {
    return Promise.resolve([...this.parts.values()]);
  }

  putDomain(domain: DomainSettings): Promise<void> {
    return Promise.resolve(void this.parts.set(domain.name, domain));
  }

  removeDomain(name: string): Promise<void> {
    return Promise.resolve(void this.parts.delete(name));
  }

  credentials(): Promise<ReadonlyMap<string, Ha1>> {
    return Promise.resolve(new Map(this.ha1));
  }

  putCredentials(domain: string, extension: string, ha1: Ha1): Promise<void> {
    return Promise.resolve(void this.ha1.set(`${domain}/${extension}`, ha1));
  }

  removeCredentials(domain: string, extension: string): Promise<void> {
    return Promise.resolve(void this.ha1.delete(`${domain}/${extension}`));
  }

  write({ put = [], remove = [], credentials = new Map() }: DirectoryWrite): Promise<void> {
    for (const name of remove) this.parts.delete(name);
    for (const domain of put) this.parts.set(domain.name, domain);
    for (const [key, ha1] of credentials) {
      if (ha1 === undefined) this.ha1.delete(key);
      else this.ha1.set(key, ha1);
    }
    return Promise.resolve();
  }
}

/** A gate with nothing behind it, and what it told others. */
export class FakeGate {
  readonly clock = new ManualClock(1_700_000_000_000);
  readonly state: MemoryState;
  readonly audit = new MemoryAudit();
  readonly failures: string[] = [];
  readonly log: string[] = [];
  readonly gate: Gate;

  constructor(options: { readonly state?: MemoryState; readonly seed?: number } = {}) {
    this.state = options.state ?? new MemoryState();
    const note = (event: string, fields?: LogFields) =>
      void this.log.push(`${event} ${JSON.stringify(fields ?? {})}`);
    const log: Log = { debug: note, info: note, warn: note, error: note, with: () => log };
    this.gate = new Gate({
      state: this.state,
      audit: this.audit,
      clock: this.clock,
      random: seededRandom(options.seed ?? 1),
      log,
      passwordCost: { N: 16, r: 1, p: 1 },
      isThisMachine: (host) => host === "127.0.0.1" || host === "::1",
      failed: (host, reason) => void this.failures.push(`${host} ${reason}`),
    });
  }
}

export interface FakePageOptions {
  readonly settings?: SettingsInput;
  /** Stored domains, in the shape of the file. */
  readonly stored?: readonly object[];
  readonly isSecure?: boolean;
  readonly queries?: Partial<OfficeQueries>;
  readonly commands?: Partial<OfficeCommands>;
  readonly isWelcome?: (host: string) => boolean;
}

/** Enough of the answers for the tests that look into them. */
export interface Json {
  readonly [name: string]: unknown;
  readonly items: readonly Json[];
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface Asking {
  readonly method?: string;
  readonly body?: unknown;
  readonly raw?: BodyInit;
  readonly headers?: Readonly<Record<string, string>>;
  readonly from?: string;
}

export class FakePage extends FakeGate {
  readonly app: PageApp;
  readonly events: EventHub;
  readonly directory: ReplaceableDirectory;
  readonly stored = new MemoryDirectory();
  /** What the office was told to do, `name(arguments)`. */
  readonly commands: string[] = [];
  changes = 0;
  cookie = "";
  csrf = "";
  readonly #scheme: string;

  constructor(options: FakePageOptions = {}) {
    super();
    const { clock } = this;
    for (const value of options.stored ?? []) {
      const reading = readStoredDomain({ ...value });
      if (!reading.ok) throw new TypeError(`Cannot use the test's domain: ${JSON.stringify(reading.error)}`);
      this.stored.parts.set(reading.value.name, reading.value);
    }
    const settings = testSettings(options.settings ?? { domains: [] });
    this.directory = createDirectory({
      settings,
      stored: { domains: [...this.stored.parts.values()], credentials: new Map() },
      createHa1: fakeHa1,
    });
    this.events = new EventHub(clock);
    const isSecure = options.isSecure ?? false;
    this.#scheme = isSecure ? "https" : "http";
    const context: ApiContext = {
      queries: { ...quietQueries(settings), ...options.queries } as OfficeQueries,
      commands: { ...this.#willing(), ...options.commands } as OfficeCommands,
      directory: new DirectoryDesk({
        directory: this.directory,
        store: this.stored,
        settings: () => settings,
        timeZone: "UTC",
        createHa1: fakeHa1,
        changed: () => void this.changes++,
      }),
      gate: this.gate,
      audit: this.audit,
      clock,
      random: seededRandom(2),
      isSecure,
    };
    const files = PageFiles.make({ html: "<!doctype html><title>page</title>", script: "1;", style: "a{}" });
    this.app = createApp({
      context,
      events: this.events,
      files: () => files,
      log: {
        debug() {},
        info() {},
        warn() {},
        error: (event, fields) => void this.log.push(`${event} ${JSON.stringify(fields)}`),
        with: () => this.#noLog(),
      },
      version: "1.2.3",
      names: () => [HOST, "*.wild.example"],
      isWelcome: options.isWelcome ?? (() => true),
    });
  }

  #noLog(): Log {
    return { debug() {}, info() {}, warn() {}, error() {}, with: () => this.#noLog() };
  }

  #willing(): Partial<OfficeCommands> {
    const told = <T>(name: string, answer: T) => (...given: unknown[]): T => {
      this.commands.push(`${name}(${JSON.stringify(given).slice(1, -1)})`);
      return answer;
    };
    return {
      hangUp: told("hangUp", true),
      originate: told<Result<void, string>>("originate", ok(undefined)),
      room: told("room", true),
      setFeatures: told("setFeatures", true),
      unregister: told("unregister", true),
      ban: told("ban", true),
      unban: told("unban", true),
      installCertificate: told("installCertificate", Promise.resolve<Result<void, Refusal>>(ok(undefined))),
      removeCertificate: told("removeCertificate", Promise.resolve<Result<void, Refusal>>(ok(undefined))),
    };
  }

  /** Makes the administrator and signs in. */
  async signIn(): Promise<this> {
    if (this.gate.accounts.isEmpty) {
      await this.ask("/setup", { method: "POST", body: { token: this.gate.openSetup(), password: PASSWORD } })
        .then((answer) => this.#take(answer));
    } else {
      this.#take(await this.ask("/session", { method: "POST", body: { password: PASSWORD } }));
    }
    return this;
  }

  async #take(response: Response): Promise<void> {
    if (response.status !== 200) throw new Error(`Cannot sign in: ${await response.text()}`);
    this.cookie = response.headers.get("set-cookie")!.split(";")[0]!;
    this.csrf = (await response.json()).csrf;
  }

  /** Below `/api/v1`, unless `path` begins with `//`. Brings the session if there is one, and nothing else. */
  async ask(path: string, asking: Asking = {}): Promise<Response> {
    const { method = "GET", body, raw, headers = {}, from = "192.0.2.1" } = asking;
    const place = path.startsWith("//") ? path.slice(1) : `/api/v1${path}`;
    const sent = body === undefined ? raw : JSON.stringify(body);
    const request = new Request(`${this.#scheme}://${HOST}${place}`, {
      method,
      headers: {
        host: HOST,
        ...(body !== undefined && { "content-type": "application/json" }),
        ...(this.cookie !== "" && { cookie: this.cookie }),
        ...(this.csrf !== "" && method !== "GET" && { "x-csrf-token": this.csrf }),
        ...headers,
      },
      ...(sent !== undefined && { body: sent }),
    });
    return await this.app.fetch(request, { host: from });
  }

  /** The body of a good answer. */
  async json<T = Json>(path: string, asking: Asking = {}): Promise<T> {
    const response = await this.ask(path, asking);
    const text = await response.text();
    if (response.status >= 300) throw new Error(`${response.status} ${text}`);
    return (text === "" ? {} : JSON.parse(text)) as T;
  }

  /** Status and kind of a problem, `409 in-file`. */
  async refusal(path: string, asking: Asking = {}): Promise<string> {
    const response = await this.ask(path, asking);
    const text = await response.text();
    if (response.headers.get("content-type") !== "application/problem+json") {
      throw new Error(`No problem: ${response.status} ${text}`);
    }
    const { type, status } = JSON.parse(text);
    if (status !== response.status) {
      throw new Error(`The problem says ${status}, the answer ${response.status}`);
    }
    return `${status} ${type.replace("urn:sipedge:problem:", "")}`;
  }
}

/** An office in which nothing happens. */
function quietQueries(settings: Settings): Partial<OfficeQueries> {
  const nothing = { rows: [] as CallRecord[], total: 0 };
  return {
    isReady: () => true,
    missing: () => Promise.resolve([]),
    settings: () => settings,
    devices: () => [],
    callsOf: () => 0,
    features: () => ({ forward: {}, doNotDisturb: false }),
    groups: () => [],
    rooms: () => Promise.resolve([]),
    lines: () => [],
    liveCalls: () => [],
    liveCall: () => undefined,
    bans: () => [],
    certificates: () => [],
    authority: () => undefined,
    configuration: () => ({ problems: [] }),
    logTail: () => [],
    metrics: () => Promise.resolve("sipedge_up 1\n"),
    records: {
      list: () => Promise.resolve(nothing),
      get: () => Promise.resolve(undefined),
      exportAs: async function* () {},
    },
  };
}
