/** What an administrator does now and then on the page: the company's own words and music, a forward for somebody away, a table of new people, a backup. */

import assert from "node:assert/strict";
import { hasChromium, TestBrowser, type Visit } from "../support/browser.ts";
import { setUp, startPageOffice } from "../support/page_office.ts";
import type { TestServer } from "../support/server.ts";
import { toneWav } from "../support/wav.ts";

const AVAILABLE = await hasChromium();
if (!AVAILABLE) console.log("skipped: apt-get install chromium");

const SERVER = "127.0.0.66";

/** A WAV file replaces a sound and adds music; what is no WAV is told so; removing brings back. */
async function replaceSounds(visit: Visit, server: TestServer): Promise<void> {
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
  await replace("music/", "tune.wav", "spring?fresh");
  await dialog.getByText(/Cannot take "music\/spring\?fresh"/).waitFor();
  await dialog.getByRole("button", { name: "Cancel" }).click();
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
}

/** A forward is set and ended as by code; where the extension may not call, nobody forwards. */
async function forward(visit: Visit): Promise<void> {
  const { page } = visit;
  await visit.go("/extensions/office.example/101");
  const set = async (when: string, to: string) => {
    await page.locator("select").first().selectOption(when);
    await page.getByLabel("To", { exact: true }).fill(to);
    await page.getByRole("button", { name: "Forward", exact: true }).click();
  };
  await set("busy", "999999999999999999");
  await page.getByText(/Cannot forward to/).waitFor();
  await set("busy", "102");
  await page.locator("li", { hasText: "Forward when busy" }).getByText("102").waitFor();
  await visit.picture("forward");
  assert.deepEqual(await visit.findBarriers(), []);
  await page.getByRole("button", { name: "End: Forward when busy" }).click();
  await page.getByText("No forward is set.").waitFor();
}

/** A table is looked at first: its problems by line, then what it would do; the passwords that were made can be saved. */
async function importTable(visit: Visit, server: TestServer): Promise<void> {
  const { page } = visit;
  const dialog = page.getByRole("dialog");
  const choose = async (name: string, table: string) => {
    await Deno.writeTextFile(`${server.data}/${name}`, table);
    await dialog.getByLabel("CSV file").setInputFiles(`${server.data}/${name}`);
  };
  const apply = dialog.getByRole("button", { name: "Import", exact: true });
  await visit.go("/extensions");
  await page.getByRole("button", { name: "Import" }).click();
  await choose("bad.csv", "number;name;srtp\n301;Zoë;\n302;Wrong;maybe\n101;There;\n");
  await dialog.getByText("Line 3").waitFor();
  await dialog.getByText(/Expected one of off, optional, required/).waitFor();
  assert.equal(await apply.isDisabled(), true);
  await visit.picture("import-problems");
  assert.deepEqual(await visit.findBarriers(), []);
  await choose("good.csv", "分机号,姓名,密码\n301,Zoë,\n302,王芳,her own choice\n");
  await dialog.getByText("2 new: 301, 302").waitFor();
  await visit.picture("import-plan");
  await apply.click();
  await dialog.getByText("These passwords are shown only now").waitFor();
  const password = await dialog.locator("code.secret").textContent();
  assert.match(password!, /^([a-km-z2-9]{4}-){3}[a-km-z2-9]{4}$/);
  assert.deepEqual(await visit.findBarriers(), []);
  await page.keyboard.press("Escape");
  await dialog.getByText("The passwords have not been saved.", { exact: false }).waitFor();
  await visit.picture("import-done");
  const download = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Save passwords as CSV" }).click();
  const saved = await Deno.readTextFile(await (await download).path());
  assert.equal(saved, `\uFEFF"number","name","password"\r\n"301","Zoë","${password}"\r\n`);
  await dialog.getByRole("button", { name: "Done" }).click();
  await page.getByRole("link", { name: "302" }).waitFor();
}

/** A backup that cannot be made says why and can be tried again; one that is made is saved. */
async function saveBackup(visit: Visit): Promise<void> {
  const { page } = visit;
  await visit.go("/settings");
  const form = page.locator("form", { hasText: "Passphrase" });
  const save = form.getByRole("button", { name: "Save a backup" });
  await form.getByLabel("Passphrase").fill("short");
  await save.click();
  await form.locator(".field.wrong").getByText("Expected at least 8 characters").waitFor();
  await form.getByLabel("Passphrase").fill("a longer passphrase");
  await page.route("**/api/v1/backup", (route) => route.abort());
  await save.click();
  await form.getByText("The server does not answer.").waitFor();
  await page.unroute("**/api/v1/backup");
  const download = page.waitForEvent("download");
  await save.click();
  assert.match((await download).suggestedFilename(), /^sipedge-\d{4}-\d\d-\d\d\.backup$/);
  await form.getByText("Saved").waitFor();
}

/** An address that is badly escaped leads to a view that says so, not to an empty page. */
async function visitNothing({ page }: Visit): Promise<void> {
  await page.goto("/calls/%zz");
  await page.getByText("It does not exist any more.").waitFor();
}

