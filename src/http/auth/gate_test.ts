/** The door of the page: one-time link, sign-in, sessions, tokens, second factor, and what the audit log says of them. */

import assert from "node:assert/strict";
import { FakeGate, MemoryState, PASSWORD } from "../fake_page.ts";
import { totpCode, totpCounter } from "./totp.ts";

const HOME = { host: "192.0.2.1", userAgent: "Browser" };
const AWAY = { host: "198.51.100.9", userAgent: "Guesser" };

async function withAdministrator(state?: MemoryState): Promise<FakeGate & { secret: string }> {
  const fake = new FakeGate(state && { state });
  const made = await fake.gate.setUp(
    { secret: fake.gate.openSetup(), name: "admin", password: PASSWORD },
    HOME,
  );
  assert.ok(made.ok);
  return Object.assign(fake, { secret: made.secret });
}

const signIn = ({ gate }: FakeGate, password: string, from = HOME, code?: string) =>
  gate.signIn({ name: "admin", password, code }, from);

Deno.test("there is no account before somebody makes one: no password opens", async () => {
  const fake = new FakeGate();
  for (const password of ["", "admin", "password", "sipedge"]) {
    assert.deepEqual(await signIn(fake, password, { ...HOME, host: `192.0.2.${password.length}` }), {
      ok: false,
      reason: "wrong",
    });
  }
});

Deno.test("the link opens once, for an hour, and only the newest one", async () => {
  const fake = new FakeGate();
  const wish = (secret: string) => fake.gate.setUp({ secret, name: "admin", password: PASSWORD }, HOME);
  const [first, second] = [fake.gate.openSetup(), fake.gate.openSetup()];
  assert.deepEqual([first, second].map((secret) => fake.gate.isSetupSecret(secret, HOME)), [false, true]);
  assert.equal((await wish(first)).ok, false);
  fake.clock.advance(3_600_001);
  assert.equal((await wish(second)).ok, false, "an hour is over");
  const third = fake.gate.openSetup();
  // Two browsers at the same moment: one of them comes too late.
  const both = await Promise.all([wish(third), wish(third)]);
  assert.deepEqual(both.map(({ ok }) => ok).sort(), [false, true]);
  assert.equal((await wish(third)).ok, false, "used");
});

Deno.test("guessing the link is slowed like guessing a password", async () => {
  const fake = new FakeGate();
  fake.gate.openSetup();
  const guess = () => fake.gate.setUp({ secret: "0".repeat(48), name: "x", password: PASSWORD }, AWAY);
  for (let tries = 0; tries < 3; tries++) assert.deepEqual(await guess(), { ok: false, reason: "wrong" });
  assert.deepEqual(await guess(), { ok: false, reason: "wait", seconds: 1 });
});

Deno.test("wrong passwords: refused, told to the doorkeeper, slowed; the right one waits like any other", async () => {
  const fake = await withAdministrator();
  for (let tries = 0; tries < 3; tries++) {
    assert.deepEqual(await signIn(fake, "wrong", AWAY), { ok: false, reason: "wrong" });
  }
  assert.deepEqual(fake.failures, Array(3).fill("198.51.100.9 page"));
  assert.deepEqual(await signIn(fake, PASSWORD, AWAY), { ok: false, reason: "wait", seconds: 1 });
  assert.equal((await signIn(fake, PASSWORD, HOME)).ok, true, "the owner elsewhere is not kept out");
  fake.clock.advance(1000);
  assert.equal((await signIn(fake, PASSWORD, AWAY)).ok, true);
});

Deno.test("many guesses at the same moment count as many", async () => {
  const fake = await withAdministrator();
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => signIn(fake, "wrong", AWAY)));
  const looked = outcomes.filter((outcome) => !outcome.ok && outcome.reason === "wrong").length;
  assert.ok(looked <= 3, `${looked} were looked at`);
});

Deno.test("IPv6 guessers are one by their /64", async () => {
  const fake = await withAdministrator();
  const from = (last: number) => ({ ...AWAY, host: `2001:db8:1:2::${last}` });
  for (let tries = 1; tries <= 3; tries++) await signIn(fake, "wrong", from(tries));
  assert.deepEqual(await signIn(fake, "wrong", from(4)), { ok: false, reason: "wait", seconds: 1 });
});

