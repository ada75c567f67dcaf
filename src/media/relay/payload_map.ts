/** Which payload type a packet gets on the other leg: matched by encoding, clock rate and channels (RFC 3264 §6.1). */
import type { PayloadFormat } from "../plane.ts";

/** Not to be sent on: the other side has no type for it. */
export const NO_TYPE = -1;
/** A telephone-event that the other side does not take as packets. */
export const TELEPHONE_EVENT = "telephone-event";
/** Comfort noise at 8 kHz has a type of its own and is rarely listed (RFC 3389 §4). */
const COMFORT_NOISE = 13;

/** Tables by what they map: most calls agree on the same few. */
const tables = new Map<string, Int8Array>();
const MAX_TABLES = 64;

/**
 * Table of 128: from the payload type one peer sends to the one the other wants, or {@linkcode NO_TYPE}. Whoever maps the
 * same gets the same table: it is not to be changed.
 */
export function mapPayloadTypes(
  from: readonly PayloadFormat[],
  to: readonly PayloadFormat[],
): Int8Array {
  const name = `${namesOf(from)}>${namesOf(to)}`;
  let table = tables.get(name);
  if (table === undefined) {
    if (tables.size >= MAX_TABLES) tables.clear();
    tables.set(name, table = makeTable(from, to));
  }
  return table;
}

function namesOf(formats: readonly PayloadFormat[]): string {
  return formats.map(({ payloadType, encoding, clockRate, channels = 1 }) =>
    `${payloadType} ${encoding}/${clockRate}/${channels}`
  ).join();
}

function makeTable(from: readonly PayloadFormat[], to: readonly PayloadFormat[]): Int8Array {
  const table = new Int8Array(128).fill(NO_TYPE);
  table[COMFORT_NOISE] = COMFORT_NOISE;
  for (const format of from) {
    if (!isType(format.payloadType)) continue;
    const match = to.find((other) => isSameFormat(format, other) && isType(other.payloadType));
    if (match) table[format.payloadType] = match.payloadType;
  }
  return table;
}

export function isSameFormat(a: PayloadFormat, b: PayloadFormat): boolean {
  return a.encoding === b.encoding && a.clockRate === b.clockRate && (a.channels ?? 1) === (b.channels ?? 1);
}

function isType(payloadType: number): boolean {
  return Number.isInteger(payloadType) && payloadType >= 0 && payloadType < 128;
}
