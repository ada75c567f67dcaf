/** Text that outlives the description it was cut from, for the length of a call. */

/** Words of nearly every description that are longer than what the engine copies anyway. */
const LONG_WORDS: ReadonlyMap<string, string> = new Map([["telephone-event", "telephone-event"]]);
/** A piece of a string shorter than this is a copy in V8; a longer one keeps the whole string. */
const SHORTEST_SLICE = 13;

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

/** The same text in memory of its own. */
export function ownText(text: string): string {
  if (text.length < SHORTEST_SLICE) return text;
  return LONG_WORDS.get(text) ?? DECODER.decode(ENCODER.encode(text));
}
