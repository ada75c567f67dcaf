/** The tools of those who look for telephones to rob: sipvicious finds no extension and no password, and is banned. */

import assert from "node:assert/strict";
import { TestServer } from "../support/server.ts";

const SERVER = "127.0.0.161";
const PASSWORD = "1050";

async function has(program: string): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args: ["--version"], stdout: "null", stderr: "null" }).output())
      .success;
  } catch {
    return false;
  }
}

const AVAILABLE = await has("svwar") && await has("svcrack");
if (!AVAILABLE) console.log("skipped: sipvicious is not installed (apt-get install sipvicious)");

/** What a scan printed, on both outputs. */
async function scan(program: string, args: readonly string[], home: string): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(program, {
    args: [...args, SERVER],
    env: { HOME: home },
    stdin: "null",
  }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

Deno.test({
  name: "sipvicious finds no extension, cracks no password that is in its list, and is banned",
  ignore: !AVAILABLE,
  async fn() {
    const home = await Deno.makeTempDir();
    await using server = await TestServer.start({
      address: SERVER,
      mediaPorts: "39100-39199",
      extensions: [{ number: "100", name: "Alice", password: PASSWORD }],
    });
    try {
      const found = await Promise.all([
        scan("svwar", ["-e98-102", "-m", "REGISTER", "--force", "-P", "5171"], home),
        scan("svwar", ["-e98-102", "-m", "INVITE", "--force", "-P", "5173"], home),
      ]);
      for (const text of found) assert.match(text, /found nothing/);
      assert.doesNotMatch(server.log, /Sender banned/, "challenges alone ban nobody");
      const cracker = new Deno.Command("svcrack", {
        args: ["-u100", "-r1000-1100", "-P", "5175", SERVER],
        env: { HOME: home },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      for (let i = 0; i < 200 && !server.log.includes("Sender banned"); i++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assert.match(server.log, /Sender banned/);
      // Time for all hundred; it would stay ten seconds more to wait for answers.
      await new Promise((resolve) => setTimeout(resolve, 1500));
      cracker.kill("SIGKILL");
      const { stdout, stderr } = await cracker.output();
      const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
      assert.doesNotMatch(said, new RegExp(`password for 100 is|\\b${PASSWORD}\\b`));
      assert.equal(server.log.match(/Authentication failed/g)?.length, 5);
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  },
});
