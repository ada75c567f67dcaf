/** RFC 6188 §7, typed from the RFC. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { hex } from "../../base/mod.ts";
import type { SrtpSuiteName } from "../plane.ts";
import { deriveRtpKeys } from "./key_derivation.ts";
import { KeyStreamSource } from "./key_stream.ts";
import { suiteOf } from "./suites.ts";

const bytes = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));

for (
  const [clause, suite, key, first, last] of [
    [
      "§7.1",
      "AES_256_CM_HMAC_SHA1_80",
      "57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98",
      "92bdd28a93c3f52511c677d08b5515a49da71b2378a854f67050756ded165bac63c4868b7096d88421b563b8c94c9a31",
      "cea518c90fd91ced9cbb18c078a547113dbc4814f4da5f00a08772b63c6a046d6eb246913062a16891433e97dd01a57f",
    ],
    [
      "§7.3",
      "AES_192_CM_HMAC_SHA1_80",
      "eab234764e517b2d3d160d587d8c86219740f65f99b6bcf7",
      "35096cba4610028dc1b57503804ce37c5de986291dcce161d5165ec4568f5c9a474a40c77894bc17180202272a4c264d",
      "d108d1a31a00bad6367ec23eb044b415c8f57129fdeb970b59f917b257662d4ca5dab625811034e8cebdfeb6dc158dd3",
    ],
  ] as const
) {
  Deno.test(`RFC 6188 ${clause}: key stream of ${suite}, first and last blocks`, () => {
    const salt = bytes("f0f1f2f3f4f5f6f7f8f9fafbfcfd");
    const source = new KeyStreamSource(suiteOf(suite as SrtpSuiteName), { encryption: bytes(key), salt });
    const stream = source.make({ ssrc: 0, index: 0, packets: 1, blocks: 0xff02 });
    assert.equal(hex(stream.subarray(0, 48)), first);
    assert.equal(hex(stream.subarray(0xfeff * 16)), last);
  });
}

for (
  const [clause, suite, key, salt, encryption, sessionSalt, authentication] of [
    [
      "§7.2",
      "AES_256_CM_HMAC_SHA1_80",
      "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6",
      "3b04803de51ee7c96423ab5b78d2",
      "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4",
      "fa31791685ca444a9e07c6c64e93",
      "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05",
    ],
    [
      "§7.4",
      "AES_192_CM_HMAC_SHA1_80",
      "73edc66c4fa15776fb57f9505c17136550ffda71f3e8e5f1",
      "c8522f3acd4ce86d5add78edbb11",
      "31874736a8f1143870c26e4857d8a5b2c4a354407faadabb",
      "2372b82d639b6d8503a47adc0a6c",
      "355b10973cd95b9eacf4061c7e1a7151e7cfbfcb",
    ],
  ] as const
) {
  Deno.test(`RFC 6188 ${clause}: session keys of ${suite}`, () => {
    const rtp = deriveRtpKeys(suiteOf(suite as SrtpSuiteName), bytes(key + salt));
    assert.equal(hex(rtp.encryption), encryption);
    assert.equal(hex(rtp.salt), sessionSalt);
    assert.equal(hex(rtp.authentication), authentication);
  });
}
