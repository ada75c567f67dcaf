/** Who is let in to what, and in which words the others are sent away: the whole application, in memory. */

import assert from "node:assert/strict";
import { ENDPOINTS } from "./api/mod.ts";
import { FakePage, HOST } from "./fake_page.ts";

Deno.test("without proof everything but the documented few is 401 with the scheme to prove oneself by", async () => {
  const page = new FakePage();
  for (const { method, path, access } of ENDPOINTS) {
    if (access === "anybody") continue;
    const at = path.replaceAll(/\{\w+\}/g, "x");
    const answer = await page.ask(at, { method: method.toUpperCase() });
    assert.equal(answer.status, 401, `${method} ${at}`);
    assert.equal(answer.headers.get("www-authenticate"), 'Bearer realm="sipedge"');
    assert.equal(answer.headers.get("cache-control"), "no-store");
  }
  for (const path of ["/events", "//metrics"]) {
    assert.equal(await page.refusal(path), "401 unauthenticated", path);
  }
  for (const from of ["127.0.0.1", "::1"]) {
    assert.equal(await page.refusal("//metrics", { from }), "401 unauthenticated", "nor from this machine");
  }
  for (const path of ["//healthz", "//readyz", "/session", "/openapi.json", "//"]) {
    assert.equal((await page.ask(path)).status, 200, path);
  }
});

Deno.test("a token may do what its scopes say and nothing else, and no person's things", async () => {
  const page = await new FakePage({ stored: [{ name: "made.example" }] }).signIn();
  const { secret } = await page.json<{ secret: string }>("/tokens", {
    method: "POST",
    body: { name: "reader", scopes: ["directory:read", "metrics"] },
  });
  page.cookie = page.csrf = "";
  const headers = { authorization: `bearer ${secret}` };
  assert.equal((await page.ask("/domains", { headers })).status, 200);
  assert.equal((await page.ask("//metrics", { headers })).status, 200);
  const body = { number: "1" };
  const refused = [
    page.refusal("/domains/made.example/extensions", { method: "POST", body, headers }),
    page.refusal("/overview", { headers }),
    page.refusal("/events", { headers }),
    page.refusal("/tokens", { headers }),
    page.refusal("/sessions", { headers }),
    page.refusal("/account/totp", { method: "POST", headers }),
  ];
  assert.deepEqual(new Set(await Promise.all(refused)), new Set(["403 forbidden"]));
  for (
    const authorization of [
      "Bearer ",
      "Basic YWRtaW46YWRtaW4=",
      `Bearer ${secret}0`,
      secret,
      `Token ${secret}`,
    ]
  ) {
    assert.equal(await page.refusal("/domains", { headers: { authorization } }), "401 unauthenticated");
  }
});

Deno.test("a wrong token is not made good by a cookie beside it", async () => {
  const page = await new FakePage().signIn();
  assert.equal(
    await page.refusal("/overview", { headers: { authorization: "Bearer x" } }),
    "401 unauthenticated",
  );
});

Deno.test("a change by session needs the token of the page, and comes from the page", async () => {
  const page = await new FakePage().signIn();
  const post = (headers: Record<string, string>) =>
    page.ask("/domains", { method: "POST", body: { name: `d${page.changes}.example` }, headers });
  const foreign = [
    { "x-csrf-token": "" },
    { "x-csrf-token": "0".repeat(64) },
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: `http://${HOST}:8081` },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "none" },
  ];
  for (const headers of foreign) {
    const answer = await post(headers as Record<string, string>);
    assert.equal(answer.status, 403, JSON.stringify(headers));
    assert.match((await answer.json()).type, /:cross-site$/);
  }
  assert.equal(page.changes, 0);
  assert.equal((await post({ origin: `http://${HOST}`, "sec-fetch-site": "same-origin" })).status, 201);
  assert.equal((await post({})).status, 201);
});

Deno.test("a foreign page reads nothing by the cookie, and hears no events", async () => {
  const page = await new FakePage().signIn();
  const foreign = [{ origin: "https://evil.example" }, { "sec-fetch-site": "cross-site" }];
  for (const headers of foreign as Record<string, string>[]) {
    for (const path of ["/overview", "/events", "//metrics", "/records/export"]) {
      assert.equal(await page.refusal(path, { headers }), "403 cross-site", path);
    }
  }
  const own = await page.ask("/events", { headers: { origin: `http://${HOST}` } });
  assert.equal(own.status, 200);
  await own.body!.cancel();
  assert.equal((await page.ask("/domains", { headers: { "sec-fetch-site": "none" } })).status, 200, "typed");
});

Deno.test("signing somebody in from a foreign page is refused", async () => {
  const page = await new FakePage().signIn();
  page.cookie = page.csrf = "";
  const body = { password: "whatever" };
  for (const headers of [{ origin: "https://evil.example" }, { "sec-fetch-site": "cross-site" }]) {
    const asking = { method: "POST", body, headers: headers as Record<string, string> };
    assert.equal(await page.refusal("/session", asking), "403 cross-site");
  }
  assert.equal(await page.refusal("/session", { method: "POST", body }), "401 unauthenticated");
});

Deno.test("a host name that is not ours is refused before anything else", async () => {
  const page = await new FakePage().signIn();
  assert.equal(await page.refusal("/overview", { headers: { host: "rebound.example" } }), "403 forbidden");
  assert.equal(await page.refusal("//", { headers: { host: "rebound.example" } }), "403 forbidden");
});

