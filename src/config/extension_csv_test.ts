import assert from "node:assert/strict";
import fc from "fast-check";
import { parseCsv } from "./csv.ts";
import { readExtensionCsv } from "./mod.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

function read(text: string | Uint8Array): unknown[] {
  const result = readExtensionCsv(typeof text === "string" ? bytesOf(text) : text);
  if (!result.ok) assert.fail(JSON.stringify(result.error));
  return result.value.map((
    { line, fields, password },
  ) => [line, fields, ...(password === undefined ? [] : [password])]);
}

function problems(text: string | Uint8Array): string[] {
  const result = readExtensionCsv(typeof text === "string" ? bytesOf(text) : text);
  assert.equal(result.ok, false);
  return result.ok
    ? []
    : result.error.map(({ line, path, message }) => `${line}: ${path && `${path}: `}${message}`);
}

const ALICE = [2, { number: "100", name: "Alice" }, "longenough"];

Deno.test("a table is read however a spreadsheet wrote it", () => {
  const rows: [promise: string, text: string | Uint8Array][] = [
    ["commas", "number,name,password\n100,Alice,longenough\n"],
    ["no last line end", "number,name,password\n100,Alice,longenough"],
    ["CRLF", "number,name,password\r\n100,Alice,longenough\r\n"],
    ["CR alone", "number,name,password\r100,Alice,longenough\r"],
    ["a byte order mark", "\uFEFFnumber,name,password\n100,Alice,longenough\n"],
    ["semicolons", "number;name;password\n100;Alice;longenough\n"],
    ["tabs", "number\tname\tpassword\n100\tAlice\tlongenough\n"],
    ["quotes", '"number","name","password"\n"100","Alice","longenough"\n'],
    ["blanks around", " Number , NAME ,Password\n 100 , Alice ,longenough\n"],
    ["other order and case", "PASSWORD,Display Name,Ext\nlongenough,Alice,100\n"],
    ["Chinese", "分机号,姓名,密码\n100,Alice,longenough\n"],
    ["empty lines and columns", "number,name,password,,\n100,Alice,longenough,,\n\n,,,\n"],
    [
      "UTF-16",
      new Uint8Array([
        0xff,
        0xfe,
        ...new Uint8Array(
          Uint16Array.from("number\tname\tpassword\n100\tAlice\tlongenough\n", (sign) => sign.charCodeAt(0))
            .buffer,
        ),
      ]),
    ],
  ];
  for (const [promise, text] of rows) assert.deepEqual(read(text), [ALICE], promise);
  assert.deepEqual(read("sep=;\nnumber;name;password\n100;Alice;longenough\n"), [[3, ...ALICE.slice(1)]]);
});

Deno.test("names in Chinese come through, in UTF-8 and as a Chinese Excel writes them", () => {
  assert.deepEqual(read("号码,名称\n100,王小明\n"), [[2, { number: "100", name: "王小明" }]]);
  // GBK of 分机号,姓名 and 王.
  const gbk = [
    0xb7,
    0xd6,
    0xbb,
    0xfa,
    0xba,
    0xc5,
    0x2c,
    0xd0,
    0xd5,
    0xc3,
    0xfb,
    0x0d,
    0x0a,
    0x31,
    0x2c,
    0xcd,
    0xf5,
  ];
  assert.deepEqual(read(Uint8Array.from(gbk)), [[2, { number: "1", name: "王" }]]);
});

Deno.test("quoted cells hold separators, quotes and line breaks; lines are counted through them", () => {
  const text = 'number,name\n100,"Smith, ""Al"""\n101,"x"\n';
  assert.deepEqual(read(text), [[2, { number: "100", name: 'Smith, "Al"' }], [3, {
    number: "101",
    name: "x",
  }]]);
  const { rows } = parseCsv('a,b\n"1\n2",3\n4,5\n');
  assert.deepEqual(rows.map(({ line }) => line), [1, 2, 4]);
});

Deno.test("other columns are read as what they are; an empty cell says nothing", () => {
  const text =
    "number,level,srtp,max calls,enabled,dnd,外显号码\n100,international,required,4,no,是,+4930123\n101,,,,,,\n";
  assert.deepEqual(read(text), [
    [2, {
      number: "100",
      level: "international",
      srtp: "required",
      maxCalls: 4,
      enabled: false,
      doNotDisturb: true,
      outsideNumber: "+4930123",
    }],
    [3, { number: "101" }],
  ]);
});

Deno.test("every problem is told at once, with its line and column, and no password is repeated", () => {
  const text = [
    "number,name,password,srtp,max calls,enabled",
    "100,Alice,longenough,requird,,",
    "not a number,,,,,",
    ",Bob,,,,",
    "102,Carol,sh0rt,,many,perhaps",
    "100,Twice,,,,",
    "103,a,b,c,d,e,f",
    '104,"tab\u0007",,,,',
  ].join("\r\n");
  const found = problems(text);
  assert.deepEqual(found, [
    '2: srtp: expected one of off, optional, required, got "requird", did you mean "required"?',
    '3: number: expected up to 32 digits, letters or . _ + -, like 100, got "not a number"',
    "4: number: is missing: expected a text",
    '5: max calls: expected a number, got "many"',
    '5: enabled: expected true or false, got "perhaps"',
    "6: 100 stands in line 2 already",
    "7: 7 cells, but the head row has 6",
    '8: name: must not contain line breaks or control characters, got "tab\\u0007"',
  ]);
  assert.doesNotMatch(found.join(), /sh0rt/);
  assert.deepEqual(problems("number,password\n1,sh0rt\n"), ["2: password: expected at least 8 characters"]);
});

Deno.test("a head row that makes no sense is told", () => {
  const rows: [text: string | Uint8Array, problem: RegExp][] = [
    ["", /the table is empty: expected a head row/],
    ["\n\n", /the table is empty/],
    ["100,Alice\n", /unknown column "100"/],
    ["numbr,name\n", /unknown column "numbr": did you mean "number"\?/],
    ["name,password\n", /there is no column number/],
    ["number,分机\n", /the column number stands there twice/],
    ['number,"name\n100,x\n', /a quote " that is opened here is never closed/],
    [Uint8Array.of(0xff, 0xff, 0xff, 0x80, 0x2c, 0xff), /this is no text/],
    ["number\n" + "1\n".repeat(50_001), /50001 rows, at most 50000 are read/],
  ];
  for (const [text, problem] of rows) assert.match(problems(text)[0]!, problem);
});

Deno.test("cells of any text come back from quotes", () => {
  fc.assert(fc.property(
    fc.array(
      fc.array(fc.string({ unit: "binary" }).filter((cell) => cell.trim() === cell && cell !== ""), {
        minLength: 2,
        maxLength: 4,
      }),
      {
        minLength: 1,
      },
    ),
    (table) => {
      const text = table.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(",")).join(
        "\n",
      );
      fc.pre(!/^\uFEFF?sep=/i.test(text));
      const head = table[0]!.join("").match(/[;\t\r\n,]/);
      fc.pre(!head);
      assert.deepEqual(parseCsv(text).rows.map(({ cells }) => cells), table);
    },
  ));
});
