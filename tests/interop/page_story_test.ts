/** What an administrator does on the first day, in a real browser with real phones: from the one-time link to the capture of a call. */

import assert from "node:assert/strict";
import { Baresip, hasBaresip } from "../support/baresip.ts";
import { hasChromium, TestBrowser, type Visit } from "../support/browser.ts";
import { setUp, setupLink } from "../support/page_office.ts";
import { TestServer } from "../support/server.ts";
import { hasTshark, readCapture } from "../support/tshark.ts";

const MISSING = [
  ...(await hasBaresip() ? [] : ["baresip-core"]),
  ...(await hasChromium() ? [] : ["chromium"]),
  ...(await hasTshark() ? [] : ["tshark"]),
];
if (MISSING.length > 0) console.log(`skipped: apt-get install ${MISSING.join(" ")}`);

const SERVER = "127.0.0.61";
const ORIGIN = `http://${SERVER}:8080`;
/** What a first visit may load, compressed as it comes. */
const MAX_LOAD = 200_000;

/** Adds an extension by its dialog and gives the password that is shown once. */
async function addExtension({ page }: Visit, number: string, name: string): Promise<string> {
  await page.getByRole("button", { name: "Add an extension" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Number", { exact: true }).fill(number);
  await dialog.getByLabel("Name", { exact: true }).fill(name);
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  const secret = await dialog.locator("code.secret").textContent();
  await dialog.getByRole("button", { name: "Done" }).click();
  await dialog.waitFor({ state: "detached" });
  assert.match(secret!, /^\S{8,}$/);
  return secret!;
}

function phone(user: string, password: string, address: string): Promise<Baresip> {
  return Baresip.start({
    user,
    password,
    domain: "office.example",
    server: `${SERVER}:5061`,
    transport: "tls",
    encryption: "srtp-mand",
    codec: "PCMA",
    tone: 440,
    address,
  });
}

/** The row of a table in which `text` stands. */
function row({ page }: Visit, text: string) {
  return page.getByRole("row").filter({ has: page.getByText(text, { exact: true }) });
}

Deno.test({
  name: "the first day: one-time link, extension, phone, call, record, capture",
  ignore: MISSING.length > 0,
  async fn(test) {
    await using server = await TestServer.start({
      address: SERVER,
      mediaPorts: "38000-38199",
      extensions: [],
    });
    await using browser = await TestBrowser.start();
    await using visit = await browser.visit({ origin: ORIGIN });
    const { page } = visit;

    await setupLink(server);
    await test.step("the first visit loads less than 200 kB, and says where the link is", async () => {
      const { bytes, ms } = await visit.measureLoad("/");
      console.log(`first load: ${(bytes / 1000).toFixed(1)} kB, ${ms.toFixed(0)} ms`);
      assert.ok(bytes < MAX_LOAD, `${bytes} bytes`);
      await page.getByText("one-time link").waitFor();
    });

    await test.step("the one-time link sets the password, once", async () => {
      const link = await setupLink(server);
      await setUp(visit, server);
      await page.getByText("There is no extension yet").waitFor();
      assert.ok(!page.url().includes("#"), "the secret has left the address");
      await using another = await browser.visit({ origin: ORIGIN });
      await another.page.goto(link);
      await another.page.getByText("This link has been used or has expired.").waitFor();
    });

    const passwords = new Map<string, string>();
    await test.step("extensions are added, their passwords are shown once", async () => {
      await visit.go("/extensions");
      for (const [number, name] of [["100", "Alice"], ["101", "Bob"]] as const) {
        passwords.set(number, await addExtension(visit, number, name));
      }
      await row(visit, "101").getByText("Not registered").waitFor();
      assert.ok(!(await page.content()).includes(passwords.get("101")!), "no password stays on the page");
    });

    await using alice = await phone("100", passwords.get("100")!, "127.0.0.62");
    await using bob = await phone("101", passwords.get("101")!, "127.0.0.63");
    await test.step("registered phones turn green by themselves", async () => {
      for (const number of ["100", "101"]) {
        await row(visit, number).locator(".dot.ok").waitFor();
        await row(visit, number).getByText("Registered", { exact: true }).waitFor();
      }
      await visit.picture("story-registered");
    });

    await test.step("a call is seen while it lasts: who, how encrypted, how it sounds, what SIP said", async () => {
      await visit.go("/calls");
      await alice.dial("101");
      await bob.waitFor("CALL_ESTABLISHED");
      const call = row(visit, "Alice");
      await call.getByText("SRTP").waitFor();
      await call.getByText("PCMA").waitFor();
      await call.getByText(/^\d\.\d %/).waitFor();
      await call.getByRole("link").click();
      await page.getByRole("button", { name: /INVITE · SDP/ }).first().waitFor();
      await page.locator(".quality polyline").first().waitFor({ state: "attached" });
      await page.getByRole("button", { name: /200 \S+ · SDP/ }).first().click();
      const message = page.locator(".message pre");
      assert.match((await message.textContent())!, /a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\*+/);
      await visit.picture("story-call");
      assert.deepEqual(await visit.findBarriers(), []);
    });

    await test.step("after its end the page says why in plain words, without being asked", async () => {
      await bob.command("hangup");
      await page.getByText(/^101 hung up after 0:\d\d\.$/).waitFor();
      await page.getByRole("button", { name: /BYE/ }).first().waitFor();
    });

    await test.step("its record is found, and its capture is read by tshark", async () => {
      await visit.go("/calls/past");
      await page.getByRole("searchbox").fill("101");
      await row(visit, "Alice").getByRole("link").click();
      await page.getByRole("link", { name: "pcap" }).waitFor();
      // One click is one step of history.
      await page.goBack();
      await page.getByRole("searchbox").waitFor();
      await page.goForward();
      const coming = page.waitForEvent("download");
      await page.getByRole("link", { name: "pcap" }).click();
      const path = await (await coming).path();
      const messages = await readCapture(path);
      for (const name of ["INVITE", "401 INVITE", "180 INVITE", "200 INVITE", "ACK", "BYE", "200 BYE"]) {
        assert.ok(
          messages.some((message) => message.name === name),
          `${name} of ${JSON.stringify(messages)}`,
        );
      }
      assert.equal(new Set(messages.map(({ callId }) => callId)).size, 2, "both sides of the call");
      const text = new TextDecoder("latin1").decode(await Deno.readFile(path));
      assert.doesNotMatch(text, /inline:(?!A+[|\r])/, "no key");
      assert.doesNotMatch(text, /response="[0-9a-f]{32}"/, "no digest");
    });

    await test.step("language, colours and a small screen", async () => {
      await page.getByRole("button", { name: "切换到中文" }).click();
      await page.getByRole("button", { name: "深色" }).click();
      await visit.go("/extensions");
      await page.getByRole("heading", { name: "分机" }).waitFor();
      assert.equal(await page.evaluate("document.documentElement.lang"), "zh-CN");
      assert.match(
        await page.evaluate<string>("getComputedStyle(document.body).backgroundColor"),
        /^rgb\(1?\d, [12]?\d, [12]?\d\)$/,
        "dark",
      );
      await page.setViewportSize({ width: 375, height: 740 });
      assert.deepEqual(await visit.findOverflow(), []);
      await page.getByRole("button", { name: "更多" }).click();
      await page.getByRole("link", { name: "设置" }).click();
      await page.getByRole("heading", { name: "设置", level: 1 }).waitFor();
      await visit.picture("story-small");
    });

    await test.step("nothing left the box, nothing complained", () => {
      assert.deepEqual(visit.foreign, []);
      assert.deepEqual(visit.faults, []);
    });
  },
});
