/** The first start of the real server without any configuration: an office that a phone can use at once. */

import assert from "node:assert/strict";
import { ENGINE_FLAGS } from "../support/engine_flags.ts";
import { RawPhone } from "../support/raw_phone.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const HOST = "127.0.0.1";
const INSTALLED_CONFIG = "/etc/sipedge/sipedge.yaml";
const DECODER = new TextDecoder();

/** What keeps the office of a first start from standing here: its ports are fixed, and a configuration would be taken. */
function obstacle(): string | undefined {
  try {
    Deno.statSync(INSTALLED_CONFIG);
    return `${INSTALLED_CONFIG} is there`;
  } catch { /* none is installed */ }
  try {
    Deno.listenDatagram({ transport: "udp", hostname: HOST, port: 5060 }).close();
    for (const port of [5060, 5061, 8080]) Deno.listen({ hostname: HOST, port }).close();
    return undefined;
  } catch {
    return "ports 5060, 5061 and 8080 of this machine are taken";
  }
}

const OBSTACLE = obstacle();
if (OBSTACLE !== undefined) console.log(`skipped: ${OBSTACLE}`);

/** The server as somebody starts it in an empty folder, with what it has printed so far. */
class FirstStart implements AsyncDisposable {
  output = "";
  log = "";
  readonly #process: Deno.ChildProcess;
  readonly #reading: Promise<unknown>;

  constructor(folder: string) {
    const env = Object.fromEntries(
      Object.entries(Deno.env.toObject()).filter(([name]) => !/^(SIPEDGE_|STATE_DIRECTORY)/.test(name)),
    );
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", ...ENGINE_FLAGS, "-A", MAIN, "serve"],
      cwd: `${folder}/empty`,
      clearEnv: true,
      env: { ...env, XDG_DATA_HOME: `${folder}/share` },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#reading = Promise.all([
      this.#read(this.#process.stdout, (text) => this.output += text),
      this.#read(this.#process.stderr, (text) => this.log += text),
    ]);
  }

  async #read(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
    for await (const bytes of stream) take(DECODER.decode(bytes));
  }

  async untilReady(): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      if (/ready/.test(this.log)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.fail(`The server did not come up:\n${this.output}${this.log}`);
  }

  async stop(): Promise<number> {
    this.#process.kill("SIGTERM");
    const { code } = await this.#process.status;
    await this.#reading;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch { /* it has ended */ }
    await this.#process.status;
    await this.#reading;
  }
}

Deno.test({
  name:
    "without any configuration the server prints the passwords of an office whose phones register and call",
  ignore: OBSTACLE !== undefined,
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "first-start-test-" });
    await Deno.mkdir(`${folder}/empty`);
    try {
      await using server = new FirstStart(folder);
      await server.untilReady();
      const [, password] = /^ +100 +\S.* ([a-z2-9]{4}(?:-[a-z2-9]{4}){3})$/m.exec(server.output) ?? [];
      const [, domain] = /^ +Domain +(\S+)$/m.exec(server.output) ?? [];
      assert.ok(password && domain, server.output);
      const describe = () => "m=audio 41000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n";
      await using phone = new RawPhone({
        user: "100",
        address: HOST,
        server: HOST,
        domain,
        password,
        describe,
      });
      await phone.register();
      await phone.dial("*43");
      assert.match(phone.described, /^m=audio [1-9][0-9]* RTP\/AVP 8/m);
      await phone.hangUp();
      const page = await fetch(`http://${HOST}:8080/`);
      assert.match(await page.text(), /<html/, server.log);
      assert.equal(await server.stop(), 0, server.log);
      assert.deepEqual([...Deno.readDirSync(`${folder}/empty`)], [], "nothing is left in the working folder");
      assert.ok(Deno.statSync(`${folder}/share/sipedge/sipedge.db`).isFile);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
