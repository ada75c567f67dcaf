import assert from "node:assert/strict";
import type { Address, DatagramNetwork, SendFault } from "../../src/sip/transport/mod.ts";
import { openLibcUdpNetwork } from "../../src/platform/udp_libc.ts";
import { UdpNetwork } from "../../src/platform/udp_socket.ts";
import { Queue } from "../support/queue.ts";

const libc = openLibcUdpNetwork();
const NETWORKS: [string, DatagramNetwork][] = [
  ["Deno", new UdpNetwork()],
  ...libc ? [["libc", libc] satisfies [string, DatagramNetwork]] : [],
];

interface Datagram {
  readonly bytes: Uint8Array;
  readonly host: string;
  readonly port: number;
  readonly localHost?: string;
}

/** A socket of the network, with what came to it. */
class Socket implements AsyncDisposable {
  readonly received = new Queue<Datagram>();
  readonly faults = new Queue<SendFault>();
  readonly #socket;

  constructor(network: DatagramNetwork, host = "127.0.0.1", port = 0) {
    const bound = network.bind(
      { host, port },
      (bytes, source) => this.received.put({ bytes: bytes.slice(), ...source }),
    );
    assert.ok(bound.ok, bound.ok ? "" : bound.error);
    this.#socket = bound.value;
  }

  get local(): Address {
    return this.#socket.local;
  }

