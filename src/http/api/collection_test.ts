/** Making, changing and removing groups, rooms, lines, schedules and rules; what stands in the file is not touched. */

import assert from "node:assert/strict";
import { FakePage } from "../fake_page.ts";

const DOMAIN = "office.example";
/** In the file. */
const FILE = {
  domains: [{
    name: DOMAIN,
    aliases: ["alias.example"],
    extensions: [{ number: "100", password: "file-secret" }, { number: "101", password: "file-secret" }],
    huntGroups: [{ number: "600", members: ["100"] }],
    ringGroups: [{ number: "610", members: ["100"] }],
    rooms: [{ number: "800", pin: "4711" }],
    lines: [{ name: "carrier", kind: "peer", server: "sip:192.0.2.1", password: "file-secret" }],
    schedules: [{ name: "office", hours: ["mo-fr 08:00-17:00"] }],
    pickupGroups: [{ name: "sales", members: ["100"] }],
    rules: [{ match: "9*", via: ["carrier"] }],
  }],
};

/** `made`: what is added; `other`: what it becomes; `inFile`: the entry of the file. */
const LISTS = [
  {
    list: "huntGroups",
    key: "number",
    inFile: "600",
    made: { members: ["101"] },
    other: { members: [{ extension: "100", order: 1 }] },
  },
  {
    list: "ringGroups",
    key: "number",
    inFile: "610",
    made: { members: ["101"] },
    other: { members: ["100", "101"] },
  },
  { list: "rooms", key: "number", inFile: "800", made: { capacity: 9 }, other: { capacity: 12 } },
  {
    list: "lines",
    key: "name",
    inFile: "carrier",
    made: { kind: "peer", server: "sip:192.0.2.2" },
    other: { kind: "peer", server: "sip:192.0.2.3" },
  },
  {
    list: "schedules",
    key: "name",
    inFile: "office",
    made: { hours: ["sa 09:00-12:00"] },
    other: { hours: ["su 09:00-12:00"] },
  },
  {
    list: "pickupGroups",
    key: "name",
    inFile: "sales",
    made: { members: ["101"] },
    other: { members: ["100"] },
  },
] as const;

const page = (options = {}) => new FakePage({ settings: FILE, ...options }).signIn();

for (const { list, key, inFile, made, other } of LISTS) {
  const path = `/domains/${DOMAIN}/${list}`, one = `${path}/777`;

  Deno.test(`${list}: made, read, found, changed, removed, in force at once`, async () => {
    const at = await page();
    const created = await at.json(path, { method: "POST", body: { [key]: "777", ...made } });
    assert.deepEqual([created.fromFile, created.settings[key]], [false, "777"]);
    assert.equal(at.changes, 1);
    assert.deepEqual(await at.json(one), created);
    const { items, total } = await at.json(`${path}?search=777`);
    assert.deepEqual([items[0], total], [created, 1]);
    const changed = await at.json(one, { method: "PUT", body: other });
    for (const [name, value] of Object.entries(other)) {
      assert.deepEqual(changed.settings[name], value, name);
    }
    assert.equal((await at.ask(one, { method: "DELETE" })).status, 204);
    assert.equal(await at.refusal(one), "404 not-found");
    assert.equal(await at.refusal(one, { method: "DELETE" }), "404 not-found");
    assert.equal(await at.refusal(one, { method: "PUT", body: other }), "404 not-found");
    assert.equal(at.changes, 3);
  });

  Deno.test(`${list}: the entry of the file is shown as such and refused with a reason, and no second one is made`, async () => {
    const at = await page();
    assert.equal((await at.json(`${path}/${inFile}`)).fromFile, true);
    const change = { method: "PUT", body: other };
    assert.equal(await at.refusal(`${path}/${inFile}`, change), "409 in-file");
    assert.equal(await at.refusal(`${path}/${inFile}`, { method: "DELETE" }), "409 in-file");
    const { detail } = await (await at.ask(`${path}/${inFile}`, change)).json();
    assert.equal(detail, `${inFile} stands in the configuration file and is changed there`);
    const again = { method: "POST", body: { [key]: inFile, ...made } };
    assert.equal(await at.refusal(path, again), "409 taken");
    assert.equal(at.changes, 0);
    assert.equal(at.stored.parts.size, 0, "nothing was stored");
  });

  Deno.test(`${list}: what does not fit is refused with its place`, async () => {
    const at = await page();
    const post = (body: unknown) => at.ask(path, { method: "POST", body });
    const surplus = await post({ [key]: "777", ...made, surplus: 1 });
    assert.equal(surplus.status, 422);
    assert.match(JSON.stringify((await surplus.json()).errors), /surplus/);
    for (const body of [{}, [], null, "x", { [key]: "", ...made }, { [key]: "a\r\nb", ...made }]) {
      assert.equal((await post(body)).status, 422, JSON.stringify(body));
    }
    assert.equal(await at.refusal(`/domains/nowhere.example/${list}`), "404 not-found");
    assert.equal(at.changes, 0);
  });
}

