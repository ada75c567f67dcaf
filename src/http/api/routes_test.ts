/** Calls, records, rooms now, bans, certificates, tokens, sessions, the own account: what is asked, and what is told the office. */

import assert from "node:assert/strict";
import { fail } from "../../base/mod.ts";
import type { CallRecord } from "../../pbx/ports.ts";
import { FakePage, type FakePageOptions, PASSWORD } from "../fake_page.ts";

const FILE = {
  domains: [{
    name: "office.example",
    extensions: [{ number: "100", password: "file-secret" }],
    rooms: [{ number: "800" }],
  }],
};
const page = (options: FakePageOptions = {}) => new FakePage({ settings: FILE, ...options }).signIn();
const post = (body: unknown) => ({ method: "POST", body });

const RECORD: CallRecord = {
  id: "c/1",
  domain: "office.example",
  startedAt: 1000,
  caller: "100",
  callerName: "=1+1",
  called: "101",
  direction: "internal",
  legs: [],
  events: [],
};

Deno.test("calls now: all, of one domain, found by a party; only those shown are made", async () => {
  const made: string[] = [];
  const calls = [RECORD, { ...RECORD, id: "c2", domain: "other.example", called: "555" }].map((record) => ({
    domain: record.domain,
    parties: [record.caller, undefined, record.called],
    view: () => (made.push(record.id), record),
  }));
  const at = await page({ queries: { liveCalls: () => calls, measureNow: () => [] } });
  const ids = async (query: string) => (await at.json(`/calls?${query}`)).items.map(({ id }) => id);
  assert.deepEqual(await ids(""), ["c/1", "c2"]);
  assert.deepEqual(await ids("domain=other.example"), ["c2"]);
  assert.deepEqual(await ids("search=555"), ["c2"]);
  made.length = 0;
  assert.deepEqual(await ids("limit=1&offset=1"), ["c2"]);
  assert.deepEqual(made, ["c2"]);
});

Deno.test("a call is placed in the domain's own name, and refused in words", async () => {
  const at = await page();
  const answer = await at.ask("/calls", post({ domain: "OFFICE.example", from: "100", to: "101" }));
  assert.deepEqual([answer.status, await answer.json()], [202, { accepted: true }]);
  assert.deepEqual(at.commands, ['originate({"domain":"office.example","from":"100","to":"101"})']);
  assert.equal(
    await at.refusal("/calls", post({ domain: "x.example", from: "1", to: "2" })),
    "404 not-found",
  );
  for (const to of ["", "1\r\nX: 1", "<sip:1@evil.example>", 'a"b', "sip:1@evil.example", "1 2"]) {
    const asking = post({ domain: "office.example", from: "100", to });
    assert.equal(await at.refusal("/calls", asking), "422 invalid", JSON.stringify(to));
  }
  const busy = await page({ commands: { originate: () => fail("No device of 100 is registered") } });
  const refused = await busy.ask("/calls", post({ domain: "office.example", from: "100", to: "101" }));
  assert.deepEqual([refused.status, (await refused.json()).detail], [409, "No device of 100 is registered"]);
});

Deno.test("a call is hung up once", async () => {
  const at = await page();
  assert.equal((await at.ask("/calls/c1", { method: "DELETE" })).status, 204);
  assert.deepEqual(at.commands, ['hangUp("c1")']);
  const over = await page({ commands: { hangUp: () => false } });
  assert.equal(await over.refusal("/calls/c1", { method: "DELETE" }), "404 not-found");
});

