/** The log on standard error: lines for people on a terminal, one JSON object a line for journald and the like. */

import { type Clock, type Log, type LogFields, maskSecrets } from "../base/mod.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface LogOptions {
  /** `auto`: text on a terminal, JSON elsewhere. */
  readonly format: "auto" | "text" | "json";
  /** Lines below this level are not written. */
  readonly level: LogLevel;
  readonly clock: Clock;
  /** Where lines go; standard error by default. */
  readonly output?: LogOutput;
}

export interface LogOutput {
  /** True for a person's terminal. */
  readonly isTerminal: boolean;
  /** Takes one whole line with its line end; must not throw. */
  write(line: string): void;
}

const ORDER: readonly LogLevel[] = ["debug", "info", "warn", "error"];
/** Lines of one event in one second; what is above is counted and told once. A flood must not fill the disk. */
const MAX_PER_SECOND = 100;
/** Events told apart in one second; beyond, all others count as one. */
const MAX_EVENTS = 1000;
/** Longest value; a SIP header may be 8 KiB. */
const MAX_VALUE = 1000;
const SECRET_FIELD = /pass(?:word|wd)|secret|^pin$|ha1|token|authorization|private/i;

export function createLog(options: LogOptions): Log {
  return new Logger(new Sink(options), {});
}

class Logger implements Log {
  readonly #sink: Sink;
  readonly #fields: LogFields;

  constructor(sink: Sink, fields: LogFields) {
    this.#sink = sink;
    this.#fields = fields;
  }

  debug(event: string, fields?: LogFields): void {
    this.#sink.line({ level: "debug", event, common: this.#fields, fields });
  }

  info(event: string, fields?: LogFields): void {
    this.#sink.line({ level: "info", event, common: this.#fields, fields });
  }

  warn(event: string, fields?: LogFields): void {
    this.#sink.line({ level: "warn", event, common: this.#fields, fields });
  }

  error(event: string, fields?: LogFields): void {
    this.#sink.line({ level: "error", event, common: this.#fields, fields });
  }

  with(fields: LogFields): Log {
    return new Logger(this.#sink, { ...this.#fields, ...fields });
  }
}

interface Line {
  readonly level: LogLevel;
  readonly event: string;
  readonly common: LogFields;
  readonly fields: LogFields | undefined;
}

/** Decides what is written and how. */
class Sink {
  readonly #output: LogOutput;
  readonly #clock: Clock;
  readonly #lowest: number;
  readonly #isText: boolean;
  readonly #hasColour: boolean;
  #second = 0;
  #counts = new Map<string, number>();

  constructor({ format, level, clock, output = STANDARD_ERROR }: LogOptions) {
    this.#output = output;
    this.#clock = clock;
    this.#lowest = ORDER.indexOf(level);
    this.#isText = format === "text" || (format === "auto" && output.isTerminal);
    this.#hasColour = this.#isText && output.isTerminal && !Deno.noColor;
  }

  line(line: Line): void {
    if (ORDER.indexOf(line.level) < this.#lowest) return;
    const nowMs = this.#clock.now();
    // Somebody who asks for debug wants everything.
    if (line.level !== "debug" && !this.#isWithinLimit(line.event, nowMs)) return;
    this.#write(line, nowMs);
  }

  #isWithinLimit(event: string, nowMs: number): boolean {
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#second) {
      this.#tellLeftOut(nowMs);
      this.#second = second;
    }
    const key = this.#counts.has(event) || this.#counts.size < MAX_EVENTS ? event : "other events";
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count <= MAX_PER_SECOND;
  }

  #tellLeftOut(nowMs: number): void {
    for (const [event, count] of this.#counts) {
      if (count <= MAX_PER_SECOND) continue;
      const fields = { of: event, lines: count - MAX_PER_SECOND };
      this.#write({ level: "warn", event: "log lines left out", common: {}, fields }, nowMs);
    }
    this.#counts = new Map();
  }

  #write(line: Line, nowMs: number): void {
    this.#output.write(this.#isText ? this.#printText(line, nowMs) : printJson(line, nowMs));
  }

  #printText({ level, event, common, fields }: Line, nowMs: number): string {
    const time = new Date(nowMs).toISOString().slice(11, 23);
    const paint = (code: string, text: string) => this.#hasColour ? `\x1b[${code}m${text}\x1b[0m` : text;
    const data = [...fieldsOf(common, fields)].map(([key, value]) =>
      ` ${paint("2", `${key}=`)}${printValue(value)}`
    );
    return `${paint("2", time)} ${paint(COLOURS[level], level.padEnd(5))} ${escapeControls(event)}${
      data.join("")
    }\n`;
  }
}

const COLOURS: Readonly<Record<LogLevel, string>> = { debug: "2", info: "32", warn: "33", error: "31" };

function printJson({ level, event, common, fields }: Line, nowMs: number): string {
  const object: Record<string, unknown> = {
    time: new Date(nowMs).toISOString(),
    level,
    event: maskSecrets(event),
  };
  for (const [key, value] of fieldsOf(common, fields)) object[key] = value;
  return `${JSON.stringify(object)}\n`;
}

/** Fields of a line, the own ones last, without secrets. */
function fieldsOf(common: LogFields, fields: LogFields | undefined): Map<string, string | number | boolean> {
  const all = new Map<string, string | number | boolean>();
  for (const source of [common, fields ?? {}]) {
    for (const [key, value] of Object.entries(source)) {
      if (value === undefined) continue;
      // The line's own words must not be overwritten.
      const name = key === "time" || key === "level" || key === "event" ? `${key}_` : key;
      all.set(name, SECRET_FIELD.test(key) ? "***" : typeof value === "string" ? safeText(value) : value);
    }
  }
  return all;
}

function safeText(value: string): string {
  // Masked before it is cut: half a secret has no end by which it would be known.
  const masked = maskSecrets(value.slice(0, 8 * MAX_VALUE));
  return masked.length > MAX_VALUE ? `${masked.slice(0, MAX_VALUE)}…` : masked;
}

function printValue(value: string | number | boolean): string {
  const text = String(value);
  return /^[\w.:/@+*#-]+$/.test(text) ? text : `"${escapeControls(text).replaceAll('"', '\\"')}"`;
}

/** What comes from the network must neither end the line nor command the terminal (C0, DEL, C1, bidirectional marks). */
function escapeControls(text: string): string {
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, (sign) => {
    const code = sign.charCodeAt(0);
    return sign === "\n" ? "\\n" : sign === "\r" ? "\\r" : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

const ENCODER = new TextEncoder();

const STANDARD_ERROR: LogOutput = {
  get isTerminal() {
    return Deno.stderr.isTerminal();
  },
  write(line) {
    const bytes = ENCODER.encode(line);
    try {
      for (let sent = 0; sent < bytes.length;) sent += Deno.stderr.writeSync(bytes.subarray(sent));
    } catch {
      // Nobody reads any more; a server without a log still connects calls.
    }
  },
};
