import assert from "node:assert/strict";
import { testCommand, type TestShell } from "../../tests/support/test_shell.ts";

const CONFIG = `server: { data: ./state }
listen: { sip: [ "udp://127.0.0.1:0" ], web: off }
domains: [ { name: office.example, extensions: [ { number: "100", password: s3cret-a } ] } ]
`;

async function stop(shell: TestShell, serving: ReturnType<TestShell["run"]>) {
  shell.request("stop");
  return await serving;
}

testCommand(
  "without a configuration an office is made once, and its passwords are shown once",
  async (shell) => {
    const serving = shell.run("serve");
    const server = await shell.started;
    assert.equal(server.options.configFile, undefined);
    assert.deepEqual(server.options.settings.listen.sip.map(({ host }) => host), [
      "127.0.0.1",
      "127.0.0.1",
      "127.0.0.1",
    ]);
    const [domain] = await server.options.store.directory.domains();
    assert.deepEqual(domain?.extensions.map(({ number }) => number), ["100", "101", "102"]);
    assert.equal((await server.options.store.directory.credentials()).size, 3);
    const first = await stop(shell, serving);
    assert.equal(first.code, 0);
    assert.equal(first.output.match(/[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}/g)?.length, 3);
    assert.match(first.output, /600 rings everyone\n {2}800 is a conference room/);
    assert.equal(server.isStopped, true);
    assert.deepEqual(shell.notes.map((note) => note.split("\n")[0]), ["READY=1", "STOPPING=1"]);
    const modes = ["data", "data/sipedge.db"].map((name) =>
      (Deno.statSync(`${shell.folder}/${name}`).mode ?? 0) & 0o077
    );
    assert.deepEqual(modes, [0, 0]);
  },
);

testCommand("a second start shows no password", async (shell) => {
  const first = shell.run("serve");
  await shell.started;
  await stop(shell, first);
  const second = shell.run("serve");
  // The control socket answers only once the server runs.
  while ((await shell.run("status")).code === 4);
  assert.equal((await stop(shell, second)).output, "");
});

