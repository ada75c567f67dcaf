/** DNS messages: one question out, the answers in (RFC 1035 §4, RFC 2782, RFC 3403, RFC 3596); pure and bounded. */

import { fail, ok, printIp, type Result } from "../base/mod.ts";
import type { DnsRecord, DnsType } from "../sip/transport/mod.ts";

/**
 * ```
 * 0       2       4       6       8       10      12
 * | id    | flags | QD    | AN    | NS    | AR    | questions, answers, authorities …
 * flags: QR(1) opcode(4) AA TC RD RA Z(3) RCODE(4)
 * ```
 */
const HEADER_BYTES = 12;
const CLASS_IN = 1;
const TYPE_CODES: Record<DnsType, number> = { A: 1, AAAA: 28, SRV: 33, NAPTR: 35 };
const CNAME = 5;
const SOA = 6;
/** Longest name in bytes on the wire (RFC 1035 §2.3.4). */
const MAX_NAME_BYTES = 255;
const MAX_LABEL_BYTES = 63;
/** More records than any sane zone gives; a hostile server gets no more memory than this. */
const MAX_RECORDS = 256;
/** Compression pointers followed within one name. */
const MAX_JUMPS = 64;
/** Aliases followed within one answer. */
const MAX_ALIASES = 8;
/** A week: longer lives are not believed, nor is one with the top bit set (RFC 2181 §8). */
const MAX_TTL_SEC = 604_800;

export interface DnsQuestion {
  readonly name: string;
  readonly type: DnsType;
}

export interface DnsReply {
  readonly id: number;
  readonly isTruncated: boolean;
  /** 0 no error, 2 server failure, 3 no such name, 5 refused … (RFC 1035 §4.1.1). */
  readonly responseCode: number;
  /** Records of the type asked for, at the end of the alias chain. */
  readonly records: readonly DnsRecord[];
  /** How long "there is none" may be remembered (RFC 2308 §5), from the SOA; 0 without one. */
  readonly negativeTtlSec: number;
}

/** Undefined when `name` cannot stand in a question: empty or long labels, more than 255 bytes. */
export function printQuery(id: number, question: DnsQuestion): Uint8Array<ArrayBuffer> | undefined {
  const name = encodeName(question.name);
  if (!name) return undefined;
  const bytes = new Uint8Array(HEADER_BYTES + name.length + 4);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, id);
  view.setUint16(2, 0x0100);
  view.setUint16(4, 1);
  bytes.set(name, HEADER_BYTES);
  view.setUint16(HEADER_BYTES + name.length, TYPE_CODES[question.type]);
  view.setUint16(HEADER_BYTES + name.length + 2, CLASS_IN);
  return bytes;
}

function encodeName(name: string): number[] | undefined {
  const bytes: number[] = [];
  for (const label of name.split(".")) {
    if (label.length === 0 || label.length > MAX_LABEL_BYTES) return undefined;
    bytes.push(label.length);
    for (let i = 0; i < label.length; i++) {
      const code = label.charCodeAt(i);
      if (code <= 32 || code > 126) return undefined;
      bytes.push(code);
    }
  }
  bytes.push(0);
  return bytes.length > MAX_NAME_BYTES ? undefined : bytes;
}

/** Reads a reply to `question`. The error says what is wrong with it; such a reply is to be ignored, not believed. */
export function parseReply(bytes: Uint8Array, question: DnsQuestion): Result<DnsReply, string> {
  if (bytes.length < HEADER_BYTES) return fail("too short");
  const reader = new Reader(bytes);
  const id = reader.uint16(), flags = reader.uint16();
  const questions = reader.uint16(), answers = reader.uint16(), authorities = reader.uint16();
  reader.uint16();
  if ((flags & 0x8000) === 0) return fail("not a reply");
  if (questions !== 1) return fail("not one question");
  const name = reader.name();
  const type = reader.uint16(), dnsClass = reader.uint16();
  if (reader.broken || name?.toLowerCase() !== question.name.toLowerCase()) return fail("another question");
  if (type !== TYPE_CODES[question.type] || dnsClass !== CLASS_IN) return fail("another question");
  const sections = readSections(reader, answers, authorities);
  if (!sections) return fail("malformed record");
  return ok({
    id,
    isTruncated: (flags & 0x0200) !== 0,
    responseCode: flags & 15,
    records: collect(sections, question),
    negativeTtlSec: sections.negativeTtlSec,
  });
}

interface Sections {
  readonly records: { readonly owner: string; readonly record: DnsRecord }[];
  readonly aliases: Map<string, { readonly target: string; readonly ttlSec: number }>;
  negativeTtlSec: number;
}

