/** Against libsrtp 2, in the same process, where its shared library is installed. */
import assert from "node:assert/strict";
import type { SrtpSuiteName } from "../plane.ts";
import { fakeKey, fakePacket, fakeReport, textOf } from "./fake_peer.ts";
import { SrtpReceiver, SrtpSender } from "./mod.ts";

const LIBRARY = "libsrtp2.so.1";
/**
 * Not the 192-bit suites: libsrtp 2.5 derives their keys with AES-256 over 46 bytes, eight of them beyond the key, which
 * neither RFC 6188 §7.4 nor anybody else does.
 */
const PROFILES = {
  AES_CM_128_HMAC_SHA1_80: ["srtp_crypto_policy_set_rtp_default", "srtp_crypto_policy_set_rtcp_default"],
  AES_CM_128_HMAC_SHA1_32: [
    "srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32",
    "srtp_crypto_policy_set_rtcp_default",
  ],
  AES_256_CM_HMAC_SHA1_80: [
    "srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80",
    "srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80",
  ],
  AES_256_CM_HMAC_SHA1_32: [
    "srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32",
    "srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80",
  ],
  AEAD_AES_128_GCM: [
    "srtp_crypto_policy_set_aes_gcm_128_16_auth",
    "srtp_crypto_policy_set_aes_gcm_128_16_auth",
  ],
  AEAD_AES_256_GCM: [
    "srtp_crypto_policy_set_aes_gcm_256_16_auth",
    "srtp_crypto_policy_set_aes_gcm_256_16_auth",
  ],
} as const satisfies Partial<Record<SrtpSuiteName, readonly [string, string]>>;

type Suite = keyof typeof PROFILES;

const setPolicy = { parameters: ["buffer"], result: "void" } as const;
const onPacket = { parameters: ["pointer", "buffer", "buffer"], result: "i32" } as const;
const SYMBOLS = {
  srtp_init: { parameters: [], result: "i32" },
  srtp_create: { parameters: ["buffer", "buffer"], result: "i32" },
  srtp_dealloc: { parameters: ["pointer"], result: "i32" },
  srtp_protect: onPacket,
  srtp_unprotect: onPacket,
  srtp_protect_rtcp: onPacket,
  srtp_unprotect_rtcp: onPacket,
  srtp_crypto_policy_set_rtp_default: setPolicy,
  srtp_crypto_policy_set_rtcp_default: setPolicy,
  srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32: setPolicy,
  srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80: setPolicy,
  srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32: setPolicy,
  srtp_crypto_policy_set_aes_gcm_128_16_auth: setPolicy,
  srtp_crypto_policy_set_aes_gcm_256_16_auth: setPolicy,
} as const;

function load() {
  try {
    return Deno.dlopen(LIBRARY, SYMBOLS);
  } catch {
    return undefined;
  }
}

const library = load();
library?.symbols.srtp_init();

/** `srtp_policy_t` of libsrtp 2 on 64-bit machines. */
const POLICY = { size: 128, ssrcType: 0, rtp: 8, rtcp: 32, key: 56, window: 88 };
const ANY_INBOUND = 2, ANY_OUTBOUND = 3;

class LibsrtpPeer {
  readonly #symbols = library!.symbols;
  readonly #session: Deno.PointerValue;
  readonly #length = new Int32Array(1);

  constructor(
    suite: Suite,
    { keyAndSalt, direction }: { keyAndSalt: Uint8Array; direction: number },
  ) {
    const policy = new Uint8Array(POLICY.size), view = new DataView(policy.buffer);
    const key = Uint8Array.from(keyAndSalt);
    view.setUint32(POLICY.ssrcType, direction, true);
    const [rtp, rtcp] = PROFILES[suite];
    this.#symbols[rtp](policy.subarray(POLICY.rtp));
    this.#symbols[rtcp](policy.subarray(POLICY.rtcp));
    view.setBigUint64(POLICY.key, Deno.UnsafePointer.value(Deno.UnsafePointer.of(key)), true);
    view.setBigUint64(POLICY.window, 128n, true);
    const out = new BigUint64Array(1);
    assert.equal(this.#symbols.srtp_create(new Uint8Array(out.buffer), policy), 0, "srtp_create");
    this.#session = Deno.UnsafePointer.create(out[0]!);
  }

  /** New length, or the status of libsrtp as a negative number. */
  run(
    name: "srtp_protect" | "srtp_unprotect" | "srtp_protect_rtcp" | "srtp_unprotect_rtcp",
    { buffer, length }: { buffer: Uint8Array<ArrayBuffer>; length: number },
  ): number {
    this.#length[0] = length;
    const status = this.#symbols[name](this.#session, buffer, new Uint8Array(this.#length.buffer));
    return status === 0 ? this.#length[0] : -status;
  }

  stop(): void {
    this.#symbols.srtp_dealloc(this.#session);
  }
}

for (const suite of Object.keys(PROFILES) as Suite[]) {
  Deno.test({
    name: `${suite}: libsrtp opens ours and we open libsrtp's, over the wrap (skipped without ${LIBRARY})`,
    ignore: library === undefined,
    fn() {
      const key = fakeKey(suite), { keyAndSalt } = key;
      const sealing = new LibsrtpPeer(suite, { keyAndSalt, direction: ANY_OUTBOUND });
      const opening = new LibsrtpPeer(suite, { keyAndSalt, direction: ANY_INBOUND });
      const sender = new SrtpSender(key), receiver = new SrtpReceiver(key);
      for (let i = 0; i < 300; i++) {
        const shape = {
          sequenceNumber: 65400 + i,
          payload: (i * 37) % 500,
          longHeader: i % 3 === 0,
          ssrc: 1 + i % 2,
        };
        const ours = fakePacket(shape), theirs = fakePacket(shape), plain = textOf(ours.buffer, ours.length);
        const sealed = sender.seal(ours.buffer, ours.length);
        assert.equal(sealing.run("srtp_protect", theirs), sealed);
        assert.equal(textOf(ours.buffer, sealed), textOf(theirs.buffer, sealed));
        assert.equal(opening.run("srtp_unprotect", { buffer: ours.buffer, length: sealed }), ours.length);
        assert.equal(textOf(ours.buffer, ours.length), plain);
        assert.equal(receiver.open(theirs.buffer, sealed), theirs.length);
        assert.equal(textOf(theirs.buffer, theirs.length), plain);
      }
      for (let i = 0; i < 50; i++) {
        const ours = fakeReport(1, i), theirs = fakeReport(1, i), plain = textOf(ours.buffer, ours.length);
        const sealed = sender.sealRtcp(ours.buffer, ours.length);
        assert.equal(
          opening.run("srtp_unprotect_rtcp", { buffer: ours.buffer, length: sealed }),
          ours.length,
        );
        assert.equal(textOf(ours.buffer, ours.length), plain);
        const length = sealing.run("srtp_protect_rtcp", theirs);
        assert.equal(receiver.openRtcp(theirs.buffer, length), theirs.length);
        assert.equal(textOf(theirs.buffer, theirs.length), plain);
      }
      sealing.stop();
      opening.stop();
    },
  });
}
