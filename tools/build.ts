/** `deno task build`: one executable file of the whole program, in `dist/`. */

import { parseArgs } from "node:util";
import { createHash } from "node:crypto";
import deno from "../deno.json" with { type: "json" };
import { writeSingleFile } from "./build_single_file.ts";
import { fillStage, INCLUDED, run, RUN_FLAGS } from "./build_stage.ts";
import { findRuntime, isTarget, MACHINES, type Target } from "./build_targets.ts";

const HELP = `Usage: deno task build [--target TARGET] [--kind KIND] [--runtime FILE] [--out DIR]

  --target TARGET  x86_64-unknown-linux-gnu or aarch64-unknown-linux-gnu (default: this machine)
  --kind KIND      compiled: by "deno compile", which needs its base from the network or in DENORT_BIN
                   bundled: self-extracting, from the runtime that npm brought, without network
                   auto (default): compiled where that works, else bundled
  --runtime FILE   deno executable to put into a bundled file (default: the one that runs this)
  --out DIR        where sipedge and SHA256SUMS go (default: dist)
`;

type Kind = "compiled" | "bundled";

interface Options {
  readonly target: Target;
  readonly kind: Kind | "auto";
  readonly runtime?: string;
  readonly out: string;
}

async function main(): Promise<void> {
  const options = readOptions(Deno.args);
  if (!options) return;
  const startedAt = performance.now();
  const work = await Deno.makeTempDir({ prefix: "sipedge-build-" });
  try {
    const stage = `${work}/stage`;
    await Deno.mkdir(stage);
    await fillStage(stage);
    await Deno.mkdir(options.out, { recursive: true });
    const built = `${work}/sipedge`;
    const kind = await make({ ...options, work, stage, built });
    const output = `${options.out}/sipedge`;
    await replace(built, output);
    await writeSums(options.out);
    const { size } = await Deno.stat(output);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    const machine = MACHINES[options.target].uname;
    console.log(
      `${output}: sipedge ${deno.version} for ${machine}, ${kind}, ${megabytes(size)} MB, ${seconds} s`,
    );
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/** Undefined when help was asked for. Ends the process on nonsense. */
function readOptions(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      target: { type: "string", default: `${Deno.build.arch}-unknown-linux-gnu` },
      kind: { type: "string", default: "auto" },
      runtime: { type: "string" },
      out: { type: "string", default: "dist" },
      help: { type: "boolean", short: "h" },
    },
  });
  const { target, kind, runtime, out, help } = values;
  if (help) {
    console.log(HELP);
    return undefined;
  }
  if (!isTarget(target) || (kind !== "auto" && kind !== "compiled" && kind !== "bundled")) {
    console.error(HELP);
    Deno.exit(2);
  }
  return { target, kind, out, ...(runtime !== undefined && { runtime }) };
}

interface Work extends Options {
  readonly work: string;
  readonly stage: string;
  readonly built: string;
}

async function make(work: Work): Promise<Kind> {
  if (work.kind !== "bundled" && work.runtime === undefined) {
    try {
      await compile(work);
      return "compiled";
    } catch (error) {
      if (work.kind === "compiled") throw error;
      const said = error instanceof Error ? error.message : String(error);
      console.log(`deno compile has no base here (${lastWords(said)}): making a self-extracting file`);
    }
  }
  const { target, stage, built, runtime } = work;
  await writeSingleFile({
    stage,
    target,
    version: deno.version,
    runtime: await findRuntime({
      target,
      folder: work.work,
      ...(runtime !== undefined && { given: runtime }),
    }),
    output: built,
  });
  return "bundled";
}

async function compile({ target, stage, built }: Work): Promise<void> {
  const included = INCLUDED.flatMap((name) => ["--include", name]);
  const flags = ["--quiet", "--no-check", "--no-lock", "--target", target, "--output", built];
  await run(["compile", ...RUN_FLAGS, ...flags, ...included, "main.js"], { cwd: stage });
  if (MACHINES[target].arch !== Deno.build.arch) return;
  // The whole runtime as a base is taken without complaint; the result is that runtime and nothing of ours.
  const said = await run(["version"], { program: built }).catch(() => "");
  if (!said.startsWith(`sipedge ${deno.version} `)) {
    const base = Deno.env.get("DENORT_BIN") ?? "what was downloaded";
    throw new Error(`Cannot use "${base}" as the base of the file: it is no denort of this version`);
  }
}

/** The line that tells the cause, out of the runtime's long complaint. */
function lastWords(text: string): string {
  const lines = text.split("Stack backtrace")[0]!.split("\n").map((line) => line.trim()).filter(Boolean);
  return (lines.at(-1) ?? "").replace(/^(?:\d+: |error: )/, "").slice(0, 200);
}

/** A running server keeps the old file: writing over it would fail. */
async function replace(from: string, to: string): Promise<void> {
  const beside = `${to}.new`;
  await Deno.copyFile(from, beside);
  await Deno.chmod(beside, 0o755);
  await Deno.rename(beside, to);
}

async function writeSums(folder: string): Promise<void> {
  const hash = createHash("sha256").update(await Deno.readFile(`${folder}/sipedge`)).digest("hex");
  await Deno.writeTextFile(`${folder}/SHA256SUMS`, `${hash}  sipedge\n`);
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1);
}

await main();
