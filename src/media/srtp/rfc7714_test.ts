/** RFC 7714 §16 and §17, typed from the RFC: session key and salt are given, nothing is derived. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { hex } from "../../base/mod.ts";
import type { SrtpSuiteName } from "../plane.ts";
import { GcmCipher } from "./gcm_cipher.ts";
import { PacketJob } from "./packet_job.ts";
import { suiteOf } from "./suites.ts";

const bytes = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));
const KEY = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const SALT = "517569642070726f2071756f";
const RTP = "8040f17b8041f8d35501a0b2" +
  "47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573";
const RTCP = "81c8000d4d617273" +
  "4e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef";
const RTCP_WORD = "800005d4";

function cipher(suite: SrtpSuiteName): GcmCipher {
  const row = suiteOf(suite);
  const keys = {
    encryption: bytes(KEY).subarray(0, row.keyLength),
    salt: bytes(SALT),
    authentication: bytes(""),
  };
  return new GcmCipher(row, { keys });
}

function job(
  plain: string,
  options: { bodyStart: number; ssrc: number; index: number; rtcpWord?: string },
): PacketJob {
  const it = new PacketJob(), end = plain.length / 2;
  it.packet = new Uint8Array(end + 20);
  it.packet.set(bytes(plain + "00".repeat(16) + (options.rtcpWord ?? "")));
  it.bodyStart = options.bodyStart;
  it.bodyEnd = it.tagAt = end;
  it.rtcpWordAt = options.rtcpWord === undefined ? -1 : end + 16;
  it.ssrc = options.ssrc;
  it.index = options.index;
  return it;
}

for (
  const [clause, suite, sealed] of [
    [
      "§16.1",
      "AEAD_AES_128_GCM",
      "8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833" +
      "899d7f27beb16a9152cf765ee4390cce",
    ],
    [
      "§16.2",
      "AEAD_AES_256_GCM",
      "8040f17b8041f8d35501a0b232b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b" +
      "7aa3db36dfffd6b0f9bb7878d7a76c13",
    ],
  ] as const
) {
  Deno.test(`RFC 7714 ${clause}: ${suite} on RTP, both ways`, () => {
    const gcm = cipher(suite), it = job(RTP, { bodyStart: 12, ssrc: 0x5501a0b2, index: 0xf17b });
    gcm.seal(it, undefined);
    assert.equal(hex(it.packet.subarray(0, sealed.length / 2)), sealed);
    assert.equal(gcm.verify(it, undefined), true);
    gcm.decrypt(it, undefined);
    assert.equal(hex(it.packet.subarray(0, it.bodyEnd)), RTP);
  });
}

for (
  const [clause, suite, sealed] of [
    [
      "§17.1",
      "AEAD_AES_128_GCM",
      "81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275b" +
      "c84aa45896cf4d2fc5abf87245d9eade800005d4",
    ],
    [
      "§17.2",
      "AEAD_AES_256_GCM",
      "81c8000d4d617273d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c61de0476f1b6fad" +
      "1d1eb30c4446839f57ff6f6cb26ac3be800005d4",
    ],
  ] as const
) {
  Deno.test(`RFC 7714 ${clause}: ${suite} on RTCP, both ways`, () => {
    const gcm = cipher(suite);
    const it = job(RTCP, { bodyStart: 8, ssrc: 0x4d617273, index: 0x5d4, rtcpWord: RTCP_WORD });
    gcm.seal(it, undefined);
    assert.equal(hex(it.packet.subarray(0, sealed.length / 2)), sealed);
    assert.equal(gcm.verify(it, undefined), true);
    gcm.decrypt(it, undefined);
    assert.equal(hex(it.packet.subarray(0, it.bodyEnd)), RTCP);
  });
}
