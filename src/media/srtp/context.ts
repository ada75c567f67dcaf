/** A master key, its streams and its session ciphers on the fast path. */
import type { SrtpKey } from "../plane.ts";
import { CounterCipher } from "./counter_cipher.ts";
import { GcmCipher } from "./gcm_cipher.ts";
import { KeyContext, type SrtpContextState } from "./key_context.ts";
import { deriveRtcpKeys, deriveRtpKeys, type SessionKeys } from "./key_derivation.ts";
import type { PacketCipher } from "./packet_cipher.ts";
import type { SrtpSuite } from "./suites.ts";

export class SrtpContext extends KeyContext {
  readonly rtp: PacketCipher;
  #rtcp: PacketCipher | undefined;

  /** @throws {RangeError} when key and salt have not the suite's length or the MKI is longer than allowed. */
  constructor(key: SrtpKey) {
    super(key);
    const { suite } = this, keys = deriveRtpKeys(suite, key.keyAndSalt);
    this.rtp = cipher(suite, { keys, tagLength: suite.tagLength });
  }

  /** Made when first needed: many peers never send RTCP, and a cipher is the largest part of a context. */
  get rtcp(): PacketCipher {
    return this.#rtcp ??= this.#makeRtcp();
  }

  #makeRtcp(): PacketCipher {
    const { suite, key } = this, keys = deriveRtcpKeys(suite, key.keyAndSalt);
    return cipher(suite, { keys, tagLength: suite.rtcpTagLength });
  }

  static restore(state: SrtpContextState): SrtpContext {
    const context = new SrtpContext(state.key);
    context.restoreStreams(state);
    return context;
  }
}

function cipher(suite: SrtpSuite, options: { keys: SessionKeys; tagLength: number }): PacketCipher {
  return suite.mode === "gcm" ? new GcmCipher(suite, options) : new CounterCipher(suite, options);
}
