/** Tables and times for people. */

/** Rows in columns under a head; text from the network cannot command the terminal. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const safe = [head, ...rows].map((row) => row.map(plain));
  const widths = head.map((_, column) => Math.max(...safe.map((row) => widthOf(row[column] ?? ""))));
  return safe.map((row) => {
    const cells = row.map((cell, column) => cell + " ".repeat(Math.max(0, widths[column]! - widthOf(cell))));
    return `${cells.join("  ").trimEnd()}\n`;
  }).join("");
}

/** Text without what would move the cursor, change colours or hide something. */
export function plain(text: string): string {
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, "?");
}

/** Columns a text takes: Chinese, Japanese and Korean signs take two. */
function widthOf(text: string): number {
  let width = 0;
  for (const sign of text) {
    width += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60]/.test(sign)
      ? 2
      : 1;
  }
  return width;
}

/** `3 d 4 h`, `2 h 5 min`, `12 s`. */
export function printSpan(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const days = Math.floor(seconds / 86_400), hours = Math.floor(seconds / 3600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}

/** Local time, `2026-01-02 03:04:05`. */
export function printTime(ms: number): string {
  const date = new Date(ms);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

export function printJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** `312 bytes`, `1.4 MB`. */
export function printSize(bytes: number): string {
  if (bytes < 10_000) return `${bytes} bytes`;
  const units = ["kB", "MB", "GB", "TB"];
  let value = bytes / 1000, unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}
