import assert from "node:assert/strict";
import { testCommand } from "../../tests/support/test_shell.ts";

const OFFICE = `
server: { locale: en }
listen: { sip: ["udp://127.0.0.1:5060"] }
codes: { echo: "*43" }
domains:
  - name: office.example
    extensions:
      - { number: "100", name: Alice, password: s3cret-a, level: internal }
      - { number: "101", name: Bob, password: s3cret-b, level: outside }
    lines:
      - { name: carrier, kind: peer, server: "sip:192.0.2.1", outgoing: { callerNumber: "4930123" } }
    schedules: [ { name: work, hours: [ "mo-fr 08:00-17:00" ] } ]
    timeZone: UTC
    callerLists:
      - { list: black, called: "9055", caller: "101" }
      - { list: black, called: "9056", caller: "101", percent: 30 }
    rules:
      - { match: "90*", strip: 1, via: [ carrier ] }
      - { match: "91*", strip: 1, via: [ carrier ], schedule: work }
`;

testCommand("without a server route asks the configuration and says so", async (shell) => {
  const config = ["--config", shell.file("office.yaml", OFFICE)];
  const { code, output, error } = await shell.run("route", "101", "90301234", ...config);
  assert.equal(code, 0, error);
  assert.equal(
    output,
    "rule 1 (90*): matches and is used\nline carrier: dials 0301234, shows 4930123\nThe call would be made\n",
  );
  assert.equal(error, "No server runs: every line counts as up\n");
  const inChinese = await shell.run("route", "101", "100", "--locale", "zh", ...config);
  assert.equal(inChinese.output, "分机 100 Alice\n可以呼叫\n");
});

testCommand("a refusal ends with 1 and its reason", async (shell) => {
  const config = ["--config", shell.file("office.yaml", OFFICE)];
  const refused = await shell.run("route", "100", "90301234", ...config);
  assert.equal(refused.code, 1);
  assert.match(refused.output, /needs level outside, the caller has internal\nRefused: /);
  const listed = await shell.run("route", "101", "905512", ...config);
  assert.equal(listed.code, 1);
  assert.match(
    listed.output,
    /caller list: calls from 101\* to 9055\* are refused\nRefused: the caller is on a/,
  );
  const shared = await shell.run("route", "101", "905612", ...config);
  assert.equal(shared.code, 0);
  assert.match(shared.output, /caller list: 30 % of the calls/);
});

testCommand("--at asks the schedules of another time", async (shell) => {
  const config = ["--config", shell.file("office.yaml", OFFICE)];
  const open = await shell.run("route", "101", "9155", "--at", "2026-07-01T09:00Z", ...config);
  assert.equal(open.code, 0, open.output);
  const closed = await shell.run("route", "101", "9155", "--at", "2026-07-01T18:00Z", ...config);
  assert.equal(closed.code, 1);
  assert.match(closed.output, /schedule work is closed/);
});

testCommand("--json holds the decision for scripts, and no password", async (shell) => {
  const config = ["--config", shell.file("office.yaml", OFFICE)];
  const outside = JSON.parse((await shell.run("route", "101", "90301234", "--json", ...config)).output);
  assert.deepEqual(outside, {
    domain: "office.example",
    from: "101",
    dialled: "90301234",
    isAllowed: true,
    kind: "outside",
    ways: [{ line: "carrier", number: "0301234", callerNumber: "4930123" }],
    rule: 1,
    lines: outside.lines,
  });
  for (const [dialled, kind, target] of [["100", "extension", "100"], ["*43", "code", "echo"]]) {
    const { output } = await shell.run("route", "101", dialled!, "--json", ...config);
    assert.deepEqual([JSON.parse(output).kind, JSON.parse(output).target], [kind, target]);
    assert.ok(!output.includes("s3cret"));
  }
  const refused = JSON.parse((await shell.run("route", "101", "999", "--json", ...config)).output);
  assert.deepEqual([refused.isAllowed, refused.kind, refused.reason], [false, "refused", "unknown number"]);
});

testCommand("a running server is asked first", async (shell) => {
  const config = ["--config", shell.file("office.yaml", OFFICE)];
  const serving = shell.run("serve", ...config);
  await shell.started;
  const answer = await shell.run("route", "100", "90301234", ...config);
  assert.equal(answer.output, "rule? 1 (90301234) is used\nThe call would be made\n");
  assert.equal(answer.error, "");
  assert.equal((await shell.run("route", "100", "999", ...config)).code, 1);
  const unknown = await shell.run("route", "555", "100", ...config);
  assert.equal(unknown.code, 1);
  assert.match(unknown.error, /there is no extension "555"; see/);
  shell.request("stop");
  await serving;
});

testCommand("what makes no sense is explained", async (shell) => {
  const config = ["--config", shell.file("office.yaml", OFFICE)];
  for (
    const [args, expected] of [
      [["101"], /NUMBER is missing/],
      [["101", "1", "2"], /unexpected "2"/],
      [["101", "1", "--locale", "de"], /--locale needs en or zh/],
      [["101", "1", "--at", "noon"], /--at needs a time like/],
    ] as const
  ) {
    const { code, error } = await shell.run("route", ...args, ...config);
    assert.equal(code, 2);
    assert.match(error, expected);
  }
  const nobody = await shell.run("route", "555", "1", "--domain", "Other.example", ...config);
  assert.match(nobody.error, /no extension "555" in the domain "other\.example"/);
});
