/** YAML 1.2 text to plain values with the place of each, so that every later complaint can name its line. */

import { fail, ok, type Result } from "../base/mod.ts";
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
} from "yaml";
import type { Problem } from "./problems.ts";
import { extendPath, type Path, type Place, printPath } from "./path.ts";

/** Largest file taken: ten thousand extensions need about 1.5 MB. */
export const MAX_FILE_CHARACTERS = 8 * 1024 * 1024;
/** Deepest nesting taken; the schema itself needs seven. */
const MAX_DEPTH = 24;
/** Most values after aliases are followed: ends the expansion of a file made to explode. */
const MAX_VALUES = 500_000;

interface Entry {
  readonly value: Place;
  readonly key?: Place;
  /** What stands in the file, for a number, boolean or date written without quotes. */
  readonly source?: string;
}

/** A file read as YAML: nested plain objects (without prototype), arrays and scalars. */
export class YamlFile {
  readonly #entries: ReadonlyMap<string, Entry>;

  constructor(readonly value: unknown, entries: ReadonlyMap<string, Entry>) {
    this.#entries = entries;
  }

  /** Where the value of `path` stands; for something missing, where its nearest parent stands. */
  placeOf(path: Path): Place {
    for (let length = path.length; length > 0; length--) {
      const entry = this.#entries.get(printPath(path.slice(0, length)));
      // A parent that lacks something is best shown by its key, where the eye looks for it.
      if (entry) return length === path.length ? entry.value : entry.key ?? entry.value;
    }
    return { line: 1, column: 1 };
  }

  /** Where the key that ends `path` stands. */
  placeOfKey(path: Path): Place {
    return this.#entries.get(printPath(path))?.key ?? this.placeOf(path);
  }

  /** The text behind a scalar that was written without quotes and is not text by YAML's rules: `100`, `1e3`, `true`. */
  sourceOf(path: Path): string | undefined {
    return this.#entries.get(printPath(path))?.source;
  }
}

class Limit extends Error {
  constructor(message: string, readonly node: Node | null) {
    super(message);
  }
}

/** Reads `text`; all syntax errors at once, none of which repeats the file's contents. */
export function readYaml(text: string): Result<YamlFile, Problem[]> {
  if (text.length > MAX_FILE_CHARACTERS) {
    return fail([{
      severity: "error",
      path: "",
      line: 1,
      column: 1,
      message: `the file is too large: ${text.length} characters, at most ${MAX_FILE_CHARACTERS} are read`,
    }]);
  }
  const lines = new LineCounter();
  // Pretty errors quote the source, and with it perhaps a password.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const place = (offset: number | undefined): Place => {
    const { line, col } = lines.linePos(Math.min(offset ?? 0, text.length));
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  // The only warnings are of tags nobody knows; a value of unknown kind is no value to trust.
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    return fail(
      faults.slice(0, 20).map((error) => ({
        severity: "error" as const,
        path: "",
        ...place(error.pos[0]),
        message: describeSyntaxError(error.code, error.message),
      })),
    );
  }
  try {
    return ok(new Walk(document, place).read());
  } catch (error) {
    if (!(error instanceof Limit)) throw error;
    return fail([{ severity: "error", path: "", ...place(error.node?.range?.[0]), message: error.message }]);
  }
}

/** One walk over a parsed document: values out, places noted. */
class Walk {
  readonly #document: Document.Parsed;
  readonly #place: (offset: number | undefined) => Place;
  readonly #entries = new Map<string, Entry>();
  #values = 0;

  constructor(document: Document.Parsed, place: (offset: number | undefined) => Place) {
    this.#document = document;
    this.#place = place;
  }

  read(): YamlFile {
    const value = this.#value(this.#document.contents, { path: "", depth: 0 });
    return new YamlFile(value ?? Object.create(null), this.#entries);
  }

  #value(node: Node | null, at: { path: string; depth: number; key?: Place }): unknown {
    const { path, depth, key } = at;
    if (depth > MAX_DEPTH) throw new Limit(`nested deeper than ${MAX_DEPTH} levels`, node);
    if (++this.#values > MAX_VALUES) throw new Limit(`more than ${MAX_VALUES} values`, node);
    if (isAlias(node)) {
      const target = node.resolve(this.#document);
      if (!target) throw new Limit("a text that begins with * must stand in quotes", node);
      return this.#value(target, { ...at, depth: depth + 1 });
    }
    const entry: Entry = { value: this.#place(node?.range?.[0]), ...(key && { key }) };
    this.#entries.set(path, entry);
    if (isMap(node)) return this.#map(node.items as Pair<Node, Node | null>[], at);
    if (isSeq(node)) {
      return (node.items as (Node | null)[]).map((item, index) =>
        this.#value(item, { path: extendPath(path, index), depth: depth + 1 })
      );
    }
    if (!isScalar(node)) return null;
    if (typeof node.value !== "string" && typeof node.source === "string") {
      this.#entries.set(path, { ...entry, source: node.source });
    }
    return node.value;
  }

  #map(items: readonly Pair<Node, Node | null>[], { path, depth }: { path: string; depth: number }): unknown {
    const object: Record<string, unknown> = Object.create(null);
    for (const { key, value } of items) {
      if (!isScalar(key)) throw new Limit("a key must be a plain word", key);
      const name = String(key.value);
      const child = this.#value(value, {
        path: extendPath(path, name),
        depth: depth + 1,
        key: this.#place(key.range?.[0]),
      });
      // `queue:` with nothing behind it says the same as no queue at all.
      if (child !== null && child !== undefined) object[name] = child;
    }
    return object;
  }
}

function describeSyntaxError(code: string, message: string): string {
  switch (code) {
    case "DUPLICATE_KEY":
      return "the same key stands twice in one object";
    case "TAB_AS_INDENT":
      return "tabs are not allowed as indentation: use spaces";
    case "BAD_ALIAS":
      return "a text that begins with * or & must stand in quotes";
    case "MULTIPLE_DOCS":
      return "the file holds more than one document: remove the line ---";
    case "RESOURCE_EXHAUSTION":
      return "nested too deep to be read";
    case "BAD_SCALAR_START":
    case "MISSING_CHAR":
      return lowerFirst(message);
    default:
      // The other messages name tokens, never the text between them.
      return lowerFirst(message.split("\n", 1)[0]!.slice(0, 160));
  }
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
