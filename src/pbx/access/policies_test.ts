import assert from "node:assert/strict";
import { seededRandom } from "../../base/mod.ts";
import { testSettings } from "../../config/mod.ts";
import { DigestPolicies } from "./policies.ts";

const SERVER = ["MD5"] as const;

function domainOf(share: number, digest?: readonly string[]) {
  const extensions = Array.from({ length: 100 }, (_, index) => ({
    number: String(1000 + index),
    ...(index < share && { digest: ["SHA-256"] }),
  }));
  const [domain] =
    testSettings({ domains: [{ name: "a.example", extensions, ...(digest && { digest }) }] }).domains;
  return domain!;
}

Deno.test("digest policy: the extension's, else the domain's, else the server's", () => {
  const policies = new DigestPolicies(seededRandom(1));
  const plain = domainOf(0), strict = domainOf(0, ["SHA-256", "MD5"]);
  const own = { digest: ["SHA-256"] } as const;
  assert.deepEqual(policies.of(plain, "1000", { extension: own, server: SERVER }), ["SHA-256"]);
  assert.deepEqual(policies.of(plain, "1000", { extension: {}, server: SERVER }), ["MD5"]);
  assert.deepEqual(policies.of(strict, "1000", { extension: {}, server: SERVER }), ["SHA-256", "MD5"]);
  assert.deepEqual(policies.of(strict, "nobody", { extension: undefined, server: SERVER }), [
    "SHA-256",
    "MD5",
  ]);
});

Deno.test("digest policy: names that do not exist are asked like those that do, each always alike", () => {
  const policies = new DigestPolicies(seededRandom(2)), domain = domainOf(30);
  const ask = (user: string) => policies.of(domain, user, { extension: undefined, server: SERVER }).join();
  const names = Array.from({ length: 2000 }, (_, index) => `${index}`);
  const strong = names.filter((name) => ask(name) === "SHA-256").length;
  assert.ok(strong > 480 && strong < 720, `${strong} of 2000 where 600 are expected`);
  assert.deepEqual(["", "anonymous"].map(ask), ["MD5", "MD5"], "who hides is asked as usual");
  assert.ok(names.every((name) => ask(name) === ask(name)));
});
