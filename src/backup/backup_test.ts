import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { seededRandom } from "../base/mod.ts";
import { Backup, type BackupEntry, type Manifest, pack } from "./mod.ts";
import { parseManifest } from "./manifest.ts";
import { CHUNK_BYTES, HEADER_BYTES, seal } from "./seal.ts";

const PASSPHRASE = "five words make a passphrase";
/** The least work a header may ask for. */
const LOG_N = 10;

const FILES: Readonly<Record<string, Uint8Array>> = {
  "sipedge.yaml": new TextEncoder().encode("domains: []\n"),
  "sipedge.db": seededRandom(7).bytes(2 * CHUNK_BYTES + 100),
  "sounds/en/busy tone.wav": new Uint8Array(),
};

async function* chunksOf(bytes: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function entryOf(name: string, bytes: Uint8Array): BackupEntry {
  return { name, bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
}

function manifestOf(files: readonly BackupEntry[]): Manifest {
  return { format: 1, version: "1.2.3", madeAt: 1000, host: "box", data: "/data", files };
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  for await (const part of chunks) parts.push(part);
  return new Uint8Array(await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}

function packed(files: Readonly<Record<string, Uint8Array>>): Promise<Uint8Array<ArrayBuffer>> {
  const manifest = manifestOf(Object.entries(files).map(([name, bytes]) => entryOf(name, bytes)));
  const read = (name: string) => chunksOf(files[name]!);
  return collect(pack({ manifest, read, passphrase: PASSPHRASE, random: seededRandom(1), logN: LOG_N }));
}

/** Seals any contents behind any list, as only somebody hostile would. */
function forged(list: unknown, contents: Uint8Array = new Uint8Array()): Promise<Uint8Array<ArrayBuffer>> {
  const head = typeof list === "string" ? list : JSON.stringify(list);
  const bytes = new TextEncoder().encode(head);
  const whole = new Uint8Array(4 + bytes.length + contents.length);
  new DataView(whole.buffer).setUint32(0, bytes.length);
  whole.set(bytes, 4);
  whole.set(contents, 4 + bytes.length);
  return collect(seal(chunksOf(whole), { passphrase: PASSPHRASE, random: seededRandom(1), logN: LOG_N }));
}

/** What came out, and the error, if any. */
async function unpacked(bytes: Uint8Array, passphrase = PASSPHRASE): Promise<{
  readonly error?: string;
  readonly manifest?: Manifest;
  readonly files: ReadonlyMap<string, Uint8Array>;
}> {
  const backup = await Backup.open(() => chunksOf(bytes, 777), passphrase);
  const files = new Map<string, Uint8Array>();
  if (!backup.ok) return { error: backup.error, files };
  const result = await backup.value.unpack({
    file: ({ name }) => {
      const parts: Uint8Array[] = [];
      return {
        write: (piece) => void parts.push(piece.slice()),
        async close() {
          files.set(
            name,
            await collect((async function* () {
              yield* parts;
            })()),
          );
        },
      };
    },
  });
  return { files, ...(result.ok ? { manifest: result.value } : { error: result.error }) };
}

Deno.test("what was packed comes out again, byte for byte", async () => {
  const { files, manifest, error } = await unpacked(await packed(FILES));
  assert.equal(error, undefined);
  assert.deepEqual(Object.fromEntries(files), FILES);
  assert.deepEqual(manifest?.files.map(({ name }) => name), Object.keys(FILES));
});

Deno.test("contents that end with a chunk, or are a byte longer or shorter, come out again", async () => {
  const listBytes = JSON.stringify(manifestOf([entryOf("sipedge.db", new Uint8Array(CHUNK_BYTES))])).length;
  for (const more of [-1, 0, 1]) {
    const bytes = seededRandom(3).bytes(2 * CHUNK_BYTES - listBytes - 4 + more);
    const { files, error } = await unpacked(await packed({ "sipedge.db": bytes }));
    assert.equal(error, undefined);
    assert.deepEqual(files.get("sipedge.db"), bytes);
  }
});

Deno.test("nothing of the contents can be read in the file, and two backups share nothing but the first bytes", async () => {
  const secret = new TextEncoder().encode("a secret that must not be seen".repeat(20));
  const bytes = await packed({ "sipedge.db": secret });
  assert.equal(new TextDecoder("latin1").decode(bytes).includes("secret"), false);
  const manifest = manifestOf([entryOf("sipedge.db", secret)]);
  const other = await collect(pack({
    manifest,
    read: () => chunksOf(secret),
    passphrase: PASSPHRASE,
    random: seededRandom(2),
    logN: LOG_N,
  }));
  assert.notDeepEqual(other.subarray(HEADER_BYTES), bytes.subarray(HEADER_BYTES));
});

Deno.test("a wrong passphrase is told as such; letters typed in another form are the same letters", async () => {
  const bytes = await packed(FILES);
  assert.match((await unpacked(bytes, "another passphrase")).error!, /^the passphrase is wrong/);
  const manifest = manifestOf([entryOf("sipedge.db", new Uint8Array())]);
  const accented = await collect(pack({
    manifest,
    read: () => chunksOf(new Uint8Array()),
    passphrase: "caf\u00e9 cr\u00e8me",
    random: seededRandom(1),
    logN: LOG_N,
  }));
  assert.equal((await unpacked(accented, "cafe\u0301 cre\u0300me")).error, undefined);
});

Deno.test("a bit changed anywhere is noticed, and no byte behind it is handed out", async () => {
  const bytes = await packed(FILES);
  const header = Array.from({ length: HEADER_BYTES / 6 }, (_, index) => index * 6 + 1);
  const body = Array.from(
    { length: 25 },
    (_, index) => HEADER_BYTES + Math.floor(index * (bytes.length - HEADER_BYTES - 1) / 24),
  );
  for (const place of [...header, ...body]) {
    const changed = bytes.slice();
    changed[place]! ^= 1 << (place % 8);
    const { error, files } = await unpacked(changed);
    assert.notEqual(error, undefined, `byte ${place}`);
    for (const [name, found] of files) assert.deepEqual(found, FILES[name], `${name} after byte ${place}`);
  }
});

Deno.test("a file cut off anywhere, also between two chunks, is noticed", async () => {
  const bytes = await packed(FILES);
  const chunk = CHUNK_BYTES + 16;
  const places = [0, 5, 16, 17, 30, HEADER_BYTES - 1, HEADER_BYTES, HEADER_BYTES + 5, HEADER_BYTES + 16];
  for (const place of [...places, HEADER_BYTES + chunk, HEADER_BYTES + 2 * chunk, bytes.length - 1]) {
    assert.notEqual((await unpacked(bytes.slice(0, place))).error, undefined, `cut at ${place}`);
  }
});

Deno.test("chunks moved, repeated, left out or added are noticed", async () => {
  const bytes = await packed(FILES);
  const chunk = CHUNK_BYTES + 16;
  const at = (index: number) =>
    bytes.subarray(HEADER_BYTES + index * chunk, HEADER_BYTES + (index + 1) * chunk);
  const header = bytes.subarray(0, HEADER_BYTES);
  const rows: [promise: string, chunks: Uint8Array[]][] = [
    ["moved", [at(1), at(0), at(2)]],
    ["repeated", [at(0), at(0), at(1), at(2)]],
    ["left out", [at(0), at(2)]],
    ["only the last", [at(2)]],
    ["one behind the last", [at(0), at(1), at(2), at(2)]],
    ["bytes behind the last", [at(0), at(1), at(2), new Uint8Array(40)]],
  ];
  for (const [promise, chunks] of rows) {
    const changed = await collect((async function* () {
      yield header;
      yield* chunks;
    })());
    assert.match((await unpacked(changed)).error ?? "", /damaged or cut off/, promise);
  }
});

Deno.test("other files, newer formats and key derivations that need gigabytes are refused before any work", async () => {
  const bytes = await packed(FILES);
  const rows: [promise: string, change: (bytes: Uint8Array) => void, error: RegExp][] = [
    ["another file", (b) => b.set([0x50, 0x4b, 3, 4]), /it is no backup of sipedge/],
    ["a newer format", (b) => b[16] = 2, /it has format 2, and only format 1 is known/],
    ["N of 2^30", (b) => b[17] = 30, /its header makes no sense/],
    ["N of 1", (b) => b[17] = 0, /its header makes no sense/],
  ];
  for (const [promise, change, error] of rows) {
    const changed = bytes.slice();
    change(changed);
    assert.match((await unpacked(changed)).error!, error, promise);
  }
});

Deno.test("a list of contents made by somebody hostile is refused whole", () => {
  const empty = createHash("sha256").digest("hex");
  const db = { name: "sipedge.db", bytes: 0, sha256: empty };
  const file = (name: string) => ({ ...db, name });
  const list = (...files: unknown[]) => ({ ...manifestOf([]), files });
  const rows: [promise: string, list: unknown, error: RegExp][] = [
    ["climbs out", list(db, file("../../etc/passwd")), /no place here/],
    ["climbs out below", list(db, file("sounds/../../x.wav")), /no place here/],
    ["climbs out with another slash", list(db, file("sounds\\..\\x.wav")), /no place here/],
    ["absolute", list(db, file("/etc/cron.d/x")), /no place here/],
    ["hidden", list(db, file("sounds/.ssh/x")), /no place here/],
    ["doubled slash", list(db, file("sounds//x")), /no place here/],
    ["line break", list(db, file("sounds/a\nb")), /no place here/],
    ["zero byte", list(db, file("sounds/a\u0000b")), /no place here/],
    ["ends with a break", list(db, file("sipedge.yaml\n")), /no place here/],
    ["foreign", list(db, file("tls/other.pem")), /no place here/],
    ["a write-ahead log", list(db, file("sipedge.db-wal")), /no place here/],
    ["longer than any path", list(db, file(`sounds/${"a/".repeat(500)}x`)), /no place here/],
    ["doubled", list(db, db), /"sipedge\.db" twice/],
    ["doubled but for case", list(db, file("sounds/A.wav"), file("sounds/a.wav")), /twice/],
    ["doubled but for form", list(db, file("sounds/\u00e9"), file("sounds/e\u0301")), /twice/],
    ["file and folder", list(db, file("sounds/a"), file("sounds/a/b")), /as a file and as a folder/],
    ["no database", list(file("sipedge.yaml")), /no database/],
    ["nothing", list(), /no database/],
    ["too many", list(...Array.from({ length: 5001 }, (_, i) => file(`sounds/${i}`))), /5001 files/],
    ["too large", list({ ...db, name: "sounds/a", bytes: 1e12 }), /too large/],
    ["negative", list({ ...db, bytes: -1 }), /without name or size/],
    ["no number", list({ ...db, bytes: "1" }), /without name or size/],
    ["a fraction", list({ ...db, bytes: 0.5 }), /without name or size/],
    ["no hash", list({ ...db, sha256: "x" }), /no hash/],
    ["no list", { ...list(), files: 3 }, /another format/],
    ["no object", [], /another format/],
    ["another format", { ...list(db), format: 2 }, /another format/],
    ["beyond all time", { ...list(db), madeAt: 9e15 }, /incomplete/],
    ["incomplete", { format: 1, files: [] }, /incomplete/],
    ["prototype", '{"format":1,"files":[{"__proto__":{"name":"sipedge.db"}}]}', /incomplete/],
    ["no JSON", "{", /cannot be read/],
    ["deep", `${"[".repeat(100_000)}`, /cannot be read/],
  ];
  for (const [promise, value, error] of rows) {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    const found = parseManifest(new TextEncoder().encode(text));
    assert.match(found.ok ? "taken" : found.error, error, promise);
  }
});

Deno.test("contents that are not what the list says are refused", async () => {
  const db = entryOf("sipedge.db", new Uint8Array());
  const list = (...files: BackupEntry[]) => manifestOf(files);
  const rows: [promise: string, list: unknown, contents: Uint8Array, error: RegExp][] = [
    ["a way out", list(db, { ...db, name: "../x" }), new Uint8Array(), /no place here/],
    [
      "a wrong hash",
      list({ ...db, sha256: "0".repeat(64) }),
      new Uint8Array(),
      /hash of "sipedge\.db" is wrong/,
    ],
    ["less", list({ ...db, bytes: 10 }), new Uint8Array(3), /shorter than its list says/],
    ["more", list(db), new Uint8Array(3), /more follows behind the last file/],
  ];
  for (const [promise, value, contents, error] of rows) {
    const { error: found, files } = await unpacked(await forged(value, contents));
    assert.match(found ?? "taken", error, promise);
    if (promise !== "more") assert.equal(files.size, 0, promise);
  }
  const endless = await collect(seal(chunksOf(Uint8Array.of(255, 255, 255, 255, 0)), {
    passphrase: PASSPHRASE,
    random: seededRandom(1),
    logN: LOG_N,
  }));
  assert.match((await unpacked(endless)).error!, /its list of contents is too long/);
});

Deno.test("a file that grows while it is packed fails the backup", async () => {
  const manifest = manifestOf([entryOf("sipedge.db", new Uint8Array(10))]);
  const growing = pack({
    manifest,
    read: () => chunksOf(new Uint8Array(20)),
    passphrase: PASSPHRASE,
    random: seededRandom(1),
    logN: LOG_N,
  });
  await assert.rejects(collect(growing), /"sipedge\.db" changed while it was read: try again/);
});
