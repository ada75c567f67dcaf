/** The one file, built and used as an administrator does: both kinds, a first start in strange places, a real call. */

import assert from "node:assert/strict";
import { Baresip, hasBaresip } from "../support/baresip.ts";
import { TestServer } from "../support/server.ts";
import { hearing } from "../support/wav.ts";

const HOUSE = new URL("../../", import.meta.url).pathname;
const SERVER = "127.0.0.71";
const HAS_PHONES = await hasBaresip();
const HAS_SHELLCHECK = await run("shellcheck", ["--version"]).then(() => true, () => false);
const IS_ROOT = Deno.uid() === 0;
if (!HAS_PHONES) console.log("partly skipped: baresip is not installed (apt-get install baresip-core)");
if (!HAS_SHELLCHECK) console.log("partly skipped: shellcheck is not installed (apt-get install shellcheck)");
if (!IS_ROOT) console.log("partly skipped: starting as another user needs root");

const folder = await Deno.makeTempDir({ prefix: "sipedge-built-" });
await Deno.chmod(folder, 0o755);
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

interface Outcome {
  readonly code: number;
  readonly output: string;
  readonly error: string;
}

async function run(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Outcome> {
  const command = new Deno.Command(program, {
    args: [...args],
    clearEnv: true,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...env },
    stdin: "null",
  });
  const { code, stdout, stderr } = await command.output();
  return { code, output: new TextDecoder().decode(stdout), error: new TextDecoder().decode(stderr) };
}

async function build(
  kind: string,
  target?: { readonly name: string; readonly runtime: string },
): Promise<Outcome & { readonly program: string }> {
  const out = `${folder}/${target?.name ?? kind}`;
  const other = target ? ["--target", target.name, "--runtime", target.runtime] : [];
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `${HOUSE}tools/build.ts`, "--kind", kind, "--out", out, ...other],
    cwd: HOUSE,
    stdin: "null",
  });
  const { code, stdout, stderr } = await command.output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, output: decode(stdout), error: decode(stderr), program: `${out}/sipedge` };
}

const bundled = await build("bundled");
const compiled = await build("compiled");
if (compiled.code !== 0) {
  console.log("partly skipped: deno compile has no base here (network or DENORT_BIN)");
}

const folders = (path: string) =>
  [...Deno.readDirSync(path)].map(({ name }) => name).filter((name) => name.startsWith("sipedge-"));