Deno.test("with HTTP/2 there is no Host: the address says whom the request is for, and where an own page is", async () => {
  const page = await new FakePage({ isSecure: true }).signIn();
  const ask = (origin: string, at = HOST) =>
    page.app.fetch(
      new Request(`https://${at}/api/v1/domains`, {
        method: "POST",
        headers: {
          cookie: page.cookie,
          "x-csrf-token": page.csrf,
          origin,
          "content-type": "application/json",
        },
        body: '{"name":"made.example"}',
      }),
      { host: "192.0.2.1" },
    );
  assert.equal((await ask("https://evil.example")).status, 403);
  assert.equal((await ask("https://rebound.example", "rebound.example")).status, 403);
  assert.equal((await ask(`https://${HOST}`)).status, 201);
});

Deno.test("a banned sender gets a closed door, unless he proves himself", async () => {
  const page = await new FakePage({ isWelcome: () => false }).signIn().catch((error: Error) => error);
  assert.match(String(page), /403/);
  const banned = new Set<string>();
  const other = await new FakePage({ isWelcome: (host) => !banned.has(host) }).signIn();
  banned.add("192.0.2.1");
  assert.equal((await other.ask("/domains")).status, 200);
  other.cookie = "";
  assert.equal(await other.refusal("/session"), "403 forbidden");
  assert.equal(await other.refusal("//"), "403 forbidden");
});

Deno.test("cookies: HttpOnly, SameSite, and over TLS Secure under a name that no other host can plant", async () => {
  const password = "a long password";
  for (const isSecure of [false, true]) {
    const page = new FakePage({ isSecure });
    const body = { token: page.gate.openSetup(), password };
    const cookie = (await page.ask("/setup", { method: "POST", body })).headers.get("set-cookie")!;
    assert.match(
      cookie,
      isSecure ? /^__Host-sipedge=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict; / : /^sipedge=/,
    );
    assert.match(cookie, /; HttpOnly; SameSite=Strict; Max-Age=604800/);
    assert.equal(/; Secure/.test(cookie), isSecure);
    assert.doesNotMatch(cookie, /Domain/i);
  }
});

Deno.test("a session cannot be fixed beforehand: sign-in makes a new one and ends the one it came with", async () => {
  const page = await new FakePage().signIn();
  const before = page.cookie;
  page.cookie = `sipedge=${"ab".repeat(32)}`;
  await page.signIn();
  assert.notEqual(page.cookie, `sipedge=${"ab".repeat(32)}`);
  assert.notEqual(page.cookie, before);
  const second = page.cookie;
  await page.signIn();
  assert.equal(await page.refusal("/overview", { headers: { cookie: second } }), "401 unauthenticated");
  const wrong = { method: "POST", body: { password: "wrong" } };
  assert.equal(await page.refusal("/session", wrong), "401 unauthenticated");
  assert.equal((await page.ask("/domains")).status, 200, "a wrong password ends no session");
});

Deno.test("what is not there is 404, what cannot be done there 405 with what can, each as problem details", async () => {
  const page = await new FakePage().signIn();
  const allowOf = async (path: string, method: string) => {
    const answer = await page.ask(path, { method });
    assert.equal(answer.headers.get("content-type"), "application/problem+json");
    assert.equal((await answer.json()).status, 405, path);
    return answer.headers.get("allow");
  };
  assert.equal(await page.refusal("/nothing"), "404 not-found");
  assert.equal(await page.refusal("//nothing"), "404 not-found");
  assert.equal(await allowOf("/overview", "DELETE"), "GET, HEAD");
  assert.equal(await allowOf("/session", "PATCH"), "GET, POST, DELETE, HEAD");
  assert.equal(await allowOf("/domains/x/rules", "POST"), "GET, PUT, HEAD");
  assert.equal(await allowOf("/events", "POST"), "GET, HEAD");
  assert.equal(await allowOf("//calls", "POST"), "GET, HEAD");
  assert.equal(
    (await page.ask("/events", { method: "HEAD" })).headers.get("content-type"),
    "text/event-stream",
  );
  assert.equal(page.events.size, 0, "a stream that nobody reads is not opened");
});

Deno.test("a fault of ours is told as one, without its inside", async () => {
  const page = await new FakePage({
    queries: {
      overview: () => Promise.reject(new Error("secret path /var/lib")),
    },
  }).signIn();
  const answer = await page.ask("/overview");
  assert.equal(answer.status, 500);
  assert.doesNotMatch(await answer.text(), /var\/lib|Error/);
  assert.match(answer.headers.get("content-security-policy")!, /default-src 'none'/);
  assert.match(page.log.join(), /could not be answered/);
});

Deno.test("starting and stopping, the server says that it is not ready", async () => {
  let isReady = false, missing = ["media: a thread gives no sign of life", "database: it takes no data"];
  const page = new FakePage({
    queries: { isReady: () => isReady, missing: () => Promise.resolve(missing) },
  });
  assert.equal((await page.ask("//healthz")).status, 503);
  const refused = await page.ask("//readyz");
  assert.equal(refused.status, 503);
  assert.equal(await refused.text(), "media: a thread gives no sign of life\ndatabase: it takes no data\n");
  isReady = true;
  assert.equal((await page.ask("//healthz")).status, 200, "alive is less than ready");
  missing = [];
  assert.equal((await page.ask("//readyz")).status, 200);
});
