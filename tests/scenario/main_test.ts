import assert from "node:assert/strict";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;

const CONFIG = `server: { data: ./data }
listen: { sip: [ "udp://127.0.0.1:0", "tcp://127.0.0.1:0" ], web: off }
media: { ports: 42000-42099, workers: 1 }
domains: [ { name: office.example, extensions: [ { number: "100", password: s3cret-a } ] } ]
`;

function command(...args: string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "-A", MAIN, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  });
}

async function run(...args: string[]): Promise<{ code: number; output: string; error: string }> {
  const { code, stdout, stderr } = await command(...args).output();
  return { code, output: new TextDecoder().decode(stdout), error: new TextDecoder().decode(stderr) };
}

/** Events of a log in JSON, as they come. */
async function* eventsOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield line.startsWith("{") ? JSON.parse(line).event : line;
  }
}

async function until(events: AsyncIterator<string>, wanted: string): Promise<void> {
  const seen: string[] = [];
  for (let next = await events.next(); !next.done; next = await events.next()) {
    seen.push(next.value);
    if (next.value === wanted) return;
  }
  assert.fail(`"${wanted}" never came: ${seen.join(", ")}`);
}

Deno.test("the real program ends with the documented codes", async () => {
  const folder = await Deno.makeTempDir();
  const bad = `${folder}/bad.yaml`;
  await Deno.writeTextFile(bad, "server: { locale: de }");
  const [version, unknown, check, status] = await Promise.all([
    run("version"),
    run("sevre"),
    run("check", bad),
    run("status", "--data", folder),
  ]);
  assert.deepEqual([version.code, unknown.code, check.code, status.code], [0, 2, 3, 4]);
  assert.match(version.output, /^sipedge \d/);
  assert.match(unknown.error, /did you mean "serve"/);
  assert.match(check.output, /bad\.yaml:1:19: server\.locale/);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("the real server starts, answers, reloads on SIGHUP, refuses a bad file and stops on SIGTERM", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/sipedge.yaml`;
  await Deno.writeTextFile(path, CONFIG);
  const server = command("serve", "--config", path).spawn();
  const events = eventsOf(server.stderr);
  try {
    await until(events, "ready");
    const status = await run("status", "--json", "--config", path);
    assert.equal(status.code, 0, status.error);
    assert.equal(JSON.parse(status.output).listeners.length, 2);
    await Deno.writeTextFile(path, CONFIG.replace('"100"', '"105"'));
    server.kill("SIGHUP");
    await until(events, "configuration reloaded");
    const { output } = await run("status", "--config", path);
    assert.match(output, /^105 /m);
    await Deno.writeTextFile(path, "domains: 5");
    server.kill("SIGHUP");
    await until(events, "the changed configuration is refused, the one before stays in force");
  } finally {
    server.kill("SIGTERM");
  }
  await until(events, "stopped");
  assert.equal((await server.status).code, 0);
  await server.stdout.cancel();
  await events.return(undefined);
  await Deno.remove(folder, { recursive: true });
});
