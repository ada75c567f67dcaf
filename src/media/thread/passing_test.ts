/** What passes as it is, and what of an ended call does not: comfort noise, video, ports that rest. */
import assert from "node:assert/strict";
import { MediaBench } from "../../../tests/support/media_bench.ts";
import { PCMU, RtpPeer } from "../../../tests/support/rtp_peer.ts";
import { noDescriptors } from "./descriptors.ts";

const VOICE = new Uint8Array(160).fill(0x55);
const COMFORT_NOISE = { payloadType: 13, encoding: "cn", clockRate: 8000 };
const H264 = (payloadType: number) => ({ payloadType, encoding: "h264", clockRate: 90_000 });

Deno.test("comfort noise is passed on untouched between voice packets (RFC 3389)", () => {
  const bench = new MediaBench(), formats = [PCMU, COMFORT_NOISE];
  const alice = bench.phone("198.51.100.1", 1), bob = bench.phone("198.51.100.2", 2);
  const [a, b] = [alice, bob].map((phone) =>
    bench.open(phone, { receiveFormats: formats, sendFormats: formats })
  );
  bench.tell({ kind: "connect", a: a!, b: b! });
  const noise = Uint8Array.of(0x4e, 0x01, 0x80, 0x33);
  for (const [payload, payloadType] of [[VOICE, 0], [noise, 13], [VOICE, 0]] as const) {
    alice.send(payload, { payloadType });
    bench.advance(20);
  }
  assert.deepEqual(bob.heard.map(({ payloadType }) => payloadType), [0, 13, 0]);
  assert.deepEqual([...bob.heard[1]!.payload], [...noise]);
  assert.deepEqual(bob.heard.map(({ sequenceNumber }) => sequenceNumber), [1000, 1001, 1002]);
});

Deno.test("voice and video of one call pass side by side, both ways, each with the other side's types", () => {
  const bench = new MediaBench();
  const ends = ["198.51.100.1", "198.51.100.2"].map((host, index) => {
    const voice = bench.phone(host, 10 + index);
    const video = new RtpPeer(voice.network, { host, ssrc: 20 + index });
    const leg = index + 1, port = 30_000 + 10 * index;
    bench.tell({
      kind: "open",
      request: 100 + index,
      open: {
        leg,
        host: "0.0.0.0",
        ports: [port, port + 2],
        kinds: ["rtp", "rtp"],
        label: "",
        handles: noDescriptors(4),
      },
    });
    voice.aimAt(port, "192.0.2.1");
    video.aimAt(port + 2, "192.0.2.1");
    const formats = [H264(index === 0 ? 97 : 120)];
    bench.update(leg, voice.settings());
    bench.update(leg, video.settings({ receiveFormats: formats, sendFormats: formats }), 1);
    return { voice, video, leg };
  });
  const alice = ends[0]!, bob = ends[1]!;
  bench.tell({ kind: "connect", a: alice.leg, b: bob.leg });
  const picture = (of: number) => Uint8Array.from({ length: 1100 }, (_, i) => (i * of) & 255);
  for (const [{ voice, video }, payloadType, of] of [[alice, 97, 3], [bob, 120, 5]] as const) {
    voice.send(VOICE);
    // Two packets of one picture share its time; the last bears the marker.
    video.send(picture(of), { payloadType });
    video.time -= 160;
    video.send(picture(of + 1), { payloadType, marker: true });
  }
  bench.advance(20);
  for (const [{ voice, video }, payloadType, of] of [[bob, 120, 3], [alice, 97, 5]] as const) {
    assert.deepEqual(voice.heard.map(({ payloadType }) => payloadType), [0]);
    assert.deepEqual(video.heard.map(({ payloadType, marker }) => [payloadType, marker]), [
      [payloadType, false],
      [payloadType, true],
    ]);
    const [first, last] = video.heard;
    assert.equal(first!.timestamp, last!.timestamp);
    assert.deepEqual(first!.payload, picture(of));
    assert.deepEqual(last!.payload, picture(of + 1));
  }
});

Deno.test("a port of an ended call rests: still bound, drained, and told as free only afterwards", () => {
  const bench = new MediaBench();
  const alice = bench.phone("198.51.100.1", 1);
  const leg = bench.open(alice), port = alice.remote!.port;
  const freed = () => bench.notices.flatMap((notice) => notice.kind === "freed" ? notice.ports : []);
  bench.advance(100, () => alice.send(VOICE));
  bench.measure(leg, "close");
  // The thread of these tests lets ports rest for a second.
  bench.advance(800, () => alice.send(VOICE));
  assert.deepEqual(freed(), []);
  assert.equal(bench.network.bind({ host: "0.0.0.0", port, dscp: 0 }).ok, false);
  bench.advance(600);
  assert.deepEqual(freed(), [port]);
  assert.equal(bench.network.bind({ host: "0.0.0.0", port, dscp: 0 }).ok, true);
});