Deno.test("a record by its id, with odd signs in it; its capture has a name that no path can climb out of", async () => {
  const at = await page({
    queries: {
      records: {
        list: () => Promise.resolve({ rows: [RECORD], total: 1 }),
        get: (id) => Promise.resolve(id === "c/1" ? RECORD : undefined),
        exportAs: async function* (format) {
          yield `${format}\n`;
        },
      },
      endReason: () => undefined,
      hasTrace: () => false,
      ladder: () => ({ columns: [], arrows: [] }),
      pcap: () => new Uint8Array([1, 2, 3]),
      quality: () => [],
    },
  });
  assert.equal((await at.json("/calls/c%2F1")).id, "c/1");
  assert.deepEqual(await at.json("/calls/c%2F1/ladder"), { columns: [], arrows: [] });
  const pcap = await at.ask("/calls/c%2F1/pcap");
  assert.equal(pcap.headers.get("content-disposition"), 'attachment; filename="call-c_1.pcap"');
  assert.equal(await at.refusal("/calls/none"), "404 not-found");
  assert.equal((await at.json("/records?limit=5&from=0&to=9")).total, 1);
  assert.equal(await at.refusal("/records?from=-1"), "400 bad-request");
  assert.equal(await (await at.ask("/records/export")).text(), "csv\n");
  const json = await at.ask("/records/export?format=json");
  assert.equal(json.headers.get("content-type"), "application/json");
});

Deno.test("rooms are told what to do, in full or not at all", async () => {
  const at = await page();
  const path = "/domains/office.example/conferences/800";
  const actions = [
    { kind: "mute", member: "m1", muted: true },
    { kind: "muteAll", muted: false },
    { kind: "remove", member: "m1" },
    { kind: "lock", locked: true },
    { kind: "record", on: true },
    { kind: "invite", number: "101" },
    { kind: "end" },
  ];
  for (const action of actions) assert.equal((await at.ask(path, post(action))).status, 204, action.kind);
  assert.equal(at.commands.length, actions.length);
  for (const wrong of [{ kind: "mute" }, { kind: "end", now: true }, { kind: "explode" }, {}]) {
    assert.equal(await at.refusal(path, post(wrong)), "422 invalid", JSON.stringify(wrong));
  }
});

Deno.test("bans: an address in any spelling, not the own one, not a network, for a while", async () => {
  const at = await page({ commands: { unban: (address) => address === "2001:db8:1:2::/64" } });
  await at.json("/bans", post({ address: "::ffff:198.51.100.1", forSeconds: 60 }));
  await at.json("/bans", post({ address: "[2001:db8::1]" }));
  assert.deepEqual(at.commands, ['ban("198.51.100.1",60)', 'ban("2001:db8::1",7200)']);
  for (const address of ["10.0.0.0/8", "name.example", "", "1.2.3", "1.2.3.4:5"]) {
    assert.equal(await at.refusal("/bans", post({ address })), "422 invalid", address);
  }
  assert.equal(await at.refusal("/bans", post({ address: "192.0.2.1" })), "409 conflict", "the own one");
  const neighbour = { ...post({ address: "2001:db8:5:6::9" }), from: "2001:db8:5:6::1" };
  assert.equal(await at.refusal("/bans", neighbour), "409 conflict", "of the own /64");
  assert.equal((await at.ask("/bans/2001:db8:1:2::%2F64", { method: "DELETE" })).status, 204);
  assert.equal(await at.refusal("/bans/192.0.2.9", { method: "DELETE" }), "404 not-found");
});

Deno.test("certificates: taken up to half a megabyte, refused in words", async () => {
  const at = await page({
    commands: {
      installCertificate: () =>
        Promise.resolve(fail({ reason: "expired", message: "It expired", values: { day: "2020-01-01" } })),
    },
  });
  const put = (body: unknown) => ({ method: "PUT", body });
  const answer = await at.ask("/certificates", put({ certificate: "c", key: "k" }));
  const { detail, reason, values } = await answer.json();
  assert.deepEqual([answer.status, detail, reason, values], [409, "It expired", "certificate.expired", {
    day: "2020-01-01",
  }]);
  const long = "A".repeat(200_001);
  assert.equal(await at.refusal("/certificates", put({ certificate: long, key: "k" })), "422 invalid");
  const longer = "A".repeat(400_000);
  assert.equal(await at.refusal("/certificates", put({ certificate: longer, key: longer })), "413 too-large");
  assert.equal(await at.refusal("/certificates/authority"), "404 not-found");
});

