import assert from "node:assert/strict";
import { FakePlane } from "./fake_plane.ts";

Deno.test("the fake plane joins two legs and lets a third take one away", async () => {
  const plane = new FakePlane();
  const open = async () => {
    const opened = await plane.open({ streams: [{ kind: "rtp" }], family: "ipv4" });
    assert.ok(opened.ok);
    return opened.leg;
  };
  const [a, b, c] = [await open(), await open(), await open()];
  plane.connect(a, b);
  assert.ok(plane.areJoined(a, b));
  plane.connect(a, c);
  assert.ok(plane.areJoined(a, c));
  assert.equal(plane.leg(b).joined, undefined);
  assert.equal((await plane.close(a))?.leg, a);
  assert.equal(plane.leg(c).joined, undefined);
  assert.equal(plane.legs.size, 2);
});

Deno.test("the fake plane refuses when its ports are used up", async () => {
  const plane = new FakePlane({ maxStreams: 1 });
  assert.ok((await plane.open({ streams: [{ kind: "rtp" }], family: "ipv4" })).ok);
  assert.deepEqual(await plane.open({ streams: [{ kind: "rtp" }], family: "ipv4" }), {
    ok: false,
    error: "no ports",
  });
});
