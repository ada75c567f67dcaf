import assert from "node:assert/strict";
import { openSounds } from "./sound_files.ts";

const SHIPPED = new URL("../../sounds", import.meta.url).pathname;

/** A quarter of a second of silence, 16 bit, 8 kHz. */
function silentWav(): Uint8Array {
  const bytes = new Uint8Array(44 + 4000);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode("RIFF....WAVEfmt "));
  view.setUint32(4, bytes.length - 8, true);
  for (const [at, value] of [[16, 16], [24, 8000], [28, 16_000], [40, 4000]] as const) {
    view.setUint32(at, value, true);
  }
  for (const [at, value] of [[20, 1], [22, 1], [32, 2], [34, 16]] as const) view.setUint16(at, value, true);
  bytes.set(new TextEncoder().encode("data"), 36);
  return bytes;
}

async function withFolder(run: (data: string) => void): Promise<void> {
  const data = await Deno.makeTempDir({ prefix: "sipedge-sounds-" });
  try {
    run(data);
  } finally {
    await Deno.remove(data, { recursive: true });
  }
}

Deno.test("a WAV takes the place of a shipped sound at once, survives a restart, and gives it back", async () => {
  await withFolder((data) => {
    const sounds = openSounds(SHIPPED, data);
    const paths = () => sounds.library.say(["busy"], "zh").paths;
    const shipped = sounds.read("zh/busy");
    assert.deepEqual(paths(), [`${SHIPPED}/zh/busy.wav`]);
    assert.deepEqual(sounds.put("zh/busy", silentWav()), { ok: true, value: undefined });
    assert.deepEqual(paths(), [`${data}/sounds/zh/busy.wav`]);
    assert.deepEqual(openSounds(SHIPPED, data).library.say(["busy"], "zh").paths, paths());
    assert.deepEqual(sounds.read("zh/busy"), silentWav());
    assert.deepEqual(sounds.list().find(({ name }) => name === "zh/busy"), {
      name: "zh/busy",
      isOwn: true,
      isShipped: true,
      words: "您拨打的用户正忙，请稍后再拨。",
    });
    assert.ok(sounds.remove("zh/busy"));
    assert.equal(sounds.remove("zh/busy"), false);
    assert.deepEqual(paths(), [`${SHIPPED}/zh/busy.wav`]);
    assert.deepEqual(sounds.read("zh/busy"), shipped);
  });
});

Deno.test("waiting music is replaced, and more of it has names of its own", async () => {
  await withFolder((data) => {
    const sounds = openSounds(SHIPPED, data);
    sounds.put("music/waiting", silentWav());
    sounds.put("music/winter", silentWav());
    const played = (name?: string) => {
      const source = sounds.library.music(name);
      return source.kind === "files" ? source.paths[0] : undefined;
    };
    assert.equal(played(), `${data}/sounds/music/waiting.wav`);
    assert.equal(played("winter"), `${data}/sounds/music/winter.wav`);
    sounds.remove("music/winter");
    assert.equal(played("winter"), `${data}/sounds/music/waiting.wav`, "the default where a name is gone");
    assert.equal(sounds.list().some(({ name }) => name === "music/winter"), false);
  });
});

Deno.test("what is no sound, has no place, or climbs out of the folder is refused and leaves nothing", async () => {
  await withFolder((data) => {
    const sounds = openSounds(SHIPPED, data);
    const rows: [name: string, wav: Uint8Array, error: RegExp][] = [
      ["music/waiting", new TextEncoder().encode("hello"), /not a WAV file/],
      ["music/waiting", silentWav().subarray(0, 30), /./],
      ["en/no-such-prompt", silentWav(), /expected the name of a shipped sound/],
      ["music/../../tls/ca", silentWav(), /expected the name/],
      ["../waiting", silentWav(), /expected the name/],
      ["music/a/b", silentWav(), /expected the name/],
      ["music/A B", silentWav(), /expected the name/],
      ["music/", silentWav(), /expected the name/],
    ];
    for (const [name, wav, error] of rows) {
      const done = sounds.put(name, wav);
      assert.ok(!done.ok && error.test(done.error), name);
      if (name !== "music/waiting") assert.equal(sounds.read(name), undefined, name);
    }
    assert.equal(sounds.read("../index"), undefined);
    assert.equal(sounds.remove("../index"), false);
    assert.deepEqual(sounds.list().filter(({ isOwn }) => isOwn), []);
  });
});

Deno.test("a company's music does not fill the disk without end", async () => {
  await withFolder((data) => {
    const sounds = openSounds(SHIPPED, data);
    let taken = 0;
    while (taken < 200 && sounds.put(`music/tune-${taken}`, silentWav()).ok) taken++;
    assert.equal(taken, 100);
    assert.ok(sounds.put("music/tune-7", silentWav()).ok, "what is there may be exchanged");
  });
});
