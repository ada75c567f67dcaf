import assert from "node:assert/strict";
import * as fc from "fast-check";
import { Metrics } from "./metrics.ts";
import { type EndFacts, explainEnd, printDuration } from "./reasons.ts";
import { CAUSE_TEXTS, STATUS_TEXTS, statusText } from "./status_texts.ts";

const CALL: EndFacts = { called: "101", endedAt: 100_000 };

const ENDS: readonly [end: Partial<EndFacts>, en: string, zh: string][] = [
  [
    { answeredAt: 0, endedBy: "caller", result: "answered" },
    "The caller hung up after 1:40.",
    "主叫挂断，通话 1:40。",
  ],
  [
    { answeredAt: 0, endedBy: "called", result: "answered", answeredBy: "102" },
    "102 hung up after 1:40.",
    "102 挂断，通话 1:40。",
  ],
  [
    { answeredAt: 0, endedBy: "network", result: "network" },
    "The connection to one side was lost after 1:40.",
    "通话 1:40 后与一方的连接中断。",
  ],
  [{ endedBy: "caller", result: "answered" }, "The caller hung up.", "主叫挂断。"],
  [{ endedBy: "server", result: "busy", statusCode: 486 }, "101 was busy.", "101 忙线。"],
  [
    { endedBy: "caller", result: "cancelled" },
    "The caller hung up before anybody answered.",
    "接听前主叫已挂断。",
  ],
  [{ endedBy: "server", result: "no answer", statusCode: 480 }, "Nobody answered at 101.", "101 无人接听。"],
  [
    { endedBy: "server", result: "failed", statusCode: 500 },
    "The call failed: the other server has a fault.",
    "呼叫失败：对方服务器内部错误。",
  ],
  [
    { endedBy: "server", result: "failed", statusCode: 599 },
    "The call failed: the other server could not serve the call.",
    "呼叫失败：对方服务器无法处理呼叫。",
  ],
  [
    { endedBy: "server", result: "something new" },
    "The call failed: the reason is not known.",
    "呼叫失败：原因不明。",
  ],
  [{ answeredAt: 0, endedBy: "server", result: "transferred" }, "The call was transferred.", "通话已转接。"],
  [
    { answeredAt: 0, endedBy: "server", result: "server stopped" },
    "The server was stopped.",
    "服务器已停止。",
  ],
  [
    { endedBy: "server", result: "failed", statusCode: 503, cause: 34 },
    "The call failed: the service is overloaded or out of order. The carrier says: all lines of the carrier are taken.",
    "呼叫失败：服务过载或不可用。 运营商说明：运营商线路全忙。",
  ],
];

for (const [end, en, zh] of ENDS) {
  Deno.test(`end: ${en}`, () => {
    assert.equal(explainEnd({ ...CALL, ...end }, "en").text, en);
    assert.equal(explainEnd({ ...CALL, ...end }, "zh").text, zh);
  });
}

Deno.test("end: a call that goes on says so", () => {
  assert.equal(explainEnd({ called: "101" }, "en").text, "The call goes on.");
});

Deno.test("end: what somebody can do about it is said", () => {
  assert.match(
    explainEnd({ ...CALL, result: "unreachable", endedBy: "server" }, "en").advice ?? "",
    /registered/,
  );
  assert.equal(explainEnd({ ...CALL, result: "busy", endedBy: "server" }, "en").advice, undefined);
  assert.ok(explainEnd({ ...CALL, answeredAt: 1, result: "network", endedBy: "network" }, "zh").advice);
});

Deno.test("end: text in braces from the network is not read as a placeholder, and any record is explained", () => {
  assert.equal(
    explainEnd({ ...CALL, called: "{status}", result: "busy", endedBy: "server" }, "en").text,
    "{status} was busy.",
  );
  const record = fc.record({
    called: fc.string(),
    answeredAt: fc.option(fc.integer(), { nil: undefined }),
    endedAt: fc.option(fc.integer(), { nil: undefined }),
    result: fc.option(fc.constantFrom("busy", "answered", "__proto__", "x"), { nil: undefined }),
    endedBy: fc.option(fc.constantFrom("caller", "called", "server", "network"), { nil: undefined }),
    statusCode: fc.option(fc.integer(), { nil: undefined }),
  });
  fc.assert(fc.property(record, (end) => {
    assert.ok(explainEnd(JSON.parse(JSON.stringify(end)), "en").text.length > 3);
  }));
});

