/** What looks like the headers of digest authentication, and is not. */
import fc from "fast-check";

const PIECES = ["Digest ", "realm", "=", '"', "\\", ",", " ", "nonce", "x", "\u0000", "__proto__"];

export const DIGEST_NONSENSE = fc.array(fc.constantFrom(...PIECES), { maxLength: 60 })
  .map((pieces) => pieces.join(""));