for (const [kind, { code, error, program }] of Object.entries({ bundled, compiled })) {
  Deno.test({
    name: `the ${kind} file tells its version, checks a configuration and carries a TLS and SRTP call`,
    ignore: kind === "compiled" && code !== 0,
    async fn(test) {
      assert.equal(code, 0, error);
      const cache = `${folder}/cache-${kind}`;
      const sums = await run("sh", ["-c", 'cd "$0" && sha256sum -c SHA256SUMS', `${folder}/${kind}`]);
      assert.equal(sums.output, "sipedge: OK\n");
      const version = await run(program, ["version"], { SIPEDGE_CACHE: cache });
      assert.match(version.output, /^sipedge \d+\.\d+\.\d+ \(deno /, version.error);
      const config = `${folder}/${kind}.yaml`;
      await Deno.writeTextFile(config, "domains: [ { nam: x } ]");
      const checked = await run(program, ["check", config], { SIPEDGE_CACHE: cache });
      assert.equal(checked.code, 3);
      assert.match(checked.output, /did you mean/);
      await test.step({ name: "a call", ignore: !HAS_PHONES, fn: () => call(program, cache) });
    },
  });
}

async function call(program: string, cache: string): Promise<void> {
  Deno.env.set("SIPEDGE_CACHE", cache);
  await using server = await TestServer.start({
    program,
    address: SERVER,
    mediaPorts: "31400-31499",
    extensions: ["100", "101"].map((number) => ({ number, password: `secret-${number}` })),
  }).finally(() => Deno.env.delete("SIPEDGE_CACHE"));
  const phone = (user: string, address: string, tone: number) =>
    Baresip.start({
      user,
      address,
      tone,
      password: `secret-${user}`,
      domain: "office.example",
      server: `${SERVER}:5061`,
      transport: "tls",
      encryption: "srtp-mand",
      codec: "PCMA",
      seconds: 40,
    });
  await using alice = await phone("100", "127.0.0.72", 440);
  await using bob = await phone("101", "127.0.0.73", 1000);
  await alice.dial("101");
  await Promise.all([alice.waitFor("CALL_ESTABLISHED"), bob.waitFor("CALL_ESTABLISHED")]).catch((error) => {
    throw new Error(`${error.message}\n--- server\n${server.log}`, { cause: error });
  });
  await new Promise((resolve) => setTimeout(resolve, 2500));
  await Promise.all([alice.stop(), bob.stop()]);
  for (const [listener, tone] of [[alice, 1000], [bob, 440]] as const) {
    const [recording] = await listener.heard();
    assert.ok(recording, `nothing was heard\n${server.log}`);
    const { heardSeconds } = hearing(recording, tone);
    assert.ok(heardSeconds > 1, `${tone} Hz heard for ${heardSeconds} s only`);
  }
  const page = await fetch(`http://${SERVER}:8080/healthz`);
  assert.equal(page.status, 200, await page.text());
  assert.match(await (await fetch(`http://${SERVER}:8080/`)).text(), /<html/i);
}

Deno.test("two first starts at once both succeed and leave one whole tree", async () => {
  const cache = `${folder}/together`;
  const starts = await Promise.all(
    [1, 2, 3].map(() => run(bundled.program, ["version"], { SIPEDGE_CACHE: cache })),
  );
  assert.deepEqual(starts.map(({ code }) => code), [0, 0, 0], starts.map(({ error }) => error).join());
  assert.equal(folders(cache).length, 1);
  assert.equal([...Deno.readDirSync(cache)].length, 1);
});

/** As a user who owns nothing: root may write everywhere. Nobody can make a folder in /proc. */
function runAsStranger(program: string, env: Record<string, string>): Promise<Outcome> {
  const places = { HOME: "/proc", XDG_CACHE_HOME: "/proc/cache", TMPDIR: "/proc", ...env };
  const user = ["--reuid=65533", "--regid=65533", "--clear-groups", program, "version"];
  return IS_ROOT ? run("setpriv", user, places) : run(program, ["version"], places);
}

Deno.test("a home that may only be read is no hindrance", async () => {
  const tmp = `${folder}/tmp`;
  await Deno.mkdir(tmp);
  await Deno.chmod(tmp, 0o1777);
  const { code, output, error } = await runAsStranger(bundled.program, { TMPDIR: tmp });
  assert.equal(code, 0, error);
  assert.match(output, /^sipedge /);
  assert.equal(error, "");
});

Deno.test("without any folder the start says what is missing", async () => {
  const { code, error } = await runAsStranger(bundled.program, {});
  assert.equal(code, 1);
  assert.match(error, /^sipedge: found no folder to unpack into .* name one in SIPEDGE_CACHE\n$/);
});

Deno.test({
  name: "a tree that another user could have prepared is not run",
  ignore: !IS_ROOT,
  async fn() {
    const [name] = folders(`${folder}/together`);
    const lure = `${folder}/lure`;
    for (const path of [lure, `${lure}/${name}`]) {
      await Deno.mkdir(path);
      await Deno.chown(path, 65534, 65534);
    }
    await Deno.writeTextFile(`${lure}/${name}/sipedge`, "#!/bin/sh\necho caught\n", { mode: 0o755 });
    const env = { SIPEDGE_CACHE: lure, TMPDIR: `${folder}/tmp` };
    const { output, error } = await runAsStranger(bundled.program, env);
    assert.match(output, /^sipedge \d/, error);
    await Deno.chown(lure, 0, 0);
    await Deno.chmod(lure, 0o777);
    assert.match((await runAsStranger(bundled.program, env)).output, /^sipedge \d/);
  },
});

Deno.test({
  name: "a tree that root has unpacked serves every user and need not be written",
  ignore: !IS_ROOT,
  async fn() {
    const cache = `${folder}/shared`;
    await Deno.mkdir(cache);
    await Deno.chmod(cache, 0o755);
    assert.equal((await run(bundled.program, ["version"], { SIPEDGE_CACHE: cache })).code, 0);
    const { code, output, error } = await runAsStranger(bundled.program, { SIPEDGE_CACHE: cache });
    assert.equal(code, 0, error);
    assert.match(output, /^sipedge \d/);
    assert.equal(error, "");
  },
});

Deno.test("the folder that was named is used, though another has the program already", async () => {
  const [home, cache] = [`${folder}/home`, `${folder}/named`];
  const env = { HOME: home, XDG_CACHE_HOME: `${home}/cache` };
  assert.equal(
    (await run(bundled.program, ["version"], { ...env, SIPEDGE_CACHE: `${home}/cache/sipedge` })).code,
    0,
  );
  assert.equal((await run(bundled.program, ["version"], { ...env, SIPEDGE_CACHE: cache })).code, 0);
  assert.deepEqual(folders(cache), folders(`${home}/cache/sipedge`));
});

Deno.test("a file that was damaged on its way is not unpacked", async () => {
  const program = `${folder}/damaged`;
  const bytes = await Deno.readFile(bundled.program);
  bytes[bytes.length - 1000]! ^= 1;
  await Deno.writeFile(program, bytes, { mode: 0o755 });
  const { code, error } = await run(program, ["version"], { SIPEDGE_CACHE: `${folder}/damage` });
  assert.equal(code, 1);
  assert.match(error, /is damaged: copy it here again and compare it with SHA256SUMS/);
  assert.throws(() => Deno.statSync(`${folder}/damage`), Deno.errors.NotFound);
});

Deno.test("trees of old versions go, but for the last one and those that run", async () => {
  const cache = `${folder}/old`;
  await run(bundled.program, ["version"], { SIPEDGE_CACHE: cache });
  const [name] = folders(cache);
  const names = ["sipedge-0.0.1-aaaaaaaaaaaa", "sipedge-0.0.2-bbbbbbbbbbbb", "sipedge-0.0.3-cccccccccccc"];
  for (const [age, old] of names.entries()) {
    await Deno.mkdir(`${cache}/${old}`);
    await Deno.copyFile("/bin/sleep", `${cache}/${old}/sipedge`);
    await Deno.utime(`${cache}/${old}`, 1000 + age, 1000 + age);
  }
  const running = new Deno.Command(`${cache}/${names[0]}/sipedge`, { args: ["30"] }).spawn();
  await Deno.remove(`${cache}/${name}`, { recursive: true });
  await run(bundled.program, ["version"], { SIPEDGE_CACHE: cache });
  running.kill();
  await running.status;
  assert.deepEqual(folders(cache).toSorted(), [names[0], names[2], name].toSorted());
});

/** The first 20 bytes of an executable for arm64 (`e_machine` 183), and no more. */
async function writeFakeRuntime(path: string): Promise<void> {
  const head = new Uint8Array(64);
  head.set([0x7f, 0x45, 0x4c, 0x46]);
  new DataView(head.buffer).setUint16(18, 183, true);
  await Deno.writeFile(path, head, { mode: 0o755 });
}

Deno.test({
  name: "a file for another machine says so, and is made of that machine's runtime only",
  ignore: Deno.build.arch !== "x86_64",
  async fn() {
    const runtime = `${folder}/runtime-arm64`;
    await writeFakeRuntime(runtime);
    const wrong = await build("bundled", { name: "x86_64-unknown-linux-gnu", runtime });
    assert.equal(wrong.code, 1);
    assert.match(wrong.error, /as the runtime: it is no executable for x86_64/);
    const { code, error, program } = await build("bundled", { name: "aarch64-unknown-linux-gnu", runtime });
    assert.equal(code, 0, error);
    const started = await run(program, ["version"], { SIPEDGE_CACHE: `${folder}/cache-arm64` });
    assert.equal(started.code, 1);
    assert.match(
      started.error,
      /^sipedge: this file is for aarch64 and this machine is x86_64: take the other one\n$/,
    );
  },
});

Deno.test({
  name: "the head is plain POSIX shell",
  ignore: !HAS_SHELLCHECK,
  async fn() {
    const head = await Deno.readTextFile(`${HOUSE}tools/single_file_head.sh`);
    const script = `${folder}/head.sh`;
    await Deno.writeTextFile(script, head.replace("@OFFSET@", "00001000").replace("@FLAGS@", "-A"));
    const { code, output } = await run("shellcheck", ["-s", "sh", script]);
    assert.equal(code, 0, output);
  },
});
