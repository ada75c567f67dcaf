import assert from "node:assert/strict";
import { finishExchange, hasExchange, startExchange } from "./exchange.ts";

const NAMES = ["a.db", "a.db-wal", "tls", "sounds"];

/** A folder with old entries, new ones laid ready, and a file elsewhere. */
function world(): { folder: string; outside: string; state: () => Record<string, string>; end: () => void } {
  const root = Deno.makeTempDirSync();
  const folder = `${root}/data`, outside = `${root}/etc.yaml`;
  for (const path of ["data/tls", "data/next/tls", "data/next/sounds"]) {
    Deno.mkdirSync(`${root}/${path}`, { recursive: true });
  }
  const files: Record<string, string> = {
    "data/a.db": "old db",
    "data/a.db-wal": "old wal",
    "data/tls/ca.pem": "old ca",
    "data/recording.wav": "untouched",
    "data/next/a.db": "new db",
    "data/next/tls/ca.pem": "new ca",
    "data/next/sounds/m.wav": "new sound",
    "data/next/sipedge.yaml": "new yaml",
    "etc.yaml": "old yaml",
  };
  for (const [path, text] of Object.entries(files)) Deno.writeTextFileSync(`${root}/${path}`, text);
  const state = () => {
    const found: Record<string, string> = {};
    const walk = (path: string) => {
      for (const { name, isDirectory } of Deno.readDirSync(path)) {
        if (isDirectory) walk(`${path}/${name}`);
        else found[`${path}/${name}`.slice(root.length + 1)] = Deno.readTextFileSync(`${path}/${name}`);
      }
    };
    walk(root);
    return found;
  };
  return { folder, outside, state, end: () => Deno.removeSync(root, { recursive: true }) };
}

const AFTER = {
  "data/a.db": "new db",
  "data/tls/ca.pem": "new ca",
  "data/sounds/m.wav": "new sound",
  "data/recording.wav": "untouched",
  "data/kept/a.db": "old db",
  "data/kept/a.db-wal": "old wal",
  "data/kept/tls/ca.pem": "old ca",
  "data/kept/sipedge.yaml": "old yaml",
  "etc.yaml": "new yaml",
};

Deno.test("everything is exchanged, the old is kept, the rest untouched", () => {
  const { folder, outside, state, end } = world();
  assert.deepEqual(startExchange(folder, { names: NAMES, fresh: "next", kept: "kept", outside }), {
    ok: true,
    value: undefined,
  });
  assert.deepEqual(state(), AFTER);
  assert.equal(hasExchange(folder), false);
  end();
});

Deno.test("an exchange that died after any of its steps is led to the same end", () => {
  const renameSync = Deno.renameSync, removeSync = Deno.removeSync;
  let died = 0;
  for (let allowed = 0; died === allowed; allowed++) {
    const { folder, outside, state, end } = world();
    const before = state();
    let steps = 0;
    const dying = <A extends unknown[]>(step: (...args: A) => void) => (...args: A) => {
      if (steps++ >= allowed) throw new Error("killed");
      step(...args);
    };
    Deno.renameSync = dying(renameSync);
    Deno.removeSync = dying(removeSync);
    const started = startExchange(folder, { names: NAMES, fresh: "next", kept: "kept", outside });
    Deno.renameSync = renameSync;
    Deno.removeSync = removeSync;
    if (!started.ok) died++;
    if (hasExchange(folder)) assert.deepEqual(finishExchange(folder), { ok: true, value: undefined });
    const found = Object.fromEntries(
      Object.entries(state()).filter(([path]) => !path.includes(".new-")),
    );
    // Before the turning point nothing has changed; behind it, everything.
    assert.deepEqual(found, found["data/a.db"] === "old db" ? before : AFTER, `after ${allowed} steps`);
    end();
  }
  assert.ok(died > 8, `${died} places to die`);
});
