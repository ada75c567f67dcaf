import assert from "node:assert/strict";
import fc from "fast-check";
import { CANDIDATE, Latch, LATCHED, STRANGER } from "./latch.ts";
import { SocketAddress } from "./socket_address.ts";

const address = (text: string) => {
  const [host, port] = text.split(":");
  return SocketAddress.parse(host!, Number(port)) ?? assert.fail(text);
};
const SDP = "10.0.0.5:4000";
const NAT = "203.0.113.9:61000";
const NAT_AGAIN = "203.0.113.9:62000";
/** Other ports of that router; who they belong to cannot be told. */
const NEIGHBOUR = "203.0.113.9:63000";
const STRANGE = "198.51.100.66:4000";

const judge = (latch: Latch, source: SocketAddress, timeMs: number) => latch.judge({ source, timeMs });
const accept = (latch: Latch, source: SocketAddress, timeMs: number) => latch.accept({ source, timeMs });

/** A phone behind a router: its SDP names a private address, its signalling comes from the router's. */
const DESCRIPTION = { remote: address(SDP), signallingHost: address("203.0.113.9:0") };

function learning(nowMs = 0): Latch {
  const latch = new Latch();
  latch.signal(DESCRIPTION, nowMs);
  return latch;
}

/** Such a phone that was heard at 100 and at 60,000 ms; SIP says the same again at 63,000. */
function reopened(): Latch {
  const latch = learning();
  accept(latch, address(NAT), 100);
  judge(latch, address(NAT), 60_000);
  latch.signal(DESCRIPTION, 63_000);
  return latch;
}

Deno.test("before any packet we send to the address that SIP named", () => {
  assert.equal(learning().target?.toString(), SDP);
  assert.equal(new Latch().target, undefined);
});

Deno.test("the unspecified address of an old-style hold and port 0 are nowhere to send to", () => {
  const latch = new Latch();
  latch.signal({ remote: address("0.0.0.0:4000"), signallingHost: undefined }, 0);
  assert.equal(latch.target, undefined);
  latch.signal({ remote: address("192.0.2.1:0"), signallingHost: undefined }, 0);
  assert.equal(latch.target, undefined);
});

Deno.test("a stranger is never taken: not before, during or after latching", () => {
  const latch = learning();
  assert.equal(judge(latch, address(STRANGE), 1), STRANGER);
  assert.equal(judge(latch, address(NAT), 2), CANDIDATE);
  assert.equal(judge(latch, address(STRANGE), 3), STRANGER);
  accept(latch, address(NAT), 4);
  for (const nowMs of [5, 1_500, 10_000, 1_000_000]) {
    assert.equal(judge(latch, address(STRANGE), nowMs), STRANGER);
  }
  assert.equal(latch.target?.toString(), NAT);
});

Deno.test("the signalling host is learnt within the window only; the signalled address at any time", () => {
  assert.equal(judge(learning(), address(NAT), 29_999), CANDIDATE);
  assert.equal(judge(learning(), address(NAT), 30_000), STRANGER);
  assert.equal(judge(learning(), address(SDP), 1_000_000), CANDIDATE);
});

Deno.test("the signalled address takes a latch over that the window gave, for a short while", () => {
  const latch = learning();
  accept(latch, address(NAT), 100);
  judge(latch, address(NAT), 4_000);
  assert.equal(judge(latch, address(SDP), 4_001), CANDIDATE);
  judge(latch, address(NAT), 5_100);
  assert.equal(judge(latch, address(SDP), 5_101), STRANGER);
});

Deno.test("beside a live voice another port of the same host gets nothing", () => {
  const latch = learning();
  accept(latch, address(NAT), 100);
  for (let nowMs = 100; nowMs < 10_000; nowMs += 20) {
    assert.equal(judge(latch, address(NAT), nowMs), LATCHED);
    assert.equal(judge(latch, address(NAT_AGAIN), nowMs + 10), STRANGER);
  }
});

Deno.test("once latched a neighbour behind the same router gets nothing, however long the phone is silent", () => {
  for (const nowMs of [101, 1_099, 1_100, 5_000, 29_999, 30_000, 1_000_000]) {
    const latch = learning();
    accept(latch, address(NAT), 100);
    assert.equal(judge(latch, address(NEIGHBOUR), nowMs), STRANGER, `after ${nowMs} ms`);
    assert.equal(latch.target?.toString(), NAT);
  }
});

Deno.test("whatever comes from the router, without SIP a plain latch moves once and then only to the address SIP named", () => {
  const source = fc.constantFrom(NAT, NAT_AGAIN, NEIGHBOUR, STRANGE, SDP);
  const packet = fc.record({ source, pauseMs: fc.constantFrom(1, 20, 999, 1_000, 31_000) });
  fc.assert(fc.property(fc.array(packet, { minLength: 1, maxLength: 60 }), (packets) => {
    const latch = learning(), moves: string[] = [];
    let nowMs = 0;
    for (const { source, pauseMs } of packets) {
      nowMs += pauseMs;
      if (judge(latch, address(source), nowMs) === CANDIDATE) {
        accept(latch, address(source), nowMs);
        moves.push(source);
      }
    }
    assert.ok(moves.slice(1).every((to) => to === SDP), moves.join());
    assert.ok(!moves.includes(STRANGE));
  }));
});

