/** `deno task demo`, as a stranger runs it. */

import assert from "node:assert/strict";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;

async function demo(folder: string, ...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", MAIN, "demo", ...args],
    env: { TMPDIR: folder },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout), error: decoder.decode(stderr) };
}

function inFolder(name: string, run: (folder: string) => Promise<void>): void {
  Deno.test(name, async () => {
    const folder = await Deno.makeTempDir({ prefix: "demo-test-" });
    try {
      await run(folder);
      assert.deepEqual(
        [...Deno.readDirSync(folder)].map((entry) => entry.name),
        [],
        "nothing is left behind",
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

inFolder("the demonstration shows an encrypted call in which both heard each other", async (folder) => {
  const { code, output, error } = await demo(folder);
  assert.equal(code, 0, output + error);
  assert.match(output, /registered: TLS 1\.[23] with 127\.0\.0\.1:\d+/);
  assert.equal(output.match(/SRTP AES_CM_128_HMAC_SHA1_80/g)?.length, 2);
  assert.equal(output.match(/\d+ % recognised/g)?.length, 2);
  assert.match(output, /Both heard each other, encrypted all the way/);
  assert.equal(error, "");
});

inFolder("for scripts it says the same in JSON", async (folder) => {
  const { code, output } = await demo(folder, "--json");
  assert.equal(code, 0, output);
  const result = JSON.parse(output);
  assert.deepEqual([result.ok, result.problems], [true, []]);
  for (const side of [result.alice, result.bob]) {
    assert.equal(side.call.outcome, "answered");
    assert.equal(side.call.path.transport, "tls");
    assert.deepEqual(side.call.agreement.encryption.keysExposed, false);
    assert.ok(side.heard.share > 0.8 && side.heard.speechSeconds > 2);
    assert.ok(side.call.quality.mos > 4);
  }
});

inFolder("a demonstration that is interrupted leaves nothing behind either", async (folder) => {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", MAIN, "demo"],
    env: { TMPDIR: folder },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let output = "";
  while (!output.includes("Bob ")) {
    const { value, done } = await reader.read();
    assert.ok(!done, output);
    output += value;
  }
  process.kill("SIGINT");
  const { code } = await process.status;
  const error = await new Response(process.stderr).text();
  await reader.cancel();
  assert.equal(code, 1, error);
  assert.equal(error, "Stopped before the end\n");
});
