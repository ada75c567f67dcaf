/** SIP messages exported as HEP3: received by sngrep as a capture server, and read back by tshark from its file. */

import assert from "node:assert/strict";
import { Headless } from "../support/headless.ts";
import { TestServer } from "../support/server.ts";

const SERVER = "127.0.0.146";
const CAPTURE = "127.0.0.147";
const PORT = 9060;

async function has(program: string, ...args: string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args, stdout: "null", stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

// Without root sngrep may not open a device, which it does even where it only listens.
const AVAILABLE = Deno.uid() === 0 && await has("sngrep", "--version") && await has("tshark", "--version");
if (!AVAILABLE) {
  console.log("skipped: sngrep or tshark is not installed (apt-get install sngrep tshark), or not root");
}

Deno.test({
  name: "HEP3: a capture server gets every message of a call, from whom to whom, secrets masked",
  ignore: !AVAILABLE,
  async fn() {
    const folder = await Deno.makeTempDir();
    const file = `${folder}/captured.pcap`;
    const sngrep = new Deno.Command("sngrep", {
      args: ["-F", "-N", "-q", "-L", `udp:${CAPTURE}:${PORT}`, "-O", file],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      await bound();
      await using server = await TestServer.start({
        address: SERVER,
        mediaPorts: "38600-38699",
        extensions: [{ number: "100", name: "Alice", password: "secret-100" }],
        settings: { telemetry: { hep: `udp://${CAPTURE}:${PORT}` } },
      });
      await using phone = new Headless({ ports: { first: 38_700, last: 38_799 } });
      const account = await phone.account({
        user: "100",
        domain: server.domain,
        password: "secret-100",
        server: SERVER,
        transport: "tls",
        srtp: "required",
        trust: { authorities: [await Deno.readTextFile(`${server.data}/tls/ca.pem`)] },
        register: true,
      });
      const call = await phone.dial(account, "*43");
      call.hangUp();
      await call.ended;
      const rows = await read(file, (lines) => lines.some((line) => line.includes("BYE")));
      const methods = rows.map((row) => row.split("\t"));
      const invite = methods.find(([, , , , method, auth]) => method === "INVITE" && auth !== "");
      assert.ok(invite, rows.join("\n"));
      const [source, sourcePort, destination, destinationPort, , authorization] = invite;
      assert.ok(source?.startsWith("127.") && Number(sourcePort) > 1024);
      assert.deepEqual([destination, destinationPort], [SERVER, "5061"]);
      assert.match(authorization!, /response="\*+"/);
      const raw = new TextDecoder("latin1").decode(await Deno.readFile(file));
      assert.match(raw, /a=crypto:1 [A-Z0-9_]+ inline:\*{40}/);
      assert.doesNotMatch(raw, /inline:[A-Za-z0-9+/]/);
      const answers = methods.filter(([from]) => from === SERVER);
      assert.ok(answers.length >= 4, "what the server sends has the server as source");
    } finally {
      sngrep.kill("SIGINT");
      await sngrep.status;
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** Resolves when sngrep listens. */
async function bound(): Promise<void> {
  const port = PORT.toString(16).toUpperCase();
  for (let i = 0; i < 100; i++) {
    if ((await Deno.readTextFile("/proc/net/udp")).includes(`:${port} `)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("sngrep does not listen");
}

/** What tshark reads in the file, once `isWhole`. */
async function read(
  file: string,
  isWhole: (lines: readonly string[]) => boolean,
): Promise<readonly string[]> {
  const fields = ["ip.src", "udp.srcport", "ip.dst", "udp.dstport", "sip.Method", "sip.Authorization"]
    .flatMap((name) => ["-e", name]);
  const decode = ["udp.port==5061,sip", "tcp.port==5061,sip"].flatMap((rule) => ["-d", rule]);
  for (let i = 0; i < 100; i++) {
    const { stdout } = await new Deno.Command("tshark", {
      args: ["-r", file, ...decode, "-Y", "sip", "-T", "fields", ...fields],
      stderr: "null",
    }).output();
    const lines = new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
    if (isWhole(lines)) return lines;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error("sngrep has not written the call");
}
