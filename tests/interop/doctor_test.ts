/** The doctor against the real server: healthy, and with one fault after the other planted. */

import assert from "node:assert/strict";
import { createAuthority, createServerCertificate, DAY_MS } from "../../src/platform/own_authority.ts";
import { SystemRandom } from "../../src/platform/mod.ts";
import { TestServer, type TestServerOptions } from "../support/server.ts";

interface Finding {
  readonly check: string;
  readonly state: "ok" | "warning" | "problem" | "skipped";
  readonly text: string;
  readonly fix?: readonly string[];
}

interface Report {
  readonly ok: boolean;
  readonly problems: number;
  readonly server: { readonly running: boolean };
  readonly findings: readonly Finding[];
}

const ADDRESS = "127.0.0.141";
const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const EXTENSIONS = [{ number: "100", name: "Alice", password: "secret-100" }];

function start(
  settings: Record<string, unknown> = {},
  more: Partial<TestServerOptions> = {},
): Promise<TestServer> {
  return TestServer.start({
    address: ADDRESS,
    mediaPorts: "38500-38599",
    extensions: EXTENSIONS,
    settings,
    ...more,
  });
}

async function examine(
  server: Pick<TestServer, "configFile">,
  options: { readonly args?: readonly string[]; readonly around?: readonly string[] } = {},
): Promise<{ code: number; report: Report; of(check: string): readonly Finding[] }> {
  const { args = ["--no-call"], around = [] } = options;
  const doctor = [
    Deno.execPath(),
    "run",
    "-A",
    MAIN,
    "doctor",
    "--json",
    "--config",
    server.configFile,
    ...args,
  ];
  const [program, ...rest] = [...around, ...doctor];
  const { code, stdout, stderr } = await new Deno.Command(program!, { args: rest, stdin: "null" }).output();
  const text = new TextDecoder().decode(stdout);
  assert.ok(text.startsWith("{"), `${text}\n${new TextDecoder().decode(stderr)}`);
  const report = JSON.parse(text) as Report;
  return { code, report, of: (check) => report.findings.filter((one) => one.check === check) };
}

/** The one finding of `check` that is no good news. */
function fault(findings: readonly Finding[], words: RegExp): Finding {
  const found = findings.find(({ state, text }) =>
    (state === "problem" || state === "warning") && words.test(text)
  );
  assert.ok(found, `nothing like ${words} in ${JSON.stringify(findings, undefined, 2)}`);
  return found;
}

function test(promise: string, body: () => Promise<void>, ignore = false): void {
  Deno.test({ name: `doctor: ${promise}`, ignore, fn: body });
}

