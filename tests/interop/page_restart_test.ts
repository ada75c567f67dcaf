/** The server is killed under an open page: the page says so, and goes on by itself when the server is back. */

import assert from "node:assert/strict";
import { hasChromium, TestBrowser } from "../support/browser.ts";
import { setUp } from "../support/page_office.ts";
import { TestServer } from "../support/server.ts";

const AVAILABLE = await hasChromium();
if (!AVAILABLE) console.log("skipped: Chromium is not installed (apt-get install chromium)");

const SERVER = "127.0.0.60";

Deno.test({
  name: "a killed server: the page says that it is gone, and is whole again when it is back",
  ignore: !AVAILABLE,
  async fn() {
    const data = await Deno.makeTempDir({ prefix: "sipedge-page-" });
    const options = {
      address: SERVER,
      mediaPorts: "38600-38699",
      data,
      extensions: [{ number: "100", name: "Alice", password: "secret-100" }],
    };
    try {
      await using browser = await TestBrowser.start();
      await using visit = await browser.visit({ origin: `http://${SERVER}:8080` });
      const { page } = visit;
      const lost = page.getByText("The connection to the server is lost");
      {
        await using server = await TestServer.start(options);
        await setUp(visit, server);
        await visit.go("/extensions");
        assert.equal(await lost.count(), 0);
        await server.stop("SIGKILL");
        await lost.waitFor();
        await page.getByText("Alice").waitFor();
      }
      await using _again = await TestServer.start(options);
      await lost.waitFor({ state: "detached" });
      // The session has outlived the server, and what is asked now is answered.
      await visit.go("/");
      await page.getByText("All is well").waitFor();
      assert.deepEqual(visit.foreign, []);
    } finally {
      await Deno.remove(data, { recursive: true });
    }
  },
});
