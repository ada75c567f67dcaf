/** Why the real server does not start: one sentence that says what, where and what to do, and the exit code. */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { seededRandom } from "../../src/base/mod.ts";
import { createAuthority, createServerCertificate } from "../../src/platform/own_authority.ts";
import { inLanes } from "../support/lanes.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const ADDRESS = "127.0.0.114";
const YEAR_MS = 365 * 86_400_000;

/** A folder with a configuration, and what stands in the way. */
interface Place {
  readonly folder: string;
  readonly ports: { readonly sip: number; readonly tls: number; readonly web: number };
  file(name: string, text: string): void;
}

interface Fault {
  readonly name: string;
  /** More lines of the configuration. */
  readonly config?: string;
  readonly code?: number;
  readonly message: RegExp;
  /** Words before the command, for a server that may do less. */
  readonly around?: readonly string[];
  /** Puts something in the way; returns how to take it away. */
  prepare?(place: Place): void | (() => void) | Promise<void | (() => void)>;
}

async function writePair(
  { file }: Place,
  options: { readonly name: string; readonly seed?: number; readonly agoMs?: number },
): Promise<void> {
  const { name, seed = 1, agoMs = 0 } = options;
  const at = { nowMs: Date.now() - agoMs, random: seededRandom(seed) };
  const pair = await createServerCertificate(await createAuthority("test", at), {
    ...at,
    names: ["office.example"],
  });
  file(`${name}.pem`, pair.certificate);
  file(`${name}.key`, pair.key);
}

/** A certificate and its key, one of them closed to everybody. */
async function writeLocked(place: Place, name: "a.pem" | "a.key"): Promise<void> {
  await writePair(place, { name: "a" });
  Deno.chmodSync(`${place.folder}/${name}`, 0);
}

/** Words before a command that make closed files stay closed, also for root; undefined where that is not possible. */
async function withoutOverride(): Promise<readonly string[] | undefined> {
  if (Deno.uid() !== 0) return [];
  const words = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"];
  try {
    if ((await new Deno.Command(words[0]!, { args: [...words.slice(1), "true"] }).output()).success) {
      return words;
    }
  } catch { /* it is not installed */ }
  console.log("skipped: files that may not be read, since root reads all and there is no setpriv");
  return undefined;
}

const LESS = await withoutOverride();
const GIVEN = "tls: { certificate: { cert: a.pem, key: a.key } }\n";

