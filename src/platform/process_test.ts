import assert from "node:assert/strict";
import { onSignals } from "./process.ts";

Deno.test("a signal is heard until its listener is taken away", async () => {
  const heard = Promise.withResolvers<Deno.Signal>();
  const stop = onSignals(["SIGUSR2"], heard.resolve);
  // A listener alone does not keep the test running.
  const keepAlive = setInterval(() => {}, 1000);
  Deno.kill(Deno.pid, "SIGUSR2");
  assert.equal(await heard.promise, "SIGUSR2");
  clearInterval(keepAlive);
  stop();
});