function readSections(reader: Reader, answers: number, authorities: number): Sections | undefined {
  const sections: Sections = { records: [], aliases: new Map(), negativeTtlSec: 0 };
  const total = answers + authorities;
  for (let i = 0; i < total && i < MAX_RECORDS; i++) {
    const owner = reader.name()?.toLowerCase();
    const type = reader.uint16(), dnsClass = reader.uint16(), rawTtl = reader.uint32();
    const ttlSec = rawTtl > 0x7fff_ffff ? 0 : Math.min(rawTtl, MAX_TTL_SEC);
    const data = reader.sub(reader.uint16());
    if (owner === undefined || !data) return undefined;
    if (dnsClass !== CLASS_IN) continue;
    if (i >= answers) {
      if (type === SOA) sections.negativeTtlSec = Math.min(ttlSec, readSoaMinimum(data) ?? 0);
    } else if (type === CNAME) {
      const target = data.name()?.toLowerCase();
      if (target === undefined) return undefined;
      sections.aliases.set(owner, { target, ttlSec });
    } else {
      const record = readRecord(data, type, ttlSec);
      if (data.broken) return undefined;
      if (record) sections.records.push({ owner, record });
    }
  }
  return reader.broken ? undefined : sections;
}

/** The records of the asked type whose owner is the asked name or the end of its alias chain. */
function collect(sections: Sections, question: DnsQuestion): DnsRecord[] {
  let owner = question.name.toLowerCase(), ttlSec = MAX_TTL_SEC;
  for (let i = 0; i < MAX_ALIASES; i++) {
    const alias = sections.aliases.get(owner);
    if (!alias) break;
    owner = alias.target;
    ttlSec = Math.min(ttlSec, alias.ttlSec);
  }
  return sections.records
    .filter((entry) => entry.owner === owner && entry.record.type === question.type)
    .map(({ record }) => ({ ...record, ttlSec: Math.min(ttlSec, record.ttlSec) }));
}

function readRecord(data: Reader, type: number, ttlSec: number): DnsRecord | undefined {
  switch (type) {
    case TYPE_CODES.A:
    case TYPE_CODES.AAAA: {
      const isA = type === TYPE_CODES.A;
      const address = data.take(isA ? 4 : 16);
      return address && { type: isA ? "A" : "AAAA", address: printIp(address), ttlSec };
    }
    case TYPE_CODES.SRV: {
      const priority = data.uint16(), weight = data.uint16(), port = data.uint16();
      return { type: "SRV", priority, weight, port, target: data.name()?.toLowerCase() ?? "", ttlSec };
    }
    case TYPE_CODES.NAPTR: {
      const order = data.uint16(), preference = data.uint16();
      const flags = data.characterString(), service = data.characterString(), regexp = data.characterString();
      const replacement = data.name()?.toLowerCase() ?? "";
      return { type: "NAPTR", order, preference, flags, service, regexp, replacement, ttlSec };
    }
    default:
      return undefined;
  }
}

function readSoaMinimum(data: Reader): number | undefined {
  data.name();
  data.name();
  for (let i = 0; i < 4; i++) data.uint32();
  const minimum = data.uint32();
  return data.broken ? undefined : minimum;
}

/** Reads forward; once something does not fit, `broken` is set and all that follows is empty. */
class Reader {
  broken = false;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  uint8(): number {
    if (this.#at >= this.#end) this.broken = true;
    return this.broken ? 0 : this.#bytes[this.#at++]!;
  }

  uint16(): number {
    return this.uint8() * 256 + this.uint8();
  }

  uint32(): number {
    return this.uint16() * 65_536 + this.uint16();
  }

  take(length: number): Uint8Array | undefined {
    if (this.broken || this.#at + length > this.#end) {
      this.broken = true;
      return undefined;
    }
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** A reader over the next `length` bytes that still sees the whole message for compressed names. */
  sub(length: number): Reader | undefined {
    const start = this.#at;
    return this.take(length) && new Reader(this.#bytes, start, start + length);
  }

  characterString(): string {
    return text(this.take(this.uint8()) ?? new Uint8Array());
  }

  /** A name, pointers followed (RFC 1035 §4.1.4); a pointer must lead backwards, so that no loop can be built. */
  name(): string | undefined {
    const labels: string[] = [];
    let at = this.#at, limit = this.#end, returnTo = -1, length = 0, lowest = this.#at, jumps = 0;
    for (;;) {
      if (at >= limit) return this.#break();
      const size = this.#bytes[at]!;
      if (size >= 0xc0) {
        if (at + 1 >= limit) return this.#break();
        if (returnTo < 0) returnTo = at + 2;
        const target = ((size & 0x3f) << 8) | this.#bytes[at + 1]!;
        if (target >= lowest || ++jumps > MAX_JUMPS) return this.#break();
        lowest = at = target;
        limit = this.#bytes.length;
        continue;
      }
      length += size + 1;
      if (size > MAX_LABEL_BYTES || length > MAX_NAME_BYTES || at + 1 + size > limit) return this.#break();
      if (size === 0) break;
      const label = text(this.#bytes.subarray(at + 1, at + 1 + size));
      // A dot inside a label would read as two labels.
      if (label.includes(".")) return this.#break();
      labels.push(label);
      at += size + 1;
    }
    this.#at = returnTo < 0 ? at + 1 : returnTo;
    return labels.join(".");
  }

  #break(): undefined {
    this.broken = true;
    return undefined;
  }
}

function text(bytes: Uint8Array): string {
  let out = "";
  for (const byte of bytes) out += String.fromCharCode(byte);
  return out;
}