testCommand("a running server answers status, calls and trace", async (shell) => {
  const serving = shell.run("serve");
  await shell.started;
  const status = await shell.run("status");
  assert.equal(status.code, 0, status.error);
  assert.match(
    status.output,
    /^sipedge 1\.2\.3, up for 1 d 1 h, 100 MB\nlistening on udp:\/\/127\.0\.0\.1:5060\n/,
  );
  assert.match(status.output, /certificate office\.example: 30 days left/);
  assert.match(status.output, /WARNING the disk is full/);
  assert.match(status.output, /100 +Al\?\[31mice +registered +tls Phone \(1 min 0 s\)/);
  assert.match(status.output, /101 +Bob +not reachable +udp \(1 min 0 s, not reachable\)/);
  assert.match(status.output, /carrier +register +registered/);
  assert.equal(JSON.parse((await shell.run("status", "--json")).output).calls.sinceStart, 7);
  assert.equal((await shell.run("calls")).output, "no call\n");
  const traced = await shell.run("trace", "me");
  assert.equal(traced.output, "INVITE sip:101@office.example SIP/2.0\nSubject: me?[2J\n\n");
  await stop(shell, serving);
});

testCommand("a change from the shell reaches the running server at once", async (shell) => {
  const serving = shell.run("serve");
  const server = await shell.started;
  assert.equal((await shell.run("extension", "add", "104")).code, 0);
  assert.equal(server.directoryChanges, 1);
  const [domain] = await server.options.store.directory.domains();
  assert.ok(domain?.extensions.some(({ number }) => number === "104"));
  assert.equal((await shell.run("extension", "remove", "102")).code, 0);
  const [after] = await server.options.store.directory.domains();
  assert.deepEqual(after?.huntGroups[0]?.members.map(({ extension }) => extension), ["100", "101"]);
  await stop(shell, serving);
});

testCommand("a second server on the same data is refused, the first goes on", async (shell) => {
  const serving = shell.run("serve");
  const server = await shell.started;
  const second = await shell.run("serve");
  assert.equal(second.code, 1);
  assert.match(second.error, /another server uses it\. One data folder serves one server/);
  assert.equal(server.isStopped, false);
  assert.equal((await shell.run("status")).code, 0);
  await stop(shell, serving);
});

testCommand(
  "what keeps the server from starting is said in one line, and nothing is left open",
  async (shell) => {
    shell.startFault = 'Cannot listen on "udp://127.0.0.1:5060": port is in use';
    const failed = await shell.run("serve");
    assert.equal(failed.code, 1);
    assert.match(
      failed.error,
      /^Cannot start: Cannot listen on "udp:\/\/127\.0\.0\.1:5060": port is in use\n$/,
    );
    shell.file("file", "");
    const folder = await shell.run("serve", "--data", "file/data");
    assert.match(
      folder.error,
      /^Cannot use the data folder ".*\/file\/data": a part of its path is no folder/,
    );
    shell.file("data2", "");
    Deno.mkdirSync(`${shell.folder}/damaged`);
    Deno.writeTextFileSync(`${shell.folder}/damaged/sipedge.db`, "no database ".repeat(100));
    const damaged = await shell.run("serve", "--data", "damaged");
    assert.equal(damaged.code, 1);
    assert.match(damaged.error, /sipedge\.db": the database is damaged: restore a backup/);
  },
);

testCommand(
  "reload takes a good file over, refuses a bad one, and says what waits for a restart",
  async (shell) => {
    const path = shell.file("sipedge.yaml", CONFIG);
    const serving = shell.run("serve", "--config", path);
    const server = await shell.started;
    assert.equal(server.options.settings.server.data, `${shell.folder}/state`);
    Deno.writeTextFileSync(path, CONFIG.replace('"100"', '"105"').replace("127.0.0.1:0", "127.0.0.1:6000"));
    shell.request("reload");
    assert.equal(server.reloads.length, 1);
    assert.equal(server.reloads[0]?.domains[0]?.extensions[0]?.number, "105");
    assert.equal(server.reloads[0]?.listen.sip[0]?.port, 0);
    Deno.writeTextFileSync(path, "domains: [ { nam: x } ]");
    shell.request("reload");
    assert.equal(server.reloads.length, 1);
    assert.equal(server.refusals[0]?.length, 2);
    const { code, error, output } = await stop(shell, serving);
    assert.equal(code, 0);
    assert.equal(output, "");
    const lines = error.trim().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(lines.map(({ event }) => event), [
      "ready",
      "a change waits for a restart",
      "configuration reloaded",
      "the changed configuration is refused, the one before stays in force",
      "configuration",
      "configuration",
      "stopping",
      "stopped",
    ]);
    assert.equal(lines[1].path, "listen.sip");
    assert.doesNotMatch(error, /s3cret/);
  },
);

testCommand("records of past calls are listed, filtered and exported without a server", async (shell) => {
  const serving = shell.run("serve");
  const { store } = (await shell.started).options;
  for (const [index, caller] of ["100", "=cmd()", "101"].entries()) {
    store.callRecords.append({
      id: `call-${index}`,
      domain: "office.local",
      startedAt: Date.parse("2026-01-02T03:04:05Z") + index,
      caller,
      called: "102",
      direction: "internal",
      result: "answered",
      legs: [],
      events: [],
    });
  }
  await stop(shell, serving);
  const table = await shell.run("calls", "--past", "--limit", "2");
  assert.equal(table.output.split("\n").length, 4);
  assert.match(
    (await shell.run("calls", "--past", "--csv")).output,
    /\r\ncall-1,office\.local,.*,internal,'=cmd\(\),/,
  );
  const found = JSON.parse((await shell.run("calls", "--past", "--json", "--party", "101")).output);
  assert.deepEqual(found.map(({ id }: { id: string }) => id), ["call-2"]);
  assert.equal((await shell.run("calls", "--past", "--until", "2020-01-01")).output, "no record\n");
});

testCommand("waiting music is a name, or a file beside the configuration", async (shell) => {
  const groups = ["jazz", "./tunes/own.wav", "/srv/all.wav"].map((music, index) =>
    `{ number: "60${index}", members: [ "100" ], queue: { music: "${music}" } }`
  );
  const config = CONFIG.replace("extensions:", `huntGroups: [ ${groups.join(", ")} ], extensions:`);
  const serving = shell.run("serve", "--config", shell.file("music.yaml", config));
  const server = await shell.started;
  assert.deepEqual(server.options.settings.domains[0]!.huntGroups.map(({ queue }) => queue?.music), [
    "jazz",
    `${shell.folder}/tunes/own.wav`,
    "/srv/all.wav",
  ]);
  await stop(shell, serving);
});
