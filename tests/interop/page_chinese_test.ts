/** The first day of an office whose language is Chinese: no word of English where there is one of Chinese. */

import assert from "node:assert/strict";
import { Baresip, hasBaresip } from "../support/baresip.ts";
import { hasChromium, TestBrowser, type Visit } from "../support/browser.ts";
import { setUp, VIEWS } from "../support/page_office.ts";
import { TestServer } from "../support/server.ts";
import { en } from "../../web/texts/en.ts";

const MISSING = [
  ...(await hasBaresip() ? [] : ["baresip-core"]),
  ...(await hasChromium() ? [] : ["chromium"]),
];
if (MISSING.length > 0) console.log(`skipped: apt-get install ${MISSING.join(" ")}`);

const SERVER = "127.0.0.68";
/** Whole phrases of the English page; single words may well be names. */
const ENGLISH = Object.values(en).filter((text) =>
  text.includes(" ") && !text.includes("{") && text.length > 6
);

/** What the server finds wrong with a table and with a certificate is said in Chinese. */
async function complain(visit: Visit, { data }: TestServer): Promise<void> {
  const { page } = visit;
  const dialog = page.getByRole("dialog");
  await Deno.writeTextFile(`${data}/bad.csv`, "分机号,加密\n301,maybe\n302,\n302,\n");
  await page.getByRole("button", { name: "导入" }).click();
  await dialog.getByLabel("CSV 文件").setInputFiles(`${data}/bad.csv`);
  await dialog.getByText("第 2 行").waitFor();
  await dialog.getByText('应为 off, optional, required 之一，当前为 "maybe"').waitFor();
  await dialog.getByText("302 已出现在第 3 行").waitFor();
  await visit.picture("chinese-import");
  await dialog.getByRole("button", { name: "取消" }).click();

  await visit.go("/certificates");
  await page.getByRole("button", { name: "使用其他证书" }).click();
  await dialog.locator("textarea").first().fill("nonsense");
  await dialog.locator("textarea").last().fill("nonsense");
  await dialog.locator("footer button").last().click();
  await dialog.getByText("第一栏中没有 PEM 格式的证书。").waitFor();
  await visit.picture("chinese-certificate");
  await dialog.locator("footer button").first().click();
  await visit.go("/settings");
  await page.getByText(
    /sipedge\.yaml 第 \d+ 行第 \d+ 列（domains\[0\]\.rules\[0\]\.via）：为空：这些号码将被拒绝/,
  ).waitFor();
  await visit.go("/extensions");
}

Deno.test({
  name: "an office in Chinese: set up, a complaint, an extension, a phone, a call, every view",
  ignore: MISSING.length > 0,
  async fn() {
    await using server = await TestServer.start({
      address: SERVER,
      mediaPorts: "38500-38599",
      extensions: [],
      settings: { server: { locale: "zh" } },
      office: { rules: [{ match: "900*", via: [] }] },
    });
    await using browser = await TestBrowser.start();
    await using visit = await browser.visit({ origin: `http://${SERVER}:8080` });
    const { page } = visit;
    await setUp(visit, server);
    await page.getByRole("heading", { name: "概览" }).waitFor();

    await visit.go("/extensions");
    await page.getByRole("button", { name: "添加分机" }).first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("号码", { exact: true }).fill("100");
    await dialog.getByLabel("名称", { exact: true }).fill("王小明");
    await dialog.locator("input[type=password]").fill("short");
    await dialog.getByRole("button", { name: "添加", exact: true }).click();
    await dialog.getByText("至少需要 8 个字符").waitFor();
    // The refusal above is a line of the browser's console, and the only one.
    assert.equal(visit.faults.length, 1);
    await dialog.locator("input[type=password]").fill("");
    await dialog.getByRole("button", { name: "添加", exact: true }).click();
    const password = (await dialog.locator("code.secret").textContent())!;
    await visit.picture("chinese-password");
    await dialog.getByRole("button", { name: "完成" }).click();
    await complain(visit, server);

    await using phone = await Baresip.start({
      user: "100",
      password,
      domain: server.domain,
      server: `${SERVER}:5060`,
      transport: "udp",
      encryption: "none",
      codec: "PCMU",
      tone: 440,
      address: "127.0.0.69",
    });
    await page.getByRole("row").filter({ hasText: "王小明" }).getByText("已注册", { exact: true }).waitFor();
    await phone.dial("*43");
    await visit.go("/calls");
    await page.getByRole("row").filter({ hasText: "回声测试" }).getByRole("link").click();
    await page.locator(".ladder .arrow").first().waitFor();
    await page.getByText(/baresip/).first().waitFor();
    await visit.picture("chinese-call");
    await phone.command("hangup");
    await page.getByText(/^主叫挂断/).waitFor();

    for (const [name, path] of VIEWS) {
      await visit.go(path.replace("101", "100"));
      const text = await page.locator("body").innerText();
      assert.deepEqual(ENGLISH.filter((phrase) => text.includes(phrase)), [], name);
    }
    assert.equal(visit.faults.length, 3);
    assert.deepEqual(visit.foreign, []);
  },
});
