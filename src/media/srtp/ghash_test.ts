import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import fc from "fast-check";
import { hex } from "../../base/mod.ts";
import { Ghash } from "./ghash.ts";

/** GHASH by the book: bit by bit, on BigInt (NIST SP 800-38D §6.3, Algorithm 1). */
function model(key: Uint8Array, aad: Uint8Array, text: Uint8Array): string {
  const number = (bytes: Uint8Array) => BigInt(`0x0${hex(bytes)}`);
  const h = number(key);
  let y = 0n;
  const take = (block: bigint) => {
    let z = 0n, v = h;
    const x = y ^ block;
    for (let i = 127n; i >= 0n; i--) {
      if ((x >> i) & 1n) z ^= v;
      v = (v & 1n) ? (v >> 1n) ^ (0xe1n << 120n) : v >> 1n;
    }
    y = z;
  };
  for (const part of [aad, text]) {
    for (let at = 0; at < part.length; at += 16) {
      const block = new Uint8Array(16);
      block.set(part.subarray(at, at + 16));
      take(number(block));
    }
  }
  take((BigInt(aad.length * 8) << 64n) | BigInt(text.length * 8));
  return y.toString(16).padStart(32, "0");
}

function ghash(key: Uint8Array, aad: Uint8Array, text: Uint8Array): string {
  const hash = new Ghash(key), out = new Int32Array(4);
  hash.reset();
  hash.update(aad, 0, aad.length);
  hash.update(text, 0, text.length);
  hash.finish({ aad: aad.length, text: text.length }, out);
  return [...out].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

Deno.test("GHASH equals the bitwise definition for any key, associated data and text", () => {
  fc.assert(fc.property(
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    fc.uint8Array({ maxLength: 50 }),
    fc.uint8Array({ maxLength: 80 }),
    (key, aad, text) => assert.equal(ghash(key, aad, text), model(key, aad, text)),
  ));
});

Deno.test("the tag made of GHASH is the one of node:crypto's GCM", () => {
  fc.assert(fc.property(
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    fc.uint8Array({ minLength: 12, maxLength: 12 }),
    fc.uint8Array({ maxLength: 40 }),
    fc.uint8Array({ maxLength: 400 }),
    (key, iv, aad, plain) => {
      const gcm = createCipheriv("aes-128-gcm", key, iv);
      gcm.setAAD(aad);
      const text = gcm.update(plain);
      gcm.final();
      const ecb = createCipheriv("aes-128-ecb", key, null);
      ecb.setAutoPadding(false);
      const subkey = Uint8Array.from(ecb.update(new Uint8Array(16)));
      const mask = Uint8Array.from(ecb.update(Uint8Array.of(...iv, 0, 0, 0, 1)));
      const masked = mask.map((byte, i) => byte ^ gcm.getAuthTag()[i]!);
      assert.equal(ghash(subkey, aad, text), hex(masked));
    },
  ));
});
