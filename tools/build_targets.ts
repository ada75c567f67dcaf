/** Machines the file is made for, and where the runtime for them comes from. */

import { run } from "./build_stage.ts";

export const MACHINES = {
  "x86_64-unknown-linux-gnu": { uname: "x86_64", npm: "@deno/linux-x64-glibc", elf: 62, arch: "x86_64" },
  "aarch64-unknown-linux-gnu": {
    uname: "aarch64",
    npm: "@deno/linux-arm64-glibc",
    elf: 183,
    arch: "aarch64",
  },
} as const;

export type Target = keyof typeof MACHINES;

export function isTarget(text: string): text is Target {
  return Object.hasOwn(MACHINES, text);
}

export interface RuntimeOptions {
  readonly target: Target;
  /** An executable somebody has brought. */
  readonly given?: string;
  /** Where a download may be put. */
  readonly folder: string;
}

/** Path of a `deno` executable for the target: the given one, the one that runs now, else that of the npm package. */
export async function findRuntime({ target, given, folder }: RuntimeOptions): Promise<string> {
  const machine = MACHINES[target];
  const isOwn = machine.arch === Deno.build.arch;
  const path = given ?? (isOwn ? Deno.execPath() : await download(machine.npm, folder));
  if (await machineOf(path) !== machine.elf) {
    throw new Error(`Cannot use "${path}" as the runtime: it is no executable for ${machine.uname}`);
  }
  return path;
}

async function download(name: string, folder: string): Promise<string> {
  const wanted = `${name}@${Deno.version.deno}`;
  try {
    const archive = (await run(["pack", "--silent", wanted], { program: "npm", cwd: folder })).trim();
    await run(["-xzf", archive, "-C", folder], { program: "tar", cwd: folder });
    return `${folder}/package/deno`;
  } catch (error) {
    throw new Error(
      `Cannot get the runtime ${wanted} by npm: bring a deno executable for the machine with --runtime FILE`,
      { cause: error },
    );
  }
}

/** `e_machine` of an ELF file (bytes 18 and 19); undefined for anything else. */
async function machineOf(path: string): Promise<number | undefined> {
  using file = await Deno.open(path);
  const head = new Uint8Array(20);
  if (await file.read(head) !== 20) return undefined;
  const isElf = head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46;
  return isElf ? new DataView(head.buffer).getUint16(18, true) : undefined;
}
