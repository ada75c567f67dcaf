/** Percent escapes of URIs (RFC 3261 §19.1.2). Octets become text as in headers: none is lost, NUL included. */
import { isOf, PERCENT } from "./lexer.ts";
import { decodeText, encodeText } from "./text.ts";

const HEX = "0123456789ABCDEF";

function hexValue(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** Text with each `%HH` replaced by its octet, once; undefined when a percent sign has no two hex digits. */
export function unescapeText(text: string): string | undefined {
  if (!text.includes("%")) return text;
  const source = encodeText(text);
  const out = new Uint8Array(source.length);
  let length = 0;
  for (let i = 0; i < source.length; i++) {
    if (source[i] !== PERCENT) {
      out[length++] = source[i]!;
      continue;
    }
    const high = hexValue(source[i + 1] ?? 0);
    const low = hexValue(source[i + 2] ?? 0);
    if (high < 0 || low < 0) return undefined;
    out[length++] = high * 16 + low;
    i += 2;
  }
  return decodeText(out, 0, length);
}

/** Text with every octet outside the class as `%HH`. */
export function escapeText(text: string, bit: number): string {
  let plain = 0;
  while (plain < text.length && isOf(text.charCodeAt(plain), bit)) plain++;
  if (plain === text.length) return text;
  let out = text.slice(0, plain);
  for (const octet of encodeText(text.slice(plain))) {
    out += isOf(octet, bit) ? String.fromCharCode(octet) : "%" + HEX[octet >> 4] + HEX[octet & 15];
  }
  return out;
}
