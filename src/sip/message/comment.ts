/** Comments in round brackets, which nest (RFC 3261 §25.1). */
import { BACKSLASH, type Cursor } from "./lexer.ts";

const OPEN_ROUND = 40;
const CLOSE_ROUND = 41;

/** Steps over the comment that begins at the cursor, if one does; false when it never ends. */
export function skipComment(cursor: Cursor): boolean {
  if (cursor.peek() !== OPEN_ROUND) return true;
  let depth = 0;
  for (; !cursor.isAtEnd; cursor.at++) {
    const code = cursor.peek();
    if (code === BACKSLASH) cursor.at++;
    else if (code === OPEN_ROUND) depth++;
    else if (code === CLOSE_ROUND && --depth === 0) {
      cursor.at++;
      return true;
    }
  }
  return false;
}
