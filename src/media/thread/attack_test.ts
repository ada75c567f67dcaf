/** What a hostile network tries on a live call, and that the callers hear nothing of it. */
import assert from "node:assert/strict";
import { MediaBench } from "../../../tests/support/media_bench.ts";
import { RtpPeer, srtpKey } from "../../../tests/support/rtp_peer.ts";
import { seededRandom } from "../../base/mod.ts";
import { printRtcp, writeRtpHeader } from "../rtp/mod.ts";

const FORGED = 10_000;
const SERVER = "192.0.2.1";
const quiet = new Uint8Array(160).fill(0xff);

interface Scene {
  readonly bench: MediaBench;
  readonly alice: RtpPeer;
  readonly bob: RtpPeer;
  readonly mallory: RtpPeer;
  readonly a: number;
  readonly b: number;
  speak(): void;
}

/** Alice and Bob in a call, Mallory at an address of his own; Alice encrypted or not. */
function scene(options: { readonly isSecure: boolean }): Scene {
  const bench = new MediaBench();
  const alice = bench.phone("198.51.100.1", 0xa11ce), bob = bench.phone("198.51.100.2", 0xb0b);
  const mallory = bench.phone("203.0.113.66", 0xa11ce);
  const keys = options.isSecure ? { receiveKey: srtpKey(1), sendKey: srtpKey(2) } : {};
  if (options.isSecure) alice.secure({ send: srtpKey(1), receive: srtpKey(2) });
  const a = bench.open(alice, keys), b = bench.open(bob);
  bench.tell({ kind: "connect", a, b });
  mallory.remote = alice.remote;
  const speak = () => {
    alice.send(quiet);
    bob.send(quiet);
  };
  return { bench, alice, bob, mallory, a, b, speak };
}

/** Puts a datagram on the wire as if it came from there. */
function forge(bench: MediaBench, datagram: { bytes: Uint8Array; from: string; port: number }): void {
  bench.wire.send({ bytes: datagram.bytes, from: datagram.from, to: `${SERVER}:${datagram.port}` });
}

function forgedPacket(sequenceNumber: number, ssrc: number): Uint8Array {
  const bytes = new Uint8Array(182).fill(0x11);
  writeRtpHeader(bytes, {
    marker: false,
    payloadType: 0,
    sequenceNumber,
    timestamp: sequenceNumber * 160,
    ssrc,
  });
  return bytes;
}

/** Every packet that Alice sent reached Bob, in order and unharmed, and the other way. */
function assertUnharmed({ alice, bob }: Scene, sent: number): void {
  for (const phone of [alice, bob]) {
    assert.equal(phone.heard.length, sent);
    assert.ok(
      phone.heard.every(({ payload }) => payload.length === 160 && payload.every((byte) => byte === 0xff)),
    );
    const sequence = phone.heard.map((packet) => packet.sequenceNumber);
    assert.deepEqual(sequence, sequence.map((_, i) => (sequence[0]! + i) & 0xffff));
    assert.equal(phone.unreadable, 0);
  }
}

for (const isSecure of [false, true]) {
  const kind = isSecure ? "an encrypted" : "a plain";

  Deno.test(`${FORGED} packets from a stranger on ${kind} call are not heard, and nothing reaches the stranger`, () => {
    const it = scene({ isSecure });
    let sent = 0, forged = 0;
    const beat = () => {
      it.speak();
      sent++;
      for (let i = 0; i < 50 && forged < FORGED; i++, forged++) {
        const bytes = forgedPacket(it.alice.sequence + i, i % 2 ? it.alice.ssrc : forged);
        it.mallory.socket.send(Uint8Array.from(bytes), bytes.length, it.alice.remote!);
      }
    };
    // Before, during and after latching: Mallory shoots from the first beat on.
    it.bench.advance(8000, beat);
    it.bench.advance(100);
    assert.equal(forged, FORGED);
    assertUnharmed(it, sent);
    assert.equal(it.mallory.heard.length, 0);
    const report = it.bench.measure(it.a).streams[0]!;
    assert.equal(report.latched, `${it.alice.host}:${it.alice.port}`);
    assert.equal(report.packetsReceived, sent);
    assert.deepEqual([report.lost, report.late, report.duplicates], [0, 0, 0]);
  });
}

Deno.test(`${FORGED} packets with the phone's own address but without its key change nothing`, () => {
  const it = scene({ isSecure: true });
  const from = `${it.alice.host}:${it.alice.port}`;
  const random = seededRandom(3);
  let sent = 0, forged = 0;
  it.bench.advance(8000, () => {
    for (let i = 0; i < 25; i++, forged++) {
      forge(it.bench, {
        bytes: forgedPacket(random.bytes(2)[0]! * 256, forged % 3 ? it.alice.ssrc : forged),
        from,
        port: it.alice.remote!.port,
      });
    }
    it.speak();
    sent++;
  });
  it.bench.advance(100);
  assert.equal(forged, FORGED);
  assertUnharmed(it, sent);
  const report = it.bench.measure(it.a).streams[0]!;
  assert.equal(report.unauthentic + report.replayed + report.malformed, FORGED);
});

