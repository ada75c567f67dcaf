/** Call records as CSV (RFC 4180) and JSON lines for spreadsheets and scripts, safe to open. */

import type { CallRecord } from "../pbx/ports.ts";

const COLUMNS: readonly [name: string, value: (record: CallRecord) => string | number | undefined][] = [
  ["id", (record) => record.id],
  ["domain", (record) => record.domain],
  ["started", (record) => printTime(record.startedAt)],
  ["answered", (record) => printTime(record.answeredAt)],
  ["ended", (record) => printTime(record.endedAt)],
  [
    "ringSeconds",
    (record) => span(record.ringingAt ?? record.startedAt, record.answeredAt ?? record.endedAt),
  ],
  ["talkSeconds", (record) => span(record.answeredAt, record.endedAt)],
  ["direction", (record) => record.direction],
  ["caller", (record) => record.caller],
  ["callerName", (record) => record.callerName],
  ["called", (record) => record.called],
  ["answeredBy", (record) => record.answeredBy],
  ["line", (record) => record.line],
  ["result", (record) => record.result],
  ["endedBy", (record) => record.endedBy],
  ["statusCode", (record) => record.statusCode],
  ["callerCodec", (record) => legOf(record, "caller")?.codec],
  ["callerSrtp", (record) => legOf(record, "caller")?.srtpSuite],
  ["callerMos", (record) => legOf(record, "caller")?.mos],
  ["calledCodec", (record) => legOf(record, "called")?.codec],
  ["calledSrtp", (record) => legOf(record, "called")?.srtpSuite],
  ["calledMos", (record) => legOf(record, "called")?.mos],
];

/** First line of the CSV, with its line end. */
export const CSV_HEAD = `${COLUMNS.map(([name]) => name).join(",")}\r\n`;

/** One record as one CSV line, with its line end. */
export function printCsvLine(record: CallRecord): string {
  return `${COLUMNS.map(([, value]) => printCell(value(record))).join(",")}\r\n`;
}

/** The whole CSV, piece by piece, as a response body or a file wants it. */
export async function* exportCsv(records: AsyncIterable<CallRecord>): AsyncGenerator<string> {
  yield CSV_HEAD;
  for await (const record of records) yield printCsvLine(record);
}

/** A JSON array of whole records, one a line. */
export async function* exportJson(records: AsyncIterable<CallRecord>): AsyncGenerator<string> {
  let separator = "[\n";
  for await (const record of records) {
    yield separator + JSON.stringify(record);
    separator = ",\n";
  }
  yield separator === "[\n" ? "[]\n" : "\n]\n";
}

/**
 * A cell that no spreadsheet takes for a formula: what begins like one gets an apostrophe in front (as OWASP advises on
 * CSV injection; their full-width forms count in East Asian settings). Telephone numbers with + and plain negative numbers stay as they are.
 */
export function printCell(value: string | number | undefined): string {
  if (value === undefined) return "";
  const text = String(value);
  const isDangerous = /^[=+\-@＝＋－＠\t\r\n]/.test(text) && !/^[+-][0-9.]+$/.test(text);
  // Some readers skip white space before they look for a formula.
  const safe = isDangerous || /^\s+[=+\-@＝＋－＠]/.test(text) ? `'${text}` : text;
  return /[",;\r\n\t]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function legOf(record: CallRecord, side: "caller" | "called") {
  // Of several called devices the last is the one that was joined.
  return record.legs.findLast((leg) => leg.side === side);
}

function printTime(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

function span(fromMs: number | undefined, toMs: number | undefined): number | undefined {
  return fromMs === undefined || toMs === undefined
    ? undefined
    : Math.max(0, Math.round((toMs - fromMs) / 1000));
}
