/** `sipedge calls`: the calls of the moment, or the records of those that were. */

import type { CallRecord, CallRecordQuery } from "../pbx/ports.ts";
import { exportCsv, exportJson } from "../store/mod.ts";
import { type Command, EXIT, type ExitCode, type Shell, UsageError } from "./command.ts";
import { ask } from "./control_client.ts";
import { expectWords, readCount, readFlags } from "./flags.ts";
import { controlPath } from "./places.ts";
import { printJson, printSpan, printTable, printTime } from "./print.ts";
import { loadSettings, PLACE_FLAGS, PLACE_HELP } from "./settings_file.ts";
import { openStoreOf } from "./stored.ts";

const FLAGS = {
  ...PLACE_FLAGS,
  json: "switch",
  csv: "switch",
  past: "switch",
  limit: "text",
  domain: "text",
  party: "text",
  since: "text",
  until: "text",
} as const;

export const callsCommand: Command = {
  name: "calls",
  summary: "list the calls of the moment, or the records of past ones",
  help: `Usage: sipedge calls [--json] [--config FILE] [--data DIR]
       sipedge calls --past [--limit N] [--domain NAME] [--party TEXT] [--since DATE] [--until DATE] [--json | --csv]

Without --past: the calls that live now, from the running server. With --past: call records, newest first, also when
no server runs.

  --past           call records instead of live calls
  --limit N        most records to print (default 20; with --csv or --json: all)
  --domain NAME    only this domain
  --party TEXT     only calls in which caller, called or answering number contains TEXT
  --since DATE     only calls that began then or later: 2026-01-31 or 2026-01-31T08:00
  --until DATE     only calls that began before
  --json, --csv    whole records for scripts and spreadsheets
${PLACE_HELP}

Exit code 0 when the calls were shown, also when there are none, 1 when the database cannot be read, 3 when the
configuration has problems, 4 when no server can be reached (never with --past).
`,
  run,
};

async function run(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const { values, words } = readFlags(args, FLAGS);
  expectWords(words, []);
  const { settings } = loadSettings(values, shell);
  if (!values.past) {
    for (const name of ["csv", "limit", "domain", "party", "since", "until"] as const) {
      if (values[name] !== undefined) throw new UsageError(`--${name} needs --past`);
    }
    const calls = await ask(controlPath(settings.server.data), "calls");
    shell.output.write(values.json ? printJson(calls) : printLive(calls, shell.clock.now()));
    return EXIT.ok;
  }
  if (values.csv && values.json) throw new UsageError("--csv and --json exclude each other");
  const query = {
    ...(values.domain !== undefined && { domain: values.domain.toLowerCase() }),
    ...(values.party !== undefined && { party: values.party }),
    ...(values.since !== undefined && { fromMs: readDate(values.since, "since") }),
    ...(values.until !== undefined && { toMs: readDate(values.until, "until") }),
  };
  const isWhole = Boolean(values.csv || values.json);
  const fallback = isWhole ? Number.MAX_SAFE_INTEGER : 20;
  const limit = readCount(values.limit, { name: "limit", fallback, max: 1_000_000 });
  const store = openStoreOf(settings, shell);
  try {
    const records = take(store.callRecords.each(query), limit);
    if (isWhole) {
      for await (const piece of values.csv ? exportCsv(records) : exportJson(records)) {
        shell.output.write(piece);
      }
    } else shell.output.write(await printPast(records));
  } finally {
    store.close();
  }
  return EXIT.ok;
}

async function* take(records: AsyncIterable<CallRecord>, limit: number): AsyncGenerator<CallRecord> {
  let left = limit;
  if (left === 0) return;
  for await (const record of records) {
    yield record;
    if (--left === 0) return;
  }
}

function readDate(text: string, name: string): NonNullable<CallRecordQuery["fromMs"]> {
  const match = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?Z?)?$/.test(text);
  // A bare date means midnight here, not in Greenwich as Date would have it.
  const ms = match ? Date.parse(text.includes("T") ? text : `${text}T00:00`) : NaN;
  if (Number.isNaN(ms)) {
    throw new UsageError(`--${name} needs a date like 2026-01-31 or 2026-01-31T08:00, got "${text}"`);
  }
  return ms;
}

function printLive(calls: readonly CallRecord[], nowMs: number): string {
  if (calls.length === 0) return "no call\n";
  const rows = calls.map((call) => [
    call.caller,
    call.answeredBy ?? call.called,
    call.answeredAt !== undefined ? "talking" : call.ringingAt !== undefined ? "ringing" : "calling",
    printSpan(nowMs - (call.answeredAt ?? call.startedAt)),
    call.legs.map(({ codec, srtpSuite, keysExposed }) =>
      `${codec ?? "-"} ${srtpSuite ?? "plain"}${keysExposed ? " (key exposed)" : ""}`
    ).join(" | "),
    call.id,
  ]);
  return printTable(["CALLER", "CALLED", "STATE", "FOR", "MEDIA", "ID"], rows);
}

async function printPast(records: AsyncIterable<CallRecord>): Promise<string> {
  const rows: string[][] = [];
  for await (const call of records) {
    const talkMs = call.answeredAt !== undefined && call.endedAt !== undefined
      ? call.endedAt - call.answeredAt
      : 0;
    rows.push([
      printTime(call.startedAt),
      call.caller,
      call.called,
      call.answeredBy ?? "",
      call.result ?? "",
      printSpan(talkMs),
      call.id,
    ]);
  }
  const head = ["BEGAN", "CALLER", "CALLED", "ANSWERED BY", "RESULT", "TALKED", "ID"];
  return rows.length > 0 ? printTable(head, rows) : "no record\n";
}
