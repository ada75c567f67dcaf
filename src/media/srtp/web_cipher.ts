/**
 * The suites once more, on WebCrypto alone: key derivation, encryption and tags share no line with the fast path, so
 * that each may witness against the other (RFC 3711 §4, RFC 6188, RFC 7714).
 */
import { keyAndSaltLength, type SrtpSuite } from "./suites.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Where in a packet the body is, and what its initialization vector is made of. */
export interface WebPlace {
  /** Header, and body as plain or cipher text; without tag and what else follows. */
  readonly packet: Bytes;
  readonly bodyStart: number;
  readonly ssrc: number;
  readonly index: number;
  /** The word of E bit and index of RTCP; absent for RTP. */
  readonly rtcpWord?: Bytes;
}

export class WebCipher {
  readonly tagLength: number;
  readonly #suite: SrtpSuite;
  readonly #key: CryptoKey;
  readonly #hmac: CryptoKey | undefined;
  readonly #salt: Bytes;

  private constructor(
    suite: SrtpSuite,
    keys: { key: CryptoKey; hmac?: CryptoKey; salt: Bytes; tagLength: number },
  ) {
    this.#suite = suite;
    this.#key = keys.key;
    this.#hmac = keys.hmac;
    this.#salt = keys.salt;
    this.tagLength = keys.tagLength;
  }

  /** Ciphers for RTP and RTCP of one master key. */
  static async derive(suite: SrtpSuite, keyAndSalt: Bytes): Promise<{ rtp: WebCipher; rtcp: WebCipher }> {
    if (keyAndSalt.length !== keyAndSaltLength(suite)) {
      throw new RangeError(
        `Cannot derive keys for "${suite.name}": ${keyAndSalt.length} bytes of key and salt`,
      );
    }
    const make = async (firstLabel: number, tagLength: number) => {
      const derive = (label: number, length: number) => webPseudoRandom(suite, { keyAndSalt, label, length });
      const key = await derive(firstLabel, suite.keyLength),
        salt = await derive(firstLabel + 2, suite.saltLength);
      const name = suite.mode === "gcm" ? "AES-GCM" : "AES-CTR";
      const imported = await crypto.subtle.importKey("raw", key, name, false, ["encrypt", "decrypt"]);
      if (suite.mode === "gcm") return new WebCipher(suite, { key: imported, salt, tagLength });
      const authentication = await derive(firstLabel + 1, 20);
      const algorithm = { name: "HMAC", hash: "SHA-1" };
      const hmac = await crypto.subtle.importKey("raw", authentication, algorithm, false, ["sign"]);
      return new WebCipher(suite, { key: imported, hmac, salt, tagLength });
    };
    return { rtp: await make(0, suite.tagLength), rtcp: await make(3, suite.rtcpTagLength) };
  }

  /** Encrypted body and tag. */
  async seal(place: WebPlace): Promise<{ body: Bytes; tag: Bytes }> {
    const plain = place.packet.slice(place.bodyStart);
    if (this.#hmac === undefined) {
      const sealed = new Uint8Array(await crypto.subtle.encrypt(this.#gcm(place), this.#key, plain));
      return { body: sealed.slice(0, plain.length), tag: sealed.slice(plain.length) };
    }
    const body = new Uint8Array(await crypto.subtle.encrypt(this.#counter(place), this.#key, plain));
    const tag = await this.#tag(this.#hmac, { ...place, packet: joined(header(place), body) });
    return { body, tag };
  }

  /** Plain body, or undefined when the tag does not hold. */
  async open(place: WebPlace, tag: Bytes): Promise<Bytes | undefined> {
    const body = place.packet.slice(place.bodyStart);
    if (this.#hmac === undefined) {
      try {
        return new Uint8Array(await crypto.subtle.decrypt(this.#gcm(place), this.#key, joined(body, tag)));
      } catch {
        return undefined;
      }
    }
    const own = await this.#tag(this.#hmac, place);
    let difference = own.length ^ tag.length;
    for (let i = 0; i < own.length; i++) difference |= own[i]! ^ tag[i]!;
    if (difference !== 0) return undefined;
    return new Uint8Array(await crypto.subtle.decrypt(this.#counter(place), this.#key, body));
  }

  /** HMAC over header, body and the rollover counter, or the index word of RTCP. */
  async #tag(hmac: CryptoKey, place: WebPlace): Promise<Bytes> {
    const trailer = place.rtcpWord ?? bigEndian(Math.floor(place.index / 0x10000), 4);
    const digest = await crypto.subtle.sign("HMAC", hmac, joined(place.packet, trailer));
    return new Uint8Array(digest).slice(0, this.tagLength);
  }

  #counter(place: WebPlace): AesCtrParams {
    const counter = new Uint8Array(16);
    counter.set(this.#salt);
    exclusiveOr(counter, bigEndian(place.ssrc, 4), 4);
    exclusiveOr(counter, bigEndian(place.index, 6), 8);
    return { name: "AES-CTR", counter, length: 32 };
  }

  #gcm(place: WebPlace): AesGcmParams {
    const iv = this.#salt.slice();
    exclusiveOr(iv, bigEndian(place.ssrc, 4), 2);
    exclusiveOr(iv, bigEndian(place.index, 6), 6);
    const additionalData = place.rtcpWord === undefined
      ? header(place)
      : joined(header(place), place.rtcpWord);
    return { name: "AES-GCM", iv, additionalData, tagLength: this.#suite.tagLength * 8 };
  }
}

/** RFC 3711 §4.3.3 by AES-CTR over zeros. */
export async function webPseudoRandom(
  suite: SrtpSuite,
  { keyAndSalt, label, length }: { keyAndSalt: Bytes; label: number; length: number },
): Promise<Bytes> {
  const key = await crypto.subtle.importKey("raw", keyAndSalt.slice(0, suite.keyLength), "AES-CTR", false, [
    "encrypt",
  ]);
  const counter = new Uint8Array(16);
  counter.set(keyAndSalt.subarray(suite.keyLength));
  counter[7]! ^= label;
  const zeros = new Uint8Array(length);
  return new Uint8Array(await crypto.subtle.encrypt({ name: "AES-CTR", counter, length: 32 }, key, zeros));
}

function header(place: WebPlace): Bytes {
  return place.packet.slice(0, place.bodyStart);
}

function joined(first: Bytes, second: Bytes): Bytes {
  const out = new Uint8Array(first.length + second.length);
  out.set(first);
  out.set(second, first.length);
  return out;
}

function bigEndian(value: number, length: number): Bytes {
  const out = new Uint8Array(length);
  let rest = value < 0 ? value + 2 ** 32 : value;
  for (let i = length - 1; i >= 0; i--) {
    out[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return out;
}

function exclusiveOr(bytes: Bytes, other: Bytes, at: number): void {
  other.forEach((byte, i) => bytes[at + i]! ^= byte);
}
