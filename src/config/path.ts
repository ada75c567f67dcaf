/** Paths into the configuration, and places in its text: `domains[0].extensions[1].forward.noAnswer.to`. */

export type Path = readonly PropertyKey[];

/** 1-based line and column. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export function printPath(path: Path): string {
  return path.reduce<string>((text, part) => extendPath(text, part), "");
}

/** `printPath` of one step more. */
export function extendPath(text: string, part: PropertyKey): string {
  if (typeof part === "number") return `${text}[${part}]`;
  const key = String(part);
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(key)) return `${text}[${JSON.stringify(key.slice(0, 64))}]`;
  return text === "" ? key : `${text}.${key}`;
}

/** The value at `path` within plain objects and arrays; undefined where there is none. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

/** Puts `value` at `path`, in place; nothing happens where the way there does not exist. */
export function setAt(root: unknown, path: Path, value: unknown): void {
  const parent = valueAt(root, path.slice(0, -1));
  const last = path.at(-1);
  if (typeof parent === "object" && parent !== null && last !== undefined) {
    (parent as Record<PropertyKey, unknown>)[last] = value;
  }
}
