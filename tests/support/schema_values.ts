/** Values made from a JSON Schema by chance, and values that mean harm; for asking an API what its own description promises. */

import fc from "fast-check";

export type Schema = {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
};

/** Long enough to be more than one thing, short enough for a thousand requests. */
const MAX_ITEMS = 3;

/** Values that the schema takes. `known` gives words that are likely to mean something to the server. */
export function fitting(schema: Schema, known: readonly string[]): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map((one) => fitting(one, known)));
  if (schema.allOf) return fitting(Object.assign({}, ...schema.allOf), known);
  switch (schema.type) {
    case "object":
      return record(schema, known);
    case "array": {
      const { minItems = 0, maxItems = MAX_ITEMS } = schema;
      const lengths = { minLength: minItems, maxLength: Math.max(minItems, Math.min(maxItems, MAX_ITEMS)) };
      return fc.array(fitting(schema.items ?? {}, known), lengths);
    }
    case "string":
      return words(schema, known);
    case "integer":
      return fc.integer(range(schema));
    case "number":
      return fc.double({ ...range(schema), noNaN: true, noDefaultInfinity: true });
    case "boolean":
      return fc.boolean();
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

/** Values that nobody who means well would send. */
export const HARMFUL: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    1e308,
    Number.MAX_SAFE_INTEGER + 2,
    "",
    " ",
    "\u0000",
    "101\r\nX-Injected: yes",
    "'; DROP TABLE call_records; --",
    "../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "<script>alert(1)</script>",
    "=HYPERLINK(1)",
    "\ud800",
    "\u202e100",
    "__proto__",
    "constructor",
    "A".repeat(10_000),
    { __proto__: null, toString: 1 },
    { constructor: { prototype: { isAdmin: true } } },
    [[[[[[]]]]]],
  ),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** A fitting value with one part replaced by a harmful one, taken away, or added. */
export function damaged(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.tuple(value, HARMFUL, fc.nat(), fc.constantFrom("replace", "remove", "add")).map(
    ([good, bad, place, how]) => {
      if (typeof good !== "object" || good === null || Array.isArray(good)) return bad;
      const keys = Object.keys(good);
      const copy: Record<string, unknown> = { ...good };
      const key = keys[place % Math.max(1, keys.length)];
      if (how === "add" || key === undefined) {
        // Defined, since an assignment to `__proto__` would do something else.
        const options = { value: bad, enumerable: true, configurable: true, writable: true };
        return Object.defineProperty(copy, place % 2 ? "__proto__" : "surplus", options);
      }
      if (how === "remove") delete copy[key];
      else copy[key] = bad;
      return copy;
    },
  );
}

function record({ properties = {}, required = [] }: Schema, known: readonly string[]): fc.Arbitrary<unknown> {
  const parts = Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [name, fitting(property, known)]),
  );
  const needed = required.filter((name) => name in parts);
  const shortest = fc.record(Object.fromEntries(needed.map((name) => [name, parts[name]!])));
  return fc.oneof(shortest, fc.record(parts, { requiredKeys: needed }));
}

function words(schema: Schema, known: readonly string[]): fc.Arbitrary<string> {
  const { minLength = 0, maxLength = 40, pattern } = schema;
  const plain = pattern === undefined
    ? fc.string({ minLength, maxLength: Math.max(minLength, Math.min(maxLength, 40)) })
    : fc.stringMatching(new RegExp(pattern)).filter((text) => text.length <= maxLength);
  const fits = known.filter((word) =>
    word.length >= minLength && word.length <= maxLength &&
    (pattern === undefined || new RegExp(pattern).test(word))
  );
  return fits.length === 0 ? plain : fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...fits) }, plain);
}

function range({ minimum = -1000, maximum = 1_000_000 }: Schema): { min: number; max: number } {
  return { min: minimum, max: Math.max(minimum, maximum) };
}
