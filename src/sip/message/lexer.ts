/** Character classes and a cursor over header text: the ground of every header's grammar (RFC 3261 §25.1). */

/** `token` */
export const TOKEN = 1;
/** `user` without `%`; `#` too, which phones dial unescaped. */
export const USER = 2;
/** `host` names; `_` too, which container networks use. */
export const HOST = 4;
/** An unquoted header parameter's value: token, IPv6 literals, and what peers put into tags and branches. */
export const VALUE = 8;
/** `param-unreserved` and `unreserved` of a URI parameter. */
export const URI_PARAM = 16;
/** `hnv-unreserved` and `unreserved` of a URI header. */
export const URI_HEADER = 32;
/** What is read as a URI parameter's name, and as its value: more than is ever printed plain. */
export const URI_PARAM_NAME = 256;
export const URI_PARAM_VALUE = 512;
/** Likewise for URI headers; a bare `@` and `;` come with Replaces from phones that forget to escape them. */
export const URI_HEADER_NAME = 1024;
export const URI_HEADER_VALUE = 2048;
/** `password` */
export const PASSWORD = 64;
/** An unquoted display name: more than tokens, because phones send apostrophes, slashes and brackets bare. */
export const DISPLAY = 128;

const ALNUM = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const MARK = "-_.!~*'()";
const CLASSES = new Uint16Array(128);

function define(bit: number, characters: string): void {
  for (const character of characters) CLASSES[character.charCodeAt(0)]! |= bit;
}
define(TOKEN, ALNUM + "-.!%*_+`'~");
define(USER, ALNUM + MARK + "&=+$,;?/#");
define(HOST, ALNUM + "-._");
define(VALUE, ALNUM + "-.!%*_+`'~[]:/=@&$#?(){}|^");
define(URI_PARAM, ALNUM + MARK + "[]/:&+$");
define(URI_HEADER, ALNUM + MARK + "[]/?:+$");
define(URI_PARAM_NAME, ALNUM + MARK + "[]/:&+$%");
define(URI_PARAM_VALUE, ALNUM + MARK + "[]/:&+$%=@");
define(URI_HEADER_NAME, ALNUM + MARK + "[]/?:+$%");
define(URI_HEADER_VALUE, ALNUM + MARK + "[]/?:+$%=@;");
define(PASSWORD, ALNUM + MARK + "&=+$,");
define(DISPLAY, ALNUM + "-.!%*_+`'~ \t()/@&$#?=|^{}[]");

/** True when the character `code` belongs to the class. */
export function isOf(code: number, bit: number): boolean {
  return code < 128 && (CLASSES[code]! & bit) !== 0;
}

/** True when `text` is one or more characters of the class. */
export function isAll(text: string, bit: number): boolean {
  for (let i = 0; i < text.length; i++) {
    if (!isOf(text.charCodeAt(i), bit)) return false;
  }
  return text.length > 0;
}

export const QUOTE = 34, PERCENT = 37, COMMA = 44, SLASH = 47, COLON = 58, SEMICOLON = 59, LESS = 60;
export const EQUALS = 61, GREATER = 62, QUESTION = 63, AT = 64, OPEN = 91, BACKSLASH = 92, CLOSE = 93;

/** A place in a text. Text is unfolded, so linear white space is SP and HTAB. */
export class Cursor {
  readonly text: string;
  at: number;

  constructor(text: string, at = 0) {
    this.text = text;
    this.at = at;
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** Code of the character here; NaN at the end. */
  peek(): number {
    return this.text.charCodeAt(this.at);
  }

  skipSpace(): void {
    let code = this.text.charCodeAt(this.at);
    while (code === 32 || code === 9) code = this.text.charCodeAt(++this.at);
  }

  /** Steps over `code` when it stands here. */
  take(code: number): boolean {
    if (this.text.charCodeAt(this.at) !== code) return false;
    this.at++;
    return true;
  }

  /** Steps over `code` and the white space round it (SEMI, COMMA, EQUAL … of the grammar). */
  takeSpaced(code: number): boolean {
    const { at } = this;
    this.skipSpace();
    if (!this.take(code)) {
      this.at = at;
      return false;
    }
    this.skipSpace();
    return true;
  }

  /** The longest run of the class from here, maybe empty. */
  run(bit: number): string {
    const { text, at } = this;
    let end = at;
    while (end < text.length && isOf(text.charCodeAt(end), bit)) end++;
    this.at = end;
    return text.slice(at, end);
  }

  /** As `run`, with characters above ASCII counted in. */
  wideRun(bit: number): string {
    const { text, at } = this;
    let end = at;
    while (end < text.length) {
      const code = text.charCodeAt(end);
      if (code < 128 && (CLASSES[code]! & bit) === 0) break;
      end++;
    }
    this.at = end;
    return text.slice(at, end);
  }

  /** Content of the quoted string that starts here, escapes undone; undefined when it never ends. */
  quoted(): string | undefined {
    const { text } = this;
    const start = this.at + 1;
    let from = start;
    let content = "";
    for (let i = start; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code === QUOTE) {
        this.at = i + 1;
        return from === start ? text.slice(start, i) : content + text.slice(from, i);
      }
      if (code === BACKSLASH) {
        if (i + 1 >= text.length) return undefined;
        content += text.slice(from, i);
        from = ++i;
      }
    }
    return undefined;
  }

  /** All that is left, trimmed. */
  rest(): string {
    const rest = trimSpace(this.text.slice(this.at));
    this.at = this.text.length;
    return rest;
  }
}

/** Without SP and HTAB at both ends; `trim()` would also eat characters that are content in SIP. */
export function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 32 || code === 9;
}

/** `"text"` with quotes and backslashes escaped; CR and LF, which no quoted string can hold, become spaces. */
export function quote(text: string): string {
  let out = '"';
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE || code === BACKSLASH) {
      out += text.slice(from, i) + "\\";
      from = i;
    } else if (code === 13 || code === 10) {
      out += text.slice(from, i) + " ";
      from = i + 1;
    }
  }
  return out + text.slice(from) + '"';
}

/**
 * Parts of `text` between `separator` characters outside quotes and angle brackets, trimmed, empty ones left out.
 * An unclosed quote or bracket runs to the end.
 */
export function split(text: string, separator: number): string[] {
  if (!text.includes(String.fromCharCode(separator))) {
    const only = trimSpace(text);
    return only === "" ? [] : [only];
  }
  const parts: string[] = [];
  let from = 0;
  let inQuotes = false;
  let inBrackets = false;
  for (let i = 0; i <= text.length; i++) {
    const code = i === text.length ? separator : text.charCodeAt(i);
    if (i < text.length && inQuotes) {
      if (code === QUOTE) inQuotes = false;
      else if (code === BACKSLASH && i + 1 < text.length) i++;
    } else if (i < text.length && inBrackets) {
      if (code === GREATER) inBrackets = false;
    } else if (code === QUOTE) inQuotes = true;
    else if (code === LESS) inBrackets = true;
    else if (code === separator) {
      const part = trimSpace(text.slice(from, i));
      if (part !== "") parts.push(part);
      from = i + 1;
    }
  }
  return parts;
}

/** A whole number of decimal digits up to `max`; undefined for anything else. Leading zeros are harmless. */
export function parseDigits(text: string, max: number): number | undefined {
  if (text.length === 0) return undefined;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (!(digit >= 0 && digit <= 9)) return undefined;
    value = value * 10 + digit;
    if (value > max) return undefined;
  }
  return value;
}
