import assert from "node:assert/strict";
import { testCommand } from "../../tests/support/test_shell.ts";

const CONFIG = `server: { data: ./data }
domains:
  - name: office.example
    extensions: [{ number: "100", name: Alice, password: s3cret-a }]
    rooms: [{ number: "800" }]
`;

testCommand(
  "a table becomes extensions; passwords that were made are printed once, as a table",
  async (shell) => {
    const config = ["--config", shell.file("sipedge.yaml", CONFIG)];
    shell.file("staff.csv", 'number;name;password\r\n201;Dora;her-own-choice\r\n202;"Smith; John";\r\n');
    const tried = await shell.run("extension", "import", "staff.csv", "--dry-run", ...config);
    assert.deepEqual(tried, { code: 0, output: "", error: "Would add 2 extensions in office.example\n" });
    assert.doesNotMatch((await shell.run("extension", "list", ...config)).output, /Dora/);

    const done = await shell.run("extension", "import", "staff.csv", ...config);
    assert.equal(done.code, 0, done.error);
    assert.equal(done.error, "Added 2 extensions in office.example\nTheir passwords, shown only now:\n");
    assert.match(done.output, /^number,name,password\r\n202,"Smith; John",[a-z2-9-]{19}\r\n$/);
    const { output } = await shell.run("extension", "list", "--json", ...config);
    assert.deepEqual(
      JSON.parse(output).extensions.map((
        { number, hasPassword }: Record<string, unknown>,
      ) => [number, hasPassword]),
      [["100", true], ["201", true], ["202", true]],
    );
  },
);

testCommand("passwords may go into a file of one's own instead", async (shell) => {
  const config = ["--config", shell.file("sipedge.yaml", CONFIG)];
  shell.file("staff.csv", "分机号,姓名\n201,王小明\n");
  const flags = ["--passwords-file", "secret.csv", "--json", ...config];
  const done = await shell.run("extension", "import", "staff.csv", ...flags);
  assert.deepEqual(JSON.parse(done.output), {
    domain: "office.example",
    applied: true,
    added: ["201"],
    changed: [],
    passwords: {},
  });
  assert.equal(Deno.statSync(`${shell.folder}/secret.csv`).mode! & 0o777, 0o600);
  assert.match(Deno.readTextFileSync(`${shell.folder}/secret.csv`), /\r\n201,王小明,[a-z2-9-]{19}\r\n$/);
  const again = await shell.run("extension", "import", "staff.csv", ...flags);
  assert.match(again.error, /Cannot write ".*secret\.csv": it exists already/);
});

testCommand("one bad row keeps all out, and every problem names its line", async (shell) => {
  const config = ["--config", shell.file("sipedge.yaml", CONFIG)];
  const rows: [text: string, error: string][] = [
    [
      "number,name\n201,Good\n100,Alice\n800,Room\n",
      "  x.csv:3: 100 stands in the configuration file and is changed there\n" +
      "  x.csv:4: 800 is the number of something else in office.example\n",
    ],
    ["number\n201\n112\n", "emergency number"],
    ["number,level\n201,outside\n202,nowhere\n", "  x.csv:3: level: "],
    ["number,srtp\n201,maybe\n", "  x.csv:2: srtp: expected one of off, optional, required"],
  ];
  for (const [text, error] of rows) {
    shell.file("x.csv", text);
    const found = await shell.run("extension", "import", "x.csv", ...config);
    assert.equal(found.code, 3, found.error);
    assert.match(found.error, /^Nothing was imported:\n/);
    assert.ok(found.error.includes(error), found.error);
  }
  assert.match(
    (await shell.run("extension", "import", "no.csv", ...config)).error,
    /Cannot read "no\.csv": it does/,
  );
  assert.equal(
    JSON.parse((await shell.run("extension", "list", "--json", ...config)).output).extensions.length,
    1,
  );
});

testCommand("with --update a table changes what it names, and nothing else", async (shell) => {
  const config = ["--config", shell.file("sipedge.yaml", CONFIG)];
  shell.file("a.csv", "number,name,maxCalls\n201,Dora,5\n");
  await shell.run("extension", "import", "a.csv", ...config);
  shell.file("b.csv", "number,name,maxCalls\n201,Dorothea,\n202,Emil,\n");
  const refused = await shell.run("extension", "import", "b.csv", ...config);
  assert.match(refused.error, /b\.csv:2: 201 is there already/);
  const done = await shell.run("extension", "import", "b.csv", "--update", ...config);
  assert.match(done.error, /^Added 1 extensions, changed 1 in office\.example/);
  assert.doesNotMatch(done.output, /201/);
  const { output } = await shell.run("export", ...config);
  assert.match(output, /number: "201"\n {8}name: Dorothea\n {8}maxCalls: 5/);
});
