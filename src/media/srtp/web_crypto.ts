/**
 * The second implementation, on WebCrypto (`media.crypto: webcrypto`): the same promises as {@linkcode SrtpSender} and
 * {@linkcode SrtpReceiver}, but every packet is a promise. The caller leaves the buffer alone until it is kept. A
 * receiver decides twice, before and after the wait, for packets may overtake each other in between.
 */
import type { SrtpKey } from "../plane.ts";
import { NONE, readUint32, rtpHeaderLength, sequenceNumber } from "../rtp/mod.ts";
import { KeyContext } from "./key_context.ts";
import {
  INDEX_USED,
  KEY_EXHAUSTED,
  MALFORMED,
  NO_ROOM,
  NOT_ENCRYPTED,
  REPLAYED,
  TOO_MANY_STREAMS,
  TOO_SHORT,
  UNAUTHENTIC,
} from "./refusal.ts";
import { firstIndices, guessIndex, MAX_INDEX, MAX_RTCP_INDEX } from "./rollover.ts";
import { SrtpStream } from "./stream.ts";
import { WebCipher } from "./web_cipher.ts";

const RTCP_HEADER = 8;

class WebContext extends KeyContext {
  readonly ciphers: Promise<{ rtp: WebCipher; rtcp: WebCipher }>;

  constructor(key: SrtpKey) {
    super(key);
    this.ciphers = WebCipher.derive(this.suite, Uint8Array.from(key.keyAndSalt));
    // A key that does not fit rejects at the first packet, not as a promise that nobody waits for.
    this.ciphers.catch(() => {});
  }
}

/** Sealing towards one peer; see {@linkcode SrtpSender}. */
export class WebCryptoSender {
  #current: WebContext;
  #previous: WebContext | undefined;

  constructor(key: SrtpKey) {
    this.#current = new WebContext(key);
  }

  /** The same key keeps the rollover counters, and so does the one before. */
  rekey(key: SrtpKey): "kept" | "returned" | "changed" {
    if (this.#current.hasKey(key)) {
      this.#current.takeMki(key);
      return "kept";
    }
    const returned = this.#previous?.hasKey(key) ? this.#previous : undefined;
    returned?.takeMki(key);
    const next = returned ?? new WebContext(key);
    this.#previous = this.#current;
    this.#current = next;
    return returned === undefined ? "changed" : "returned";
  }

  /** As {@linkcode SrtpSender.sealedIndex}. */
  sealedIndex(ssrc: number): number | undefined {
    return this.#current.highestIndex(ssrc);
  }

  /** @returns the new length or a negative reason, as {@linkcode SrtpSender.seal}. */
  async seal(packet: Uint8Array, length: number): Promise<number> {
    const context = this.#current, { mki } = context;
    const bodyStart = rtpHeaderLength(packet, length);
    if (bodyStart < 0) return MALFORMED;
    if (length + context.suite.tagLength + mki.length > packet.length) return NO_ROOM;
    const ssrc = readUint32(packet, 8), stream = ownStream(context, ssrc);
    if (stream === undefined) return TOO_MANY_STREAMS;
    const index = guessIndex(stream.rtp.highest, sequenceNumber(packet));
    if (index > MAX_INDEX) return KEY_EXHAUSTED;
    if (!stream.rtp.isFresh(index)) return INDEX_USED;
    stream.rtp.accept(index);

    const { rtp } = await context.ciphers;
    const place = { packet: packet.slice(0, length), bodyStart, ssrc, index };
    const { body, tag } = await rtp.seal(place);
    packet.set(body, bodyStart);
    return append(packet, length, context.suite.mode === "gcm" ? [tag, mki] : [mki, tag]);
  }

  /** As {@linkcode SrtpSender.sealRtcp}. */
  async sealRtcp(packet: Uint8Array, length: number): Promise<number> {
    const context = this.#current, { mki } = context;
    if (length < RTCP_HEADER || packet[0]! >>> 6 !== 2) return MALFORMED;
    if (length + context.suite.rtcpTagLength + 4 + mki.length > packet.length) return NO_ROOM;
    const ssrc = readUint32(packet, 4), stream = ownStream(context, ssrc);
    if (stream === undefined) return TOO_MANY_STREAMS;
    const index = stream.rtcp.highest + 1;
    if (index > MAX_RTCP_INDEX) return KEY_EXHAUSTED;
    stream.rtcp.accept(index);

    const { rtcp } = await context.ciphers;
    const rtcpWord = Uint8Array.of(0x80 | (index >>> 24), index >>> 16, index >>> 8, index);
    const place = { packet: packet.slice(0, length), bodyStart: RTCP_HEADER, ssrc, index, rtcpWord };
    const { body, tag } = await rtcp.seal(place);
    packet.set(body, RTCP_HEADER);
    return append(packet, length, context.suite.mode === "gcm" ? [tag, rtcpWord, mki] : [rtcpWord, mki, tag]);
  }
}

/** Opening what one peer seals; see {@linkcode SrtpReceiver}. */
export class WebCryptoReceiver {
  #current: WebContext;
  #previous: WebContext | undefined;
  #previousUntilMs = 0;
  #previousIsLive = false;

  constructor(key: SrtpKey) {
    this.#current = new WebContext(key);
  }

  get streamCount(): number {
    return this.#current.streamCount;
  }

