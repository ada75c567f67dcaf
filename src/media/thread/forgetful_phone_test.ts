/** A phone whose SRTP begins anew with every description, under the same key, after our numbers have wrapped. */
import assert from "node:assert/strict";
import { MediaBench } from "../../../tests/support/media_bench.ts";
import { srtpKey } from "../../../tests/support/rtp_peer.ts";
import { SrtpReceiver } from "../srtp/mod.ts";
import { parseRtcp } from "../rtp/mod.ts";

const VOICE = new Uint8Array(160).fill(0x55);
const [TO_SERVER, TO_BOB] = [srtpKey(1), srtpKey(2)];

/** Alice speaks to Bob in numbers that begin at `first`; Bob's side is encrypted. */
function talking(first: number) {
  const bench = new MediaBench();
  const alice = bench.phone("198.51.100.1", 0xa11ce), bob = bench.phone("198.51.100.2", 0xb0b);
  bob.secure({ send: TO_SERVER, receive: TO_BOB });
  const keys = { receiveKey: TO_SERVER, sendKey: TO_BOB };
  const a = bench.open(alice), b = bench.open(bob, keys);
  bench.tell({ kind: "connect", a, b });
  alice.sequence = first;
  const speak = (ms: number) =>
    bench.advance(ms, () => {
      alice.send(VOICE);
      bob.send(VOICE);
    });
  const describe = () => bench.update(b, bob.settings(keys));
  speak(2000);
  // As after a long loss: who stands shortly behind the wrap is understood in any case.
  alice.sequence += 20_000;
  speak(1000);
  return { bench, alice, bob, speak, describe };
}

const PHONES = [
  ["forgets the rollover counter", true],
  ["keeps the rollover counter", false],
] as const;

for (const [phone, forgets] of PHONES) {
  Deno.test(`a phone that ${phone} with a new description of the same key hears on, in one stream`, () => {
    const { alice, bob, speak, describe } = talking(65_500);
    for (let description = 0; description < 3; description++) {
      const { length } = bob.heard, before = bob.heard.at(-1)!, heardByAlice = alice.heard.length;
      describe();
      if (forgets) bob.receiver = new SrtpReceiver(TO_BOB);
      speak(1000);
      const heard = bob.heard.slice(length);
      assert.equal(heard.length, 50);
      assert.equal(new Set(heard.map(({ ssrc }) => ssrc)).size, 1);
      const [first] = heard;
      assert.deepEqual(
        heard.map(({ sequenceNumber }) => sequenceNumber),
        heard.map((_, i) => first!.sequenceNumber + i),
      );
      assert.equal((first!.timestamp - before.timestamp) >>> 0, 160, "the time goes on");
      assert.equal(alice.heard.length, heardByAlice + 50);
    }
    assert.equal(bob.unreadable, 0);
  });
}

Deno.test("the name of the stream changes once after a wrap, and not without one", () => {
  const wrapped = talking(65_500);
  const names = () => [...new Set(wrapped.bob.heard.map(({ ssrc }) => ssrc))];
  assert.deepEqual(names(), [wrapped.alice.ssrc]);
  wrapped.describe();
  wrapped.speak(1000);
  wrapped.describe();
  wrapped.speak(1000);
  assert.equal(names().length, 2);

  const young = talking(1000);
  young.describe();
  young.speak(1000);
  assert.deepEqual([...new Set(young.bob.heard.map(({ ssrc }) => ssrc))], [young.alice.ssrc]);
});

Deno.test("reports to a phone speak of the stream under its new name", () => {
  const { bob, speak, describe } = talking(65_500);
  describe();
  speak(1000);
  bob.heardRtcp.length = 0;
  speak(15_000);
  const reports = bob.heardRtcp.flatMap((packet) => {
    const parsed = parseRtcp(packet);
    return parsed.ok && parsed.value[0]?.kind === "sender-report" ? [parsed.value[0]] : [];
  });
  assert.ok(reports.length > 0);
  for (const { ssrc } of reports) assert.equal(ssrc, bob.heard.at(-1)!.ssrc);
});
