import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { testCommand, type TestShell } from "../../tests/support/test_shell.ts";

/** One domain stands in the file, the other only in the database. */
const CONFIG = `server: { data: ./data }
domains:
  - name: office.example
    timeZone: Europe/Berlin
    extensions: [{ number: "100", name: Alice, password: s3cret-a }]
    rooms: [{ number: "800", pin: "1234" }]
`;

const SHOP = `domains:
  - name: shop.example
    extensions:
      - { number: 200, name: Zoë, password: "long enough" }
      - { number: "201", forward: { noAnswer: { to: "200" } }, maxCalls: 3 }
    huntGroups:
      - { number: "600", members: [ "200", { extension: "201", order: 7 } ], queue: { maxWaitSeconds: 60 } }
    rooms: [ { number: "801", pin: "4711" } ]
    lines:
      - { name: carrier, kind: register, server: "sip:sip.carrier.example", username: u, password: line-secret }
    rules: [ { match: "9*", strip: 1, via: [ carrier ] } ]
    schedules: [ { name: day, hours: [ "mo-fr 08:00-17:00" ] } ]
  - name: office.example
    extensions: [ { number: "103", name: Dora, password: "another one" } ]
`;

async function shop(shell: TestShell): Promise<string[]> {
  const config = ["--config", shell.file("sipedge.yaml", CONFIG)];
  shell.file("shop.yaml", SHOP);
  const applied = await shell.run("apply", "shop.yaml", "--yes", ...config);
  assert.equal(applied.code, 0, applied.error);
  return config;
}

/** Everything in the database, as text; keys in the order of the alphabet. */
function dump(shell: TestShell): string {
  const database = new DatabaseSync(`${shell.folder}/data/sipedge.db`);
  const rows = ["domains", "credentials"].flatMap((table) =>
    database.prepare(`SELECT * FROM ${table}`).all()
  );
  database.close();
  const sorted = (_key: string, value: unknown) =>
    typeof value !== "object" || value === null || Array.isArray(value)
      ? value
      : Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1));
  return JSON.stringify(
    rows.map((row) => ({ ...row, ...(typeof row.json === "string" && { json: JSON.parse(row.json) }) })),
    sorted,
  );
}

testCommand("apply shows each change in one line, secrets masked, and does it", async (shell) => {
  const config = ["--config", shell.file("sipedge.yaml", CONFIG)];
  shell.file("shop.yaml", SHOP);
  const tried = await shell.run("apply", "shop.yaml", "--dry-run", ...config);
  assert.equal(tried.code, 0, tried.error);
  assert.deepEqual(tried.error.trimEnd().split("\n"), [
    "+ domain shop.example added",
    '+ extension 200 of shop.example added: "Zoë"',
    "+ extension 201 of shop.example added",
    "+ hunt group 600 of shop.example added",
    "+ room 801 of shop.example added",
    "+ line carrier of shop.example added",
    "+ schedule day of shop.example added",
    "+ domain office.example added",
    '+ extension 103 of office.example added: "Dora"',
    "~ extension 200 of shop.example changed: password: set",
    "~ extension 103 of office.example changed: password: set",
    "! 201 of shop.example has no password yet: sipedge extension password 201 --domain shop.example",
  ]);
  assert.equal(JSON.parse(dump(shell)).length, 0);

  const applied = await shell.run("apply", "shop.yaml", "--yes", "--json", ...config);
  assert.equal(applied.code, 0, applied.error);
  assert.equal(JSON.parse(applied.output).applied, true);
  assert.deepEqual(JSON.parse(applied.output).withoutPassword, ["shop.example/201"]);
  assert.doesNotMatch(applied.output + applied.error, /long enough|line-secret|4711/);
  assert.doesNotMatch(dump(shell), /long enough|another one/);

  shell.file(
    "next.yaml",
    SHOP.replace("Zoë", "Zora").replace("maxCalls: 3", "maxCalls: 4").replace("4711", "0815").replace(
      /.*schedules.*\n/,
      "",
    ),
  );
  const next = await shell.run("apply", "next.yaml", "--yes", ...config);
  assert.deepEqual(next.error.trimEnd().split("\n"), [
    '~ extension 200 of shop.example changed: name: "Zoë" → "Zora"',
    "~ extension 201 of shop.example changed: maxCalls: 3 → 4",
    "~ room 801 of shop.example changed: pin: changed",
    "- schedule day of shop.example removed",
    "! 201 of shop.example has no password yet: sipedge extension password 201 --domain shop.example",
    "Applied",
  ]);
});

testCommand("export and apply change nothing, with credentials and without", async (shell) => {
  const config = await shop(shell);
  const before = dump(shell);
  for (const flags of [[], ["--with-credentials"]]) {
    const exported = await shell.run("export", ...flags, ...config);
    assert.equal(exported.code, 0, exported.error);
    shell.input = [exported.output];
    const applied = await shell.run("apply", "-", "--yes", ...config);
    assert.equal(applied.code, 0, applied.error);
    assert.match(applied.error, /^Nothing changes\n/);
    assert.equal(dump(shell), before);
  }
});

