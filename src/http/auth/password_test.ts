/** Passwords of administrators: scrypt as RFC 7914 has it, one at a time. */

import assert from "node:assert/strict";
import { scrypt } from "node:crypto";
import { seededRandom } from "../../base/mod.ts";
import { PasswordHasher } from "./password.ts";

Deno.test("RFC 7914 §12: the scrypt underneath is the one of the third test vector", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const cost = { N: 16384, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };
  scrypt("pleaseletmein", "SodiumChloride", 64, cost, (_error, key) => resolve(key.toString("hex")));
  assert.equal(
    await promise,
    "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2" +
      "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887",
  );
});

Deno.test("a password is known again, another one is not, and the same one is never stored alike twice", async () => {
  const hasher = new PasswordHasher(seededRandom(1));
  const [stored, again] = [await hasher.hash("Grüße aus 北京"), await hasher.hash("Grüße aus 北京")];
  assert.match(stored, /^scrypt\$32768\$8\$3\$[0-9a-f]{32}\$[0-9a-f]{64}$/);
  assert.notEqual(stored, again);
  // NFD: what another keyboard sends for the same letters (RFC 8265 §4.2.2).
  assert.equal(await hasher.verify("Grüße aus 北京".normalize("NFD"), stored), true);
  assert.equal(await hasher.verify("Grüße aus 北京 ", stored), false);
  assert.equal(await hasher.verify("", stored), false);
});

Deno.test("nobody's password matches nothing, and a damaged hash matches nobody", async () => {
  const hasher = new PasswordHasher(seededRandom(1));
  assert.equal(await hasher.verify("", undefined), false);
  for (const damaged of ["", "scrypt", "scrypt$1$2$3", "md5$1$1$1$00$00", "scrypt$16$8$1$00$"]) {
    assert.equal(await hasher.verify("x", damaged), false, damaged);
  }
});

Deno.test("checks wait their turn, and only a few may wait", async () => {
  const hasher = new PasswordHasher(seededRandom(1));
  const cheap = "scrypt$2$1$1$00$00";
  const waiting = Array.from({ length: 8 }, () => hasher.verify("x", cheap));
  assert.equal(hasher.hasRoom, false);
  assert.deepEqual(new Set(await Promise.all(waiting)), new Set([false]));
  assert.equal(hasher.hasRoom, true);
});
