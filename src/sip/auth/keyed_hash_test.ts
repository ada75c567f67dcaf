import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import fc from "fast-check";
import { KeyedHash } from "./keyed_hash.ts";

Deno.test("a keyed hash is the HMAC-SHA-256 of node:crypto for every key and text", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.array(fc.string({ unit: "binary" })), (key, texts) => {
      const keyed = new KeyedHash(key);
      for (const text of [...texts, "x".repeat(1000)]) {
        const bytes = new TextEncoder().encode(text);
        assert.equal(keyed.digestHex(text), createHmac("sha256", key).update(bytes).digest("hex"));
      }
    }),
  );
});

Deno.test("RFC 4231 §4.3: the second test case", () => {
  assert.equal(
    new KeyedHash(new TextEncoder().encode("Jefe")).digestHex("what do ya want for nothing?"),
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  );
});
