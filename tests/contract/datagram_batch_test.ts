/** A media socket that falls behind takes and sends by the row: nothing is lost, mixed up or sent elsewhere by that. */
import assert from "node:assert/strict";
import {
  Inbox,
  MAX_DATAGRAM_BYTES,
  type MediaSocket,
  type Network,
  SocketAddress,
} from "../../src/media/mod.ts";
import { openLibcNetwork } from "../../src/platform/datagram.ts";
import { DatagramBatch } from "../../src/platform/datagram_batch.ts";
import { openLibc } from "../../src/platform/libc.ts";

const SLOT_BYTES = MAX_DATAGRAM_BYTES + 256;
/** Less than the smallest object or boxed number that could be made for each packet. */
const SMALLEST_OBJECT = 12;
/** Longer than a network drains without a turn of the event loop: afterwards it knows that it is behind. */
const STALL_MS = 10;

const to = ({ port, family }: MediaSocket) =>
  SocketAddress.parse(family === "ipv6" ? "::1" : "127.0.0.1", port) ?? assert.fail();

/** A relay between `from` and `target` that has fallen behind, with rows of what it was sent waiting in `input`. */
class Scene {
  readonly network: Network = openLibcNetwork() ?? assert.fail("libc cannot be opened");
  readonly from = this.bind();
  readonly input = this.bind();
  readonly output = this.bind();
  readonly target = this.bind();
  readonly arrived: string[] = [];
  /** Memory in which datagrams lay that were taken from `input`. */
  readonly places = new Set<Uint8Array>();

  constructor(readonly host = "127.0.0.1") {
    this.target.receiver = {
      onDatagram: (length) => {
        const { bytes, source } = this.network.inbox;
        this.arrived.push(`${new TextDecoder().decode(bytes.subarray(0, length))}@${source.port}`);
      },
    };
  }

  bind(): MediaSocket {
    const bound = this.network.bind({ host: this.host, port: 0, dscp: 46 });
    return bound.ok ? bound.value : assert.fail(bound.error);
  }

  send(text: string | Uint8Array<ArrayBuffer>, from = this.from): void {
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    assert.ok(from.send(bytes, bytes.length, to(this.input)));
  }

  /** What happens to each datagram at `input`. */
  each(receive: (length: number, inbox: Inbox) => void): void {
    this.input.receiver = {
      onDatagram: (length) => {
        this.places.add(this.network.inbox.bytes);
        receive(length, this.network.inbox);
      },
    };
  }

  async fallBehind(): Promise<void> {
    const socket = this.bind();
    socket.receiver = {
      onDatagram: () => {
        for (const end = performance.now() + STALL_MS; performance.now() < end;);
      },
    };
    const bytes = new Uint8Array(1);
    this.from.send(bytes, 1, to(socket));
    await this.network.pump(0);
    socket.close();
  }

  async until(count: number): Promise<string[]> {
    for (let turn = 0; turn < 200 && this.arrived.length < count; turn++) await this.network.pump(10);
    return this.arrived;
  }

  [Symbol.dispose](): void {
    this.network.close();
  }
}

const numbered = (count: number) => Array.from({ length: count }, (_, i) => String(i).padStart(4, "0"));

for (const host of ["127.0.0.1", "::1"]) {
  Deno.test(`rows on ${host} keep order, bytes and sources, in the one who takes and in the one who is sent to`, async () => {
    using scene = new Scene(host);
    const other = scene.bind(), sources: number[] = [];
    scene.each((length, { bytes, source }) => {
      sources.push(source.port);
      // What is sealed grows behind the datagram.
      bytes.set([33, 33], length);
      assert.ok(scene.output.sendOn(length + 2, to(scene.target)));
    });
    const texts = numbered(50);
    texts.forEach((text, i) => scene.send(text, i % 10 === 9 ? other : scene.from));
    await scene.fallBehind();
    assert.deepEqual(await scene.until(50), texts.map((text) => `${text}!!@${scene.output.port}`));
    assert.deepEqual(sources, texts.map((_, i) => i % 10 === 9 ? other.port : scene.from.port));
    assert.ok(scene.places.size > 1, "they were taken by the row");
  });
}

Deno.test("one datagram at a time lies where it always lies", async () => {
  using scene = new Scene();
  scene.each((length) => void scene.output.sendOn(length, to(scene.target)));
  for (const text of numbered(20)) {
    scene.send(text);
    await scene.until(scene.arrived.length + 1);
  }
  assert.equal(scene.arrived.length, 20);
  assert.deepEqual([...scene.places], [scene.network.inbox.bytes]);
});

