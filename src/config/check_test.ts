import assert from "node:assert/strict";
import { checkSettings } from "./check.ts";
import { testSettings } from "./samples.ts";
import { matchesPattern } from "./check_domain.ts";
import { printProblem, type Problem } from "./problems.ts";
import { type Reading, readSettings } from "./read.ts";
import type { Settings } from "./types.ts";

function lines(problems: readonly Problem[]): string[] {
  return problems.map((problem) => printProblem(problem, "f"));
}

function errorsOf(text: string): string[] {
  const reading: Reading<Settings> = readSettings(text);
  if (reading.ok) assert.fail("was accepted");
  return lines(reading.error);
}

/** A file with one domain whose body is `body`, indented by four. */
function inDomain(body: string): string {
  return `domains:\n  - name: office.example\n${body.replace(/^/gm, "    ")}\n`;
}

Deno.test("what does not fit together is an error with its place", () => {
  const rows: [what: string, text: string, message: RegExp][] = [
    [
      "two extensions of one number",
      inDomain('extensions: [ { number: "1" }, { number: "1" } ]'),
      /^f:3:46: .*extensions\[1\]\.number: 1 is the number of extensions\[0\] already$/,
    ],
    [
      "a room with the number of an extension",
      inDomain('extensions: [ { number: "1" } ]\nrooms: [ { number: "1" } ]'),
      /rooms\[0\]\.number: 1 is the number of extensions\[0\]/,
    ],
    [
      "a member that does not exist",
      inDomain('extensions: [ { number: "100" } ]\nhuntGroups: [ { number: "6", members: [ "1000" ] } ]'),
      /members\[0\]\.extension: 1000 cannot be a member: no such extension, did you mean 100\?/,
    ],
    [
      "a group as member",
      inDomain(
        'extensions: [ { number: "1" } ]\nringGroups: [ { number: "6", members: [ "1" ] }, { number: "7", members: [ "6" ] } ]',
      ),
      /6 cannot be a member: ringGroups\[0\] is no extension/,
    ],
    [
      "a member twice",
      inDomain('extensions: [ { number: "1" } ]\nringGroups: [ { number: "6", members: [ "1", "1" ] } ]'),
      /1 is a member twice/,
    ],
    [
      "via an unknown line",
      inDomain(
        "lines: [ { name: carrier, kind: peer, server: 'sip:192.0.2.1' } ]\nrules: [ { match: 9*, via: [ carier ] } ]",
      ),
      /rules\[0\]\.via\[0\]: there is no line "carier" in this domain, did you mean "carrier"\?/,
    ],
    [
      "overflow to itself",
      inDomain('huntGroups: [ { number: "6", members: [], overflow: { to: "6" } } ]'),
      /overflow\.to: overflows to itself/,
    ],
    [
      "overflow in a circle",
      inDomain(
        'huntGroups: [ { number: "6", members: [], overflow: { to: "7" } }, { number: "7", members: [], overflow: { to: "6" } } ]',
      ),
      /circle: 6 → 7 → 6/,
    ],
    [
      "forward to itself",
      inDomain('extensions: [ { number: "1", forward: { always: { to: "1" } } } ]'),
      /forward\.always\.to: forwards to itself/,
    ],
    [
      "an unknown level",
      inDomain('extensions: [ { number: "1", level: outsid } ]'),
      /no level "outsid" in this domain, did you mean "outside"/,
    ],
    [
      "an unknown schedule",
      inDomain("rules: [ { match: '9*', via: [], schedule: office } ]"),
      /no schedule "office"/,
    ],
    ["a schedule called always", inDomain("schedules: [ { name: always, hours: [] } ]"), /built in/],
    [
      "a registering line without password",
      inDomain("lines: [ { name: a, kind: register, server: 'sip:a.example', username: u } ]"),
      /lines\[0\]\.password: is missing: a line of kind register needs it/,
    ],
    [
      "a bad SIP URI",
      inDomain("lines: [ { name: a, kind: peer, server: 'http://a.example' } ]"),
      /server: expected a SIP URI like/,
    ],
    [
      "a listener twice",
      'listen: { sip: [ "udp://0.0.0.0:5060", "udp://127.0.0.1:5060" ] }',
      /listen\.sip\[1\]: overlaps udp:\/\/0\.0\.0\.0:5060/,
    ],
    [
      "TLS and TCP on one port",
      'listen: { sip: [ "tcp://0.0.0.0:5060", "tls://0.0.0.0:5060" ] }',
      /overlaps tcp/,
    ],
    ["the page on a SIP port", 'listen: { sip: [ "tcp://127.0.0.1:8080" ] }', /listen\.web: overlaps tcp/],
    [
      "media ports that hold a listener",
      'listen: { sip: [ "udp://0.0.0.0:20000" ] }',
      /media\.ports: contains the port of udp/,
    ],
    ["a port range backwards", "media: { ports: 3000-2000 }", /media\.ports: expected a range of ports/],
    ["a port range below 1024", "media: { ports: 100-2000 }", /media\.ports: expected a range/],
    [
      "a domain twice",
      "domains: [ { name: a.example }, { name: A.example } ]",
      /domains\[1\]\.name: "a.example" is taken by domains\[0\] already/,
    ],
    [
      "an alias of another domain",
      "domains: [ { name: a.example }, { name: b.example, aliases: [ a.example ] } ]",
      /domains\[1\]\.aliases\[0\]: "a.example" is taken/,
    ],
    ["a service code twice", 'codes: { echo: "*44" }', /codes\.tone: \*44 is the code of echo already/],
    [
      "an extension with an emergency number",
      inDomain('extensions: [ { number: "112" } ]'),
      /112 is an emergency number of this domain/,
    ],
    [
      "registration limits that cross",
      "sip: { registration: { minSeconds: 600, maxSeconds: 300 } }",
      /minSeconds: is greater than maxSeconds 300/,
    ],
    [
      "a holiday that does not exist",
      inDomain("schedules: [ { name: s, hours: [ 'mo-fr 08:00-17:00' ], holidays: [ '2026-02-30' ] } ]"),
      /expected a date like/,
    ],
    [
      "hours that are none",
      inDomain("schedules: [ { name: s, hours: [ 'mo-fr 8-17' ] } ]"),
      /expected days and hours like mo-fr 08:00-17:00/,
    ],
    [
      "a country that is none",
      inDomain("limits: { countries: [ '0049' ] }"),
      /limits\.countries\[0\]: expected the beginning of an international number, like \+49/,
    ],
    ["an unknown time zone", inDomain("timeZone: Mars/Olympus"), /timeZone: expected a time zone like/],
    [
      "a certificate without key",
      "tls: { certificate: { cert: a.pem } }",
      /tls\.certificate\.key: is missing: expected a text/,
    ],
    [
      "a certificate that is a word",
      "tls: { certificate: a.pem }",
      /tls\.certificate: expected auto, \{ cert: FILE, key: FILE \}, or a list of these, got "a.pem"/,
    ],
  ];
  for (const [what, text, message] of rows) {
    const errors = errorsOf(text);
    assert.ok(errors.some((error) => message.test(error)), `${what}: ${errors.join("\n")}`);
    assert.ok(errors.every((error) => /^f:[0-9]+:[0-9]+: /.test(error)), what);
  }
});

