/** What stands behind a cipher goes when its context goes: the runtime keeps it until it is told. */
import assert from "node:assert/strict";

/** Prints by how many kB the process grew over 20,000 contexts, after as many that filled its pools. */
const CODE = `
  import { SrtpReceiver, SrtpSender } from ${JSON.stringify(new URL("./mod.ts", import.meta.url).href)};
  const sweep = async () => {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const use = async () => {
    for (let i = 0; i < 10_000; i++) {
      const key = { suite: "AES_CM_128_HMAC_SHA1_80", keyAndSalt: crypto.getRandomValues(new Uint8Array(30)) };
      new SrtpSender(key).sealRtcp(new Uint8Array(64), 28);
      new SrtpReceiver(key);
      if (i % 1000 === 999) await sweep();
    }
    await sweep();
    await sweep();
    return Deno.memoryUsage().rss / 1024;
  };
  await use();
  const before = await use();
  console.log(Math.round(await use() - before));
`;

/** In a process of its own: other tests take and give memory at the same time. */
Deno.test("contexts that are gone leave nothing behind", async () => {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, CODE);
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--v8-flags=--expose-gc", file],
    }).output();
    const text = new TextDecoder().decode(stdout).trim();
    assert.match(text, /^-?\d+$/, new TextDecoder().decode(stderr));
    // Five ciphers each time, of 0.9 kB: without their end some 30,000 kB.
    assert.ok(Number(text) < 8_000, `${text} kB`);
  } finally {
    await Deno.remove(file);
  }
});
