import assert from "node:assert/strict";
import { testCommand } from "../../tests/support/test_shell.ts";

const GOOD = `domains:
  - name: office.example
    extensions:
      - { number: "100", name: Alice, password: s3cret-a }
      - { number: "101", name: Bob }
`;

/** What each command may end with, beside 2 for a command line that makes no sense; in the order of the overview. */
const EXIT_CODES: Readonly<Record<string, readonly number[]>> = {
  serve: [0, 1, 3],
  check: [0, 3],
  extension: [0, 1, 3],
  apply: [0, 1, 3],
  export: [0, 1, 3],
  status: [0, 3, 4],
  calls: [0, 1, 3, 4],
  trace: [0, 3, 4],
  route: [0, 1, 3],
  call: [0, 1, 4, 5, 6],
  phone: [0, 1, 4],
  demo: [0, 1, 6],
  cert: [0, 1, 3],
  backup: [0, 1, 3],
  restore: [0, 1],
  doctor: [0, 3, 7],
  version: [0],
};

testCommand("every command explains itself and its exit codes, and --help harms nothing", async (shell) => {
  const overview = await shell.run("help");
  assert.equal(overview.code, 0);
  const names = [...overview.output.matchAll(/^ {2}([a-z]+) /gm)].map((match) => match[1]!);
  assert.deepEqual(names, [...Object.keys(EXIT_CODES), "help"]);
  for (const [name, codes] of Object.entries(EXIT_CODES)) {
    const flag = await shell.run(name, "--help");
    assert.equal(flag.code, 0);
    assert.match(flag.output, new RegExp(`^sipedge ${name}: .*\\n\\nUsage: sipedge ${name}`));
    assert.deepEqual(await shell.run("help", name), flag);
    const [told = ""] = /^Exit code 0[^]*?\.$/m.exec(flag.output) ?? [];
    assert.deepEqual(
      [...told.matchAll(/(?:code|,) ([0-9])\b/g)].map(([, code]) => Number(code)),
      codes,
      name,
    );
  }
  assert.deepEqual(await shell.run("--help"), overview);
  assert.equal(shell.server, undefined);
});

testCommand(
  "a command line that makes no sense ends with 2 and says what would make sense",
  async (shell) => {
    const rows: [args: string[], message: RegExp][] = [
      [[], /Usage: sipedge COMMAND/],
      [["sevre"], /unknown command "sevre", did you mean "serve"\?\nTry "sipedge --help"/],
      [["help", "chekc"], /did you mean "check"/],
      [["__proto__"], /unknown command "__proto__"/],
      [["serve", "--confg", "x"], /sipedge serve: unknown option --confg, did you mean --config\?/],
      [["serve", "--config"], /--config needs a value/],
      [["serve", "--trace=yes"], /--trace takes no value/],
      [["serve", "now"], /unexpected "now"/],
      [["check", "a", "b"], /unexpected "b"/],
      [["version", "--toString"], /unknown option --toString/],
      [["extension"], /an action is missing: expected one of list, add, remove, password, import/],
      [["extension", "lits"], /did you mean "list"/],
      [["extension", "add"], /NUMBER is missing/],
      [["calls", "--limit", "5"], /--limit needs --past/],
      [["calls", "--past", "--limit", "many"], /--limit needs a whole number up to 1000000, got "many"/],
      [["calls", "--past", "--since", "yesterday"], /--since needs a date like/],
    ];
    for (const [args, message] of rows) {
      const { code, error, output } = await shell.run(...args);
      assert.deepEqual([args, code, output], [args, 2, ""]);
      assert.match(error, message);
    }
  },
);

testCommand("check prints every problem as FILE:LINE:COLUMN: and ends with 3", async (shell) => {
  shell.file("bad.yaml", "server: { locale: de }\nmedai: {}\n");
  const { code, output, error } = await shell.run("check", "bad.yaml");
  assert.equal(code, 3);
  assert.equal(
    output,
    'bad.yaml:1:19: server.locale: expected one of en, zh, got "de"\n' +
      'bad.yaml:2:1: medai: unknown key, did you mean "media"?\n',
  );
  assert.equal(error, "bad.yaml: 2 problems\n");
  const json = await shell.run("check", "bad.yaml", "--json");
  assert.equal(json.code, 3);
  assert.deepEqual(JSON.parse(json.output).problems.map((problem: { line: number }) => problem.line), [1, 2]);
});

