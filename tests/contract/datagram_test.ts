/** What every implementation of the media network must keep: libc by FFI, and Deno's own sockets. */
import assert from "node:assert/strict";
import { MAX_DATAGRAM_BYTES, type MediaSocket, type Network, SocketAddress } from "../../src/media/mod.ts";
import { openLibcNetwork } from "../../src/platform/datagram.ts";
import { openLibc } from "../../src/platform/libc.ts";
import { openDenoNetwork } from "../../src/platform/datagram_deno.ts";

const IMPLEMENTATIONS: readonly (readonly [string, () => Network])[] = [
  ["libc", () => openLibcNetwork() ?? assert.fail("libc cannot be opened")],
  ["Deno.listenDatagram", openDenoNetwork],
];

/** Sockets of one network together with what they received, as `text from port`. */
class Bench {
  readonly seen: string[] = [];
  constructor(readonly network: Network) {}

  bind(host: string, port = 0): MediaSocket {
    const bound = this.network.bind({ host, port, dscp: 46 });
    assert.ok(bound.ok, bound.ok ? "" : bound.error);
    const socket = bound.value;
    socket.receiver = {
      onDatagram: (length) => {
        const text = new TextDecoder().decode(this.network.inbox.bytes.subarray(0, length));
        this.seen.push(`${text}@${this.network.inbox.source.port}`);
      },
    };
    return socket;
  }

  /** Pumps until `count` datagrams were seen or two seconds have passed. */
  async until(count: number): Promise<readonly string[]> {
    for (let turn = 0; turn < 200 && this.seen.length < count; turn++) await this.network.pump(10);
    return this.seen;
  }
}

const bytesOf = (text: string) => new TextEncoder().encode(text);
function send(from: MediaSocket, text: string, to: SocketAddress): boolean {
  const bytes = bytesOf(text);
  return from.send(bytes, bytes.length, to);
}
const at = (host: string, port: number) => SocketAddress.parse(host, port) ?? assert.fail(host);

for (const [name, open] of IMPLEMENTATIONS) {
  const promise = (title: string, body: (bench: Bench) => Promise<void>) =>
    Deno.test(`${name}: ${title}`, async () => {
      const network = open();
      try {
        await body(new Bench(network));
      } finally {
        network.close();
        await network.pump(0);
      }
    });

  promise("however short the waits, messages of other threads come in between", async ({ network }) => {
    const { port1, port2 } = new MessageChannel();
    let isHeard = false;
    port1.onmessage = () => isHeard = true;
    port2.postMessage("a command");
    let turns = 0;
    while (!isHeard && ++turns < 50) await network.pump(0.9);
    port1.close();
    assert.ok(turns < 50, "not until the loop had ended");
  });

  for (const host of ["127.0.0.1", "::1"]) {
    promise(`a datagram on ${host} arrives in the inbox with its source`, async (bench) => {
      const a = bench.bind(host), b = bench.bind(host);
      assert.ok(send(a, "hello", at(host, b.port)));
      assert.deepEqual(await bench.until(1), [`hello@${a.port}`]);
      assert.equal(bench.network.inbox.source.host, host);
      assert.equal(bench.network.inbox.source.isIpv6, host === "::1");
    });
  }

  promise("datagrams of one sender keep their order", async (bench) => {
    const a = bench.bind("127.0.0.1"), b = bench.bind("127.0.0.1");
    const texts = Array.from({ length: 40 }, (_, i) => `n${i}`);
    for (const text of texts) send(a, text, at("127.0.0.1", b.port));
    assert.deepEqual(await bench.until(40), texts.map((text) => `${text}@${a.port}`));
  });

  promise("a port taken by another is told as in use", async (bench) => {
    const socket = bench.bind("127.0.0.1");
    await Promise.resolve();
    const again = bench.network.bind({ host: "127.0.0.1", port: socket.port, dscp: 0 });
    assert.deepEqual(again, { ok: false, error: "in use" });
  });

  promise("an address of another machine is told as such", async (bench) => {
    await Promise.resolve();
    const bound = bench.network.bind({ host: "192.0.2.1", port: 0, dscp: 0 });
    assert.deepEqual(bound, { ok: false, error: "no such address" });
    assert.ok(!bench.network.bind({ host: "office.example", port: 0, dscp: 0 }).ok);
  });

  promise("the longest datagram passes whole and a longer one not at all", async (bench) => {
    const a = bench.bind("127.0.0.1"), b = bench.bind("127.0.0.1");
    const lengths: number[] = [];
    b.receiver = { onDatagram: (length) => lengths.push(length) };
    const big = new Uint8Array(MAX_DATAGRAM_BYTES + 10);
    a.send(big, MAX_DATAGRAM_BYTES + 10, at("127.0.0.1", b.port));
    a.send(big, MAX_DATAGRAM_BYTES, at("127.0.0.1", b.port));
    a.send(big, 0, at("127.0.0.1", b.port));
    for (let turn = 0; turn < 200 && lengths.length < 2; turn++) await bench.network.pump(10);
    assert.deepEqual(lengths, [MAX_DATAGRAM_BYTES, 0]);
  });

  promise("a restricted socket takes nothing from strangers until it is opened again", async (bench) => {
    const a = bench.bind("127.0.0.1"), stranger = bench.bind("127.0.0.1");
    // As in the relay, the port is asked for by number: the kernel lets go of one it chose itself.
    const chosen = bench.bind("127.0.0.1");
    chosen.close();
    await bench.network.pump(5);
    const b = bench.bind("127.0.0.1", chosen.port);
    b.restrict(at("127.0.0.1", a.port));
    send(stranger, "spray", at("127.0.0.1", b.port));
    send(a, "voice", at("127.0.0.1", b.port));
    assert.deepEqual(await bench.until(1), [`voice@${a.port}`]);
    b.restrict(undefined);
    send(stranger, "new", at("127.0.0.1", b.port));
    assert.deepEqual(await bench.until(2), [`voice@${a.port}`, `new@${stranger.port}`]);
  });

  promise("a wait without datagrams ends by itself and by wake", async (bench) => {
    await bench.network.pump(1);
    const wait = bench.network.pump(60_000);
    bench.network.wake();
    await wait;
    assert.deepEqual(bench.seen, []);
  });

  promise("a closed port is free again and its socket sends nothing more", async (bench) => {
    const a = bench.bind("127.0.0.1"), b = bench.bind("127.0.0.1");
    a.close();
    assert.ok(!send(a, "ghost", at("127.0.0.1", b.port)));
    await bench.network.pump(5);
    const again = bench.bind("127.0.0.1", a.port);
    assert.ok(send(again, "alive", at("127.0.0.1", b.port)));
    assert.deepEqual(await bench.until(1), [`alive@${again.port}`]);
    a.close();
  });
}

