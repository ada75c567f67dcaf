import assert from "node:assert/strict";
import type { CallRecord } from "../pbx/ports.ts";
import { CSV_HEAD, exportCsv, exportJson, printCsvLine } from "./records_export.ts";

const RECORD: CallRecord = {
  id: "1",
  domain: "office.example",
  startedAt: 0,
  ringingAt: 1000,
  answeredAt: 4000,
  endedAt: 64_000,
  caller: "100",
  called: "101",
  direction: "internal",
  result: "answered",
  legs: [
    { side: "caller", party: "100", keysExposed: false, sipCallId: "a", codec: "PCMA", mos: 4.4 },
    {
      side: "called",
      party: "101",
      keysExposed: false,
      sipCallId: "b",
      codec: "G722",
      srtpSuite: "AEAD_AES_128_GCM",
    },
  ],
  events: [],
};

/** The cell of `callerName`, whatever stands in it. */
function cellOf(callerName: string): string {
  const before =
    "1,office.example,1970-01-01T00:00:00.000Z,1970-01-01T00:00:04.000Z,1970-01-01T00:01:04.000Z,3,60,internal,100,";
  const after = ",101,,,answered,,,PCMA,,4.4,G722,AEAD_AES_128_GCM,\r\n";
  const line = printCsvLine({ ...RECORD, callerName });
  assert.ok(line.startsWith(before) && line.endsWith(after), line);
  return line.slice(before.length, -after.length);
}

async function joined(pieces: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const piece of pieces) text += piece;
  return text;
}

async function* of(...records: CallRecord[]): AsyncGenerator<CallRecord> {
  for (const record of records) yield await Promise.resolve(record);
}

Deno.test("no cell begins like a formula, whatever a caller calls itself", () => {
  const rows: [name: string, cell: string][] = [
    ["=1+1", "'=1+1"],
    ["+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"],
    ["-2+3", "'-2+3"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["＝1+1", "'＝1+1"],
    ["＠SUM(A1)", "'＠SUM(A1)"],
    ["\t=1", '"\'\t=1"'],
    ["\r=1", '"\'\r=1"'],
    [" =1", "' =1"],
    ["+4930123", "+4930123"],
    ["Alice", "Alice"],
  ];
  for (const [name, cell] of rows) assert.equal(cellOf(name), cell);
});

Deno.test("separators, quotes and line ends are quoted as RFC 4180 wants", () => {
  assert.equal(cellOf('a "b", c'), '"a ""b"", c"');
  assert.equal(cellOf("a\nb"), '"a\nb"');
  assert.equal(cellOf("a;b"), '"a;b"');
});

Deno.test("every line has as many cells as the head", async () => {
  const csv = await joined(exportCsv(of(RECORD, { ...RECORD, id: "2" })));
  const lines = csv.split("\r\n");
  assert.equal(lines.length, 4);
  assert.equal(`${lines[0]}\r\n`, CSV_HEAD);
  assert.equal(lines[1]!.split(",").length, CSV_HEAD.split(",").length);
});

Deno.test("the JSON export reads back as the records, also when there is none", async () => {
  assert.deepEqual(JSON.parse(await joined(exportJson(of(RECORD, { ...RECORD, id: "2" })))), [RECORD, {
    ...RECORD,
    id: "2",
  }]);
  assert.deepEqual(JSON.parse(await joined(exportJson(of()))), []);
});
