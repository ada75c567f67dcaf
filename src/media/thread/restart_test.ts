/** A phone that begins anew in the middle of a call, or changes its mind about encryption, is heard on. */
import assert from "node:assert/strict";
import { MediaBench } from "../../../tests/support/media_bench.ts";
import { srtpKey } from "../../../tests/support/rtp_peer.ts";

const VOICE = new Uint8Array(160).fill(0x55);
const KEYS = { receiveKey: srtpKey(1), sendKey: srtpKey(2) };

/** Alice in the clear, Bob encrypted or not. */
function scene({ isSecure }: { readonly isSecure: boolean }) {
  const bench = new MediaBench();
  const alice = bench.phone("198.51.100.1", 1), bob = bench.phone("198.51.100.2", 2);
  if (isSecure) bob.secure({ send: srtpKey(1), receive: srtpKey(2) });
  const a = bench.open(alice), b = bench.open(bob, isSecure ? KEYS : {});
  bench.tell({ kind: "connect", a, b });
  const speak = () => {
    alice.send(VOICE);
    bob.send(VOICE);
  };
  return { bench, alice, bob, a, b, speak };
}

for (const isSecure of [true, false]) {
  for (const [beforeMs, back] of [[1000, 200], [10_000, 200], [10_000, 1000], [10_000, 20_000]] as const) {
    const side = isSecure ? "an encrypted" : "a plain";
    Deno.test(`${side} phone hears one that steps back by ${back} after ${beforeMs} ms, but for one packet`, () => {
      const { bench, alice, bob, b, speak } = scene({ isSecure });
      alice.sequence = 50_000;
      bench.advance(beforeMs, speak);
      const before = bob.heard.length;
      alice.sequence -= back;
      bench.advance(2000, speak);
      const numbers = bob.heard.slice(before).map(({ sequenceNumber }) => sequenceNumber);
      const forward = numbers.filter((number) => number >= 50_000 + before);
      assert.deepEqual(forward, Array.from({ length: 99 }, (_, i) => 50_000 + before + i));
      assert.ok(numbers.length - forward.length <= 1, "the one that could not be told from a late one");
      assert.equal(bench.measure(b).streams[0]!.unsealed, isSecure && beforeMs > 4000 ? 1 : 0);
    });
  }
}

/** Bob leaves encryption by re-INVITE, speaks in the clear for a while and comes back to it, with the same keys. */
function leaveAndReturn({ bench, alice, bob, b }: ReturnType<typeof scene>, inClear: () => void): void {
  const { sender, receiver } = bob;
  bob.sender = bob.receiver = undefined;
  bench.update(b, bob.settings());
  inClear();
  bob.sender = sender;
  bob.receiver = receiver;
  alice.heard.length = bob.heard.length = bob.unreadable = 0;
  bench.update(b, bob.settings(KEYS));
}

for (const isMoved of [false, true]) {
  const where = isMoved ? ", the leg on another thread meanwhile" : "";
  Deno.test(`rollover counters and used indices are kept over a time without keys (RFC 3711 §3.3.1, §9.1)${where}`, () => {
    const it = scene({ isSecure: true });
    const { bench, alice, bob, a, b, speak } = it;
    alice.sequence = bob.sequence = 65_500;
    bench.advance(20_000, speak);
    leaveAndReturn(it, () => {
      if (isMoved) bench.move(b, { kind: "connect", a, b });
      bench.advance(1000, speak);
    });
    bench.advance(2000, speak);
    assert.equal(alice.heard.length, 100);
    assert.equal(bob.heard.length, 100);
    assert.equal(bob.unreadable, 0);
    const { unauthentic, replayed, unsealed } = bench.measure(b).streams[0]!;
    assert.deepEqual([unauthentic, replayed, unsealed], [0, 0, 0]);
  });
}

for (const inClear of [100, 40_000, 70_000]) {
  Deno.test(`after ${inClear} packets in the clear an encrypted phone hears everything again`, () => {
    const it = scene({ isSecure: true });
    const { bench, alice, bob, b, speak } = it;
    alice.sequence = 50_000;
    bench.advance(1000, speak);
    leaveAndReturn(it, () => {
      bench.advance(2000, () => {
        for (let i = 0; i < inClear / 100; i++) alice.send(VOICE);
      });
    });
    bench.advance(2000, speak);
    assert.equal(bob.heard.length, 100);
    assert.deepEqual([bob.unreadable, bench.measure(b).streams[0]!.unsealed], [0, 0]);
  });
}
