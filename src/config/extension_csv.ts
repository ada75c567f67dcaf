/** Extensions from a table: a head row in English or Chinese, one extension a row. All problems at once, with lines. */

import { fail, ok, type Result } from "../base/mod.ts";
import { type CsvRow, decodeCsv, parseCsv } from "./csv.ts";
import { nearest } from "./nearest.ts";
import { explainIssues, type Problem } from "./problems.ts";
import { extensionSchema } from "./schema_domain.ts";

/** Largest table taken, in bytes and in rows. */
export const MAX_CSV_BYTES = 8 * 1_048_576;
const MAX_ROWS = 50_000;
const MAX_PROBLEMS = 1000;

export interface CsvExtension {
  readonly line: number;
  readonly number: string;
  /** Fields of an extension that have a value in this row, `number` among them, `password` not. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly password?: string;
}

const YES: ReadonlySet<string> = new Set(["yes", "true", "1", "on", "x", "是", "启用", "开"]);
const NO: ReadonlySet<string> = new Set(["no", "false", "0", "off", "否", "停用", "关"]);

type Read = (text: string) => unknown;
const asText: Read = (text) => text;
const asCount: Read = (text) => /^[0-9]{1,9}$/.test(text) ? Number(text) : text;
const asSwitch: Read = (text) =>
  YES.has(text.toLowerCase()) ? true : NO.has(text.toLowerCase()) ? false : text;

/** Field → how its cells are read, and what its head may be called beside its own name. */
const COLUMNS: Readonly<Record<string, readonly [read: Read, ...names: string[]]>> = {
  number: [asText, "extension", "ext", "分机", "分机号", "分机号码", "号码"],
  name: [asText, "display name", "full name", "姓名", "名称", "名字", "显示名称"],
  password: [asText, "secret", "密码", "口令"],
  level: [asText, "permission", "级别", "权限", "等级", "呼叫权限"],
  srtp: [asText, "encryption", "加密"],
  locale: [asText, "language", "语言"],
  maxCalls: [asCount, "max calls", "calls", "最大通话数", "并发数"],
  maxDevices: [asCount, "max devices", "devices", "最大设备数"],
  ringSeconds: [asCount, "ring seconds", "振铃秒数", "振铃时间"],
  outsideNumber: [asText, "outside number", "caller id", "外显号码", "外线号码"],
  callWaiting: [asSwitch, "call waiting", "呼叫等待"],
  doNotDisturb: [asSwitch, "dnd", "do not disturb", "免打扰"],
  rejectAnonymous: [asSwitch, "reject anonymous", "拒接匿名"],
  enabled: [asSwitch, "active", "启用", "状态"],
};

const FIELDS: ReadonlyMap<string, string> = new Map(
  Object.entries(COLUMNS).flatMap(([field, [, ...names]]) =>
    [field, ...names].map((name) => [headOf(name), field] as const)
  ),
);

function headOf(cell: string): string {
  return cell.toLowerCase().replace(/[\s_-]+/g, "");
}

/** Never throws on any bytes. */
export function readExtensionCsv(bytes: Uint8Array): Result<readonly CsvExtension[], readonly Problem[]> {
  const whole = (message: string, line = 1) => fail([problemAt(line, "", message)]);
  if (bytes.length > MAX_CSV_BYTES) {
    return whole(`the table is too large: at most ${MAX_CSV_BYTES} bytes are read`);
  }
  const text = decodeCsv(bytes);
  if (text === undefined) return whole("this is no text: save the table as CSV, in UTF-8");
  const { rows, fault } = parseCsv(text);
  if (fault !== undefined) return whole('a quote " that is opened here is never closed', fault);
  const [head, ...body] = rows;
  if (!head) return whole("the table is empty: expected a head row like number,name,password");
  if (body.length > MAX_ROWS) return whole(`${body.length} rows, at most ${MAX_ROWS} are read`);
  const { fields, problems } = readHead(head);
  if (problems.length > 0) return fail(problems);
  const read = body.map((row) => readRow(row, { fields, heads: head.cells }));
  const found = [
    ...read.flatMap((row) => row.ok ? [] : row.error),
    ...findTwice(body, fields.indexOf("number")),
  ];
  if (found.length > 0) return fail(found.sort((a, b) => a.line! - b.line!).slice(0, MAX_PROBLEMS));
  return ok(read.flatMap((row) => row.ok ? [row.value] : []));
}

function problemAt(line: number, path: string, message: string): Problem {
  return { severity: "error", path, line, message };
}

function readHead({ cells, line }: CsvRow): {
  readonly fields: readonly (string | undefined)[];
  readonly problems: readonly Problem[];
} {
  const problems: Problem[] = [];
  const fields = cells.map((cell, index) => {
    if (cell === "") return undefined;
    const field = FIELDS.get(headOf(cell));
    if (field === undefined) {
      const near = nearest(cell.toLowerCase(), [...FIELDS.keys()]);
      const wish = near ? `did you mean "${near}"?` : `expected some of ${Object.keys(COLUMNS).join(", ")}`;
      problems.push(problemAt(line, "", `unknown column ${JSON.stringify(cell.slice(0, 40))}: ${wish}`));
    } else if (cells.slice(0, index).some((other) => FIELDS.get(headOf(other)) === field)) {
      problems.push(problemAt(line, "", `the column ${field} stands there twice`));
    }
    return field;
  });
  if (problems.length === 0 && !fields.includes("number")) {
    problems.push(problemAt(line, "", "there is no column number: name the columns in the first row"));
  }
  return { fields, problems };
}

function readRow(
  { line, cells }: CsvRow,
  { fields, heads }: { readonly fields: readonly (string | undefined)[]; readonly heads: readonly string[] },
): Result<CsvExtension, readonly Problem[]> {
  if (cells.slice(fields.length).some((cell) => cell !== "")) {
    return fail([problemAt(line, "", `${cells.length} cells, but the head row has ${fields.length}`)]);
  }
  const values: Record<string, unknown> = {};
  for (const [index, field] of fields.entries()) {
    const cell = cells[index] ?? "";
    if (field !== undefined && cell !== "") values[field] = COLUMNS[field]![0](cell);
  }
  const parsed = extensionSchema.safeParse(values);
  if (!parsed.success) {
    return fail(
      explainIssues(parsed.error.issues, values).map(({ path, message }) => {
        const column = fields.indexOf(String(path[0]));
        return problemAt(line, heads[column] ?? String(path[0] ?? ""), message);
      }),
    );
  }
  const { password, ...rest } = values;
  if (typeof password === "string" && password.length < 8) {
    return fail([problemAt(line, heads[fields.indexOf("password")]!, "expected at least 8 characters")]);
  }
  return ok({
    line,
    number: String(values.number),
    fields: rest,
    ...(typeof password === "string" && { password }),
  });
}

function findTwice(rows: readonly CsvRow[], column: number): Problem[] {
  const seen = new Map<string, number>();
  return rows.flatMap(({ line, cells }) => {
    const number = cells[column] ?? "";
    const other = seen.get(number);
    if (number === "") return [];
    if (other === undefined) seen.set(number, line);
    return other === undefined ? [] : [problemAt(line, "", `${number} stands in line ${other} already`)];
  });
}