testCommand(
  "export tells no secret unless it is asked to, and only what the database holds",
  async (shell) => {
    const config = await shop(shell);
    const plain = (await shell.run("export", ...config)).output;
    assert.match(plain, /number: "200"\n {8}name: Zoë/);
    assert.doesNotMatch(plain, /4711|line-secret|ha1|password|Alice|mayForward|s3cret/);
    // Only what was added to the domain of the configuration file.
    assert.match(plain, /- name: office\.example\n {4}extensions:\n {6}- number: "103"/);
    assert.doesNotMatch(plain, /Berlin/);
    const secret = (await shell.run("export", "--with-credentials", ...config)).output;
    assert.match(secret, /keep this file to yourself/);
    assert.match(secret, /md5: [0-9a-f]{32}/);
    assert.match(secret, /pin: "4711"/);
    const one = (await shell.run("export", "--domain", "SHOP.example", ...config)).output;
    assert.doesNotMatch(one, /office/);
    assert.match(
      (await shell.run("export", "--domain", "shopp.example", ...config)).error,
      /did you mean shop/,
    );
    assert.equal((await shell.run("export", "--output", "out.yaml", ...config)).output, "");
    assert.equal(Deno.statSync(`${shell.folder}/out.yaml`).mode! & 0o777, 0o600);
  },
);

testCommand("an export with credentials moves everything to another box", async (shell) => {
  const config = await shop(shell);
  const before = dump(shell);
  shell.file("moved.yaml", (await shell.run("export", "--with-credentials", ...config)).output);
  Deno.mkdirSync(`${shell.folder}/other`);
  shell.file("other/sipedge.yaml", CONFIG);
  const applied = await shell.run("apply", "moved.yaml", "--yes", "--config", "other/sipedge.yaml");
  assert.equal(applied.code, 0, applied.error);
  Deno.removeSync(`${shell.folder}/data`, { recursive: true });
  Deno.renameSync(`${shell.folder}/other/data`, `${shell.folder}/data`);
  assert.equal(dump(shell), before);
});

testCommand("domains that the file does not name stay, unless they shall go", async (shell) => {
  const config = await shop(shell);
  shell.file("one.yaml", "domains: [ { name: third.example } ]");
  const added = await shell.run("apply", "one.yaml", "--yes", ...config);
  assert.equal(added.error, "+ domain third.example added\nApplied\n");
  const removed = await shell.run("apply", "one.yaml", "--yes", "--remove-others", ...config);
  assert.deepEqual(removed.error.trimEnd().split("\n"), [
    "- domain shop.example removed: 2 extensions, 1 hunt group, 1 room, 1 line, 1 schedule",
    "- domain office.example removed: 1 extension",
    "Applied",
  ]);
  assert.equal(JSON.parse(dump(shell)).length, 1);
});

testCommand(
  "an extension that goes takes its password along; an empty text takes a PIN away",
  async (shell) => {
    const config = await shop(shell);
    shell.file(
      "less.yaml",
      `domains: [ { name: office.example }, { name: shop.example, extensions: [ { number: "201" } ],
       rooms: [ { number: "801", pin: "" } ] } ]`,
    );
    const applied = await shell.run("apply", "less.yaml", "--yes", ...config);
    assert.equal(applied.code, 0, applied.error);
    assert.match(applied.error, /~ room 801 of shop\.example changed: pin: taken away/);
    assert.doesNotMatch(dump(shell), /4711|md5/);
  },
);

testCommand("a file that cannot be applied changes nothing and says why", async (shell) => {
  const config = await shop(shell);
  const before = dump(shell);
  const rows: [promise: string, text: string, code: number, error: RegExp][] = [
    ["no YAML", "domains: [", 3, /x\.yaml:1:/],
    ["a mistake", "domains: [ { name: a.example, extensons: [] } ]", 3, /did you mean "extensions"/],
    ["the whole configuration", CONFIG, 3, /x\.yaml:1:1: server: unknown key/],
    [
      "a bad hash",
      'domains: [ { name: a.example, extensions: [ { number: "1", ha1: { md5: zz, sha256: "" } } ] } ]',
      3,
      /ha1\.md5: expected 32 hexadecimal digits/,
    ],
    ["twice", "domains: [ { name: a.example }, { name: A.example } ]", 3, /stands in the file twice/],
    [
      "an extension of the file",
      'domains: [ { name: office.example, extensions: [ { number: "100" } ] } ]',
      1,
      /100 of office\.example stands in the configuration file and is changed there/,
    ],
    [
      "a field of the file",
      "domains: [ { name: office.example, timeZone: UTC } ]",
      1,
      /timeZone of office\.example stands in the configuration file/,
    ],
    [
      "a number of the file",
      'domains: [ { name: office.example, extensions: [ { number: "800" } ] } ]',
      1,
      /800/,
    ],
    [
      "a member nobody is",
      'domains: [ { name: a.example, huntGroups: [ { number: "600", members: [ "7" ] } ] } ]',
      1,
      /members/,
    ],
    [
      "one of several is bad",
      'domains: [ { name: b.example }, { name: a.example, rooms: [ { number: "1" }, { number: "1" } ] } ]',
      1,
      /nothing was changed/,
    ],
  ];
  for (const [promise, text, code, error] of rows) {
    shell.file("x.yaml", text);
    const found = await shell.run("apply", "x.yaml", "--yes", ...config);
    assert.equal(found.code, code, `${promise}: ${found.error}`);
    assert.match(found.error, error, promise);
  }
  shell.file("x.yaml", "domains: [ { name: c.example } ]");
  shell.input = ["no"];
  assert.match((await shell.run("apply", "x.yaml", ...config)).error, /Nothing was changed\n$/);
  assert.match(
    (await shell.run("apply", "none.yaml", ...config)).error,
    /Cannot read "none\.yaml": it does not exist/,
  );
  assert.equal(dump(shell), before);
});
