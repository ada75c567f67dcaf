/** Text that outlives what it was cut from. */

/** A piece of a string shorter than this is a copy in V8; a longer one keeps the whole string. */
const SHORTEST_SLICE = 13;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The same text in memory of its own. Text cut from a message keeps the whole head alive, up to 64 KiB; what is kept for
 * long (a binding, a call) and is small should not.
 */
export function detached(text: string): string {
  if (text.length < SHORTEST_SLICE) return text;
  // Lone surrogates stand for stray bytes of a message and would not survive the encoder.
  if (!text.isWellFormed()) return Array.from(text, (character) => character).join("");
  return decoder.decode(encoder.encode(text));
}
