import assert from "node:assert/strict";
import { ManualClock } from "../base/mod.ts";
import { createLog, type LogLevel } from "./logging.ts";

function setUp(options: { format?: "auto" | "text" | "json"; level?: LogLevel; isTerminal?: boolean } = {}) {
  const { format = "auto", level = "info", isTerminal = false } = options;
  const lines: string[] = [];
  const clock = new ManualClock(Date.UTC(2026, 0, 2, 3, 4, 5, 678));
  const output = { isTerminal, write: (line: string) => void lines.push(line) };
  return { log: createLog({ format, level, clock, output }), lines, clock };
}

Deno.test("away from a terminal every line is one JSON object with time, level and event", () => {
  const { log, lines } = setUp();
  log.with({ call: "c1" }).warn("call ended", { status: 486, answered: false, by: undefined });
  assert.deepEqual(JSON.parse(lines[0]!), {
    time: "2026-01-02T03:04:05.678Z",
    level: "warn",
    event: "call ended",
    call: "c1",
    status: 486,
    answered: false,
  });
  assert.ok(lines[0]!.endsWith("}\n"));
});

Deno.test("on a terminal a line is for people", () => {
  const { log, lines } = setUp({ format: "text" });
  log.info("registered", { extension: "100", contact: "sip:100@192.0.2.1:5060", agent: "My Phone" });
  assert.equal(
    lines[0],
    '03:04:05.678 info  registered extension=100 contact=sip:100@192.0.2.1:5060 agent="My Phone"\n',
  );
});

Deno.test("no secret reaches a line, by name of the field or by look of the value", () => {
  const { log, lines } = setUp();
  log.info("x", {
    password: "hunter2",
    linePassword: "hunter2",
    pin: "4711",
    apiToken: "hunter2",
    sdp: "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:hunter2hunter2hunter2",
    header: `${" ".repeat(900)}Digest response="hunter2${"x".repeat(500)}"`,
    uri: "sip:a:hunter2@b",
  });
  assert.doesNotMatch(lines.join(""), /hunter2|4711/);
});

Deno.test("a text from the network can neither end the line nor command the terminal", () => {
  const { log, lines } = setUp({ format: "text" });
  log.info("called", { from: 'x\r\nfake line\x1b[31m\u009b2J\u202e"' });
  assert.equal(lines.length, 1);
  assert.equal(lines[0]!.split("\n").length, 2);
  // deno-lint-ignore no-control-regex -- their absence is the promise
  assert.doesNotMatch(lines[0]!.slice(0, -1), /[\u0000-\u001f\u0080-\u009f\u202e]/);
});

Deno.test("lines below the level are not written", () => {
  const { log, lines } = setUp({ level: "warn" });
  log.debug("a");
  log.info("b");
  log.warn("c");
  assert.equal(lines.length, 1);
});

Deno.test("a flood of one event is cut and counted, other events pass", () => {
  const { log, lines, clock } = setUp();
  for (let index = 0; index < 5000; index++) log.warn("refused", { index });
  log.info("registered");
  assert.equal(lines.length, 101);
  clock.advance(1000);
  log.info("registered");
  assert.deepEqual(JSON.parse(lines[101]!), {
    time: "2026-01-02T03:04:06.678Z",
    level: "warn",
    event: "log lines left out",
    of: "refused",
    lines: 4900,
  });
  assert.equal(lines.length, 103);
});

Deno.test("a field cannot take the place of the line's own words", () => {
  const { log, lines } = setUp();
  log.info("real", { event: "forged", level: "error", time: "never" });
  const { event, level } = JSON.parse(lines[0]!);
  assert.deepEqual([event, level], ["real", "info"]);
});
