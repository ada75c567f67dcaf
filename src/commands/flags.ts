/** Options of a command line, read with complaints that help. */

import { nearest } from "../config/mod.ts";
import { parseArgs } from "node:util";
import { UsageError } from "./command.ts";

type FlagKinds = Readonly<Record<string, "text" | "switch">>;

export interface Flags<Kinds extends FlagKinds> {
  readonly values: { readonly [Name in keyof Kinds]?: Kinds[Name] extends "switch" ? boolean : string };
  /** What is no option, in order. */
  readonly words: readonly string[];
}

/** Reads `--name value`, `--name=value`, `--name`, and words. Throws {@linkcode UsageError}. */
export function readFlags<Kinds extends FlagKinds>(args: readonly string[], kinds: Kinds): Flags<Kinds> {
  const options = Object.fromEntries(
    Object.entries(kinds).map((
      [name, kind],
    ) => [name, { type: kind === "switch" ? "boolean" : "string" } as const]),
  );
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  const values: Record<string, string | boolean> = {};
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    const kind = Object.hasOwn(kinds, token.name) ? kinds[token.name] : undefined;
    if (kind === undefined) throw unknownFlag(token.rawName, Object.keys(kinds));
    if (
      kind === "text" && (token.value === undefined || (!token.inlineValue && token.value.startsWith("--")))
    ) {
      throw new UsageError(`${token.rawName} needs a value`);
    }
    if (kind === "switch" && token.value !== undefined) {
      throw new UsageError(`${token.rawName} takes no value`);
    }
    values[token.name] = token.value ?? true;
  }
  return { values: values as Flags<Kinds>["values"], words };
}

function unknownFlag(raw: string, known: readonly string[]): UsageError {
  const near = nearest(raw.replace(/^-+/, ""), known);
  if (near) return new UsageError(`unknown option ${raw}, did you mean --${near}?`);
  const list = known.map((name) => `--${name}`).join(", ");
  return new UsageError(
    `unknown option ${raw}: ${known.length > 0 ? `expected one of ${list}` : "there are none"}`,
  );
}

/** A whole number within limits, from an option. Throws {@linkcode UsageError}. */
export function readCount(
  text: string | undefined,
  options: { readonly name: string; readonly fallback: number; readonly max: number },
): number {
  if (text === undefined) return options.fallback;
  const value = Number(text);
  if (/^[0-9]{1,9}$/.test(text) && value <= options.max) return value;
  throw new UsageError(`--${options.name} needs a whole number up to ${options.max}, got "${text}"`);
}

/** Refuses words beyond those that a command takes. */
export function expectWords(words: readonly string[], names: readonly string[]): void {
  if (words.length > names.length) throw new UsageError(`unexpected "${words[names.length]}"`);
  if (words.length < names.length) throw new UsageError(`${names[words.length]} is missing`);
}
