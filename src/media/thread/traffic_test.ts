import assert from "node:assert/strict";
import { MediaBench } from "../../../tests/support/media_bench.ts";
import { StreamCounters } from "../relay/mod.ts";
import { type LegTraffic, Traffic } from "./traffic.ts";

function legOf(packets: number, rtpDrops: number, rtcpDrops: number): LegTraffic {
  const counters = Object.assign(new StreamCounters(), { packetsReceived: packets });
  const socket = (drops: number) => ({ kernelDrops: () => drops }) as LegTraffic["streams"][number]["rtp"];
  return { streams: [{ counters, rtp: socket(rtpDrops), rtcp: socket(rtcpDrops) }] };
}

Deno.test("drops on both sockets of a stream count", () => {
  assert.deepEqual(new Traffic().sum([legOf(5, 2, 3), legOf(1, 0, 1)]), { packets: 6, kernelDrops: 6 });
});

Deno.test("what a leg counted stays when it goes, and what it counted elsewhere is not counted again", () => {
  const traffic = new Traffic(),
    staying = legOf(10, 1, 0),
    going = legOf(20, 2, 2),
    coming = legOf(400, 50, 0);
  traffic.leave(going);
  traffic.enter(coming);
  assert.deepEqual(traffic.sum([staying, coming]), { packets: 30, kernelDrops: 5 });
  coming.streams[0]!.counters.packetsReceived += 7;
  assert.deepEqual(traffic.sum([staying, coming]), { packets: 37, kernelDrops: 5 });
});

Deno.test("over moves and ends of calls a thread's counts only grow", () => {
  const bench = new MediaBench();
  const alice = bench.phone("198.51.100.1", 1), bob = bench.phone("198.51.100.2", 2);
  const a = bench.open(alice), b = bench.open(bob), voice = new Uint8Array(160);
  const speak = () => {
    alice.send(voice);
    bob.send(voice);
  };
  const counted = () => {
    bench.advance(1250);
    return bench.notices.flatMap((notice) => notice.kind === "beat" ? [notice.report.packets] : []).at(-1);
  };
  bench.tell({ kind: "connect", a, b });
  bench.advance(1000, speak);
  assert.equal(counted(), 100);
  bench.move(b, { kind: "connect", a, b });
  assert.equal(counted(), 100);
  bench.advance(1000, speak);
  assert.equal(counted(), 200);
  bench.measure(a, "close");
  bench.measure(b, "close");
  assert.equal(counted(), 200);
});
