/** Telephone numbers as people write them, made comparable. Pure. */

/** Without the separators that RFC 3966 §5.1.1 calls visual, and blanks: `+49 (30) 12-34` is `+49301234`. */
export function withoutSeparators(number: string): string {
  return number.replace(/[\s().-]/g, "");
}

/** Without a leading `+`, which some carriers send and others do not. */
export function withoutPlus(number: string): string {
  return number.startsWith("+") ? number.slice(1) : number;
}
