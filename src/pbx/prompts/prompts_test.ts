import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { callTone } from "./call_tones.ts";
import { numberWords, positionWords } from "./number_words.ts";
import { type SoundIndex, SoundLibrary } from "./sound_library.ts";

const SOUNDS = new URL("../../../sounds/", import.meta.url);
const index: SoundIndex = JSON.parse(readFileSync(new URL("index.json", SOUNDS), "utf8"));

const SAID: readonly [value: number, en: string, zh: string][] = [
  [0, "0", "0"],
  [7, "7", "7"],
  [10, "10", "10"],
  [12, "12", "10 2"],
  [20, "20", "2 10"],
  [21, "20 1", "2 10 1"],
  [99, "90 9", "9 10 9"],
  [100, "1 hundred", "1 hundred"],
  [105, "1 hundred 5", "1 hundred 0 5"],
  [112, "1 hundred 12", "1 hundred 1 10 2"],
  [220, "2 hundred 20", "two-of hundred 2 10"],
  [1000, "1 thousand", "1 thousand"],
  [2002, "2 thousand 2", "two-of thousand 0 2"],
  [2020, "2 thousand 20", "two-of thousand 0 2 10"],
  [9999, "9 thousand 9 hundred 90 9", "9 thousand 9 hundred 9 10 9"],
  [12345, "9 thousand 9 hundred 90 9", "9 thousand 9 hundred 9 10 9"],
  [-3, "0", "0"],
];

for (const [value, en, zh] of SAID) {
  Deno.test(`${value} is said "${en}" in English and "${zh}" in Chinese`, () => {
    const said = (words: readonly string[]) => words.map((word) => word.replace("number-", "")).join(" ");
    assert.equal(said(numberWords(value, "en")), en);
    assert.equal(said(numberWords(value, "zh")), zh);
  });
}

Deno.test("every position in a queue can be said with shipped sounds", () => {
  for (const locale of ["en", "zh"] as const) {
    for (let place = 1; place <= 2500; place++) {
      for (const word of positionWords(place, locale)) {
        assert.ok(index.prompts[word]?.[locale], `${word} in ${locale}`);
      }
    }
  }
});

Deno.test("every shipped sound is there, is a WAV file, and all of them take less than 3 MB", () => {
  let bytes = 0;
  const paths = [
    ...Object.values(index.music),
    ...Object.values(index.prompts).flatMap((entry) => [entry.en, entry.zh]).filter((path) =>
      path !== undefined
    ),
  ];
  for (const path of paths) {
    const file = new URL(path, SOUNDS);
    bytes += statSync(file).size;
    assert.equal(readFileSync(file).subarray(0, 4).toString(), "RIFF", path);
  }
  assert.ok(paths.length > 100 && bytes < 3_000_000, `${paths.length} files, ${bytes} bytes`);
});

const library = new SoundLibrary(
  {
    prompts: { busy: { en: "en/busy.wav", zh: "zh/busy.wav" }, done: { en: "en/done.wav" } },
    music: { default: "music/a.wav" },
  },
  { shipped: "/shipped", own: "/own", replaced: new Set(["zh/busy.wav", "music/jazz.wav"]) },
);

Deno.test("a replaced sound is taken from the administrator's folder, a missing language falls back to English", () => {
  assert.deepEqual(library.say(["busy", "done"], "en"), {
    kind: "files",
    paths: ["/shipped/en/busy.wav", "/shipped/en/done.wav"],
  });
  assert.deepEqual(library.say(["busy", "done"], "zh"), {
    kind: "files",
    paths: ["/own/zh/busy.wav", "/shipped/en/done.wav"],
  });
});

Deno.test("unknown prompts and names of the prototype are left out", () => {
  assert.deepEqual(library.say(["nonsense", "constructor", "__proto__"], "en"), { kind: "files", paths: [] });
  for (const name of ["nonsense", "../secret", "__proto__"]) {
    assert.deepEqual(library.music(name), { kind: "files", paths: ["/shipped/music/a.wav"] });
  }
  assert.deepEqual(library.music("/srv/tune.wav"), { kind: "files", paths: ["/srv/tune.wav"] });
  assert.deepEqual(library.music("jazz"), { kind: "files", paths: ["/own/music/jazz.wav"] });
});

Deno.test("China hears 450 Hz, the others 425 Hz, each tone with a rhythm of its own", () => {
  assert.deepEqual(callTone("busy", "zh"), {
    kind: "cadence",
    frequencies: [450],
    cadenceMs: [350, 350],
    level: 0.16,
  });
  assert.deepEqual(callTone("congestion", "en"), {
    kind: "cadence",
    frequencies: [425],
    cadenceMs: [250, 250],
    level: 0.16,
  });
});
