/** Many extensions from a table: all or none, passwords shown once, only the right media type. */

import assert from "node:assert/strict";
import { FakePage } from "../fake_page.ts";

const DOMAIN = "office.example";
const PATH = `/domains/${DOMAIN}/extensions/import`;
const FILE = { domains: [{ name: DOMAIN, extensions: [{ number: "100", password: "file-secret" }] }] };

const page = () => new FakePage({ settings: FILE }).signIn();
const csv = (raw: string, type = "text/csv; charset=utf-8") => ({
  method: "POST",
  raw,
  headers: { "content-type": type },
});

Deno.test("a table becomes extensions; what was made is shown, what was given is not", async () => {
  const at = await page();
  const shown = await at.json(PATH, csv("number;name;password\r\n200;Zoë;her own choice\r\n201;王;\r\n"));
  assert.deepEqual(shown.added, ["200", "201"]);
  const passwords = shown.passwords as { number: string; name: string; password: string }[];
  assert.deepEqual(passwords.map(({ number, name }) => [number, name]), [["201", "王"]]);
  assert.equal(at.stored.ha1.get(`${DOMAIN}/200`)?.md5, `md5(200:${DOMAIN}:her own choice)`);
  assert.equal(at.stored.ha1.get(`${DOMAIN}/201`)?.md5, `md5(201:${DOMAIN}:${passwords[0]!.password})`);
  assert.equal(at.changes, 1);
});

Deno.test("a dry run changes nothing; an update changes what the table names", async () => {
  const at = await page();
  const tried = await at.json(`${PATH}?dryRun=true`, csv("number\n200\n"));
  assert.deepEqual([tried.applied, tried.added, tried.passwords], [false, ["200"], []]);
  assert.equal(at.stored.parts.size, 0);
  await at.json(PATH, csv("number,name\n200,Zoe\n"));
  const again = await at.json(`${PATH}?update=true`, csv("number,name\n200,Zora\n"));
  assert.deepEqual([again.added, again.changed, again.passwords], [[], ["200"], []]);
  assert.equal(at.stored.parts.get(DOMAIN)?.extensions[0]?.name, "Zora");
});

Deno.test("one bad row keeps all out, and every problem names its line", async () => {
  const at = await page();
  const answer = await at.ask(PATH, csv("number,srtp\n200,\n100,\n201,maybe\n"));
  assert.equal(answer.status, 422);
  assert.deepEqual((await answer.json()).errors, [{
    path: "line 4: srtp",
    message: 'expected one of off, optional, required, got "maybe"',
  }]);
  const taken = await (await at.ask(PATH, csv("number\n100\n"))).json();
  assert.match(taken.errors[0].message, /100 stands in the configuration file/);
  assert.equal(await at.refusal(PATH, csv("number\n200\n", "text/plain")), "415 wrong-type");
  assert.equal(await at.refusal(PATH, csv("number\n200\n", "application/json")), "415 wrong-type");
  assert.equal(await at.refusal(PATH.replace(DOMAIN, "other.example"), csv("number\n1\n")), "404 not-found");
  assert.equal(at.stored.parts.size, 0);
});
