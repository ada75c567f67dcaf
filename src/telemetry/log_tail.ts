/** The newest lines of the log in memory, for the page; everything goes on to the real log as it came. Secrets masked. */

import { type Clock, type Log, type LogFields, maskSecrets } from "../base/mod.ts";

export interface TailLine {
  readonly at: number;
  readonly level: "debug" | "info" | "warn" | "error";
  readonly event: string;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

const MAX_LINES = 1000;
const MAX_VALUE = 500;
/** `link`: whoever opens the one-time link becomes the administrator. */
const SECRET_FIELD = /^link$|pass(?:word|wd)|secret|^pin$|ha1|token|authorization|private/i;

/** For whoever reads the log of the machine; a reader of the page must not become administrator by it. */
const SETUP_LINK = /(\/setup#)[0-9a-f]+/g;

/** Lines that every {@linkcode LogTail} made by `with` shares. */
class Ring {
  readonly lines: TailLine[] = [];

  add(line: TailLine): void {
    this.lines.push(line);
    // In slices: moving a thousand lines for each new one costs more than keeping a few too many.
    if (this.lines.length >= 2 * MAX_LINES) this.lines.splice(0, MAX_LINES);
  }
}

export class LogTail implements Log {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #common: LogFields;
  readonly #ring: Ring;

  constructor(
    log: Log,
    clock: Clock,
    inherited: { ring: Ring; common: LogFields } = { ring: new Ring(), common: {} },
  ) {
    this.#log = log;
    this.#clock = clock;
    this.#ring = inherited.ring;
    this.#common = inherited.common;
  }

  /** The newest `limit` lines, oldest of them first. */
  recent(limit: number): readonly TailLine[] {
    return limit <= 0 ? [] : this.#ring.lines.slice(-Math.min(limit, MAX_LINES));
  }

  debug(event: string, fields?: LogFields): void {
    this.#log.debug(event, fields);
  }

  info(event: string, fields?: LogFields): void {
    this.#keep("info", event, fields);
    this.#log.info(event, fields);
  }

  warn(event: string, fields?: LogFields): void {
    this.#keep("warn", event, fields);
    this.#log.warn(event, fields);
  }

  error(event: string, fields?: LogFields): void {
    this.#keep("error", event, fields);
    this.#log.error(event, fields);
  }

  with(fields: LogFields): Log {
    const common = { ...this.#common, ...fields };
    return new LogTail(this.#log.with(fields), this.#clock, { ring: this.#ring, common });
  }

  #keep(level: TailLine["level"], event: string, fields: LogFields = {}): void {
    const kept: Record<string, string | number | boolean> = {};
    for (const [key, value] of Object.entries({ ...this.#common, ...fields })) {
      if (value === undefined) continue;
      kept[key] = SECRET_FIELD.test(key) ? "***" : typeof value === "string" ? shorten(value) : value;
    }
    this.#ring.add({ at: this.#clock.now(), level, event: shorten(event), fields: kept });
  }
}

function shorten(text: string): string {
  const masked = maskSecrets(text.slice(0, 4 * MAX_VALUE)).replace(SETUP_LINK, "$1***");
  return masked.length > MAX_VALUE ? `${masked.slice(0, MAX_VALUE)}…` : masked;
}
