import assert from "node:assert/strict";
import fc from "fast-check";
import { printProblem, type Problem } from "./problems.ts";
import { readDomain, type Reading, readSettings } from "./read.ts";
import { sampleOffice } from "./samples.ts";
import type { Settings } from "./types.ts";

const COMPLETE = Deno.readTextFileSync(new URL("../../tests/data/config/complete.yaml", import.meta.url));

function settingsOf(reading: Reading<Settings>): Settings {
  if (!reading.ok) assert.fail(lines(reading.error).join("\n"));
  return reading.value;
}

function lines(problems: readonly Problem[]): string[] {
  return problems.map((problem) => printProblem(problem, "f"));
}

function errorsOf(text: string): string[] {
  const reading = readSettings(text);
  if (reading.ok) assert.fail("was accepted");
  return lines(reading.error);
}

/** A file with one domain whose body is `body`, indented by four. */
function inDomain(body: string): string {
  return `domains:\n  - name: office.example\n${body.replace(/^/gm, "    ")}\n`;
}

Deno.test("the documented file is accepted without a warning, with every field where it belongs", () => {
  const reading = readSettings(COMPLETE);
  const settings = settingsOf(reading);
  assert.deepEqual(reading.warnings, []);
  assert.deepEqual(settings.listen, {
    sip: [
      { transport: "udp", host: "0.0.0.0", port: 5060 },
      { transport: "tcp", host: "0.0.0.0", port: 5060 },
      { transport: "tls", host: "0.0.0.0", port: 5061 },
    ],
    web: { secure: false, host: "127.0.0.1", port: 8080 },
  });
  assert.deepEqual(settings.media.ports, { first: 20000, last: 29999 });
  const [domain] = settings.domains;
  assert.ok(domain);
  assert.deepEqual(domain.extensions.map(({ number, srtp }) => [number, srtp]), [
    ["100", undefined],
    ["101", "required"],
    ["102", undefined],
  ]);
  assert.deepEqual(domain.extensions[1]?.forward, { noAnswer: { to: "102", afterSeconds: 20 } });
  assert.deepEqual(domain.huntGroups[0]?.members, [
    { extension: "101", order: 1 },
    { extension: "102", order: 2 },
  ]);
  assert.deepEqual(domain.lines[0]?.outgoing, {
    maxCalls: 10,
    noAnswerSeconds: 0,
    schedule: "always",
    callerNumber: "4930123",
  });
});

Deno.test("an empty file, and one of comments only, mean every default", () => {
  for (const text of ["", "# nothing\n", "domains:\n", "---\n"]) {
    const settings = settingsOf(readSettings(text));
    assert.deepEqual(settings.domains, []);
    assert.deepEqual(settings.security.digest, ["MD5"]);
    assert.equal(settings.listen.sip.length, 3);
  }
});

Deno.test("requestUriParameters defaults to user=phone where the locale is zh and to nothing elsewhere", () => {
  const line = "lines: [ { name: a, kind: peer, server: 'sip:192.0.2.1', addresses: [ 192.0.2.1 ] } ]";
  const parametersOf = (text: string, locale?: "zh") =>
    settingsOf(readSettings(text, locale ? { locale } : {})).domains[0]?.lines[0]?.requestUriParameters;
  assert.equal(parametersOf(inDomain(line)), "");
  assert.equal(parametersOf(inDomain(line), "zh"), "user=phone");
  assert.equal(parametersOf(`server: { locale: zh }\n${inDomain(line)}`), "user=phone");
  assert.equal(parametersOf(inDomain(`locale: zh\n${line}`)), "user=phone");
  assert.equal(
    parametersOf(`server: { locale: zh }\n${inDomain(line.replace("}", ", requestUriParameters: '' }"))}`),
    "",
  );
});

Deno.test("a number without quotes is taken as its text", () => {
  const settings = settingsOf(readSettings(inDomain(
    "extensions: [ { number: 100, password: 12345678 }, { number: 101 } ]\n" +
      "huntGroups: [ { number: 600, members: [ 100, { extension: 101 } ] } ]\n" +
      "ringGroups: [ { number: 610, members: [ 100, 101 ] } ]\n" +
      "rooms: [ { number: 800, pin: 4711 } ]",
  )));
  const [domain] = settings.domains;
  assert.deepEqual(domain?.extensions.map(({ number }) => number), ["100", "101"]);
  assert.equal(domain?.extensions[0]?.password, "12345678");
  assert.deepEqual(domain?.huntGroups[0]?.members, [{ extension: "100", order: 1 }, {
    extension: "101",
    order: 2,
  }]);
  assert.deepEqual(domain?.ringGroups[0]?.members, ["100", "101"]);
  assert.equal(domain?.rooms[0]?.pin, "4711");
});

Deno.test("a number with leading zeros keeps them and is warned of", () => {
  const reading = readSettings(inDomain("extensions: [ { number: 007, password: 0012345678 } ]"));
  assert.equal(settingsOf(reading).domains[0]?.extensions[0]?.number, "007");
  assert.deepEqual(lines(reading.warnings), [
    'f:3:29: warning: domains[0].extensions[0].number: is taken as the text "007": put it in quotes, other readers of YAML take it for something else',
    "f:3:44: warning: domains[0].extensions[0].password: is taken as text: put it in quotes, other readers of YAML take it for something else",
  ]);
});

