import assert from "node:assert/strict";
import { coreCount } from "../platform/machine.ts";
import { mediaThreads } from "./media.ts";

const ROWS = [
  ["one core: signalling and media share it", "auto", 1, 1],
  ["two cores", "auto", 2, 1],
  ["four cores", "auto", 4, 3],
  ["many cores", "auto", 64, 63],
  ["a number stands, fewer than the cores", 2, 8, 2],
  ["a number stands, more than the cores", 4, 1, 4],
] as const;

for (const [sentence, workers, cores, threads] of ROWS) {
  Deno.test(`media threads: ${sentence}`, () => assert.equal(mediaThreads(workers, cores), threads));
}

Deno.test({
  name: "cores are those that this process may use, not those of the machine",
  ignore: coreCount() < 2,
  async fn() {
    const machine = new URL("../platform/machine.ts", import.meta.url).href;
    const code = `import { coreCount } from "${machine}"; console.log(coreCount());`;
    const { stdout } = await new Deno.Command("taskset", {
      args: ["-c", "0", Deno.execPath(), "eval", code],
      stdin: "null",
    }).output();
    assert.equal(new TextDecoder().decode(stdout).trim(), "1");
  },
});
