/** The header fields of one message, in order (RFC 3261 §7.3). */
import type { ParseFault } from "./types.ts";
import { ok, type Result } from "../../base/mod.ts";
import { headerKey, isKnown, isList } from "./header_names.ts";
import { COMMA, isAll, split, TOKEN, trimSpace } from "./lexer.ts";

type Parser<T> = (text: string) => Result<T, ParseFault>;

/** A field never changes; what was parsed of it is kept beside it, so that a replaced field forgets by itself. */
interface Field {
  readonly key: string;
  readonly name: string;
  readonly value: string;
  values: readonly string[] | undefined;
  parser: unknown;
  parsed: unknown;
}

/**
 * Ordered header fields. Names are case-insensitive and compact forms are the same as long ones. Values are unfolded and
 * trimmed; a name that is no token or a value with CR or LF throws TypeError, so nothing can be smuggled into a message.
 * Where the grammar of a header is a list, "value" means one member of it, however many fields they stand in.
 */
export class Headers {
  #fields: Field[] = [];

  /** Number of fields. */
  get size(): number {
    return this.#fields.length;
  }

  /** First value; the empty string for a list field without members; undefined without the field. */
  get(name: string): string | undefined {
    const field = this.#find(headerKey(name));
    if (field === undefined) return undefined;
    return isList(field.key) ? valuesOf(field)[0] ?? "" : field.value;
  }

  /** Every value in order. */
  all(name: string): readonly string[] {
    const key = headerKey(name);
    let values: readonly string[] = NO_VALUES;
    for (const field of this.#fields) {
      if (field.key !== key) continue;
      values = values.length === 0 ? valuesOf(field) : [...values, ...valuesOf(field)];
    }
    return values;
  }

  has(name: string): boolean {
    return this.#find(headerKey(name)) !== undefined;
  }

