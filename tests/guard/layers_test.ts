/** Walks every import and holds it against the table: arrows point down, only tables of contents are crossed. */

import assert from "node:assert/strict";
import { dirname, join, relative } from "node:path/posix";
import { LAYERS, MAX_LINES, OPEN, ROOTS } from "./layers.ts";

const HOUSE = new URL("../../", import.meta.url).pathname;

interface Import {
  readonly from: string;
  readonly to: string;
  readonly isType: boolean;
}

function filesOf(folder: string): string[] {
  return [...Deno.readDirSync(join(HOUSE, folder))].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesOf(join(folder, name)) : /\.tsx?$/.test(name) ? [join(folder, name)] : []
  );
}

function importsOf(file: string): Import[] {
  const text = Deno.readTextFileSync(join(HOUSE, file));
  const found = text.matchAll(
    /^\s*(?:import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s+)?"(\.[^"]+)"|(?:import|URL)\("(\.[^"]+)"/gm,
  );
  return [...found].map((match) => ({
    from: file,
    to: join(dirname(file), (match[2] ?? match[3])!),
    isType: match[1] !== undefined,
  })).filter(({ to }) => to.startsWith("src/") && to.endsWith(".ts"));
}

/** What `folder` may import; a row in parentheses stands for all of that row. */
function rowOf(folder: string): readonly string[] {
  return (LAYERS[folder] ?? []).flatMap((entry) =>
    entry.startsWith("(") ? rowOf(entry.slice(1, -1)) : [entry]
  );
}

function isAllowed({ from, to, isType }: Import): boolean {
  const own = relative("src", dirname(from)), other = relative("src", dirname(to));
  const isContents = to.endsWith("/mod.ts");
  if (own === other) return !isContents;
  const path = relative("src", to);
  const entries = rowOf(own).map((entry) => entry.replace(/^types /, isType ? "" : "no "));
  if (entries.includes(path)) return true;
  if (!isContents && !OPEN.includes(other) && !(ROOTS.includes(own) && isContract(path))) return false;
  return ROOTS.includes(own) || entries.includes(other) || entries.includes(`${dirname(other)}/*`);
}

function isContract(path: string): boolean {
  return Object.values(LAYERS).some((row) => row.some((entry) => entry.replace("types ", "") === path));
}

const isTest = (file: string) => /_(?:test|bench)\.ts$|\/fake_[a-z_]+\.ts$/.test(file);
const SOURCES = filesOf("src").filter((file) => !isTest(file));
const IMPORTS = SOURCES.flatMap(importsOf);

Deno.test("every import is one that the table allows", () => {
  const wrong = IMPORTS.filter((one) => !isAllowed(one)).map(({ from, to }) => `${from} → ${to}`);
  assert.deepEqual(wrong, []);
});

Deno.test("every folder stands in the table", () => {
  const folders = new Set(SOURCES.map((file) => relative("src", dirname(file))));
  assert.deepEqual([...folders].filter((folder) => !LAYERS[folder] && !ROOTS.includes(folder)), []);
});

Deno.test("no file imports itself by way of others", () => {
  const next = Map.groupBy(IMPORTS, ({ from }) => from);
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) return void cycles.push([...way.slice(way.indexOf(file)), file].join(" → "));
    if (done.has(file)) return;
    done.add(file);
    for (const { to } of next.get(file) ?? []) visit(to, [...way, file]);
  };
  for (const file of SOURCES) visit(file, []);
  assert.deepEqual(cycles, []);
});

Deno.test("no file is too long to be read", () => {
  const all = ["main.ts", ...["src", "tests"].flatMap(filesOf)];
  const long = all.map((file) =>
    [file, Deno.readTextFileSync(join(HOUSE, file)).split("\n").length - 1] as const
  );
  assert.deepEqual(long.filter(([, lines]) => lines > MAX_LINES), []);
});
