/** The folder that both kinds of the file are made from: bundles and what they bring along. */

import { buildPage } from "../src/platform/page_bundle.ts";

const HOUSE = new URL("../", import.meta.url).pathname;

/** Bundles and where they stand in the stage; `src/platform/assets.ts` looks for them there. */
const BUNDLES = { "main.js": "main.ts", "media_worker.js": "src/media/worker.ts" } as const;
/** Files and folders copied under their own names. */
const COPIED = ["sounds", "dist/web", "LICENSE"] as const;

/** What the program may do; the same in both kinds. */
export const RUN_FLAGS: readonly string[] = [
  "--unstable-net",
  "--no-prompt",
  "--no-config",
  "--no-remote",
  "--no-npm",
  // Messages die young: a larger nursery spares the collector most of its work. And what lives may grow by half before
  // the heap is swept, where V8 alone would let it grow fourfold; memory.ts sweeps it when the server rests.
  "--v8-flags=--max-semi-space-size=16,--heap-growing-percent=50,--expose-gc",
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  // The doctor reads the firewall: three programs that print rules and change nothing.
  "--allow-run=/usr/sbin/nft,/usr/sbin/iptables-save,/usr/sbin/ip6tables-save",
  // Deno.umask and libc by its bare name are covered by the whole permissions only. No --allow-import.
  "--allow-sys",
  "--allow-ffi",
];

/** Names in the stage beside the main bundle, for `--include`. */
export const INCLUDED: readonly string[] = ["media_worker.js", ...COPIED];

/** Fills `stage`, an empty folder. */
export async function fillStage(stage: string): Promise<void> {
  for (const [name, source] of Object.entries(BUNDLES)) {
    await run(["bundle", "--quiet", "--platform=deno", "-o", `${stage}/${name}`, source]);
  }
  await buildPage();
  for (const name of COPIED) await copy(`${HOUSE}${name}`, `${stage}/${name}`);
}

/** Runs this Deno in the house. Throws with what it said. */
export async function run(
  args: readonly string[],
  options: { readonly program?: string; readonly cwd?: string } = {},
): Promise<string> {
  const command = new Deno.Command(options.program ?? Deno.execPath(), {
    args: [...args],
    cwd: options.cwd ?? HOUSE,
    stdin: "null",
    env: { NO_COLOR: "1" },
  });
  const { success, stdout, stderr } = await command.output();
  if (success) return new TextDecoder().decode(stdout);
  const said = new TextDecoder().decode(stderr).trim();
  throw new Error(`Cannot run ${options.program ?? "deno"} ${args[0] ?? ""}: ${said.slice(-2000)}`);
}

async function copy(from: string, to: string): Promise<void> {
  const { isDirectory } = await Deno.stat(from);
  if (!isDirectory) {
    await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
    return await Deno.copyFile(from, to);
  }
  await Deno.mkdir(to, { recursive: true });
  for await (const { name } of Deno.readDir(from)) await copy(`${from}/${name}`, `${to}/${name}`);
}
