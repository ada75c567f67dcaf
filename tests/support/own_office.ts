/** The real server inside the test's own process, so that a test can look at its rooms and tell it what a page would. */

import { stringify } from "yaml";
import type { Log, LogFields } from "../../src/base/mod.ts";
import { startServer } from "../../src/app.ts";
import { domainDefaultsOf, readSettings, readStoredDomain } from "../../src/config/mod.ts";
import { Office } from "../../src/office/office.ts";
import { SystemClock } from "../../src/platform/system_clock.ts";
import { openStore, type Store } from "../../src/store/mod.ts";

export interface OwnOfficeOptions {
  /** Its own loopback address. */
  readonly address: string;
  readonly mediaPorts: string;
  readonly extensions: readonly Record<string, unknown>[];
  /** Merged into the domain: rooms, lines, rules. */
  readonly office?: Record<string, unknown>;
}

const TIME_ZONE = "UTC";

export class OwnOffice implements AsyncDisposable {
  readonly domain = "office.example";
  readonly data: string;
  readonly office: Office;
  readonly #store: Store;
  readonly #lines: string[];

  private constructor(parts: { data: string; office: Office; store: Store; lines: string[] }) {
    this.data = parts.data;
    this.office = parts.office;
    this.#store = parts.store;
    this.#lines = parts.lines;
  }

  static async start(options: OwnOfficeOptions): Promise<OwnOffice> {
    const { address, mediaPorts, extensions } = options;
    const data = await Deno.makeTempDir({ prefix: "sipedge-office-" });
    const text = stringify({
      server: { data },
      listen: {
        sip: [`udp://${address}:5060`, `tcp://${address}:5060`, `tls://${address}:5061`],
        web: "off",
      },
      media: { ports: mediaPorts, workers: 1 },
      domains: [{ name: "office.example", extensions, ...options.office }],
    });
    const reading = readSettings(text, { timeZone: TIME_ZONE });
    if (!reading.ok) throw new Error(`Cannot use the test's settings: ${JSON.stringify(reading.error)}`);
    const settings = reading.value;
    const lines: string[] = [];
    const note = (level: string) => (event: string, fields?: LogFields) =>
      void lines.push(`${level} ${event} ${JSON.stringify(fields ?? {})}`);
    const log: Log = {
      debug() {},
      info: note("info"),
      warn: note("warn"),
      error: note("error"),
      with: () => log,
    };
    const store = openStore({
      path: `${data}/sipedge.db`,
      clock: new SystemClock(),
      log,
      readDomain: (value) => {
        const stored = readStoredDomain(value, domainDefaultsOf(settings, TIME_ZONE));
        return stored.ok ? stored.value : undefined;
      },
    });
    if (!store.ok) throw new Error(store.error);
    const started = await startServer({ settings, store: store.value, log, version: "test" });
    if (!started.ok || !(started.value instanceof Office)) {
      throw new Error(`Cannot start: ${lines.join("\n")}`);
    }
    return new OwnOffice({ data, office: started.value, store: store.value, lines });
  }

  get log(): string {
    return this.#lines.join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.office.stop();
    this.#store.close();
    await Deno.remove(this.data, { recursive: true }).catch(() => undefined);
  }
}