Deno.test("copies of genuine packets from elsewhere are replays: no latch, no sound", () => {
  const it = scene({ isSecure: true });
  const copies: Uint8Array[] = [];
  const { socket } = it.alice;
  it.alice.socket = {
    ...socket,
    port: socket.port,
    family: socket.family,
    handle: socket.handle,
    receiver: socket.receiver,
    send: (bytes, length, to) => {
      copies.push(bytes.slice(0, length));
      return socket.send(bytes, length, to);
    },
  };
  let sent = 0;
  it.bench.advance(1000, () => {
    it.speak();
    sent++;
  });
  for (const copy of copies) it.mallory.socket.send(Uint8Array.from(copy), copy.length, it.alice.remote!);
  it.bench.advance(100);
  assertUnharmed(it, sent);
  const report = it.bench.measure(it.a).streams[0]!;
  assert.equal(report.replayed, copies.length);
  assert.equal(report.latched, `${it.alice.host}:${socket.port}`);
});

Deno.test("an encrypted phone whose router changes its port is followed at once, a plain one after SIP spoke", () => {
  for (const isSecure of [true, false]) {
    const it = scene({ isSecure });
    it.bench.advance(1000, () => it.speak());
    it.alice.rebind();
    it.alice.heard.length = 0;
    it.bench.advance(200, () => it.speak());
    assert.equal(it.alice.heard.length > 0, isSecure);
    const keys = isSecure ? { receiveKey: srtpKey(1), sendKey: srtpKey(2) } : {};
    it.bench.update(it.a, it.alice.settings(keys));
    it.bench.advance(200, () => it.speak());
    assert.ok(it.alice.heard.length > 5);
  }
});

Deno.test("a neighbour behind the same router does not get a plain phone's call in its pause, only after SIP spoke", () => {
  const it = scene({ isSecure: false });
  const neighbour = new RtpPeer(it.alice.network, { host: it.alice.host, ssrc: 0xbad });
  neighbour.remote = it.alice.remote;
  it.bench.advance(1000, () => it.speak());
  const heard = it.bob.heard.length;
  const inPause = () => {
    it.bob.send(quiet);
    neighbour.send(quiet);
  };
  it.bench.advance(20_000, inPause);
  assert.equal(it.bob.heard.length, heard);
  assert.equal(neighbour.heard.length, 0);
  it.bench.update(it.a, it.alice.settings());
  it.bench.advance(20, () => it.alice.send(quiet));
  it.bench.advance(900, inPause);
  assert.equal(neighbour.heard.length, 0, "the phone was heard less than a second ago");
  it.bench.advance(200, inPause);
  assert.ok(neighbour.heard.length > 0, "now it may be the phone on a new port");
});

Deno.test("under fire the kernel is told to let only the peer in, and to let all in again afterwards", () => {
  const it = scene({ isSecure: false });
  it.bench.advance(500, () => it.speak());
  const shoot = (count: number) => {
    for (let i = 0; i < count; i++) {
      it.mallory.socket.send(Uint8Array.from(forgedPacket(i, 1)), 172, it.alice.remote!);
    }
  };
  it.bench.advance(1000, () => {
    it.speak();
    shoot(100);
  });
  const { strangers } = it.bench.measure(it.a).streams[0]!;
  it.bench.advance(1000, () => {
    it.speak();
    shoot(100);
  });
  assert.equal(it.bench.measure(it.a).streams[0]!.strangers, strangers, "they no longer get to us");
  it.bench.advance(6000, () => it.speak());
  shoot(1);
  it.bench.advance(20);
  assert.equal(it.bench.measure(it.a).streams[0]!.strangers, strangers + 1);
});

Deno.test("under fire on the port of RTCP the kernel is told the same, and the phone's reports pass", () => {
  const it = scene({ isSecure: false });
  const { buffer, length } = printRtcp([{ kind: "receiver-report", ssrc: it.alice.ssrc, reports: [] }]);
  const report = buffer.subarray(0, length);
  it.bench.advance(500, () => it.speak());
  it.alice.sendRtcp(report);
  const shoot = () => {
    for (let i = 0; i < 100; i++) it.mallory.sendRtcp(report);
  };
  const strangers = () => it.bench.measure(it.a).streams[0]!.strangers;
  const fire = () => {
    it.speak();
    shoot();
  };
  it.bench.advance(1000, fire);
  const before = strangers();
  assert.ok(before > 0);
  it.bench.advance(1000, fire);
  assert.equal(strangers(), before, "they no longer get to us");
  const heard = it.bob.heardRtcp.length;
  it.alice.sendRtcp(report);
  it.bench.advance(20);
  assert.equal(it.bob.heardRtcp.length, heard + 1);
  it.bench.advance(6000, () => it.speak());
  it.mallory.sendRtcp(report);
  it.bench.advance(20);
  assert.equal(strangers(), before + 1);
});

