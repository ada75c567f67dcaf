import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { hex } from "../../base/mod.ts";
import { HmacSha1 } from "./hmac_sha1.ts";
import { compressBlock, SHA1_START } from "./sha1.ts";

function text(words: Int32Array): string {
  return [...words].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

Deno.test("SHA-1 of one padded block is that of FIPS 180-4's example abc", () => {
  const block = new Uint8Array(64);
  block.set([0x61, 0x62, 0x63, 0x80]);
  block[63] = 24;
  const state = Int32Array.from(SHA1_START);
  compressBlock(state, block, 0);
  assert.equal(text(state), "a9993e364706816aba3e25717850c26c9cd0d89d");
  assert.equal(text(state), createHash("sha1").update("abc").digest("hex"));
});

Deno.test("HMAC of every length from 0 to 300 equals node:crypto, with and without rollover counter", () => {
  const key = Uint8Array.from({ length: 20 }, (_, i) => i * 13 + 5);
  const bytes = Uint8Array.from({ length: 300 }, (_, i) => i * 31 + 7);
  const hmac = new HmacSha1(key);
  for (let end = 0; end <= bytes.length; end++) {
    const part = bytes.subarray(0, end);
    assert.equal(
      text(hmac.digest(bytes, end, -1)),
      createHmac("sha1", key).update(part).digest("hex"),
      `${end} bytes`,
    );
    assert.equal(
      text(hmac.digest(bytes, end, 0xfedcba98)),
      createHmac("sha1", key).update(part).update(Uint8Array.of(0xfe, 0xdc, 0xba, 0x98)).digest("hex"),
      `${end} bytes and rollover counter`,
    );
  }
});

Deno.test("HMAC equals node:crypto for any key of up to 64 bytes and any message", () => {
  fc.assert(fc.property(
    fc.uint8Array({ minLength: 1, maxLength: 64 }),
    fc.uint8Array({ maxLength: 2000 }),
    (key, message) => {
      const want = createHmac("sha1", key).update(message).digest("hex");
      assert.equal(text(new HmacSha1(key).digest(message, message.length, -1)), want, hex(key));
    },
  ));
});