Deno.test("IPv4 and IPv6 wildcards on one port do not overlap", () => {
  const reading = readSettings('listen: { sip: [ "udp://0.0.0.0:5060", "udp://[::]:5060" ] }');
  assert.equal(reading.ok, true);
});

Deno.test("a destination outside is fine when a rule leads there, and warned of when none does", () => {
  const body = (to: string) =>
    inDomain(
      `extensions: [ { number: "100", forward: { busy: { to: "${to}" } } } ]\n` +
        "lines: [ { name: a, kind: peer, server: 'sip:192.0.2.1', addresses: [ 192.0.2.1 ] } ]\n" +
        "rules: [ { match: '9*', via: [ a ] } ]",
    );
  assert.deepEqual(readSettings(body("9004930123")).warnings, []);
  assert.deepEqual(readSettings(body("*97")).warnings, []);
  assert.match(lines(readSettings(body("004930123")).warnings).join(), /no rule leads it outside/);
});

Deno.test("a rule's pattern fits what it says and nothing else", () => {
  const rows: [pattern: string, fits: string[], others: string[]][] = [
    ["9*", ["9", "91", "9004930"], ["", "8", "19"]],
    ["112", ["112"], ["1122", "11", "12"]],
    ["0[1-3]x", ["010", "035"], ["04", "040", "01", "0101"]],
    ["[17]*", ["1", "7", "71"], ["2", "4"]],
    ["+49x*", ["+491", "+4912"], ["491", "+49", "+49a"]],
    ["*", ["", "1", "*43"], []],
  ];
  for (const [pattern, fits, others] of rows) {
    for (const number of fits) assert.equal(matchesPattern(pattern, number), true, `${pattern} ${number}`);
    for (const number of others) assert.equal(matchesPattern(pattern, number), false, `${pattern} ${number}`);
  }
});

Deno.test("limits that contradict themselves are told", () => {
  const limits = { countries: ["+8821", "+49"], domainCallsPerHour: 50 };
  const findings = checkSettings(testSettings({ domains: [{ name: "office.example", limits }] }));
  assert.deepEqual(findings.map(({ severity, message }) => [severity, message]), [
    ["warning", "+8821 is denied by +882: take it out of denied"],
    ["warning", "is less than callsPerHour 100 of one extension"],
  ]);
});
