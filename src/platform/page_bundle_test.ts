import assert from "node:assert/strict";

Deno.test("the page is bundled wherever the server was started", async () => {
  const folder = await Deno.makeTempDir({ prefix: "page-bundle-test-" });
  try {
    const code = `import { buildPage } from ${
      JSON.stringify(new URL("page_bundle.ts", import.meta.url).href)
    };
      const { html, style, script } = await buildPage();
      console.log(JSON.stringify([html, style, script].map((text) => text.length)));`;
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", code],
      cwd: folder,
      stdin: "null",
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    const lengths = JSON.parse(new TextDecoder().decode(stdout)) as number[];
    assert.ok(lengths.every((length) => length > 100), lengths.join());
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