testCommand(
  "check takes a good file with 0, names files it cannot read, and says when there is none",
  async (shell) => {
    shell.file("good.yaml", GOOD);
    assert.deepEqual(await shell.run("check", "good.yaml"), {
      code: 0,
      output: "good.yaml: no problem\n",
      error: "",
    });
    shell.file("tls.yaml", "tls: { certificate: { cert: a.pem, key: b.pem } }");
    const { code, output } = await shell.run("check", "tls.yaml");
    assert.equal(code, 0);
    assert.match(output, /warning: tls\.certificate\[0\]\.cert: cannot read ".*\/a\.pem": it does not exist/);
    const missing = await shell.run("check", "missing.yaml");
    assert.deepEqual([missing.code, missing.output], [
      3,
      "missing.yaml: Cannot read the file: it does not exist\n",
    ]);
  },
);

testCommand("version is printed for people and for scripts", async (shell) => {
  assert.match((await shell.run("version")).output, /^sipedge 1\.2\.3 \(deno /);
  assert.match((await shell.run("--version")).output, /^sipedge 1\.2\.3/);
  assert.equal(JSON.parse((await shell.run("version", "--json")).output).version, "1.2.3");
});

testCommand("status and calls without a server end with 4 and say where it was looked for", async (shell) => {
  for (const args of [["status"], ["calls"], ["trace"]]) {
    const { code, error } = await shell.run(...args);
    assert.equal(code, 4);
    assert.match(
      error,
      /^Cannot reach the server at ".*\/data\/control\.sock": it does not exist\. Start it with/,
    );
  }
});

testCommand(
  "an extension is added, listed, given a password and removed, without a server",
  async (shell) => {
    const config = ["--config", shell.file("good.yaml", GOOD)];
    const added = await shell.run("extension", "add", "103", "--name", "Dora", ...config);
    assert.equal(added.code, 0, added.error);
    assert.match(added.output, /^[a-z2-9]{4}(?:-[a-z2-9]{4}){3}\n$/);
    const listed = JSON.parse((await shell.run("extension", "list", "--json", ...config)).output);
    assert.deepEqual(
      listed.extensions.map((one: Record<string, unknown>) => [one.number, one.isFromFile, one.hasPassword]),
      [
        ["100", true, true],
        ["101", true, false],
        ["103", false, true],
      ],
    );
    assert.match((await shell.run("extension", "list", ...config)).output, /103 +Dora +database +ready/);
    // A password for an extension of the file that has none there.
    shell.input = ["chosen-by-hand"];
    const changed = await shell.run("extension", "password", "101", "--password-stdin", "--json", ...config);
    assert.deepEqual(JSON.parse(changed.output), { domain: "office.example", number: "101" });
    const database = Deno.readFileSync(`${shell.folder}/data/sipedge.db`);
    assert.equal(new TextDecoder("latin1").decode(database).includes("chosen-by-hand"), false);
    assert.equal((await shell.run("extension", "remove", "103", ...config)).code, 0);
    assert.doesNotMatch((await shell.run("extension", "list", ...config)).output, /Dora/);
  },
);

testCommand("what cannot be done to an extension is refused with the reason", async (shell) => {
  const config = ["--config", shell.file("good.yaml", GOOD)];
  const rows: [args: string[], message: RegExp][] = [
    [["add", "100"], /Cannot add 100: it is the number of an extension/],
    [
      ["add", "not a number"],
      /Cannot store the change:\n {2}extensions\[0\]\.number: expected up to 32 digits/,
    ],
    [["add", "112"], /emergency number/],
    [["remove", "100"], /Cannot change 100: it stands in the configuration file/],
    [["remove", "1000"], /No extension 1000 in office\.example, did you mean 100\?/],
    [["password", "100"], /the configuration file holds one, change it there/],
    [["list", "--domain", "ofice.example"], /No domain "ofice\.example": did you mean office\.example\?/],
  ];
  for (const [args, message] of rows) {
    const { code, error } = await shell.run("extension", ...args, ...config);
    assert.equal(code, 1, args.join(" "));
    assert.match(error, message);
  }
  shell.input = ["x"];
  assert.match(
    (await shell.run("extension", "password", "101", "--password-stdin", ...config)).error,
    /too short/,
  );
  assert.match((await shell.run("extension", "list")).error, /There is no domain yet/);
});

testCommand("a bad configuration stops every command with 3 and all problems", async (shell) => {
  const path = shell.file("bad.yaml", "server: { locale: de }\nmedai: {}\n");
  for (const command of ["serve", "status", "calls"]) {
    const { code, error } = await shell.run(command, "--config", path);
    assert.equal(code, 3);
    assert.equal(error.split("\n").length, 4);
    assert.match(error, /bad\.yaml:2:1: medai/);
  }
});
