/**
 * Every view of the page over an office in which something goes on: nothing keeps people out, sticks out, complains or
 * leaves the box, in English and Chinese, light and dark, on a wide and a small screen; and by keyboard alone.
 */

import assert from "node:assert/strict";
import { type Baresip, hasBaresip } from "../support/baresip.ts";
import { hasChromium, TestBrowser, type Visit } from "../support/browser.ts";
import { officePhone, setUp, startPageOffice, VIEWS } from "../support/page_office.ts";

const MISSING = [
  ...(await hasBaresip() ? [] : ["baresip-core"]),
  ...(await hasChromium() ? [] : ["chromium"]),
];
if (MISSING.length > 0) console.log(`skipped: apt-get install ${MISSING.join(" ")}`);

const SERVER = "127.0.0.64";
const ORIGIN = `http://${SERVER}:8080`;

/** Looks at every view with the eyes of axe-core, of somebody without patience to scroll sideways, and of the console. */
async function lookAround(
  visit: Visit,
  looks: { readonly name: string; readonly call: string },
): Promise<void> {
  const views = [...VIEWS, ["call", `/calls/${looks.call}`]] as const;
  for (const [name, path] of views) {
    await visit.go(path);
    if (name === "call") await visit.page.locator(".ladder .arrow").first().click();
    await visit.picture(`${looks.name}-${name}`);
    assert.deepEqual(await visit.findBarriers(), [], name);
    assert.deepEqual(await visit.findOverflow(), [], name);
    const text = await visit.page.locator("body").innerText();
    assert.doesNotMatch(text, /\bundefined\b|\bNaN\b|\[object|\{\w+\}/, name);
  }
  assert.deepEqual(visit.foreign, []);
  assert.deepEqual(visit.faults, []);
}

/** A call, a room with two people, a caller who waits because the group is busy, and a failed call of before. */
async function bringToLife(phones: readonly Baresip[]): Promise<void> {
  const [alice, bob, carol, dan, eve] = phones as [Baresip, Baresip, Baresip, Baresip, Baresip];
  await carol.dial("999");
  await carol.waitFor("CALL_CLOSED");
  await Promise.all([alice.dial("101"), carol.dial("800"), dan.dial("800")]);
  await bob.waitFor("CALL_ESTABLISHED");
  await eve.dial("600");
  await Promise.all([carol, dan, eve].map((phone) => phone.waitFor("CALL_ESTABLISHED")));
}

/** The words of what has the focus. */
async function focused({ page }: Visit): Promise<string> {
  return await page.evaluate<string>("document.activeElement.textContent");
}

Deno.test({
  name: "every view: accessible, whole on every screen, in both languages, quiet on the console",
  ignore: MISSING.length > 0,
  async fn(test) {
    await using server = await startPageOffice({ address: SERVER, mediaPorts: "38200-38399" });
    await using phones = new AsyncDisposableStack();
    const all = await Promise.all([
      officePhone(server, "100"),
      officePhone(server, "101"),
      officePhone(server, "102", { transport: "udp", codec: "G722" }),
      officePhone(server, "103"),
      officePhone(server, "104", { transport: "tcp", encryption: "srtp" }),
    ]);
    for (const phone of all) phones.use(phone);
    await bringToLife(all);
    await using browser = await TestBrowser.start();
    await using first = await browser.visit({ origin: ORIGIN, language: "en" });
    await setUp(first, server);
    await first.go("/calls");
    const href = await first.page.getByRole("row").filter({ hasText: "Alice" }).getByRole("link")
      .getAttribute("href");
    const call = href!.split("/").at(-1)!;

    await test.step("English, light, wide", () => lookAround(first, { name: "en-wide", call }));

    await test.step("Chinese, dark, small", async () => {
      const session = await first.session;
      await using small = await browser.visit({
        origin: ORIGIN,
        session: { ...session, origins: [] },
        language: "zh",
        dark: true,
        width: 375,
        height: 740,
      });
      await lookAround(small, { name: "zh-small", call });
    });

    await test.step("what a queue, a room and a line are doing is told without a click", async () => {
      const { page } = first;
      await first.go("/groups");
      const sales = page.locator(".card").filter({ hasText: "Sales" });
      await sales.locator(".queue").getByText("104").waitFor();
      await sales.getByText(/waits 0:\d\d/).waitFor();
      await first.go("/lines");
      await page.getByText("the server does not answer").waitFor();
      await first.go("/");
      await page.getByText(/^Line carrier is not usable/).waitFor();
    });

    await test.step("a room is led from the page: mute, lock, record, remove, end", async () => {
      const { page } = first;
      await first.go("/rooms");
      const board = page.locator(".card").filter({ hasText: "Board" });
      const dan = board.getByRole("listitem").filter({ hasText: "Dan" });
      await dan.getByRole("meter", { name: "Loudness of Dan" }).waitFor();
      await dan.getByRole("button", { name: "Mute" }).click();
      await dan.getByRole("button", { name: "Unmute", pressed: true }).waitFor();
      await board.getByRole("button", { name: "Lock" }).click();
      await board.getByRole("button", { name: "Lock", pressed: true }).waitFor();
      await board.getByRole("button", { name: "Record" }).click();
      await board.getByText("recording").waitFor();
      await dan.getByRole("button", { name: "Send away" }).click();
      await all[3]!.waitFor("CALL_CLOSED");
      await board.getByText("1 of 5").waitFor();
      await board.getByRole("button", { name: "End for all" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "End for all" }).click();
      await board.getByText("0 of 5").waitFor();
    });

    await test.step("the keyboard is enough: skip link, dialog, Escape, the ladder", async () => {
      const { page } = first;
      await page.goto("/extensions");
      await first.settled();
      // The very first key after a load may still belong to the browser.
      for (let i = 0; i < 3 && await focused(first) !== "Skip to the content"; i++) {
        await page.keyboard.press("Tab");
      }
      assert.equal(await focused(first), "Skip to the content");
      const add = page.getByRole("button", { name: "Add an extension" }).first();
      await add.press("Enter");
      await page.getByRole("dialog").waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await page.waitForFunction("document.activeElement.textContent === 'Add an extension'");
      await first.go(`/calls/${call}`);
      await page.getByRole("button", { name: /INVITE/ }).first().press("Enter");
      await page.locator(".message").waitFor();
      await page.getByRole("button", { name: "Hang up" }).press("Enter");
      await page.getByRole("dialog").getByRole("button", { name: "Hang up" }).press("Enter");
      await all[0]!.waitFor("CALL_CLOSED");
      await page.getByText(/^The server ended the call|ended on the page/).first().waitFor();
    });
    assert.deepEqual(first.faults, []);
  },
});
