/** Extensions: made with a password that is shown once, changed, taken out of their groups, not touched in the file. */

import assert from "node:assert/strict";
import { FakePage, type FakePageOptions } from "../fake_page.ts";

const DOMAIN = "office.example";
const PATH = `/domains/${DOMAIN}/extensions`;
const FILE = {
  listen: { sip: ["udp://127.0.0.1:5060", "tls://127.0.0.1:5071"] },
  domains: [{
    name: DOMAIN,
    aliases: ["alias.example"],
    extensions: [{ number: "100", name: "Alice", password: "file-secret" }, { number: "101", name: "Bob" }],
  }],
};

const page = (options: FakePageOptions = {}) => new FakePage({ settings: FILE, ...options }).signIn();
const add = (number: string, more: object = {}) => ({ method: "POST", body: { number, ...more } });

Deno.test("made without a password: one of 80 random bits, shown once with all that a phone needs", async () => {
  const at = await page();
  const answer = await at.ask(PATH, add("200", { name: "Zoe" }));
  assert.equal(answer.status, 201);
  assert.equal(answer.headers.get("cache-control"), "no-store");
  const shown = await answer.json();
  assert.match(shown.password, /^([a-km-z2-9]{4}-){3}[a-km-z2-9]{4}$/);
  assert.deepEqual([shown.domain, shown.port, shown.account, shown.transport], [DOMAIN, 5071, "200", "tls"]);
  assert.ok(shown.text.includes(`Password: ${shown.password}`));
  assert.ok(shown.qr.length > 20 && shown.qr.every((row: boolean[]) => row.length === shown.qr.length));
  assert.equal(at.stored.ha1.get(`${DOMAIN}/200`)?.md5, `md5(200:${DOMAIN}:${shown.password})`);
  for (const path of [PATH, `${PATH}/200`, "/audit", "/log"]) {
    assert.ok(!(await (await at.ask(path)).text()).includes(shown.password), path);
  }
  assert.ok(!JSON.stringify([...at.stored.parts]).includes(shown.password), "the store has its HA1 only");
});

Deno.test("a password of one's own: long enough, and set anew", async () => {
  const at = await page();
  assert.equal(await at.refusal(PATH, add("200", { password: "short" })), "422 invalid");
  await at.json(PATH, add("200", { password: "long enough" }));
  const again = await at.json(`${PATH}/200/password`, { method: "POST", body: {} });
  assert.notEqual(again.password, "long enough");
  assert.equal(at.stored.ha1.get(`${DOMAIN}/200`)?.md5, `md5(200:${DOMAIN}:${again.password})`);
});

Deno.test("what stands in the file is refused with a reason; a password that the file leaves out may be set", async () => {
  const at = await page();
  const refusals = [
    at.refusal(`${PATH}/100`, { method: "PUT", body: {} }),
    at.refusal(`${PATH}/100`, { method: "DELETE" }),
    at.refusal(`${PATH}/100/password`, { method: "POST", body: {} }),
  ];
  assert.deepEqual(new Set(await Promise.all(refusals)), new Set(["409 in-file"]));
  const { detail } = await (await at.ask(`${PATH}/100`, { method: "DELETE" })).json();
  assert.equal(detail, "Extension 100 stands in the configuration file and is changed there");
  assert.equal(await at.refusal(PATH, add("100")), "409 taken");
  assert.equal(at.changes, 0);
  await at.json(`${PATH}/101/password`, { method: "POST", body: { password: "from the page" } });
  assert.equal(at.stored.ha1.get(`${DOMAIN}/101`)?.md5, `md5(101:${DOMAIN}:from the page)`);
});

