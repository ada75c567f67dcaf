/** The log port: one line per event that matters; secrets never reach it. */

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Log {
  /** `event` is a short sentence in English; data goes into `fields`. */
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** A log that adds `fields` to every line. */
  with(fields: LogFields): Log;
}

/** Swallows everything. */
export const SILENT_LOG: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  with: () => SILENT_LOG,
};
