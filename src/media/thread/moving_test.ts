/** A leg that goes from one thread to another takes everything with it, and nothing that would harm it there. */
import assert from "node:assert/strict";
import { MediaBench } from "../../../tests/support/media_bench.ts";
import { parseRtcp } from "../rtp/mod.ts";

const VOICE = new Uint8Array(160).fill(0x55);

function scene() {
  const bench = new MediaBench();
  const alice = bench.phone("198.51.100.1", 0xa11ce), bob = bench.phone("198.51.100.2", 0xb0b);
  const a = bench.open(alice), b = bench.open(bob);
  const speak = () => {
    alice.send(VOICE);
    bob.send(VOICE);
  };
  return { bench, alice, bob, a, b, speak };
}

Deno.test("a phone whose leg moved while under fire is heard from a new address", () => {
  const { bench, alice, bob, a, b, speak } = scene();
  const mallory = bench.phone("203.0.113.66", 9);
  mallory.remote = bob.remote;
  bench.advance(500, speak);
  bench.advance(500, () => {
    speak();
    for (let i = 0; i < 100; i++) mallory.send(VOICE);
  });
  const before = bench.wire.taken;
  mallory.send(VOICE);
  bench.wire.run();
  assert.equal(bench.wire.taken, before, "only Bob is let in");
  bench.move(b, { kind: "connect", a, b });
  bob.rebind();
  bench.update(b, bob.settings());
  bench.advance(200, speak);
  assert.ok(alice.heard.length >= 9, `${alice.heard.length} packets`);
});

Deno.test("what was refused before a move does not count as fire after it", () => {
  const { bench, bob, a, b, speak } = scene();
  const mallory = bench.phone("203.0.113.66", 9);
  mallory.remote = bob.remote;
  // Many in the end, but never many at once.
  bench.advance(5000, () => {
    speak();
    mallory.send(VOICE);
  });
  assert.equal(bench.measure(b).streams[0]!.strangers, 250);
  bench.move(b, { kind: "connect", a, b });
  bench.advance(500, speak);
  mallory.send(VOICE);
  bench.advance(20);
  assert.equal(bench.measure(b).streams[0]!.strangers, 251);
});

Deno.test("a peer that heard our reports hears the same source after a move, and its BYE in the end", () => {
  const { bench, alice, bob, a, b, speak } = scene();
  const said = () => {
    const packets = alice.heardRtcp.flatMap((packet) => {
      const parsed = parseRtcp(packet);
      return parsed.ok ? parsed.value : [];
    });
    alice.heardRtcp.length = 0;
    return {
      kinds: new Set(packets.map(({ kind }) => kind)),
      names: new Set(
        packets.flatMap((packet) =>
          packet.kind === "source-description"
            ? packet.chunks.flatMap(({ ssrc, items }) => items.map(({ text }) => `${ssrc} ${text}`))
            : []
        ),
      ),
    };
  };
  bench.tell({ kind: "connect", a, b });
  bench.advance(12_000, speak);
  const before = said();
  assert.deepEqual(before.kinds, new Set(["sender-report", "source-description"]));
  bench.move(a, { kind: "connect", a, b });
  bench.advance(100, speak);
  bench.measure(a, "close");
  bench.advance(50);
  const after = said();
  assert.ok(after.kinds.has("bye"));
  assert.deepEqual(after.names, before.names);
  assert.equal(after.names.size, 1);
  assert.ok(bob.heard.length > 0);
});

Deno.test("a side that was told of as silent before a move is told of as heard after it, and not as silent again", () => {
  const { bench, a, b, bob, speak } = scene();
  bench.tell({ kind: "connect", a, b });
  bench.advance(5000, () => bob.send(VOICE));
  bench.move(a, { kind: "connect", a, b });
  bench.advance(5000, () => bob.send(VOICE));
  bench.advance(500, speak);
  const told = bench.eventsOf("silent").map(({ leg, silent, oneWay = false }) => [leg, silent, oneWay]);
  assert.deepEqual(told, [[a, true, true], [a, false, false]]);
});
