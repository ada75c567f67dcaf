import assert from "node:assert/strict";
import { FloodGuard } from "./flood_guard.ts";
import { Latch } from "./latch.ts";
import type { MediaSocket } from "./network.ts";
import { SocketAddress } from "./socket_address.ts";
import { StreamCounters } from "./stream_counters.ts";

const PEER = SocketAddress.parse("192.0.2.1", 4000)!;
const OTHER_PORT = SocketAddress.parse("192.0.2.1", 5001)!;

function scene() {
  const allowed: [string | undefined, string | undefined] = [undefined, undefined];
  const socket = (index: 0 | 1) =>
    ({ restrict: (to) => allowed[index] = to?.toString() }) as Pick<MediaSocket, "restrict"> as MediaSocket;
  const stream = {
    counters: new StreamCounters(),
    latch: new Latch(),
    rtp: socket(0),
    rtcp: socket(1),
    rtcpSession: { latch: new Latch() },
    heardMs: 1,
  };
  stream.latch.accept({ source: PEER, timeMs: 1 });
  return { stream, guard: new FloodGuard(stream), allowed };
}

for (const kind of ["strangers", "unauthentic", "malformed", "replayed"] as const) {
  Deno.test(`a hundred ${kind} between two looks are fire, fewer are not`, () => {
    const { stream, guard, allowed } = scene();
    stream.counters[kind] += 99;
    guard.look(250);
    assert.ok(!guard.isRestricted);
    stream.counters[kind] += 100;
    guard.look(500);
    assert.ok(guard.isRestricted);
    assert.equal(allowed[0], "192.0.2.1:4000");
  });
}

Deno.test("both ports are guarded: RTCP is let in from where the peer's comes, else from where it should", () => {
  const rows = [
    ["heard", (latch: Latch) => void latch.accept({ source: OTHER_PORT, timeMs: 1 }), "192.0.2.1:5001"],
    [
      "named",
      (latch: Latch) => latch.signal({ remote: OTHER_PORT, signallingHost: undefined }, 1),
      "192.0.2.1:5001",
    ],
    ["unknown", () => {}, "192.0.2.1:4000"],
  ] as const;
  for (const [title, prepare, want] of rows) {
    const { stream, guard, allowed } = scene();
    prepare(stream.rtcpSession.latch);
    stream.counters.strangers += 100;
    guard.look(250);
    assert.deepEqual(allowed, ["192.0.2.1:4000", want], title);
    guard.open();
    assert.deepEqual(allowed, [undefined, undefined], title);
  }
});