Deno.test("the very address that SIP named takes over from a latch that is silent", () => {
  const latch = learning();
  accept(latch, address(NAT), 100);
  judge(latch, address(NAT), 60_000);
  assert.equal(judge(latch, address(SDP), 60_999), STRANGER);
  assert.equal(judge(latch, address(SDP), 61_000), CANDIDATE);
});

Deno.test("a phone whose router changed the port is followed after SIP spoke again", () => {
  const latch = learning();
  accept(latch, address(NAT), 100);
  judge(latch, address(NAT), 60_000);
  assert.equal(judge(latch, address(NAT_AGAIN), 62_000), STRANGER);
  latch.signal(DESCRIPTION, 63_000);
  assert.equal(latch.target?.toString(), NAT, "the latch is kept");
  assert.equal(judge(latch, address(NAT_AGAIN), 63_010), CANDIDATE);
});

Deno.test("SIP's word opens the latch for one other port, for thirty seconds", () => {
  assert.equal(judge(reopened(), address(NAT_AGAIN), 92_999), CANDIDATE);
  assert.equal(judge(reopened(), address(NAT_AGAIN), 93_000), STRANGER);
  const latch = reopened();
  accept(latch, address(NAT_AGAIN), 63_010);
  for (const nowMs of [63_020, 64_010, 70_000, 1_000_000]) {
    assert.equal(judge(latch, address(NEIGHBOUR), nowMs), STRANGER);
  }
});

Deno.test("after SIP's word a neighbour gets nothing from a phone that goes on where it was", () => {
  const latch = reopened();
  judge(latch, address(NAT), 63_020);
  assert.equal(judge(latch, address(NEIGHBOUR), 64_019), STRANGER, "it was heard less than a second ago");
  judge(latch, address(NAT), 64_020);
  for (const nowMs of [65_019, 65_020, 80_000]) {
    assert.equal(judge(latch, address(NEIGHBOUR), nowMs), STRANGER, "it has proved that it stays");
  }
});

Deno.test("a packet in flight when SIP spoke does not prove that the phone stays", () => {
  const latch = reopened();
  judge(latch, address(NAT), 63_100);
  assert.equal(judge(latch, address(NAT_AGAIN), 64_100), CANDIDATE);
});

Deno.test("a latch that moves to another thread stays fixed or open, and keeps out what it left", () => {
  const moved = (latch: Latch) => {
    const copy = new Latch();
    copy.restore(structuredClone(latch.save()));
    return copy;
  };
  const fixed = learning();
  accept(fixed, address(NAT), 100);
  assert.equal(judge(moved(fixed), address(NEIGHBOUR), 2_000), STRANGER);
  assert.equal(judge(moved(reopened()), address(NAT_AGAIN), 63_010), CANDIDATE);
  fixed.signal({ ...DESCRIPTION, remote: address("10.0.0.5:4002") }, 10_000);
  assert.equal(judge(moved(fixed), address(NAT), 10_020), STRANGER, "the last packets of the old stream");
  assert.equal(judge(moved(fixed), address(NAT_AGAIN), 10_020), CANDIDATE);
});

Deno.test("what authenticates is followed at once from wherever it comes", () => {
  const latch = learning();
  accept(latch, address(NAT), 100);
  assert.equal(judge(latch, address(STRANGE), 110), STRANGER);
  assert.ok(accept(latch, address(STRANGE), 110), "the tag held");
  assert.equal(judge(latch, address(STRANGE), 130), LATCHED);
});

Deno.test("a new address by SIP leaves the old one, whose last packets do not win it back", () => {
  const latch = learning();
  accept(latch, address(NAT), 100);
  latch.signal({ ...DESCRIPTION, remote: address("10.0.0.5:4002") }, 10_000);
  assert.equal(latch.target?.toString(), "10.0.0.5:4002");
  assert.equal(judge(latch, address(NAT), 10_020), STRANGER);
  assert.equal(judge(latch, address(NAT_AGAIN), 10_030), CANDIDATE);
  assert.equal(judge(latch, address(NAT), 11_000), CANDIDATE, "one second later it is taken for the new one");
});

Deno.test("SIP naming the address already latched to changes nothing", () => {
  const latch = learning();
  accept(latch, address(NAT), 100);
  latch.signal({ remote: address(NAT), signallingHost: undefined }, 200);
  assert.equal(judge(latch, address(NAT), 210), LATCHED);
});

Deno.test("on loopback a phone that does not bind to the address it names is known by its port", () => {
  const latch = new Latch();
  latch.signal({ remote: address("127.0.0.21:20040"), signallingHost: address("127.0.0.21:0") }, 0);
  assert.equal(judge(latch, address("127.0.0.66:20042"), 1), STRANGER);
  assert.equal(judge(latch, address("127.0.0.1:20040"), 2), CANDIDATE);
});
