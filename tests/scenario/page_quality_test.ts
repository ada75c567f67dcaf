/** How calls sound over their time: what the page draws of each side. */
import assert from "node:assert/strict";
import { QualityWatch } from "../../src/office/page_quality.ts";
import type { FakeLeg } from "../support/fake_plane.ts";
import { type Phone, VirtualOffice } from "../support/virtual_office.ts";

async function watchedCall(): Promise<
  { office: VirtualOffice; watch: QualityWatch; call: string; phones: Phone[] }
> {
  const office = new VirtualOffice({
    extensions: ["100", "101"].map((number) => ({ number, name: `P${number}` })),
  });
  const watch = new QualityWatch({
    clock: office.network.clock,
    engine: office.parts.engine,
    plane: office.plane,
  });
  watch.start();
  const alice = await office.phone("100"), bob = await office.phone("101");
  await alice.dial("101");
  await bob.answer();
  const [call] = office.parts.engine.calls;
  return { office, watch, call: call!.id, phones: [alice, bob] };
}

/** The plane's legs, the caller's first. */
function legsOf(office: VirtualOffice): [FakeLeg, FakeLeg] {
  return [...office.plane.legs.values()] as [FakeLeg, FakeLeg];
}

Deno.test("each side of a call gets a point every two seconds: what was lost since the last, jitter, round trip, MOS", async () => {
  const { office, watch, call, phones: [alice] } = await watchedCall();
  await office.run(4000);
  assert.deepEqual(watch.now(call), []);
  const [caller, called] = legsOf(office);
  caller.measured = [{ packetsReceived: 90, lost: 10, jitterMs: 1.26, roundTripMs: 30.04, mos: 4.123 }];
  called.measured = [{ packetsReceived: 100, lost: 0, jitterMs: 0.5 }];
  await office.run(2000);
  const figures = watch.now(call).map(({ at: _at, ...point }) => point);
  assert.deepEqual(figures, [
    { side: "caller", lossPercent: 10, jitterMs: 1.3, roundTripMs: 30, mos: 4.12 },
    { side: "called", lossPercent: 0, jitterMs: 0.5 },
  ]);
  caller.measured = [{ packetsReceived: 190, lost: 10 }];
  await office.run(2000);
  const [ofCaller, ofCalled] = watch.seriesOf(call);
  assert.deepEqual(ofCaller?.points.map(({ lossPercent }) => lossPercent), [10, 0]);
  assert.deepEqual([ofCaller?.party, ofCalled?.party], ["100", "101"]);
  await alice!.hangUp();
  await office.run(10_000);
  assert.equal(watch.seriesOf(call)[0]?.points.length, 2);
  watch.stop();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("a long call keeps an even picture from its beginning in at most 240 points", async () => {
  const { office, watch, call } = await watchedCall();
  const [caller] = legsOf(office);
  caller.measured = [{ packetsReceived: 1 }];
  await office.run(1_600_000);
  const { points } = watch.seriesOf(call)[0]!;
  assert.ok(points.length > 100 && points.length < 240);
  const gaps = points.slice(1).map((point, i) => point.at - points[i]!.at);
  assert.ok(Math.max(...gaps) < 2.1 * Math.min(...gaps));
  watch.stop();
});