Deno.test("a phone that moves while under fire is let in again", () => {
  const it = scene({ isSecure: true });
  it.bench.advance(500, () => it.speak());
  const shoot = () => {
    for (let i = 0; i < 100; i++) {
      it.mallory.socket.send(Uint8Array.from(forgedPacket(i, 1)), 182, it.alice.remote!);
    }
  };
  it.bench.advance(1000, () => {
    it.speak();
    shoot();
  });
  it.alice.rebind();
  it.alice.heard.length = 0;
  it.bench.advance(2000, () => {
    it.speak();
    shoot();
  });
  assert.ok(it.alice.heard.length > 20);
});

Deno.test("RTCP in the name of a phone, from elsewhere or without its key, is ignored", () => {
  for (const isSecure of [false, true]) {
    const it = scene({ isSecure });
    it.bench.advance(500, () => it.speak());
    const { buffer, length } = printRtcp([
      { kind: "receiver-report", ssrc: it.alice.ssrc, reports: [] },
      { kind: "bye", ssrcs: [it.alice.ssrc] },
    ]);
    const port = it.alice.remote!.port + 1, bytes = buffer.subarray(0, length);
    const from = isSecure
      ? `${it.alice.host}:${it.alice.rtcpPort}`
      : `${it.mallory.host}:${it.mallory.rtcpPort}`;
    for (let i = 0; i < 200; i++) forge(it.bench, { bytes, from, port });
    it.bench.advance(100, () => it.speak());
    assert.deepEqual(it.bench.eventsOf("rtcp-bye"), []);
    assert.equal(it.bob.heardRtcp.length, 0);
  }
});

Deno.test("random datagrams on every port of a call harm nothing", () => {
  for (const isSecure of [false, true]) {
    const it = scene({ isSecure });
    const random = seededRandom(11);
    let sent = 0;
    it.bench.advance(4000, () => {
      it.speak();
      sent++;
      for (let i = 0; i < 10; i++) {
        const bytes = random.bytes(random.bytes(1)[0]! * (i % 7));
        if (i % 2 && bytes.length > 1) bytes[0] = 0x80 | (bytes[0]! & 0x3f);
        const port = it.alice.remote!.port + (i & 1);
        // From the phone's own address on the encrypted leg, where only the key speaks; else from anywhere.
        const from = isSecure ? `${it.alice.host}:${it.alice.port}` : `${it.mallory.host}:${4000 + i}`;
        forge(it.bench, { bytes, from, port });
      }
    });
    it.bench.advance(100);
    assertUnharmed(it, sent);
  }
});

interface MalformedCases {
  readonly packets: readonly {
    readonly id: string;
    readonly hex: string | null;
    readonly repeat: { readonly prefix: string; readonly fill: string; readonly total: number } | null;
  }[];
}

function malformedCases(): MalformedCases | undefined {
  try {
    const url = new URL("../../../../shared/cases/rtp/malformed_media.json", import.meta.url);
    return JSON.parse(Deno.readTextFileSync(url)) as MalformedCases;
  } catch {
    return undefined;
  }
}

const cases = malformedCases();
Deno.test({
  name: "the collected malformed packets are not relayed as RTP, even from the phone's own address",
  ignore: cases === undefined,
  fn: () => {
    // Well-formed after all: nothing but padding, and a long payload.
    const wellFormed = new Set(["pad_all", "huge_65507"]);
    for (const { id, hex, repeat } of cases!.packets) {
      const it = scene({ isSecure: false });
      it.bench.advance(100, () => it.speak());
      it.bench.advance(20);
      const before = it.bob.heard.length;
      const text = hex ?? repeat!.prefix + repeat!.fill.repeat(repeat!.total - repeat!.prefix.length / 2);
      const bytes = Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16)).slice(0, 4096);
      for (const port of [0, 1]) {
        forge(it.bench, {
          bytes,
          from: `${it.alice.host}:${it.alice.port}`,
          port: it.alice.remote!.port + port,
        });
      }
      it.bench.advance(20);
      assert.equal(it.bob.heard.length - before, wellFormed.has(id) ? 1 : 0, id);
      it.bench.advance(100, () => it.speak());
      assert.ok(it.bob.heard.length > before + 3, id);
    }
  },
});
