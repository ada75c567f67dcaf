/** RFC 3711 Appendix B.2 and B.3, typed from the RFC. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { hex } from "../../base/mod.ts";
import { deriveRtpKeys, PseudoRandom } from "./key_derivation.ts";
import { KeyStreamSource } from "./key_stream.ts";
import { suiteOf } from "./suites.ts";
import { webPseudoRandom } from "./web_cipher.ts";

const bytes = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));
const SUITE = suiteOf("AES_CM_128_HMAC_SHA1_80");
const MASTER = bytes("e1f97a0d3e018be0d64fa32c06de4139" + "0ec675ad498afeebb6960b3aabe6");

Deno.test("RFC 3711 B.2: key stream of AES counter mode, first and last blocks", () => {
  const source = new KeyStreamSource(SUITE, {
    encryption: bytes("2b7e151628aed2a6abf7158809cf4f3c"),
    salt: bytes("f0f1f2f3f4f5f6f7f8f9fafbfcfd"),
  });
  const stream = source.make({ ssrc: 0, index: 0, packets: 1, blocks: 0xff02 });
  const block = (number: number) => hex(stream.subarray(number * 16, number * 16 + 16));
  assert.equal(block(0), "e03ead0935c95e80e166b16dd92b4eb4");
  assert.equal(block(1), "d23513162b02d0f72a43a2fe4a5f97ab");
  assert.equal(block(2), "41e95b3bb0a2e8dd477901e4fca894c0");
  assert.equal(block(0xfeff), "ec8cdf7398607cb0f2d21675ea9ea1e4");
  assert.equal(block(0xff00), "362b7c3c6773516318a077d7fc5073ae");
  assert.equal(block(0xff01), "6a2cc3787889374fbeb4c81b17ba6c44");
});

Deno.test("RFC 3711 B.3: session keys, and an authentication key of 94 bytes", () => {
  const rtp = deriveRtpKeys(SUITE, MASTER);
  assert.equal(hex(rtp.encryption), "c61e7a93744f39ee10734afe3ff7a087");
  assert.equal(hex(rtp.salt), "30cbbc08863d8c85d49db34a9ae1");
  assert.equal(hex(rtp.authentication), "cebe321f6ff7716b6fd4ab49af256a156d38baa4");
  const long = "cebe321f6ff7716b6fd4ab49af256a156d38baa48f0a0acf3c34e2359e6cdbcee049646c43d9327ad175578e" +
    "f72270986371c10c9a369ac2f94a8c5fbcdddc256d6e919a48b610ef17c2041e474035766b68642c59bbfc2f34db60dbdfb2";
  assert.equal(hex(new PseudoRandom(SUITE, MASTER).derive(1, 94)), long);
});

Deno.test("RFC 3711 B.3 holds for the second implementation too", async () => {
  const derived = await webPseudoRandom(SUITE, { keyAndSalt: MASTER, label: 0, length: 16 });
  assert.equal(hex(derived), "c61e7a93744f39ee10734afe3ff7a087");
});

Deno.test("a master key of the wrong length is refused", () => {
  for (const length of [0, 16, 29, 31]) {
    assert.throws(() => deriveRtpKeys(SUITE, new Uint8Array(length)), RangeError);
  }
});