Deno.test("rows of unlike lengths, to several peers, with other datagrams in between", async () => {
  using scene = new Scene();
  const second = scene.bind(), seconds: number[] = [];
  second.receiver = { onDatagram: (length) => seconds.push(length) };
  const first = to(scene.target), toSecond = to(second), alone = new TextEncoder().encode("alone");
  scene.each((length, { bytes }) => {
    // The same address object all the time, as a stream has one.
    if (length > 4) return void scene.output.sendOn(length, toSecond);
    scene.output.sendOn(length, first);
    if (bytes[3] === "5".charCodeAt(0)) scene.output.send(alone, alone.length, first);
  });
  const texts = numbered(20);
  for (const [i, text] of texts.entries()) scene.send(i % 7 === 6 ? new Uint8Array(i) : text);
  await scene.fallBehind();
  const expected = texts.filter((_, i) => i % 7 !== 6).flatMap((text) =>
    text[3] === "5" ? [text, "alone"] : [text]
  );
  assert.deepEqual(
    await scene.until(expected.length),
    expected.map((text) => `${text}@${scene.output.port}`),
  );
  for (let turn = 0; turn < 200 && seconds.length < 2; turn++) await scene.network.pump(10);
  assert.deepEqual(seconds, [6, 13]);
});

Deno.test("what is too long within a row is dropped alone; a receiver that throws costs its own datagram", async () => {
  using scene = new Scene();
  const faults: unknown[] = [];
  scene.network.onFault = (error) => faults.push(error);
  scene.each((length, { bytes }) => {
    if (bytes[3] === "3".charCodeAt(0)) throw new Error("a receiver that fails");
    scene.output.sendOn(length, to(scene.target));
  });
  for (const text of ["0000", "0001"]) scene.send(text);
  scene.send(new Uint8Array(MAX_DATAGRAM_BYTES + 1));
  for (const text of ["0002", "0003", "0004"]) scene.send(text);
  await scene.fallBehind();
  const expected = ["0000", "0001", "0002", "0004"].map((text) => `${text}@${scene.output.port}`);
  assert.deepEqual(await scene.until(4), expected);
  assert.equal(faults.length, 1);
});

Deno.test("a socket that its receiver closes gives nothing more of the row", async () => {
  using scene = new Scene();
  let seen = 0;
  scene.each(() => {
    seen++;
    scene.input.close();
  });
  for (const text of numbered(5)) scene.send(text);
  await scene.fallBehind();
  for (let turn = 0; turn < 5; turn++) await scene.network.pump(1);
  assert.equal(seen, 1);
});

Deno.test("what the kernel does not take as one goes one by one, in order", () => {
  const handle = openLibc() ?? assert.fail("libc cannot be opened");
  let refused = 0;
  const refusing = {
    errno: handle.errno,
    calls: new Proxy(handle.calls, {
      get: (calls, name) => name === "sendmsg" ? () => -(++refused) : Reflect.get(calls, name),
    }),
  };
  const network = openLibcNetwork() ?? assert.fail("libc cannot be opened");
  const bind = () => {
    const bound = network.bind({ host: "127.0.0.1", port: 0, dscp: 0 });
    return bound.ok ? bound.value : assert.fail(bound.error);
  };
  const from = bind(), input = bind(), address = to(from);
  for (let i = 0; i < 5; i++) from.send(new Uint8Array([i, i]), 2, to(input));
  const batch = new DatagramBatch(refusing, SLOT_BYTES), inbox = new Inbox(), sent: number[][] = [];
  const socket = {
    handle: input.handle!,
    give: (length: number) => {
      assert.ok(batch.holds(inbox.bytes));
      batch.add(socket, length, address);
    },
    send: (bytes: Uint8Array<ArrayBuffer>, length: number) => sent.push([...bytes.subarray(0, length)]) > 0,
  };
  assert.equal(batch.deliver(socket, inbox), 5);
  assert.equal(refused, 1);
  assert.deepEqual(sent, [[0, 0], [1, 1], [2, 2], [3, 3], [4, 4]]);
  assert.ok(batch.isEmpty && !batch.holds(inbox.bytes));
  network.close();
});

Deno.test("what crosses real sockets leaves no garbage that grows with it, one by one or by the row", async () => {
  using scene = new Scene();
  const target = to(scene.target), input = to(scene.input), bytes = new Uint8Array(172);
  scene.target.receiver = undefined;
  let taken = 0;
  scene.input.receiver = {
    onDatagram: (length) => {
      taken++;
      scene.output.sendOn(length, target);
    },
  };
  /** Heap bytes that a turn with so many datagrams takes; turns in which the heap was swept are left out. */
  const bytesPerTurn = async (datagrams: number) => {
    let grown = 0, turns = 0;
    for (let look = 0; look < 40; look++) {
      const before = Deno.memoryUsage().heapUsed;
      for (let turn = 0; turn < 10; turn++) {
        for (let i = 0; i < datagrams; i++) scene.from.send(bytes, bytes.length, input);
        await scene.network.pump(1);
      }
      const growth = Deno.memoryUsage().heapUsed - before;
      if (growth < 0) continue;
      grown += growth;
      turns += 10;
    }
    return grown / turns;
  };
  for (const isBehind of [false, true]) {
    if (isBehind) await scene.fallBehind();
    await bytesPerTurn(110);
    taken = 0;
    const few = await bytesPerTurn(10), many = await bytesPerTurn(110);
    assert.ok(taken > 400 * 110, `${taken} were taken`);
    assert.ok((many - few) / 100 < SMALLEST_OBJECT, `${few} bytes with 10, ${many} with 110`);
  }
});