  rekey(key: SrtpKey, options: { readonly previousUntilMs: number }): "kept" | "returned" | "changed" {
    if (this.#current.hasKey(key)) {
      this.#current.takeMki(key);
      return "kept";
    }
    const returned = this.#previous?.hasKey(key) ? this.#previous : undefined;
    returned?.takeMki(key);
    const next = returned ?? new WebContext(key);
    this.#previous = this.#current;
    this.#previousUntilMs = options.previousUntilMs;
    this.#previousIsLive = true;
    this.#current = next;
    return returned === undefined ? "changed" : "returned";
  }

  expire(nowMs: number): void {
    if (nowMs >= this.#previousUntilMs) this.#previousIsLive = false;
  }

  /** @returns the plain length or a negative reason, as {@linkcode SrtpReceiver.open}. */
  async open(packet: Uint8Array, length: number): Promise<number> {
    const previous = this.#previousIsLive ? this.#previous : undefined;
    const answer = await this.#openRtp(this.#current, packet, length);
    if (answer >= 0 || previous === undefined) return answer;
    const second = await this.#openRtp(previous, packet, length);
    return second >= 0 ? second : answer;
  }

  /** As {@linkcode SrtpReceiver.openRtcp}. */
  async openRtcp(packet: Uint8Array, length: number): Promise<number> {
    const previous = this.#previousIsLive ? this.#previous : undefined;
    const answer = await openRtcp(this.#current, packet, length);
    if (answer >= 0 || previous === undefined) return answer;
    const second = await openRtcp(previous, packet, length);
    return second >= 0 ? second : answer;
  }

  async #openRtp(context: WebContext, packet: Uint8Array, length: number): Promise<number> {
    const { tagLength, mode } = context.suite, mki = context.mki.length;
    const bodyEnd = length - tagLength - mki;
    if (bodyEnd < 12) return TOO_SHORT;
    const bodyStart = rtpHeaderLength(packet, bodyEnd);
    if (bodyStart < 0) return MALFORMED;
    const ssrc = readUint32(packet, 8), first = sequenceNumber(packet), known = context.find(ssrc | 0);
    if (known === undefined && context.isFull) return TOO_MANY_STREAMS;
    const before = this.#previous !== context ? this.#previous?.find(ssrc | 0)?.rtp.highest ?? NONE : NONE;
    const isFirst = known === undefined || known.rtp.highest === NONE;
    const indices = isFirst ? firstIndices(first, before) : [guessIndex(known.rtp.highest, first)];
    if (indices[0]! > MAX_INDEX) return KEY_EXHAUSTED;
    if (!isFirst && !known.rtp.isFresh(indices[0]!)) return REPLAYED;

    const tagAt = mode === "gcm" ? bodyEnd : bodyEnd + mki, tag = packet.slice(tagAt, tagAt + tagLength);
    const sealed = packet.slice(0, bodyEnd), { rtp } = await context.ciphers;
    for (const index of indices) {
      const body = await rtp.open({ packet: sealed, bodyStart, ssrc, index }, tag);
      if (body === undefined) continue;
      const stream = ownStream(context, ssrc);
      if (stream === undefined) return TOO_MANY_STREAMS;
      if (!stream.rtp.isFresh(index)) return REPLAYED;
      packet.set(body, bodyStart);
      stream.rtp.accept(index);
      return bodyEnd;
    }
    return UNAUTHENTIC;
  }
}

async function openRtcp(context: WebContext, packet: Uint8Array, length: number): Promise<number> {
  const { rtcpTagLength, mode } = context.suite, mki = context.mki.length;
  const bodyEnd = length - rtcpTagLength - 4 - mki;
  if (bodyEnd < RTCP_HEADER) return TOO_SHORT;
  if (packet[0]! >>> 6 !== 2) return MALFORMED;
  const wordAt = mode === "gcm" ? bodyEnd + rtcpTagLength : bodyEnd;
  if ((packet[wordAt]! & 0x80) === 0) return NOT_ENCRYPTED;
  const ssrc = readUint32(packet, 4), index = readUint32(packet, wordAt) & 0x7fffffff;
  const known = context.find(ssrc | 0);
  if (known === undefined && context.isFull) return TOO_MANY_STREAMS;
  if (known !== undefined && !known.rtcp.isFresh(index)) return REPLAYED;

  const tagAt = mode === "gcm" ? bodyEnd : bodyEnd + 4 + mki;
  const tag = packet.slice(tagAt, tagAt + rtcpTagLength), rtcpWord = packet.slice(wordAt, wordAt + 4);
  const place = { packet: packet.slice(0, bodyEnd), bodyStart: RTCP_HEADER, ssrc, index, rtcpWord };
  const { rtcp } = await context.ciphers;
  const body = await rtcp.open(place, tag);
  if (body === undefined) return UNAUTHENTIC;
  const stream = ownStream(context, ssrc);
  if (stream === undefined) return TOO_MANY_STREAMS;
  if (!stream.rtcp.isFresh(index)) return REPLAYED;
  packet.set(body, RTCP_HEADER);
  stream.rtcp.accept(index);
  return bodyEnd;
}

/** The stream of a packet to be sealed, or of one that has authenticated; made now when it is the first. */
function ownStream(context: WebContext, ssrc: number): SrtpStream | undefined {
  const known = context.find(ssrc | 0);
  if (known !== undefined || context.isFull) return known;
  const stream = new SrtpStream(ssrc | 0);
  context.add(stream);
  return stream;
}

function append(packet: Uint8Array, length: number, parts: readonly Uint8Array[]): number {
  let at = length;
  for (const part of parts) {
    packet.set(part, at);
    at += part.length;
  }
  return at;
}