Deno.test("every status and cause has a text in both languages", () => {
  for (const [code, { en, zh }] of [...STATUS_TEXTS, ...CAUSE_TEXTS]) {
    assert.ok(en && zh && !en.endsWith("."), String(code));
  }
  assert.equal(statusText(200, "en"), undefined);
  assert.equal(statusText(499, "zh"), "对方拒绝了请求");
});

Deno.test("durations are printed as people read them", () => {
  assert.deepEqual([0, 7, 205, 3723].map(printDuration), ["0:00", "0:07", "3:25", "1:02:03"]);
});

const withoutOwn = (text: string) =>
  text.split("\n").filter((line) => !line.includes("sipedge_metrics_dropped")).join("\n");

Deno.test("metrics: the text format of Prometheus", () => {
  const metrics = new Metrics();
  const calls = metrics.counter({
    name: "sipedge_calls_total",
    help: "Calls\nand \\ more",
    labels: ["result"],
  });
  calls.add(1, { result: "busy" });
  calls.add(2, { result: 'a"b\\c\nd' });
  metrics.gauge({ name: "sipedge_up", help: "Up" }).set(1);
  metrics.observed(
    { name: "sipedge_line_up", help: "Line", labels: ["line"] },
    () => [{ value: 0, labels: { line: "x" } }],
  );
  const histogram = metrics.histogram({ name: "sipedge_setup_seconds", help: "Setup", labels: ["to"] }, [
    0.1,
    1,
  ]);
  for (const value of [0.05, 0.1, 0.5, 3]) histogram.observe(value, { to: "a" });
  assert.equal(
    withoutOwn(metrics.print()),
    [
      "# HELP sipedge_calls_total Calls\\nand \\\\ more",
      "# TYPE sipedge_calls_total counter",
      'sipedge_calls_total{result="busy"} 1',
      'sipedge_calls_total{result="a\\"b\\\\c\\nd"} 2',
      "# HELP sipedge_up Up",
      "# TYPE sipedge_up gauge",
      "sipedge_up 1",
      "# HELP sipedge_line_up Line",
      "# TYPE sipedge_line_up gauge",
      'sipedge_line_up{line="x"} 0',
      "# HELP sipedge_setup_seconds Setup",
      "# TYPE sipedge_setup_seconds histogram",
      'sipedge_setup_seconds_bucket{to="a",le="0.1"} 2',
      'sipedge_setup_seconds_bucket{to="a",le="1"} 3',
      'sipedge_setup_seconds_bucket{to="a",le="+Inf"} 4',
      'sipedge_setup_seconds_sum{to="a"} 3.65',
      'sipedge_setup_seconds_count{to="a"} 4',
      "",
    ].join("\n"),
  );
});

Deno.test("metrics: a metric without labels is there from the start", () => {
  const metrics = new Metrics();
  metrics.counter({ name: "a_total", help: "A" });
  metrics.histogram({ name: "b", help: "B" }, [1]);
  assert.match(metrics.print(), /^a_total 0$/m);
  assert.match(metrics.print(), /^b_bucket\{le="1"\} 0$/m);
  assert.match(metrics.print(), /^b_count 0$/m);
});

Deno.test("metrics: labels from the network do not fill the memory, and the loss is counted", () => {
  const metrics = new Metrics();
  const counter = metrics.counter({ name: "a_total", help: "A", labels: ["x"] });
  for (let i = 0; i < 5_000; i++) counter.add(1, { x: String(i) });
  assert.equal(metrics.print().match(/^a_total/gm)?.length, 1_000);
  assert.match(metrics.print(), /^sipedge_metrics_dropped_total 4000$/m);
});

Deno.test("metrics: impossible names, bounds and negative counts are our own fault and throw", () => {
  const metrics = new Metrics();
  metrics.counter({ name: "a_total", help: "A" });
  assert.throws(() => metrics.gauge({ name: "a_total", help: "A" }), TypeError);
  assert.throws(() => metrics.gauge({ name: "a-b", help: "A" }), SyntaxError);
  assert.throws(() => metrics.gauge({ name: "b", help: "A", labels: ["le"] }), SyntaxError);
  assert.throws(() => metrics.histogram({ name: "c", help: "C" }, [1, 1]), RangeError);
  assert.throws(() => metrics.counter({ name: "d_total", help: "D" }).add(-1), RangeError);
});