  /** Number of fields (not values) of that name. */
  count(name: string): number {
    const key = headerKey(name);
    let count = 0;
    for (const field of this.#fields) if (field.key === key) count++;
    return count;
  }

  /** Replaces all fields of that name by one, at the place of the first; else at the end. */
  set(name: string, value: string): void {
    const field = makeField(name, value);
    const index = this.#fields.findIndex(({ key }) => key === field.key);
    if (index < 0) {
      this.#fields.push(field);
      return;
    }
    this.#fields[index] = field;
    for (let i = this.#fields.length - 1; i > index; i--) {
      if (this.#fields[i]!.key === field.key) this.#fields.splice(i, 1);
    }
  }

  /** Adds a field after all others. */
  append(name: string, value: string): void {
    this.#fields.push(makeField(name, value));
  }

  /** Adds a field before the others of its name; without any, before all fields. */
  prepend(name: string, value: string): void {
    const field = makeField(name, value);
    const index = this.#fields.findIndex(({ key }) => key === field.key);
    this.#fields.splice(Math.max(index, 0), 0, field);
  }

  /** Appends the fields of `source` under these usual spellings; what was parsed of them comes along. */
  take(source: Headers, names: ReadonlySet<string>): void {
    for (const field of source.#fields) if (names.has(field.key)) this.#fields.push(field);
  }

  /** Removes every field of that name. */
  remove(name: string): void {
    const key = headerKey(name);
    if (this.#find(key) !== undefined) this.#fields = this.#fields.filter((field) => field.key !== key);
  }

  /** Removes the first value, and its field when it was the only one in it. */
  removeFirst(name: string): void {
    const key = headerKey(name);
    const index = this.#fields.findIndex((field) => field.key === key);
    if (index < 0) return;
    const field = this.#fields[index]!;
    const rest = valuesOf(field).slice(1);
    if (rest.length === 0) this.#fields.splice(index, 1);
    else this.#fields[index] = { ...newField(key, field.name, rest.join(", ")), values: rest };
  }

  /** Replaces the first value, which `parse` would read as `parsed`: whoever asks next need not. */
  replaceFirst<T>(name: string, value: string, known: { parse: Parser<T>; parsed: T }): void {
    const key = headerKey(name);
    const index = this.#fields.findIndex((field) => field.key === key);
    const count = index < 0 ? 0 : valuesOf(this.#fields[index]!).length;
    if (count !== 1) {
      this.removeFirst(name);
      this.prepend(name, value);
      return;
    }
    const field = makeField(name, value);
    if (isList(key)) {
      field.parser = eachOf;
      field.parsed = { parse: known.parse, each: [ok(known.parsed)] } satisfies Each<T>;
    } else {
      field.parser = known.parse;
      field.parsed = ok(known.parsed);
    }
    this.#fields[index] = field;
  }

  /** Name in its usual spelling and raw value, field by field. */
  *[Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    for (const { name, value } of this.#fields) yield [name, value];
  }

  /** Appends all fields as text, each with its CRLF; `except` is a usual spelling left out. */
  print(except: string): string {
    let out = "";
    for (const { key, name, value } of this.#fields) {
      if (key !== except) out += name + ": " + value + "\r\n";
    }
    return out;
  }

  clone(): Headers {
    const copy = new Headers();
    copy.#fields = this.#fields.slice();
    return copy;
  }

  /** Reads the first field of that name with `parse`, once; undefined without the field. The value is shared: do not change it. */
  read<T>(name: string, parse: Parser<T>): Result<T, ParseFault> | undefined {
    const field = this.#find(headerKey(name));
    if (field === undefined) return undefined;
    if (field.parser !== parse) {
      field.parsed = parse(field.value);
      field.parser = parse;
    }
    return field.parsed as Result<T, ParseFault>;
  }

  /** As `read`, for every value of a list header. */
  readAll<T>(name: string, parse: Parser<T>): readonly Result<T, ParseFault>[] {
    const key = headerKey(name);
    let results: readonly Result<T, ParseFault>[] = NO_VALUES;
    let fieldsSeen = 0;
    for (const field of this.#fields) {
      if (field.key !== key) continue;
      const each = eachOf(field, parse);
      if (++fieldsSeen === 1) results = each;
      // The list of one field is shared with the cache; from the second field on it is a list of our own.
      else if (fieldsSeen === 2) results = [...results, ...each];
      else (results as Result<T, ParseFault>[]).push(...each);
    }
    return results;
  }

  /** For the message parser: adds a field whose parts are known to be clean. */
  addParsed(key: string, { name, value }: { readonly name: string; readonly value: string }): void {
    this.#fields.push(newField(key, name, value));
  }

  #find(key: string): Field | undefined {
    for (const field of this.#fields) if (field.key === key) return field;
    return undefined;
  }
}

const NO_VALUES: readonly never[] = [];

interface Each<T> {
  readonly parse: Parser<T>;
  readonly each: readonly Result<T, ParseFault>[];
}

/** The values of one field, each parsed once. */
function eachOf<T>(field: Field, parse: Parser<T>): readonly Result<T, ParseFault>[] {
  if (field.parser !== eachOf || (field.parsed as Each<T>).parse !== parse) {
    const values = valuesOf(field);
    const each: Result<T, ParseFault>[] = new Array(values.length);
    for (let i = 0; i < values.length; i++) each[i] = parse(values[i]!);
    field.parser = eachOf;
    field.parsed = { parse, each } satisfies Each<T>;
  }
  return (field.parsed as Each<T>).each;
}

function newField(key: string, name: string, value: string): Field {
  return { key, name, value, values: undefined, parser: undefined, parsed: undefined };
}

function valuesOf(field: Field): readonly string[] {
  return field.values ??= isList(field.key) ? split(field.value, COMMA) : [field.value];
}

function makeField(name: string, value: string): Field {
  if (!isAll(name, TOKEN)) throw new TypeError(`Cannot set header ${JSON.stringify(name)}: not a token`);
  if (value.includes("\r") || value.includes("\n")) {
    throw new TypeError(`Cannot set header ${JSON.stringify(name)}: value holds a line break`);
  }
  const key = headerKey(name);
  return newField(key, isKnown(key) ? key : name, trimSpace(value));
}