  send(bytes: Uint8Array<ArrayBuffer>, remote: Address, localHost?: string): void {
    const onFault = (fault: SendFault) => this.faults.put(fault);
    this.#socket.send(bytes, { remote, onFault, ...localHost === undefined ? {} : { localHost } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    this.#socket.close();
    // The waiting thread returns a turn later.
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

for (const [name, network] of NETWORKS) {
  Deno.test(`${name}: datagrams cross whole, from one byte to the largest`, async () => {
    await using a = new Socket(network);
    await using b = new Socket(network);
    for (const length of [1, 1500, 65_507]) {
      const bytes = new Uint8Array(length).fill(length & 255);
      a.send(bytes, b.local);
      const got = await b.received.next();
      assert.deepEqual([got.host, got.port, got.bytes.length], ["127.0.0.1", a.local.port, length]);
      assert.ok(got.bytes.every((byte) => byte === (length & 255)));
    }
    a.send(new Uint8Array(65_508), b.local);
    assert.equal(await a.faults.next(), "too large");
  });

  Deno.test(`${name}: the bytes of a datagram are the sender's again at once`, async () => {
    await using a = new Socket(network);
    await using b = new Socket(network);
    const bytes = new Uint8Array(3);
    for (let i = 0; i < 20; i++) a.send(bytes.fill(i), b.local);
    bytes.fill(255);
    for (let i = 0; i < 20; i++) assert.equal((await b.received.next()).bytes[2], i);
  });

  Deno.test(`${name}: an answer sent while a datagram is looked at leaves it as it is`, async () => {
    await using a = new Socket(network);
    const seen = new Queue<number>();
    const echo = network.bind({ host: "127.0.0.1", port: 0 }, (bytes, source) => {
      echo.ok && echo.value.send(Uint8Array.of(9, 9, 9), { remote: source, onFault: assert.fail });
      seen.put(bytes[2]!);
    });
    assert.ok(echo.ok);
    a.send(Uint8Array.of(1, 2, 3), echo.value.local);
    assert.equal(await seen.next(), 3);
    assert.equal((await a.received.next()).bytes[2], 9);
    echo.value.close();
    await new Promise((resolve) => setTimeout(resolve, 5));
  });

  Deno.test(`${name}: answers to a burst arrive in order, small and large, and the impossible are told`, async () => {
    await using a = new Socket(network);
    const faults = new Queue<SendFault>();
    const echo = network.bind({ host: "127.0.0.1", port: 0 }, (bytes, source) => {
      const answer = (
        content: Uint8Array<ArrayBuffer>,
        remote: Address,
        onFault: (fault: SendFault) => void,
      ) => echo.ok && echo.value.send(content, { remote, onFault, localHost: "127.0.0.1" });
      const number = bytes[0]!;
      answer(Uint8Array.of(number, 0), source, assert.fail);
      if (number % 10 === 3) answer(new Uint8Array(9000).fill(number), source, assert.fail);
      if (number % 10 === 5) {
        answer(Uint8Array.of(number), { host: "203.0.113.1", port: 9 }, (fault) => faults.put(fault));
      }
      answer(Uint8Array.of(number, 1), source, assert.fail);
    });
    assert.ok(echo.ok);
    for (let i = 0; i < 60; i++) a.send(Uint8Array.of(i), echo.value.local);
    for (let i = 0; i < 60; i++) {
      const [first, ...rest] = [await a.received.next(), await a.received.next()];
      if (i % 10 === 3) rest.push(await a.received.next());
      const shapes = [first!, ...rest].map(({ bytes }) => [bytes[0], bytes.length]);
      assert.deepEqual(shapes, i % 10 === 3 ? [[i, 2], [i, 9000], [i, 2]] : [[i, 2], [i, 2]]);
    }
    for (let i = 0; i < 6; i++) assert.equal(await faults.next(), "connection failed");
    echo.value.close();
    await new Promise((resolve) => setTimeout(resolve, 5));
  });

  Deno.test(`${name}: a burst arrives in order`, async () => {
    await using a = new Socket(network);
    await using b = new Socket(network);
    for (let i = 0; i < 100; i++) a.send(Uint8Array.of(i), b.local);
    for (let i = 0; i < 100; i++) assert.equal((await b.received.next()).bytes[0], i);
  });

  Deno.test(`${name}: a taken port and a foreign address are told in words`, async () => {
    await using a = new Socket(network);
    assert.deepEqual(network.bind(a.local, () => {}), { ok: false, error: "port is in use" });
    const foreign = network.bind({ host: "192.0.2.200", port: 0 }, () => {});
    assert.deepEqual(foreign, { ok: false, error: "this machine has no such address" });
  });

  Deno.test(`${name}: a port can be bound again after it was closed`, async () => {
    let port: number;
    {
      await using first = new Socket(network);
      port = first.local.port;
    }
    await using again = new Socket(network, "127.0.0.1", port);
    await using peer = new Socket(network);
    peer.send(Uint8Array.of(7), again.local);
    assert.equal((await again.received.next()).bytes[0], 7);
  });

  Deno.test(`${name}: sending after the close is a fault and no crash`, async () => {
    const a = new Socket(network);
    await a[Symbol.asyncDispose]();
    a.send(Uint8Array.of(1), { host: "127.0.0.1", port: 9 });
    assert.equal(await a.faults.next(), "connection failed");
  });

  Deno.test(`${name}: a place without a route is a fault`, async () => {
    await using a = new Socket(network);
    a.send(Uint8Array.of(1), { host: "203.0.113.1", port: 9 });
    assert.equal(await a.faults.next(), "connection failed");
  });

  Deno.test(`${name}: one socket for both families shows IPv4 as IPv4`, { ignore: !hasIpv6() }, async () => {
    await using both = new Socket(network, "::");
    await using old = new Socket(network, "127.0.0.1");
    await using modern = new Socket(network, "::1");
    for (const peer of [old, modern]) {
      const { host } = peer.local;
      peer.send(Uint8Array.of(1), { host, port: both.local.port });
      const got = await both.received.next();
      assert.equal(got.host, host);
      both.send(Uint8Array.of(2), got, got.localHost);
      const answer = await peer.received.next();
      assert.deepEqual([answer.host, answer.port], [host, both.local.port]);
    }
  });
}

Deno.test("libc: the answer leaves from the address that was asked", { ignore: !libc }, async () => {
  for (const wildcard of hasIpv6() ? ["0.0.0.0", "::"] : ["0.0.0.0"]) {
    await using server = new Socket(libc!, wildcard);
    await using peer = new Socket(libc!);
    for (const host of ["127.0.0.1", "127.0.0.5", "127.9.9.9"]) {
      peer.send(Uint8Array.of(1), { host, port: server.local.port });
      const got = await server.received.next();
      assert.equal(got.localHost, host);
      server.send(Uint8Array.of(2), got, got.localHost);
      assert.equal((await peer.received.next()).host, host, `${wildcard} ${host}`);
    }
  }
});

Deno.test("libc: an address that is gone does not silence the answer", { ignore: !libc }, async () => {
  await using server = new Socket(libc!, "0.0.0.0");
  await using peer = new Socket(libc!);
  server.send(Uint8Array.of(1), peer.local, "192.0.2.77");
  assert.equal((await peer.received.next()).bytes[0], 1);
});

function hasIpv6(): boolean {
  return Deno.networkInterfaces().some(({ address }) => address === "::1");
}