const FAULTS: readonly Fault[] = [
  {
    name: "the SIP port over UDP is in use",
    message: /^Cannot start: Cannot listen on "udp:\/\/127\.0\.0\.114:[0-9]+": port is in use$/m,
    prepare({ ports }) {
      const socket = Deno.listenDatagram({ transport: "udp", hostname: ADDRESS, port: ports.sip });
      return () => socket.close();
    },
  },
  {
    name: "the SIP port over TCP is in use",
    message: /^Cannot start: Cannot listen on "tcp:\/\/127\.0\.0\.114:[0-9]+": port is in use$/m,
    prepare({ ports }) {
      const listener = Deno.listen({ hostname: ADDRESS, port: ports.sip });
      return () => listener.close();
    },
  },
  {
    name: "the SIP port over TLS is in use",
    message: /^Cannot start: Cannot listen on "tls:\/\/127\.0\.0\.114:[0-9]+": port is in use$/m,
    prepare({ ports }) {
      const listener = Deno.listen({ hostname: ADDRESS, port: ports.tls });
      return () => listener.close();
    },
  },
  {
    name: "the port of the page is in use",
    message: /^Cannot start: cannot listen on "127\.0\.0\.114:[0-9]+" for the page: .*in use/m,
    prepare({ ports }) {
      const listener = Deno.listen({ hostname: ADDRESS, port: ports.web });
      return () => listener.close();
    },
  },
  {
    name: "the certificate is not there",
    config: GIVEN,
    message: /^Cannot start: Cannot use certificate "\/.*\/a\.pem": file not found$/m,
  },
  {
    name: "the certificate is a folder",
    config: GIVEN,
    message: /^Cannot start: Cannot use certificate "\/.*\/a\.pem": it is not a file$/m,
    prepare: ({ folder }) => Deno.mkdirSync(`${folder}/a.pem`),
  },
  ...(LESS === undefined ? [] : [
    {
      name: "the certificate may not be read",
      config: GIVEN,
      message: /^Cannot start: Cannot use certificate "\/.*\/a\.pem": no permission to read it$/m,
      around: LESS,
      prepare: (place: Place) => writeLocked(place, "a.pem"),
    },
    {
      name: "the key may not be read",
      config: GIVEN,
      message: /^Cannot start: Cannot use key "\/.*\/a\.key": no permission to read it$/m,
      around: LESS,
      prepare: (place: Place) => writeLocked(place, "a.key"),
    },
  ]),
  {
    name: "there is no certificate in the file",
    config: GIVEN,
    message: /^Cannot start: Cannot use certificate "\/.*\/a\.pem": there is no PEM certificate in it$/m,
    async prepare(place) {
      await writePair(place, { name: "a" });
      place.file("a.pem", "nothing of the kind");
    },
  },
  {
    name: "the key belongs to another certificate",
    config: GIVEN,
    message: /^Cannot start: Cannot use certificate "\/.*\/a\.pem": key "\/.*\/a\.key" belongs to another/m,
    async prepare(place) {
      await writePair(place, { name: "b", seed: 2 });
      const key = Deno.readTextFileSync(`${place.folder}/b.key`);
      await writePair(place, { name: "a" });
      place.file("a.key", key);
    },
  },
  {
    name: "the certificate has expired",
    config: GIVEN,
    message: /^Cannot start: Cannot use certificate "\/.*\/a\.pem": expired on 20[0-9-]+$/m,
    prepare: (place) => writePair(place, { name: "a", agoMs: 4 * YEAR_MS }),
  },
  {
    name: "the data folder is a file",
    message: /^Cannot use the data folder "\/.*\/data": /m,
    prepare: ({ file }) => file("data", "not a folder"),
  },
  {
    name: "the database is of a newer version",
    message:
      /^Cannot open "\/.*\/sipedge\.db": the database was written by a newer version of sipedge \(voicemail 1, known 0\): install that version again$/m,
    prepare({ folder }) {
      Deno.mkdirSync(`${folder}/data`);
      const database = new DatabaseSync(`${folder}/data/sipedge.db`);
      database.exec("PRAGMA application_id = 1936289893");
      database.exec("CREATE TABLE migrations (module TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT");
      database.exec("INSERT INTO migrations VALUES ('voicemail', 1)");
      database.close();
    },
  },
  {
    name: "the database is damaged",
    message: /^Cannot open "\/.*\/sipedge\.db": the database is damaged: restore a backup, or move/m,
    prepare({ folder, file }) {
      Deno.mkdirSync(`${folder}/data`);
      file("data/sipedge.db", "no database".repeat(1000));
    },
  },
  {
    name: "the configuration has mistakes",
    config: "medai: {}\nsip: { ringSeconds: long }\n",
    code: 3,
    message:
      /^ {2}\/.*\/sipedge\.yaml:[0-9]+:1: medai: unknown key, did you mean "media"\?\n {2}\/.*ringSeconds: expected/m,
  },
];

async function startAndFail(
  { config = "", code = 1, message, prepare, around = [] }: Fault,
  index: number,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sipedge-fault-" });
  const ports = { sip: 6000 + 10 * index, tls: 6001 + 10 * index, web: 6002 + 10 * index };
  const file = (name: string, text: string) => Deno.writeTextFileSync(`${folder}/${name}`, text);
  const sip = [
    `udp://${ADDRESS}:${ports.sip}`,
    `tcp://${ADDRESS}:${ports.sip}`,
    `tls://${ADDRESS}:${ports.tls}`,
  ];
  const listen = `sip: ${JSON.stringify(sip)}, web: "http://${ADDRESS}:${ports.web}"`;
  file(
    "sipedge.yaml",
    `server: { data: ./data }\nlisten: { ${listen} }\nmedia: { ports: 39680-39689 }\n${config}`,
  );
  const end = await prepare?.({ folder, ports, file });
  try {
    const [program, ...args] = [...around, Deno.execPath(), "run", "-A", MAIN, "serve"];
    const output = await new Deno.Command(program!, {
      args: [...args, "--config", `${folder}/sipedge.yaml`],
      stdin: "null",
      signal: AbortSignal.timeout(30_000),
    }).output();
    const text = new TextDecoder().decode(output.stderr);
    assert.match(text, message);
    assert.equal(output.code, code, text);
    assert.doesNotMatch(text, /\n +at .*\.ts:/, "no stack is shown");
  } finally {
    end?.();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a server that cannot start says in one sentence why", async (test) => {
  await inLanes(
    test,
    2,
    FAULTS.map((fault, index) => ({ name: fault.name, run: () => startAndFail(fault, index) })),
  );
});