Deno.test("a session is known by its cookie, ends idle, ends after a week, and survives a restart", async () => {
  const state = new MemoryState();
  const fake = await withAdministrator(state);
  assert.equal(fake.gate.ofSession(fake.secret)?.principal.name, "admin");
  assert.equal(fake.gate.ofSession("0".repeat(64)), undefined);
  assert.ok(![...state.values.values()].join().includes(fake.secret), "only its hash is kept");
  const after = new FakeGate({ state });
  await after.gate.load();
  assert.equal(after.gate.ofSession(fake.secret)?.principal.name, "admin");
  for (let hour = 0; hour < 7 * 24; hour += 11) {
    fake.clock.advance(11 * 3_600_000);
    if (hour + 11 <= 7 * 24) assert.ok(fake.gate.ofSession(fake.secret), `in use after ${hour + 11} h`);
  }
  assert.equal(fake.gate.ofSession(fake.secret), undefined, "a week");
  const fresh = await signIn(fake, PASSWORD);
  assert.ok(fresh.ok);
  fake.clock.advance(12 * 3_600_000 + 1);
  assert.equal(fake.gate.ofSession(fresh.secret), undefined, "idle");
});

Deno.test("a new password ends every other session; the wrong present one is slowed", async () => {
  const fake = await withAdministrator();
  const other = await signIn(fake, PASSWORD, AWAY);
  assert.ok(other.ok);
  const who = fake.gate.ofSession(fake.secret)!.principal;
  const change = (before: string) =>
    fake.gate.changePassword(who, { before, after: "another long one" }, HOME);
  for (let tries = 0; tries < 3; tries++) assert.equal(await change("wrong"), "wrong");
  assert.deepEqual(await change(PASSWORD), { seconds: 1 });
  fake.clock.advance(1000);
  assert.equal(await change(PASSWORD), "ok");
  assert.ok(fake.gate.ofSession(fake.secret));
  assert.equal(fake.gate.ofSession(other.secret), undefined);
  assert.equal((await signIn(fake, PASSWORD, { ...HOME, host: "192.0.2.2" })).ok, false);
});

Deno.test("second factor: offered, confirmed, asked for, each code once; not replaced without a code", async () => {
  const fake = await withAdministrator();
  const { accounts } = fake.gate;
  const secretOf = (uri: string) => fromBase32(new URL(uri).searchParams.get("secret")!);
  const codeOf = (secret: Uint8Array) => totpCode(secret, totpCounter(fake.clock.now()));
  const secret = secretOf(accounts.offerSecondFactor("admin").uri);
  assert.equal((await signIn(fake, PASSWORD)).ok, true, "not in force before it is confirmed");
  assert.equal(accounts.confirmSecondFactor("admin", "000000"), false);
  assert.equal(accounts.confirmSecondFactor("admin", codeOf(secret)), true);
  assert.deepEqual(await signIn(fake, PASSWORD), { ok: false, reason: "code needed" });
  assert.deepEqual(
    await signIn(fake, "wrong"),
    { ok: false, reason: "wrong" },
    "the factor is no secret's oracle",
  );
  assert.equal((await signIn(fake, PASSWORD, HOME, codeOf(secret))).ok, false, "it was used to confirm");
  fake.clock.advance(30_000);
  assert.equal((await signIn(fake, PASSWORD, HOME, codeOf(secret))).ok, true);
  assert.equal((await signIn(fake, PASSWORD, HOME, codeOf(secret))).ok, false, "replayed");
  const other = secretOf(accounts.offerSecondFactor("admin").uri);
  assert.equal(accounts.confirmSecondFactor("admin", codeOf(other)), false, "the one in force stays");
  fake.clock.advance(30_000);
  assert.equal(accounts.removeSecondFactor("admin", codeOf(secret)), true);
  assert.equal((await signIn(fake, PASSWORD, { ...HOME, host: "192.0.2.2" })).ok, true);
});

Deno.test("codes are guessed as fast as the lock-out lets them be", async () => {
  const fake = await withAdministrator();
  const who = fake.gate.ofSession(fake.secret)!.principal;
  for (let tries = 0; tries < 3; tries++) assert.equal(fake.gate.tryCode(who, () => false), "wrong");
  assert.deepEqual(fake.gate.tryCode(who, () => true), { seconds: 1 });
});

