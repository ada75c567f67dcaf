/** CSV as spreadsheets write it (RFC 4180 and its relatives): commas, semicolons or tabs, quotes, any line end. Pure. */

export interface CsvRow {
  /** 1-based line on which the row begins. */
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * Bytes to text: UTF-8 and UTF-16 by their marks, UTF-8 without one, else GB 18030, which a Chinese Excel writes; undefined
 * when it is none of them.
 */
export function decodeCsv(bytes: Uint8Array): string | undefined {
  const mark = bytes[0] === 0xff && bytes[1] === 0xfe
    ? "utf-16le"
    : bytes[0] === 0xfe && bytes[1] === 0xff
    ? "utf-16be"
    : undefined;
  for (const encoding of mark === undefined ? ["utf-8", "gb18030"] : [mark]) {
    try {
      return new TextDecoder(encoding, { fatal: true }).decode(bytes);
    } catch {
      // The next one may fit.
    }
  }
  return undefined;
}

/** Rows that are not empty, linear in the text; `fault` is the line of a quote that never ends. */
export function parseCsv(text: string): { readonly rows: readonly CsvRow[]; readonly fault?: number } {
  // Excel names the separator in a line of its own where the list separator of the country is none of ours.
  const named = /^\uFEFF?sep=([,;\t])\r?\n/i.exec(text);
  const body = text.slice(named?.[0].length ?? (text.startsWith("\uFEFF") ? 1 : 0));
  const state = new Reader(body, { separator: named?.[1] ?? guessSeparator(body), line: named ? 2 : 1 });
  return state.read();
}

/** What stands most often in the first line. */
function guessSeparator(text: string): string {
  const end = text.search(/[\r\n]/);
  const head = end < 0 ? text : text.slice(0, end);
  const counted = [",", ";", "\t"].map((sign) => [sign, head.split(sign).length] as const);
  return counted.reduce((best, one) => one[1] > best[1] ? one : best)[0];
}

class Reader {
  readonly #text: string;
  readonly #separator: string;
  readonly #rows: CsvRow[] = [];
  #line: number;
  #at = 0;

  constructor(text: string, { separator, line }: { readonly separator: string; readonly line: number }) {
    this.#text = text;
    this.#separator = separator;
    this.#line = line;
  }

  read(): { readonly rows: readonly CsvRow[]; readonly fault?: number } {
    while (this.#at < this.#text.length) {
      const line = this.#line;
      const cells: string[] = [];
      do {
        const cell = this.#text[this.#at] === '"' ? this.#quoted() : this.#plain();
        if (cell === undefined) return { rows: this.#rows, fault: line };
        cells.push(cell.trim());
      } while (this.#take(this.#separator));
      if (!this.#take("\r\n") && !this.#take("\n")) this.#take("\r");
      this.#line++;
      if (cells.some((cell) => cell !== "")) this.#rows.push({ line, cells });
    }
    return { rows: this.#rows };
  }

  #take(sign: string): boolean {
    if (!this.#text.startsWith(sign, this.#at)) return false;
    this.#at += sign.length;
    return true;
  }

  #plain(): string {
    const from = this.#at;
    for (; this.#at < this.#text.length; this.#at++) {
      const sign = this.#text[this.#at]!;
      if (sign === this.#separator || sign === "\n" || sign === "\r") break;
    }
    return this.#text.slice(from, this.#at);
  }

  /** Between quotes; a doubled quote stands for one. Undefined when the closing one is missing. */
  #quoted(): string | undefined {
    let cell = "";
    this.#at++;
    for (;;) {
      const end = this.#text.indexOf('"', this.#at);
      if (end < 0) return undefined;
      const part = this.#text.slice(this.#at, end);
      cell += part;
      this.#line += part.split("\n").length - 1;
      this.#at = end + 1;
      if (!this.#take('"')) return cell + this.#plain();
      cell += '"';
    }
  }
}
