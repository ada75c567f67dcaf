/** A media thread like the product's, that dies of being told to play a file called after a death. */
/// <reference lib="deno.worker" />
import "../../src/media/worker.ts";
import type { Command } from "../../src/media/thread/mod.ts";

const scope = self as unknown as DedicatedWorkerGlobalScope;

scope.addEventListener("message", (event: MessageEvent<readonly Command[]>) => {
  for (const command of event.data) {
    if (command.kind !== "play" || command.source.kind !== "files") continue;
    const [death] = command.source.paths;
    if (death === "throws") throw new Error("the test says so");
    // Nobody wakes it: the thread is there and gives no sign of life.
    if (death === "hangs") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
});