Deno.test("tokens: shown once, kept as hash, limited by scope and time, gone when removed", async () => {
  const state = new MemoryState();
  const { gate, clock } = new FakeGate({ state });
  const made = gate.tokens.create(
    { name: "script", scopes: ["calls", "calls"], expiresAt: clock.now() + 1000 },
    "admin",
  )!;
  assert.match(made.secret, /^sipedge_[0-9a-f]{64}$/);
  assert.ok(!JSON.stringify([...state.values, gate.tokens.list()]).includes(made.secret.slice(8)));
  assert.ok(!JSON.stringify(gate.tokens.list()).includes("hash"));
  assert.deepEqual([...gate.ofToken(made.secret)!.scopes], ["calls"]);
  for (
    const wrong of ["", "sipedge_", made.secret.slice(0, -1), `${made.secret}0`, made.secret.toUpperCase()]
  ) {
    assert.equal(gate.ofToken(wrong), undefined, wrong);
  }
  const after = new FakeGate({ state });
  state.put("web/token/damaged", "{");
  state.put("web/token/other", JSON.stringify({ id: "x", hash: "y", scopes: ["everything"] }));
  await after.gate.load();
  assert.ok(after.gate.ofToken(made.secret));
  clock.advance(1000);
  assert.equal(gate.ofToken(made.secret), undefined, "its time is over");
  const lasting = gate.tokens.create({ name: "b", scopes: ["status"] }, "admin")!;
  assert.equal(gate.tokens.remove(lasting.token.id), true);
  assert.equal(gate.ofToken(lasting.secret), undefined);
});

Deno.test("sessions and tokens are capped", async () => {
  const fake = await withAdministrator();
  for (let count = 0; count < 300; count++) fake.gate.sessions.open("admin", AWAY);
  assert.ok(fake.gate.sessions.list().length <= 200);
  let made = 0;
  while (fake.gate.tokens.create({ name: "x", scopes: ["status"] }, "admin")) made++;
  assert.equal(made, 500);
});

Deno.test("the audit log says who came in and who did not, without a secret", async () => {
  const fake = await withAdministrator();
  await signIn(fake, "a wrong password", AWAY);
  await signIn(fake, PASSWORD);
  fake.gate.audit({ kind: "token", name: "admin", scopes: new Set(), id: "1" }, "192.0.2.7", {
    action: "add rooms",
  });
  assert.deepEqual(fake.audit.entries.map(({ who, host, action }) => `${who} ${host} ${action}`), [
    "admin 192.0.2.1 set-up",
    "admin 198.51.100.9 sign-in refused",
    "admin 192.0.2.1 sign in",
    "token admin 192.0.2.7 add rooms",
  ]);
  assert.doesNotMatch(JSON.stringify([fake.audit.entries, fake.log]), /wrong password|battery/);
});

function fromBase32(text: string): Uint8Array {
  const bits = [...text].map((sign) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(sign).toString(2).padStart(5, "0")
  );
  return Uint8Array.from(bits.join("").match(/.{8}/g) ?? [], (byte) => parseInt(byte, 2));
}

Deno.test("who comes from this machine waits longer and longer, up to half a minute, and is never told to the doorkeeper", async () => {
  const fake = await withAdministrator();
  for (const host of ["127.0.0.1", "::1", "127.0.0.1"]) {
    assert.equal((await signIn(fake, "a wrong password", { ...HOME, host })).ok, false);
  }
  const wait = async () => {
    const result = await signIn(fake, PASSWORD, { ...HOME, host: "127.0.0.1" });
    return !result.ok && result.reason === "wait" ? result.seconds : 0;
  };
  assert.equal(await wait(), 1);
  for (let tries = 0; tries < 12; tries++) {
    fake.clock.advance(1000 * await wait());
    await signIn(fake, "a wrong password", { ...HOME, host: "127.0.0.1" });
  }
  assert.equal(await wait(), 30);
  assert.deepEqual(fake.failures, []);
  fake.clock.advance(30_000);
  assert.equal((await signIn(fake, PASSWORD, { ...HOME, host: "127.0.0.1" })).ok, true);
});