/** A page that is not told which domains there are says so. */
async function openWithoutDomains({ page }: Visit): Promise<void> {
  await page.route("**/api/v1/domains?*", (route) => route.abort());
  await page.goto("/");
  await page.locator("main").getByText("The server does not answer.").waitFor();
  await page.unroute("**/api/v1/domains?*");
  await page.goto("/");
  await page.getByRole("heading", { name: "Overview" }).waitFor();
}

/** More people than a page of the list shows: what is asked for anew begins at its first page. */
async function turnPages(visit: Visit, server: TestServer): Promise<void> {
  const { page } = visit;
  const dialog = page.getByRole("dialog");
  const rows = Array.from({ length: 60 }, (_, index) => `${400 + index},Guest ${index}`);
  await Deno.writeTextFile(`${server.data}/many.csv`, ["number,name", ...rows].join("\n"));
  await visit.go("/extensions");
  await page.getByRole("button", { name: "Import" }).click();
  await dialog.getByLabel("CSV file").setInputFiles(`${server.data}/many.csv`);
  await dialog.getByText("60 new:").waitFor();
  await dialog.getByRole("button", { name: "Import", exact: true }).click();
  await dialog.getByText("These passwords are shown only now").waitFor();
  await dialog.getByRole("button", { name: "Done" }).click();
  await dialog.getByRole("button", { name: "Done" }).click();
  const first = page.getByRole("link", { name: "100", exact: true });
  const last = page.getByRole("link", { name: "459", exact: true });
  await first.waitFor();
  await page.getByRole("button", { name: "Next page" }).click();
  await last.waitFor();
  await page.getByRole("link", { name: "Not registered" }).click();
  await first.waitFor();
  await page.getByRole("button", { name: "Next page" }).click();
  await last.waitFor();
  await page.getByRole("searchbox").fill("Guest");
  await page.getByText("1–50 of 60").waitFor();
}

/** Lists that are changed entry by entry: rules in their order below those of the file, schedules, callers, domains. */
async function changeLists(visit: Visit): Promise<void> {
  const { page } = visit;
  const dialog = page.getByRole("dialog");
  const row = (text: string) => page.locator("li.row", { hasText: text });
  const add = async (button: string, label: string, value: string) => {
    await page.getByRole("button", { name: button }).click();
    await dialog.getByLabel(label).first().fill(value);
    await dialog.getByRole("button", { name: "Save" }).click();
    await row(value).waitFor();
  };
  const edit = async (text: string, label: string, value: string) => {
    await row(text).getByRole("button", { name: "Edit" }).click();
    await dialog.getByLabel(label).first().fill(value);
    await dialog.getByRole("button", { name: "Save" }).click();
    await row(value).waitFor();
  };
  const remove = async (text: string, question: RegExp) => {
    await row(text).getByRole("button", { name: "Remove" }).click();
    await dialog.getByText(question).waitFor();
    await dialog.getByRole("button", { name: "Remove" }).click();
    await row(text).waitFor({ state: "detached" });
  };

  await visit.go("/routing");
  await add("Add a rule", "Numbers", "77*");
  await add("Add a rule", "Numbers", "88*");
  assert.equal(await row("77*").getByRole("button", { name: "Move up" }).isDisabled(), true);
  await row("88*").getByRole("button", { name: "Move up" }).click();
  await page.locator("li.row").nth(2).getByText("88*").waitFor();
  await edit("77*", "Numbers", "78*");
  await visit.picture("rules");
  await remove("88*", /Remove 88/);
  assert.deepEqual(await page.locator("code.pattern").allTextContents(), ["900*", "9*", "78*"]);

  await visit.go("/routing/schedules");
  await add("Add a schedule", "Name", "night");
  await edit("night", "Hours", "mo-su 22:00-24:00");
  await remove("night", /Remove night/);

  await visit.go("/routing/callers");
  await add("Add an entry", "Caller begins with", "0900");
  await edit("0900", "Caller begins with", "0901");
  await remove("0901", /Remove 0901/);

  await visit.go("/settings");
  await add("Add a domain", "Name", "branch.example");
  await visit.picture("domains");
  await remove("branch.example", /With all its extensions/);
}

Deno.test({
  name: "the page replaces sounds, forwards calls, imports a table, saves a backup and changes lists",
  ignore: !AVAILABLE,
  async fn(test) {
    await using server = await startPageOffice({ address: SERVER, mediaPorts: "31200-31299" });
    await using browser = await TestBrowser.start();
    await using visit = await browser.visit({ origin: `http://${SERVER}:8080`, language: "en" });
    await setUp(visit, server);
    await test.step("words and music", () => replaceSounds(visit, server));
    await test.step("a forward", () => forward(visit));
    await test.step("a table of extensions", () => importTable(visit, server));
    await test.step("a backup", () => saveBackup(visit));
    await test.step("an address of nothing", () => visitNothing(visit));
    await test.step("no answer at the door", () => openWithoutDomains(visit));
    await test.step("a list of several pages", () => turnPages(visit, server));
    await test.step("rules, schedules, callers, domains", () => changeLists(visit));
    assert.deepEqual(visit.foreign, []);
    assert.deepEqual(visit.faults.filter((fault) => !/404|422|ERR_FAILED/.test(fault)), []);
  },
});
