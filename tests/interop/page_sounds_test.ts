/** The company's own words and music through the page: put there, listed, and taken away again. */

import assert from "node:assert/strict";
import { hasChromium, TestBrowser } from "../support/browser.ts";
import { setUp, startPageOffice } from "../support/page_office.ts";
import { toneWav } from "../support/wav.ts";

const AVAILABLE = await hasChromium();
if (!AVAILABLE) console.log("skipped: apt-get install chromium");

const SERVER = "127.0.0.66";

Deno.test({
  name:
    "a WAV file replaces a sound and adds music on the page; what is no WAV is told so; removing brings back",
  ignore: !AVAILABLE,
  async fn() {
    await using server = await startPageOffice({ address: SERVER, mediaPorts: "31200-31299" });
    await using browser = await TestBrowser.start();
    await using visit = await browser.visit({ origin: `http://${SERVER}:8080`, language: "en" });
    await setUp(visit, server);
    const { page } = visit;
    const tune = toneWav(1850, { sampleRate: 8000, seconds: 1 });
    await Deno.writeFile(`${server.data}/tune.wav`, tune);
    await Deno.writeTextFile(`${server.data}/no.wav`, "hello");
    const kept = (name: string) => Deno.readFile(`${server.data}/sounds/${name}.wav`).catch(() => undefined);
    const row = (name: string) => page.locator(".row", { hasText: name });
    const dialog = page.getByRole("dialog");
    const replace = async (sound: string, file: string, name?: string) => {
      await page.getByRole("button", { name: "Replace a sound" }).click();
      await dialog.locator("select").selectOption(sound);
      if (name !== undefined) await dialog.getByLabel("Name of the new music").fill(name);
      await dialog.getByLabel("WAV file").setInputFiles(`${server.data}/${file}`);
      await dialog.getByRole("button", { name: "Replace a sound" }).click();
    };

    await visit.go("/settings");
    await row("music/waiting").getByText("shipped").waitFor();
    await visit.picture("sounds");
    await replace("music/waiting", "no.wav");
    await dialog.getByText(/not a WAV file/).waitFor();
    assert.deepEqual(await visit.findBarriers(), []);
    await visit.picture("sounds-dialog");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    assert.equal(await kept("music/waiting"), undefined);

    await replace("zh/busy", "tune.wav");
    await row("zh/busy").getByText("own").waitFor();
    await replace("music/", "tune.wav", "winter");
    await row("music/winter").getByText("own").waitFor();
    assert.deepEqual(await kept("music/winter"), tune);
    const download = page.waitForEvent("download");
    await row("zh/busy").getByRole("link", { name: "Save the sound" }).click();
    assert.deepEqual(
      new Uint8Array(await Deno.readFile(await (await download).path())),
      new Uint8Array(tune),
    );

    await row("zh/busy").getByRole("button", { name: "Remove" }).click();
    await dialog.getByRole("button", { name: "Remove" }).click();
    await row("zh/busy").waitFor({ state: "detached" });
    assert.equal(await kept("zh/busy"), undefined);
    assert.deepEqual(visit.foreign, []);
    assert.deepEqual(visit.faults.filter((fault) => !/422/.test(fault)), []);
  },
});