Deno.test("numbers are one space: no room has the number of an extension", async () => {
  const at = await page();
  const body = { number: "100" };
  assert.equal(await at.refusal(`/domains/${DOMAIN}/rooms`, { method: "POST", body }), "409 taken");
});

Deno.test("a member that does not exist is named with its place", async () => {
  const at = await page();
  const body = { number: "777", members: ["100", "199"] };
  const answer = await at.ask(`/domains/${DOMAIN}/huntGroups`, { method: "POST", body });
  assert.equal(answer.status, 422);
  assert.deepEqual((await answer.json()).errors, [{
    path: "huntGroups[1].members[1].extension",
    message: "199 cannot be a member: no such extension",
  }]);
});

Deno.test("a line that rules lead over is not taken away from under them", async () => {
  const at = await page();
  const lines = `/domains/${DOMAIN}/lines`;
  await at.json(lines, { method: "POST", body: { name: "second", kind: "peer", server: "sip:192.0.2.9" } });
  const items = [{ match: "8*", via: ["second"] }];
  await at.json(`/domains/${DOMAIN}/rules`, { method: "PUT", body: { items } });
  assert.equal(await at.refusal(`${lines}/second`, { method: "DELETE" }), "422 invalid");
  await at.json(`/domains/${DOMAIN}/rules`, { method: "PUT", body: { items: [] } });
  assert.equal((await at.ask(`${lines}/second`, { method: "DELETE" })).status, 204);
});

Deno.test("secrets: never shown, kept by a change without them, removed by an empty text", async () => {
  const at = await page();
  const room = `/domains/${DOMAIN}/rooms/777`, line = `/domains/${DOMAIN}/lines/second`;
  const peer = { kind: "peer", server: "sip:192.0.2.9" };
  const answers: string[] = [];
  const told = async (path: string, asking = {}) => {
    const text = await (await at.ask(path, asking)).text();
    answers.push(text);
    return JSON.parse(text);
  };
  const rooms = `/domains/${DOMAIN}/rooms`, lines = `/domains/${DOMAIN}/lines`;
  await told(rooms, { method: "POST", body: { number: "777", pin: "987654", moderatorPin: "456789" } });
  await told(lines, { method: "POST", body: { name: "second", ...peer, password: "line-secret" } });
  assert.equal((await told(room, { method: "PUT", body: { name: "Board" } })).hasPin, true);
  assert.equal((await told(line, { method: "PUT", body: peer })).hasPassword, true);
  assert.equal((await told(room, { method: "PUT", body: { pin: "" } })).hasPin, false);
  assert.equal((await told(room)).hasModeratorPin, true);
  assert.equal((await told(line, { method: "PUT", body: { ...peer, password: "" } })).hasPassword, false);
  await told(rooms);
  await told(lines);
  assert.doesNotMatch(answers.join(), /987654|456789|line-secret|file-secret|4711/);
});

