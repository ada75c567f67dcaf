/** What machines are told by a real server: metrics, their dashboard, health and readiness. */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Administrator } from "../support/administrator.ts";
import { Headless } from "../support/headless.ts";
import { parseMetrics } from "../support/prometheus_text.ts";
import { TestServer, type TestServerOptions } from "../support/server.ts";

const ADDRESS = "127.0.0.151";
const PAGE = `http://${ADDRESS}:8080`;

function start(more: Pick<TestServerOptions, "env"> = {}): Promise<TestServer> {
  return TestServer.start({
    ...more,
    address: ADDRESS,
    mediaPorts: "38800-38899",
    extensions: [{ number: "100", name: 'Al"ice\\', password: "secret-100" }],
  });
}

async function registered(server: TestServer, phone: Headless) {
  return await phone.account({
    user: "100",
    domain: server.domain,
    password: "secret-100",
    server: ADDRESS,
    transport: "tls",
    srtp: "required",
    trust: { authorities: [await Deno.readTextFile(`${server.data}/tls/ca.pem`)] },
    register: true,
  });
}

/** Status 0 while nobody listens. */
async function get(path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(PAGE + path).catch(() => undefined);
  if (!response) return { status: 0, text: "" };
  return { status: response.status, text: await response.text() };
}

Deno.test("metrics are for those with a token, keep the conventions, and carry every panel of the dashboard", async () => {
  await using server = await start();
  const administrator = await Administrator.setUp(server, "127.0.0.152");
  const script = await administrator.script("127.0.0.152", ["metrics"]);
  await using phone = new Headless({ ports: { first: 38_900, last: 38_999 } });
  const call = await phone.dial(await registered(server, phone), "*43");
  await new Promise((resolve) => setTimeout(resolve, 500));
  call.hangUp();
  await call.ended;
  assert.equal((await get("/metrics")).status, 401);
  let text = "";
  // The record is written when the server has heard of the end too.
  for (let i = 0; i < 100 && !text.includes("sipedge_calls_total{"); i++) {
    const answer = await script.ask("//metrics");
    assert.equal(answer.status, 200);
    text = answer.text;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const families = parseMetrics(text);
  const value = (name: string, wanted: Record<string, string> = {}) =>
    families.get(name)?.samples.find(({ labels }) =>
      Object.entries(wanted).every(([label, text]) => labels.get(label) === text)
    )?.value;
  assert.equal(value("sipedge_calls_total", { direction: "internal", result: "answered" }), 1);
  assert.equal(value("sipedge_devices_registered"), 1);
  assert.ok(value("process_resident_memory_bytes")! > 10_000_000);
  await checkDashboard(administrator, new Set(families.keys()));
  await checkByPromtool(text);
});

async function checkDashboard(administrator: Administrator, known: ReadonlySet<string>): Promise<void> {
  const dashboard = await administrator.json<{ panels: { targets: { expr: string }[] }[] }>(
    "/grafana-dashboard",
  );
  const shipped = await Deno.readTextFile(new URL("../../extras/grafana-dashboard.json", import.meta.url));
  assert.deepEqual(dashboard, JSON.parse(shipped));
  const used = dashboard.panels.flatMap(({ targets }) =>
    targets.flatMap(({ expr }) => expr.match(/\b(?:sipedge|process)_[a-z_]+/g) ?? [])
  );
  assert.ok(used.length > 20);
  for (const name of used) {
    assert.ok(known.has(name.replace(/_bucket$/, "")), `the dashboard asks for ${name}`);
  }
}

/** The judge that Prometheus brings; it is a large package, so it may be missing. */
async function checkByPromtool(text: string): Promise<void> {
  const command = new Deno.Command("promtool", {
    args: ["check", "metrics"],
    stdin: "piped",
    stderr: "piped",
  });
  let process: Deno.ChildProcess;
  try {
    process = command.spawn();
  } catch {
    return;
  }
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { stderr } = await process.output();
  assert.equal(new TextDecoder().decode(stderr), "");
}

Deno.test("a server is ready when all is there, and says what is missing while its database is locked", async () => {
  await using server = await start();
  const until = async (status: number) => {
    for (let i = 0; i < 100; i++) {
      const answer = await get("/readyz");
      if (answer.status === status) return answer.text;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`readyz never said ${status}: ${(await get("/readyz")).text}`);
  };
  assert.equal(await until(200), "ok\n");
  assert.deepEqual(await get("/healthz"), { status: 200, text: "ok\n" });
  const other = new DatabaseSync(`${server.data}/sipedge.db`);
  other.exec("BEGIN IMMEDIATE");
  try {
    await using phone = new Headless({ ports: { first: 38_900, last: 38_999 } });
    await registered(server, phone);
    assert.equal(await until(503), "database: it takes no data\n");
    assert.equal((await get("/healthz")).status, 200, "it lives, and calls go on");
    other.exec("ROLLBACK");
    assert.equal(await until(200), "ok\n");
  } finally {
    other.close();
  }
});

Deno.test("the runtime's OpenTelemetry is left usable: spans of requests and measures reach a collector", async () => {
  const bodies = new Map<string, string>();
  const collector = Deno.serve({ hostname: "127.0.0.153", port: 4318, onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    bodies.set(pathname, `${bodies.get(pathname) ?? ""}${await request.text()}`);
    return new Response("{}", { headers: { "content-type": "application/json" } });
  });
  try {
    await using _server = await start({
      env: {
        OTEL_DENO: "true",
        OTEL_SERVICE_NAME: "sipedge-test",
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.153:4318",
        OTEL_BSP_SCHEDULE_DELAY: "200",
        OTEL_METRIC_EXPORT_INTERVAL: "500",
      },
    });
    const wanted: readonly (readonly [path: string, words: RegExp])[] = [
      ["/v1/traces", /"url\.path"[^]*?"\/healthz"/],
      ["/v1/metrics", /"http\.server\.request\.duration"/],
    ];
    const isThere = () => wanted.every(([path, words]) => words.test(bodies.get(path) ?? ""));
    for (let i = 0; i < 100 && !isThere(); i++) {
      await get("/healthz");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    for (const [path, words] of wanted) assert.match(bodies.get(path) ?? "", words);
    assert.match(bodies.get("/v1/traces")!, /sipedge-test/);
  } finally {
    await collector.shutdown();
  }
});