Deno.test("changed as a whole; the password is no part of it", async () => {
  const at = await page();
  await at.json(PATH, add("200", { name: "Zoe", maxCalls: 5 }));
  const body = { name: "Zoë", forward: { busy: { to: "100" } } };
  const { settings } = await at.json(`${PATH}/200`, { method: "PUT", body });
  assert.deepEqual([settings.name, settings.maxCalls, settings.forward], ["Zoë", 2, { busy: { to: "100" } }]);
  const password = { method: "PUT", body: { ...body, password: "long enough" } };
  assert.equal(await at.refusal(`${PATH}/200`, password), "422 invalid");
  assert.ok(at.stored.ha1.has(`${DOMAIN}/200`), "the password stays");
  const itself = { method: "PUT", body: { forward: { always: { to: "200" } } } };
  assert.equal(await at.refusal(`${PATH}/200`, itself), "422 invalid");
  assert.equal(await at.refusal(`${PATH}/999`, { method: "PUT", body }), "404 not-found");
});

Deno.test("removed with its credentials and from its groups; the next of that number begins anew", async () => {
  const at = await page();
  for (const number of ["200", "201"]) await at.json(PATH, add(number));
  const members = ["200", "201"];
  await at.json(`/domains/${DOMAIN}/huntGroups`, { method: "POST", body: { number: "600", members } });
  await at.json(`/domains/${DOMAIN}/ringGroups`, { method: "POST", body: { number: "610", members } });
  await at.json(`/domains/${DOMAIN}/pickupGroups`, { method: "POST", body: { name: "p", members } });
  assert.equal((await at.ask(`${PATH}/200`, { method: "DELETE" })).status, 204);
  const membersOf = async (path: string) => (await at.json(`/domains/${DOMAIN}/${path}`)).settings.members;
  assert.equal((await membersOf("huntGroups/600") as { extension: string }[])[0]?.extension, "201");
  assert.deepEqual([await membersOf("ringGroups/610"), await membersOf("pickupGroups/p")], [["201"], [
    "201",
  ]]);
  assert.equal(at.stored.ha1.has(`${DOMAIN}/200`), false);
  assert.equal(await at.refusal(`${PATH}/200`), "404 not-found");
});

Deno.test("the list: pages, search, who is online", async () => {
  const device = {
    contact: "sip:101@192.0.2.8",
    transport: "tls" as const,
    remote: "192.0.2.8:5061",
    registeredAt: 1,
    refreshedAt: 2,
    expiresAt: 3,
    isReachable: true,
  };
  const at = await page({
    queries: {
      devices: (_domain, number) => number === "101" ? [device] : [],
      callsOf: (_domain, number) => number === "101" ? 1 : 0,
    },
  });
  const numbers = async (query: string) =>
    (await at.json(`${PATH}?${query}`)).items.map(({ number }) => number);
  assert.deepEqual(await numbers(""), ["100", "101"]);
  assert.deepEqual(await numbers("limit=1&offset=1"), ["101"]);
  assert.deepEqual(await numbers("search=ali"), ["100"]);
  assert.deepEqual(await numbers("state=online"), ["101"]);
  assert.deepEqual(await numbers("state=offline"), ["100"]);
  assert.equal(await at.refusal(`${PATH}?state=odd`), "400 bad-request");
  const { devices, inCall, hasPassword } = await at.json(`${PATH}/101`);
  assert.deepEqual([devices, inCall, hasPassword], [[device], true, false]);
});

Deno.test("what is done to phones names the domain by its own name, also when an alias was asked", async () => {
  const at = await page();
  const path = "/domains/alias.example/extensions/100";
  await at.json(`${path}/doNotDisturb`, { method: "PUT", body: { on: true } });
  await at.json(`${path}/devices?contact=sip:1@192.0.2.1`, { method: "DELETE" });
  assert.deepEqual(at.commands, [
    `setFeatures("${DOMAIN}","100",{"doNotDisturb":true})`,
    `unregister("${DOMAIN}","100","sip:1@192.0.2.1")`,
  ]);
  const none = await page({ commands: { unregister: () => false, setFeatures: () => false } });
  assert.equal(await none.refusal(`${PATH}/100/devices?contact=x`, { method: "DELETE" }), "404 not-found");
  assert.equal(await none.refusal(`${PATH}/100/devices`, { method: "DELETE" }), "400 bad-request");
  const on = { method: "PUT", body: { on: true } };
  assert.equal(await none.refusal(`${PATH}/999/doNotDisturb`, on), "404 not-found");
});