/** True when a file of the system can be laid over for one process. */
async function mayMount(): Promise<boolean> {
  try {
    return (await new Deno.Command("unshare", { args: ["-m", "true"], stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

async function mayFilter(): Promise<boolean> {
  try {
    const args = ["-n", "nft", "list", "ruleset"];
    return (await new Deno.Command("unshare", { args, stdout: "null", stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

const MAY_MOUNT = await mayMount(), MAY_FILTER = await mayFilter();
if (!MAY_MOUNT) console.log("skipped: the doctor with dead name servers needs root and a mount namespace");
if (!MAY_FILTER) {
  console.log("skipped: the doctor with a firewall needs root and nft (apt-get install nftables)");
}

test("a healthy server has no problem, and its echo test is called with TLS and SRTP", async () => {
  await using server = await start();
  await Deno.chmod(server.configFile, 0o600);
  const { code, report, of } = await examine(server, { args: [] });
  const problems = report.findings.filter(({ state }) => state === "problem");
  assert.deepEqual(problems, []);
  assert.deepEqual([code, report.ok, report.server.running], [0, true, true]);
  assert.match(of("echo call")[0]!.text, /TLS 1\.3, SRTP AES_CM_128_HMAC_SHA1_80.*\d+ % of the speech/);
  assert.deepEqual(of("listeners").map(({ state }) => state), ["ok", "ok", "ok", "ok"]);
  assert.equal(of("certificates")[0]?.state, "ok");
  assert.match(of("database")[0]!.text, /is whole/);
  const { stdout } = await server.command("calls", "--past");
  assert.match(stdout, /doctor-[0-9a-f]{12} +\*43 +echo +answered/);
  const text = await server.command("doctor", "--no-call");
  assert.match(text.stdout, /^ok +listeners +udp:\/\/127\.0\.0\.141:5060 answers on 127\.0\.0\.141$/m);
});

test("files that others may read, too few ports, a foreign certificate: all in one report", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const random = new SystemRandom(), nowMs = Date.now();
    const authority = await createAuthority("a company", { random, nowMs });
    const pair = await createServerCertificate(authority, { random, nowMs, names: ["mail.example"] });
    const files = { cert: `${folder}/cert.pem`, key: `${folder}/key.pem` };
    await Deno.writeTextFile(files.cert, pair.certificate);
    await Deno.writeTextFile(files.key, pair.key, { mode: 0o644 });
    await using server = await start({ tls: { certificate: files }, media: { ports: "38500-38501" } });
    await Deno.chmod(server.configFile, 0o644);
    const { code, of } = await examine(server, { args: [] });
    assert.equal(code, 7);
    assert.deepEqual(fault(of("permissions"), /holds passwords/).fix, [`chmod o-rwx "${server.configFile}"`]);
    fault(of("permissions"), /private key .*key\.pem/);
    assert.match(fault(of("media ports"), /carry 0 calls/).fix![0]!, /^media: \{ ports: 38500-39499 \}$/);
    fault(of("certificates"), /names mail\.example, not office\.example/);
    assert.equal(of("echo call")[0]?.state, "ok", "one leg still finds its two ports");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

test("a server that hangs is told from one that does not run", async () => {
  await using server = await start();
  Deno.kill(server.pid, "SIGSTOP");
  try {
    fault((await examine(server)).of("version"), /hangs/);
  } finally {
    Deno.kill(server.pid, "SIGCONT");
  }
});

test("without a server: ports of others, an expired certificate, a broken database", async () => {
  const server = await start();
  const folder = server.data;
  await server.stop();
  const random = new SystemRandom(), nowMs = Date.now() - 3000 * DAY_MS;
  const authority = await createAuthority("old", { random, nowMs });
  const pair = await createServerCertificate(authority, { random, nowMs, names: ["office.example"] });
  await Deno.writeTextFile(`${folder}/cert.pem`, pair.certificate);
  await Deno.writeTextFile(`${folder}/key.pem`, pair.key, { mode: 0o600 });
  const text = await Deno.readTextFile(server.configFile);
  await Deno.writeTextFile(
    server.configFile,
    `${text}tls: { certificate: { cert: ./cert.pem, key: ./key.pem } }\n`,
  );
  for (const rest of ["-wal", "-shm"]) await Deno.remove(`${folder}/sipedge.db${rest}`).catch(() => {});
  await Deno.writeFile(`${folder}/sipedge.db`, new Uint8Array(8192).fill(65));
  const other = Deno.listenDatagram({ transport: "udp", hostname: ADDRESS, port: 5060 });
  try {
    const { code, report, of } = await examine(server);
    assert.deepEqual([code, report.server.running], [7, false]);
    assert.match(fault(of("listeners"), /udp:.*in use/).fix![0]!, /ss -lunp 'sport = :5060'/);
    assert.ok(of("listeners").some(({ state, text }) => state === "ok" && /tcp:.* is free/.test(text)));
    fault(of("certificates"), /expired on/);
    fault(of("database"), /damaged/);
    assert.equal(of("echo call")[0]?.state, "skipped");
  } finally {
    other.close();
    await Deno.remove(folder, { recursive: true });
  }
});

test("name servers that do not answer", async () => {
  await using server = await start({}, { domain: "pbx.sipedge-test.com" });
  const nowhere = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(nowhere, "nameserver 127.0.0.253\noptions timeout:1 attempts:1\n");
    const around = ["unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', nowhere];
    const { of } = await examine(server, { around });
    assert.match(fault(of("names"), /no answer about pbx\.sipedge-test\.com/).fix![0]!, /resolv\.conf/);
  } finally {
    await Deno.remove(nowhere);
  }
}, !MAY_MOUNT);

test("a firewall that keeps phones out, in the words that open it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const configFile = `${folder}/sipedge.yaml`;
    await Deno.writeTextFile(configFile, `server: { data: ${folder} }\nmedia: { ports: 30000-30999 }\n`);
    const rules = "table inet t { chain c { type filter hook input priority 0; policy drop; " +
      "ct state established,related accept; iif lo accept; udp dport 5060 accept; ip saddr 10.0.0.0/8 tcp dport 5061 accept; }; }";
    const around = ["unshare", "-n", "sh", "-c", 'nft "$0" && exec "$@"', rules];
    const { of } = await examine({ configFile }, { around });
    const closed = of("firewall").filter(({ state }) => state === "problem").flatMap(({ fix }) => fix ?? []);
    assert.deepEqual(closed, [
      "nft insert rule inet t c tcp dport 5060 accept",
      "nft insert rule inet t c udp dport 30000-30999 accept",
    ]);
    assert.match(fault(of("firewall"), /lets only some in to tcp 5061/).fix![0]!, /tcp dport 5061 accept/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}, !MAY_FILTER);

test("a configuration with mistakes is a finding with its line, and exit code 3", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const configFile = `${folder}/sipedge.yaml`;
    await Deno.writeTextFile(configFile, "media: { ports: 5 }\nlisten: { sip: [ x ] }\n");
    const { code, of } = await examine({ configFile });
    assert.equal(code, 3);
    assert.deepEqual(of("configuration").map(({ text }) => /sipedge\.yaml:\d+:\d+: /.test(text)), [
      true,
      true,
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
