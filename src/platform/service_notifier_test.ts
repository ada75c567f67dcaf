import assert from "node:assert/strict";
import { ManualClock } from "../base/mod.ts";
import { createServiceNotifier, feedWatchdog } from "./service_notifier.ts";

const variables = (values: Record<string, string>) => (name: string) => values[name];

async function hear(path: string): Promise<void> {
  const manager = Deno.listenDatagram({ transport: "unixpacket", path });
  const notifier = createServiceNotifier(variables({ NOTIFY_SOCKET: path.replace("\0", "@") }));
  assert.equal(notifier.notify("READY=1"), true);
  const [bytes] = await manager.receive();
  assert.equal(new TextDecoder().decode(bytes), "READY=1");
  notifier.close();
  assert.equal(notifier.notify("READY=1"), false);
  notifier.close();
  manager.close();
}

Deno.test({
  name: "systemd hears our state at a path, with no more permissions than the built file has",
  permissions: { net: true, read: true, write: true, env: true, sys: true, ffi: true, run: false },
  async fn() {
    const folder = await Deno.makeTempDir();
    await hear(`${folder}/notify`);
    await Deno.remove(folder, { recursive: true });
  },
});

Deno.test("systemd hears our state at an abstract name", () => hear(`\0sipedge-test-${Deno.pid}`));

Deno.test("a manager that does not read holds nobody up", async () => {
  const folder = await Deno.makeTempDir();
  const manager = Deno.listenDatagram({ transport: "unixpacket", path: `${folder}/notify` });
  const notifier = createServiceNotifier(variables({ NOTIFY_SOCKET: `${folder}/notify` }));
  let told = 0;
  // The kernel keeps so many datagrams for a reader (net.unix.max_dgram_qlen, or what its buffer holds).
  while (told < 10_000 && notifier.notify("WATCHDOG=1")) told++;
  assert.ok(told > 0 && told < 10_000, `${told} were taken`);
  notifier.close();
  manager.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a manager that is gone, or none at all, harms nothing", () => {
  const long = `/${"x".repeat(200)}`;
  for (const NOTIFY_SOCKET of ["/nonexistent/socket", long, ""]) {
    const notifier = createServiceNotifier(variables({ NOTIFY_SOCKET, WATCHDOG_USEC: "bad" }));
    assert.equal(notifier.notify("READY=1"), NOTIFY_SOCKET === "");
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
    notify: (state: string) => sent.push(state) > 0,
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