Deno.test("all problems come at once, in the order of the file, each with line, column and path", () => {
  const errors = errorsOf(`server: { locale: de }
listen:
  sip: [ "udp://0.0.0.0:5060", "sctp://0.0.0.0:5060" ]
medai: { ports: 1-2 }
domains:
  - name: office.example
    extensions:
      - { number: "100", pasword: hunter2hunter2 }
      - { name: Nobody, maxCalls: many }
    huntGroups:
      - { number: "600", strategy: linaer, members: [ { extension: "100", ordre: 1 } ] }
`);
  assert.deepEqual(errors, [
    'f:1:19: server.locale: expected one of en, zh, got "de"',
    'f:3:32: listen.sip[1]: expected udp://, tcp:// or tls:// with an address and a port, like tls://0.0.0.0:5061, got "sctp://0.0.0.0:5060"',
    'f:4:1: medai: unknown key, did you mean "media"?',
    'f:8:26: domains[0].extensions[0].pasword: unknown key, did you mean "password"?',
    "f:9:9: domains[0].extensions[1].number: is missing: expected a text",
    'f:9:35: domains[0].extensions[1].maxCalls: expected a number, got "many"',
    'f:11:36: domains[0].huntGroups[0].strategy: expected one of linear, roundRobin, longestIdle, random, got "linaer", did you mean "linear"?',
    'f:11:75: domains[0].huntGroups[0].members[0].ordre: unknown key, did you mean "order"?',
  ]);
});

Deno.test("syntax errors are told with their line and without repeating the text", () => {
  const rows: [text: string, expected: RegExp][] = [
    ["a: 1\na: 2\n", /^f:2:1: the same key stands twice in one object$/],
    ["server:\n\tdata: x\n", /^f:2:1: tabs are not allowed/],
    ["domains:\n  - rules: [ { match: * } ]", /quotes|alias/i],
    ["domains:\n  - rules: [ { match: *a } ]", /begins with \* must stand in quotes/],
    ['server: { data: "hunter2', /^f:1:/],
    ["a: !!js/function hunter2", /^f:1:4: unresolved tag/],
    ["---\na: 1\n---\nb: 2\n", /more than one document/],
    ["- a\n- b\n", /expected an object/],
    ["just text", /expected an object/],
  ];
  for (const [text, expected] of rows) {
    const errors = errorsOf(text);
    assert.match(errors.join("\n"), expected, text);
    assert.doesNotMatch(errors.join("\n"), /hunter2/);
  }
});

Deno.test("a password is never printed, whatever is wrong with it or around it", () => {
  const secret = "hunter2-Geheim";
  const texts = [
    inDomain(`extensions: [ { number: "1", password: [ ${secret} ] } ]`),
    inDomain(`extensions: [ { number: "1", password: { x: ${secret} } } ]`),
    inDomain(`extensions: [ { number: "1", password: ${secret.repeat(20)} } ]`),
    inDomain(`extensions: [ { number: "1", password: "${secret}\\n" } ]`),
    inDomain(`extensions: [ { number: "1", password: "${secret} } ]`),
    inDomain(`rooms: [ { number: "1", pin: ${secret} } ]`),
    inDomain(
      `lines: [ { name: a, kind: register, server: "sip:u:${secret}@", username: 5, password: ${secret} } ]`,
    ),
    `password: ${secret}`,
  ];
  for (const text of texts) {
    const reading = readSettings(text);
    assert.equal(reading.ok, false, text);
    assert.doesNotMatch(JSON.stringify(reading), /hunter2/, text);
  }
});

Deno.test("aliases work, and a file made to explode is refused in bounded time", () => {
  const settings = settingsOf(readSettings(
    inDomain(
      'extensions:\n  - { number: "1", forward: &f { busy: { to: "2" } } }\n  - { number: "2", forward: &g { busy: { to: "1" } } }\n  - { number: "3", forward: *f }',
    ),
  ));
  assert.deepEqual(settings.domains[0]?.extensions[2]?.forward, { busy: { to: "2" } });
  const bomb = ["a0: &a0 [ x, x, x, x, x, x, x, x, x, x ]"];
  for (let i = 1; i < 10; i++) bomb.push(`a${i}: &a${i} [ ${Array(10).fill(`*a${i - 1}`).join(", ")} ]`);
  assert.match(errorsOf(bomb.join("\n")).join(), /more than [0-9]+ values/);
  assert.match(errorsOf("a: &a [ *a ]").join(), /nested deeper/);
  assert.match(errorsOf("[".repeat(5000)).join(), /nested too deep|expected|must be/i);
});

Deno.test("keys with a meaning in JavaScript are unknown keys like any other", () => {
  for (const key of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
    assert.match(errorsOf(`${key}: { data: x }`).join(), /unknown key/);
    assert.match(errorsOf(`server: { ${key}: { data: x } }`).join(), /unknown key/);
  }
  assert.equal(({} as Record<string, unknown>).data, undefined);
});

Deno.test("no text makes the reader throw", () => {
  const word = fc.constantFrom(
    "a",
    ":",
    " ",
    "\n",
    "- ",
    "{",
    "}",
    "[",
    "]",
    '"',
    "'",
    "*",
    "&a",
    "!!x",
    "|",
    ">",
    "%",
    "\t",
    "#",
    "domains",
    "name: x",
    "0x1F",
    ",",
    "?",
    "\u0000",
    "é",
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 40 }), (words) => {
      readSettings(words.join(""));
      readSettings(`domains:\n  - ${words.join("")}`);
    }),
    { numRuns: 500 },
  );
});

Deno.test("a finished domain is valid input again and reads back as itself", () => {
  for (const domain of settingsOf(readSettings(COMPLETE)).domains) {
    const again = readDomain(JSON.parse(JSON.stringify(domain)));
    assert.deepEqual(again.ok && again.value, domain);
  }
});

Deno.test("the office of a first start has no error and no warning", () => {
  const reading = readDomain(sampleOffice());
  assert.ok(reading.ok);
  assert.deepEqual(reading.warnings, []);
});
