/** A disk that takes no data, and a database that another program has locked: calls go on, and nothing is lost. */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { ApiClient } from "../support/api_client.ts";
import { TestServer } from "../support/server.ts";
import { SipClient } from "../support/sip_client.ts";

const DOMAIN = "office.example";
const EXTENSIONS = [
  { number: "130", password: "secret-130" },
  { number: "131", password: "secret-131" },
];

async function hasPrlimit(): Promise<boolean> {
  try {
    return (await new Deno.Command("prlimit", { args: ["--version"] }).output()).success;
  } catch {
    return false;
  }
}

const PRLIMIT = await hasPrlimit();
if (!PRLIMIT) {
  console.log("skipped: a disk that takes no data, prlimit is not installed (apt-get install util-linux)");
}

/** How a kind of trouble begins and ends, and what must be told of it. */
interface Trouble {
  readonly name: string;
  readonly address: string;
  readonly mediaPorts: string;
  readonly warning: string;
  readonly reason: RegExp;
  /** False where this machine lacks what makes it. */
  readonly isPossible: boolean;
  /** Returns how to end it. */
  begin(server: TestServer): Promise<() => Promise<void>>;
}

/** The files of the process may not grow beyond a byte: to it, that is a disk that takes no data. */
async function limitFiles(pid: number, limit: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("prlimit", {
    args: ["--pid", String(pid), `--fsize=${limit}:`],
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}

const TROUBLES: readonly Trouble[] = [
  {
    name: "a disk that takes no data",
    address: "127.0.0.112",
    mediaPorts: "39620-39639",
    warning: "database.full",
    reason: /the disk (?:does not take the data|is full)/,
    isPossible: PRLIMIT,
    async begin({ pid }) {
      await limitFiles(pid, "1");
      return () => limitFiles(pid, "unlimited");
    },
  },
  {
    name: "a database locked by another program",
    address: "127.0.0.113",
    mediaPorts: "39640-39659",
    warning: "database.busy",
    reason: /the database is locked by another program/,
    isPossible: true,
    begin({ data }) {
      const other = new DatabaseSync(`${data}/sipedge.db`, { timeout: 5000 });
      other.exec("BEGIN IMMEDIATE");
      return Promise.resolve(() => {
        other.exec("ROLLBACK");
        other.close();
        return Promise.resolve();
      });
    },
  },
];

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(`It did not come to this: ${what}`);
}

interface Warning {
  readonly key: string;
  readonly severity: string;
  readonly text: string;
}

async function warningsOf(api: ApiClient): Promise<readonly Warning[]> {
  const { body } = await api.call("GET", "/overview");
  return (body as { warnings: readonly Warning[] }).warnings;
}

async function recordsOf(server: TestServer): Promise<number> {
  const { stdout } = await server.command("calls", "--past", "--json");
  return JSON.parse(stdout).length;
}

for (const trouble of TROUBLES) {
  Deno.test({
    name: `${trouble.name}: calls go on, log and page tell it, nothing is lost once it ends`,
    ignore: !trouble.isPossible,
    async fn() {
      const { address, mediaPorts } = trouble;
      await using server = await TestServer.start({
        address,
        mediaPorts,
        extensions: EXTENSIONS,
        ignoresFileLimit: true,
      });
      const api = await ApiClient.signUp(server);
      const client = (index: number) =>
        new SipClient({
          address: "127.0.0.1",
          server: address,
          domain: DOMAIN,
          user: EXTENSIONS[index]!.number,
          password: EXTENSIONS[index]!.password,
        });
      const [first, second] = [client(0), client(1)];
      try {
        assert.equal(await first.register(), 200);

        const end = await trouble.begin(server);
        // Phones register and are called as ever.
        assert.equal(await second.register(), 200);
        assert.equal(await first.invite("9999"), 404);
        const tone = await server.run(
          ...["call", "*44", "--user", `130@${DOMAIN}`, "--password", "secret-130", "--server", address],
          ...["--insecure", "--seconds", "1", "--json"],
        );
        assert.equal(tone.code, 0, tone.stderr + tone.stdout);
        await until(
          "the page warns",
          async () =>
            (await warningsOf(api)).some(({ key, severity }) =>
              key === trouble.warning && severity === "error"
            ),
        );
        const line = server.log.split("\n").find((text) => text.includes("cannot write to the database"));
        assert.match(line ?? server.log, trouble.reason);
        assert.equal(
          server.log.split("cannot write to the database").length,
          2,
          "said once, not for every try",
        );
        // Whoever waits for an answer gets one that says why.
        const refused = await api.call("POST", `/domains/${DOMAIN}/extensions`, { number: "200" });
        assert.equal(refused.status, 503, JSON.stringify(refused.body));
        assert.match(JSON.stringify(refused.body), trouble.reason);
        const status = await server.command("status", "--json");
        assert.match(JSON.parse(status.stdout).warnings.join("\n"), trouble.reason);

        await end();
        await until(
          "the log says that it is over",
          () => server.log.includes("the database takes data again"),
        );
        assert.equal(
          (await api.call("POST", `/domains/${DOMAIN}/extensions`, { number: "200" })).status,
          201,
        );
        assert.equal((await warningsOf(api)).some(({ key }) => key === trouble.warning), false);
        assert.equal(await recordsOf(server), 2);
        const database = new DatabaseSync(`${server.data}/sipedge.db`, { readOnly: true });
        const bindings = database.prepare("SELECT extension FROM bindings ORDER BY extension").all();
        database.close();
        assert.deepEqual(bindings.map(({ extension }) => extension), ["130", "131"]);
      } finally {
        first.close();
        second.close();
      }
    },
  });
}