Deno.test("rules: those of the file first and not touched, the others replaced as a whole", async () => {
  const at = await page();
  const path = `/domains/${DOMAIN}/rules`;
  const items = [{ match: "8*", via: ["carrier"] }, { match: "7*", via: [] }];
  const shown = await at.json(path, { method: "PUT", body: { items } });
  assert.deepEqual(
    shown.items.map(({ fromFile, settings }) => [fromFile, (settings as { match: string }).match]),
    [
      [true, "9*"],
      [false, "8*"],
      [false, "7*"],
    ],
  );
  assert.deepEqual(await at.json(path), shown);
  const wrong = { items: [{ match: "6*", via: ["nowhere"] }] };
  assert.equal(await at.refusal(path, { method: "PUT", body: wrong }), "422 invalid");
  assert.deepEqual(await at.json(path), shown, "all or nothing");
  const { items: left } = await at.json(path, { method: "PUT", body: { items: [] } });
  assert.equal(left.length, 1);
});

Deno.test("domains: made, changed, removed; that of the file is changed there", async () => {
  const at = await page();
  await at.json("/domains", { method: "POST", body: { name: "Made.Example", locale: "zh" } });
  assert.equal((await at.json("/domains/made.example")).locale, "zh");
  assert.equal(await at.refusal("/domains", { method: "POST", body: { name: "made.example" } }), "409 taken");
  assert.equal(
    await at.refusal("/domains", { method: "POST", body: { name: "alias.example" } }),
    "409 taken",
  );
  const changed = await at.json("/domains/made.example", {
    method: "PUT",
    body: { locale: "en", aliases: ["m.example"] },
  });
  assert.deepEqual([changed.locale, changed.aliases], ["en", ["m.example"]]);
  assert.equal(await at.refusal(`/domains/${DOMAIN}`, { method: "PUT", body: {} }), "409 in-file");
  assert.equal(await at.refusal(`/domains/${DOMAIN}`, { method: "DELETE" }), "409 in-file");
  assert.equal((await at.ask("/domains/made.example", { method: "DELETE" })).status, 204);
  assert.equal(await at.refusal("/domains/made.example"), "404 not-found");
});

Deno.test("an alias of the domain leads to the same entries", async () => {
  const at = await page();
  await at.json("/domains/alias.example/rooms", { method: "POST", body: { number: "777" } });
  assert.equal((await at.json(`/domains/${DOMAIN}/rooms/777`)).fromFile, false);
});

Deno.test("changes at the same moment follow one another, and none is lost", async () => {
  const at = await page();
  const numbers = Array.from({ length: 20 }, (_, index) => String(700 + index));
  await Promise.all(
    numbers.map((number) => at.json(`/domains/${DOMAIN}/rooms`, { method: "POST", body: { number } })),
  );
  const { items } = await at.json(`/domains/${DOMAIN}/rooms`);
  assert.equal(items.length, 21);
});

Deno.test("who changed what stands in the audit log; reading and refusals do not", async () => {
  const at = await page();
  at.audit.entries.length = 0;
  await at.json(`/domains/${DOMAIN}/rooms`, { method: "POST", body: { number: "777", pin: "987654" } });
  await at.json(`/domains/${DOMAIN}/rooms/777`, { method: "PUT", body: {} });
  await at.ask(`/domains/${DOMAIN}/rooms/800`, { method: "DELETE" });
  await at.json(`/domains/${DOMAIN}/rooms`);
  await at.ask(`/domains/${DOMAIN}/rooms/777`, { method: "DELETE" });
  assert.deepEqual(at.audit.entries.map(({ who, action, target }) => `${who}: ${action} ${target}`), [
    `admin: add rooms ${DOMAIN}`,
    `admin: change rooms ${DOMAIN}/777`,
    `admin: remove rooms ${DOMAIN}/777`,
  ]);
  const { items } = await at.json("/audit?limit=2");
  assert.equal(items.length, 2);
  assert.doesNotMatch(JSON.stringify(at.audit.entries), /987654/);
});
