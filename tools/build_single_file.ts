/** The self-extracting kind: a shell head, then the runtime and the stage as `tar.gz`. Needs no network. */

import { createHash } from "node:crypto";
import { run, RUN_FLAGS } from "./build_stage.ts";
import { MACHINES, type Target } from "./build_targets.ts";

export interface SingleFileOptions {
  readonly stage: string;
  readonly target: Target;
  readonly version: string;
  /** The `deno` executable of the target. */
  readonly runtime: string;
  readonly output: string;
}

/** Writes the file. The same sources and runtime give the same bytes. */
export async function writeSingleFile(options: SingleFileOptions): Promise<void> {
  const { stage, target, version, runtime, output } = options;
  // Under this name the process is found in `ps` and `top`.
  await Deno.copyFile(runtime, `${stage}/sipedge`);
  await Deno.chmod(`${stage}/sipedge`, 0o755);
  const archive = `${stage}.tar`;
  const fixed = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "--mode=u+w,go-w"];
  await run(["-cf", archive, ...fixed, "-C", stage, "."], { program: "tar" });
  await run(["-9n", "-f", archive], { program: "gzip" });
  const payload = await Deno.readFile(`${archive}.gz`);
  await Deno.remove(`${archive}.gz`);
  const head = await makeHead({ version, machine: MACHINES[target].uname, payload });
  const file = await Deno.open(output, { write: true, create: true, truncate: true, mode: 0o755 });
  try {
    for (const part of [head, payload]) {
      for (let sent = 0; sent < part.length;) sent += await file.write(part.subarray(sent));
    }
  } finally {
    file.close();
  }
  await Deno.chmod(output, 0o755);
}

async function makeHead(
  facts: { readonly version: string; readonly machine: string; readonly payload: Uint8Array },
): Promise<Uint8Array> {
  const template = await Deno.readTextFile(new URL("single_file_head.sh", import.meta.url));
  const hash = createHash("sha256").update(facts.payload).digest("hex");
  const text = template
    .replaceAll("@VERSION@", facts.version)
    .replaceAll("@MACHINE@", facts.machine)
    .replaceAll("@SHORT_HASH@", hash.slice(0, 12))
    .replaceAll("@HASH@", hash)
    .replaceAll("@FLAGS@", RUN_FLAGS.join(" "));
  // As wide as its placeholder, so that putting it in does not move what it tells.
  const offset = String(new TextEncoder().encode(text).length + 1).padStart("@OFFSET@".length, "0");
  return new TextEncoder().encode(text.replace("@OFFSET@", offset));
}