Deno.test("libc: a flood that overruns the buffer is counted as the kernel's drops", async () => {
  const network = IMPLEMENTATIONS[0]![1]();
  const bench = new Bench(network);
  const a = bench.bind("127.0.0.1"), b = bench.bind("127.0.0.1");
  const bytes = new Uint8Array(1000);
  for (let i = 0; i < 3000; i++) a.send(bytes, bytes.length, at("127.0.0.1", b.port));
  await bench.until(3000 - b.kernelDrops());
  assert.ok(b.kernelDrops() > 0);
  assert.equal(bench.seen.length + b.kernelDrops(), 3000);
  network.close();
});

Deno.test("libc: a released socket goes on in another network with what lay in its buffer", async () => {
  const [first, second] = [new Bench(IMPLEMENTATIONS[0]![1]()), new Bench(IMPLEMENTATIONS[0]![1]())];
  const a = first.bind("127.0.0.1"), b = first.bind("127.0.0.1");
  send(a, "early", at("127.0.0.1", b.port));
  const handle = b.handle ?? assert.fail("no handle");
  b.release();
  const moved = second.network.adopt(handle, b.port, "ipv4") ?? assert.fail("not adopted");
  moved.receiver = { onDatagram: (length) => second.seen.push(`${length}`) };
  send(a, "late!!", at("127.0.0.1", b.port));
  assert.deepEqual(await second.until(2), ["5", "6"]);
  first.network.close();
  second.network.close();
});

Deno.test("libc: a restriction goes with the released socket, until its new owner lifts it", async () => {
  const [first, second] = [new Bench(IMPLEMENTATIONS[0]![1]()), new Bench(IMPLEMENTATIONS[0]![1]())];
  const a = first.bind("127.0.0.1"), stranger = first.bind("127.0.0.1"), chosen = first.bind("127.0.0.1");
  chosen.close();
  const b = first.bind("127.0.0.1", chosen.port), to = at("127.0.0.1", b.port);
  b.restrict(at("127.0.0.1", a.port));
  const handle = b.handle ?? assert.fail("no handle");
  b.release();
  const moved = second.network.adopt(handle, b.port, "ipv4") ?? assert.fail("not adopted");
  moved.receiver = { onDatagram: () => second.seen.push(`${second.network.inbox.source.port}`) };
  send(stranger, "spray", to);
  send(a, "voice", to);
  assert.deepEqual(await second.until(1), [`${a.port}`]);
  moved.restrict(undefined);
  send(stranger, "new", to);
  assert.deepEqual(await second.until(2), [`${a.port}`, `${stranger.port}`]);
  first.network.close();
  second.network.close();
});

Deno.test("libc: what the system does not grant a socket is told once, and the socket works all the same", async () => {
  const own = openLibc() ?? assert.fail("libc cannot be opened"), warnings: string[] = [];
  const refusing = { ...own, calls: { ...own.calls, setsockopt: () => -1 } };
  const network = openLibcNetwork({ handle: refusing, warn: (event) => warnings.push(event) });
  const bench = new Bench(network ?? assert.fail("libc cannot be opened"));
  const a = bench.bind("127.0.0.1"), b = bench.bind("127.0.0.1");
  assert.equal(warnings.filter((event) => /DSCP 46/.test(event)).length, 1);
  assert.ok(warnings.length <= 2);
  send(a, "voice", at("127.0.0.1", b.port));
  assert.deepEqual(await bench.until(1), [`voice@${a.port}`]);
  bench.network.close();
});

Deno.test("libc: receive buffers smaller than wanted are told once", () => {
  const own = openLibc() ?? assert.fail("libc cannot be opened"), warnings: string[] = [];
  const stingy = {
    ...own,
    calls: {
      ...own.calls,
      getsockopt: (
        _descriptor: number,
        _level: number,
        _name: number,
        value: AllowSharedBufferSource | null,
      ) => {
        new DataView((value as Uint8Array).buffer).setInt32(0, 4096, true);
        return 0;
      },
    },
  };
  const network = openLibcNetwork({ handle: stingy, warn: (event) => warnings.push(event) });
  const bench = new Bench(network ?? assert.fail("libc cannot be opened"));
  for (let i = 0; i < 3; i++) bench.bind("127.0.0.1");
  assert.deepEqual(warnings, [
    "Cannot have receive buffers of 131072 bytes for media: got 2048, want a larger net.core.rmem_max",
  ]);
  bench.network.close();
});
