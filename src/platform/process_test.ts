import assert from "node:assert/strict";
import { ManualClock } from "../base/mod.ts";
import { createServiceNotifier, feedWatchdog, onSignals } from "./process.ts";

const variables = (values: Record<string, string>) => (name: string) => values[name];

Deno.test("systemd hears our state, at a path and at an abstract name", async () => {
  const folder = await Deno.makeTempDir();
  for (const path of [`${folder}/notify`, `\0sipedge-test-${Deno.pid}`]) {
    const manager = Deno.listenDatagram({ transport: "unixpacket", path });
    const notifier = createServiceNotifier(variables({ NOTIFY_SOCKET: path.replace("\0", "@") }));
    await notifier.notify("READY=1");
    const [bytes] = await manager.receive();
    assert.equal(new TextDecoder().decode(bytes), "READY=1");
    notifier.close();
    notifier.close();
    manager.close();
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a manager that is gone, or none at all, harms nothing", async () => {
  for (const values of [{ NOTIFY_SOCKET: "/nonexistent/socket", WATCHDOG_USEC: "bad" }, {}]) {
    const notifier = createServiceNotifier(variables(values));
    await notifier.notify("READY=1");
    assert.equal(notifier.watchdogMs, undefined);
    notifier.close();
  }
});

Deno.test("a watchdog meant for another process is not ours", () => {
  const notifier = createServiceNotifier(
    variables({ NOTIFY_SOCKET: "@x", WATCHDOG_USEC: "1000000", WATCHDOG_PID: "1" }),
  );
  assert.equal(notifier.watchdogMs, undefined);
  notifier.close();
});

Deno.test("the watchdog is fed three times an interval, and not while the server is unwell", () => {
  const clock = new ManualClock();
  const sent: string[] = [];
  let isHealthy = true;
  const notifier = {
    notify: (state: string) => Promise.resolve(void sent.push(state)),
    watchdogMs: 3000,
    close() {},
  };
  const stop = feedWatchdog(notifier, { clock, isHealthy: () => isHealthy });
  clock.advance(3000);
  assert.deepEqual(sent, ["WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"]);
  isHealthy = false;
  clock.advance(10_000);
  assert.equal(sent.length, 3);
  stop();
  assert.equal(clock.pending, 0);
});

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