Deno.test("caller lists may be long, other bodies may not", async () => {
  const at = await page();
  const items = Array.from({ length: 5000 }, (_, index) => ({ list: "black", caller: `+49${index}` }));
  const put = { method: "PUT", body: { items } };
  assert.equal((await at.ask("/domains/office.example/callerLists", put)).status, 200);
  const large = post({ number: "200", name: "x".repeat(300_000) });
  assert.equal(await at.refusal("/domains/office.example/extensions", large), "413 too-large");
});

Deno.test("tokens and sessions are seen and ended by people", async () => {
  const at = await page();
  const made = await at.json<{ token: { id: string }; secret: string }>(
    "/tokens",
    post({ name: "s", scopes: ["calls"] }),
  );
  const listed = JSON.stringify(await at.json("/tokens"));
  assert.ok(listed.includes(made.token.id) && !listed.includes(made.secret.slice(8)));
  assert.equal((await at.ask(`/tokens/${made.token.id}`, { method: "DELETE" })).status, 204);
  assert.equal(await at.refusal(`/tokens/${made.token.id}`, { method: "DELETE" }), "404 not-found");
  for (const scopes of [[], ["everything"], ["calls", "admin"]]) {
    assert.equal(await at.refusal("/tokens", post({ name: "s", scopes })), "422 invalid");
  }
  const other = at.gate.sessions.open("admin", { host: "192.0.2.5", userAgent: "Phone" });
  const { items } = await at.json("/sessions");
  assert.deepEqual(items.map(({ isCurrent }) => isCurrent).sort(), [false, true]);
  assert.ok(!JSON.stringify(items).includes(other));
  const { id } = items.find(({ isCurrent }) => !isCurrent)!;
  assert.equal((await at.ask(`/sessions/${id}`, { method: "DELETE" })).status, 204);
  assert.equal(at.gate.ofSession(other), undefined);
});

Deno.test("the own account: set up once, password changed, second factor, signed out", async () => {
  const fresh = new FakePage({ settings: FILE });
  assert.equal((await fresh.json("/session")).needsSetup, true);
  const token = fresh.gate.openSetup();
  const check = async (given: string) => (await fresh.json("/setup/check", post({ token: given }))).isValid;
  assert.deepEqual([await check(token), await check("0")], [true, false]);
  assert.equal(await fresh.refusal("/setup", post({ token, password: "short" })), "422 invalid");
  assert.equal(
    await fresh.refusal("/setup", post({ token: "0", password: PASSWORD })),
    "401 unauthenticated",
  );
  await fresh.signIn();
  assert.equal((await fresh.json("/session")).account, "admin");
  assert.equal(
    await fresh.refusal("/setup", post({ token, password: PASSWORD })),
    "401 unauthenticated",
    "used",
  );
  const change = (before: string, after: string) => ({ method: "PUT", body: { before, after } });
  assert.equal(await fresh.refusal("/account/password", change("wrong", "another long one")), "409 conflict");
  assert.equal((await fresh.ask("/account/password", change(PASSWORD, "another long one"))).status, 204);
  const { uri } = await fresh.json("/account/totp", { method: "POST" });
  assert.match(String(uri), /^otpauth:/);
  assert.equal(
    await fresh.refusal("/account/totp", { method: "PUT", body: { code: "000000" } }),
    "409 conflict",
  );
  assert.equal(await fresh.refusal("/account/totp", { method: "PUT", body: { code: "abc" } }), "422 invalid");
  const out = await fresh.ask("/session", { method: "DELETE" });
  assert.match(out.headers.get("set-cookie")!, /^sipedge=; .*Max-Age=0/);
  assert.equal(await fresh.refusal("/overview"), "401 unauthenticated");
});
