import assert from "node:assert/strict";
import net from "node:net";
import { listenTcp } from "../../src/platform/tcp_listener.ts";
import { Queue } from "../support/queue.ts";

const FAST = { knockEveryMs: 10, knockWaitMs: 30 };

Deno.test("a port whose accept loop has died is opened anew, and old connections live on", async () => {
  const connected = new Queue<net.Socket>();
  let made = 0, isDeaf = false;
  const makeServer = () => {
    const server = net.createServer(), isFirst = ++made === 1, { emit } = server;
    // As when a process ran out of descriptors: the kernel takes connections, nobody hears of them.
    server.emit = (event: string, ...values: unknown[]) =>
      isFirst && isDeaf && event === "connection" ? false : Reflect.apply(emit, server, [event, ...values]);
    return server;
  };
  const listening = await listenTcp({ host: "127.0.0.1", port: 0 }, {
    ...FAST,
    makeServer,
    connected: (socket) => connected.put(socket),
  });
  assert.ok(listening.ok);
  const { port } = listening.value.local;
  const old = await Deno.connect({ hostname: "127.0.0.1", port });
  const oldSocket = await connected.next();
  isDeaf = true;
  while (made === 1) await new Promise((resolve) => setTimeout(resolve, 10));
  const fresh = await connectWhenOpen(port);
  const freshSocket = await connected.next();
  assert.equal(listening.value.local.port, port);
  oldSocket.write("still here");
  const buffer = new Uint8Array(10);
  assert.equal(await old.read(buffer), 10);
  listening.value.close();
  for (const end of [oldSocket, freshSocket]) end.destroy();
  for (const end of [old, fresh]) end.close();
  await new Promise((resolve) => setTimeout(resolve, 20));
});

/** Between two listeners the port is closed for a moment. */
async function connectWhenOpen(port: number): Promise<Deno.TcpConn> {
  for (;;) {
    try {
      return await Deno.connect({ hostname: "127.0.0.1", port });
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

Deno.test("a port that answers its knocks is left alone, and nobody hears of them", async () => {
  let made = 0, heard = 0;
  const makeServer = () => {
    made++;
    return net.createServer(() => heard++);
  };
  const others: net.Socket[] = [];
  const listening = await listenTcp({ host: "0.0.0.0", port: 0 }, {
    ...FAST,
    makeServer,
    connected: (socket) => others.push(socket),
  });
  assert.ok(listening.ok);
  while (heard < 5) await new Promise((resolve) => setTimeout(resolve, 5));
  listening.value.close();
  assert.equal(made, 1);
  assert.deepEqual(others, []);
  await new Promise((resolve) => setTimeout(resolve, 20));
});
