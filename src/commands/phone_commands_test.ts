import assert from "node:assert/strict";
import { testCommand } from "../../tests/support/test_shell.ts";

testCommand("a phone without --headless says in one line what is there instead", async (shell) => {
  const { code, error, output } = await shell.run("phone", "--user", "100@office.example");
  assert.deepEqual([code, output], [1, ""]);
  assert.equal(error, "The phone in the browser is not there yet: use sipedge phone --headless\n");
});

const SENSELESS: readonly [string, readonly string[], RegExp][] = [
  ["nobody to call", ["call"], /ADDRESS is missing/],
  ["two to call", ["call", "101", "102"], /unexpected "102"/],
  ["no server", ["call", "101"], /no server is known/],
  [
    "a transport that is none",
    ["call", "101", "--server", "x", "--transport", "sctp"],
    /--transport needs one of tls, tcp, udp/,
  ],
  [
    "a policy that is none",
    ["call", "101", "--server", "x", "--srtp", "yes"],
    /--srtp needs one of off, optional, required/,
  ],
  [
    "a codec that is none",
    ["call", "101", "--server", "x", "--codecs", "pcma,g729"],
    /--codecs needs one of/,
  ],
  ["an account that is none", ["call", "101", "--user", "a b@c"], /--user needs an account/],
  [
    "a time that is none",
    ["call", "101", "--server", "x", "--seconds", "soon"],
    /--seconds needs a whole number/,
  ],
  ["a phone of nobody", ["phone", "--headless"], /--user is missing/],
  ["a demonstration of something", ["demo", "video"], /unexpected "video"/],
  ["an option with a slip", ["demo", "--jason"], /did you mean --json\?/],
];

for (const [name, args, want] of SENSELESS) {
  testCommand(`a command line that makes no sense is explained: ${name}`, async (shell) => {
    const { code, error } = await shell.run(...args);
    assert.equal(code, 2, error);
    assert.match(error, want);
  });
}

testCommand("files that cannot be used are named before anybody is called", async (shell) => {
  const text = shell.file("text.pem", "no certificate");
  const rows: [readonly string[], RegExp][] = [
    [["--play", "missing.wav"], /^Cannot play "missing\.wav": it does not exist/],
    [["--ca", "missing.pem"], /^Cannot read the authority "missing\.pem": it does not exist/],
    [["--ca", text], /it holds no certificate in PEM form/],
  ];
  for (const [args, want] of rows) {
    const { code, error } = await shell.run("call", "101", "--server", "127.0.0.98", ...args);
    assert.equal(code, 1, error);
    assert.match(error, want);
  }
});

testCommand("required SRTP over an open connection is refused with the reason", async (shell) => {
  const args = ["--server", "127.0.0.98", "--transport", "udp", "--srtp", "required"];
  const { code, error } = await shell.run("call", "101", ...args);
  assert.equal(code, 1);
  assert.match(error, /whoever reads the connection has the keys\. Use TLS/);
});

testCommand("a server that is not there has an exit code of its own, and a report", async (shell) => {
  const { code, output, error } = await shell.run("call", "101", "--server", "127.0.0.98:5997", "--json");
  assert.equal(code, 4, error);
  const report = JSON.parse(output);
  assert.equal(report.outcome, "unreachable");
  assert.match(report.reason, /^the server cannot be reached: /);
  const shown = await shell.run("call", "101", "--server", "127.0.0.98:5997");
  assert.match(shown.output, /^call +to 101\noutcome +unreachable: the server cannot be reached/);
});

testCommand("every command of the phone explains its options and exit codes", async (shell) => {
  for (const name of ["call", "phone", "demo"]) {
    const { code, output } = await shell.run(name, "--help");
    assert.equal(code, 0);
    assert.match(output, /Usage: sipedge/);
    assert.match(output, /Exit code 0 /);
  }
});
