/** A file played by a real media thread while it relays thousands of packets a second: nothing is left out, nothing drifts. */
import assert from "node:assert/strict";
import type { LegId } from "../../src/media/mod.ts";
import { PlaneBench } from "../support/plane_bench.ts";
import { PCMA, type RtpPeer } from "../support/rtp_peer.ts";

const PACKET_MS = 20;
const PACKET_BYTES = 160;
/** Four seconds. */
const PACKETS = 200;
/** Each speaks every 20 ms: 3,000 packets a second in, and as many out. */
const PAIRS = 30;
const VOICE = new Uint8Array(PACKET_BYTES).fill(0x55);

/** Every packet's sound is its own, so that one left out or said twice shows. */
function sound(): Uint8Array {
  return Uint8Array.from(
    { length: PACKETS * PACKET_BYTES },
    (_, i) => (i * 7 + (i / PACKET_BYTES | 0) * 31) & 0xff,
  );
}

async function relayed(bench: PlaneBench): Promise<{ speakers: RtpPeer[]; legs: LegId[] }> {
  const speakers: RtpPeer[] = [], legs: LegId[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    const [one, other] = [bench.peer(1000 + 2 * pair), bench.peer(1001 + 2 * pair)];
    legs.push(...await bench.call(one, other));
    speakers.push(one, other);
  }
  return { speakers, legs };
}

Deno.test("plane: a file plays whole, in step and without drift while the thread relays 3,000 packets a second", async () => {
  const file = await Deno.makeTempFile({ suffix: ".pcma" });
  const said = sound();
  await Deno.writeFile(file, said);
  const bench = new PlaneBench({ sockets: "libc" });
  const { speakers, legs } = await relayed(bench);
  const listener = bench.peer(0xea4);
  const leg = await bench.open(listener);
  bench.plane.update(leg, 0, listener.settings({ sendFormats: [PCMA], receiveFormats: [PCMA] }));
  bench.plane.play(leg, { kind: "files", paths: [file] }, { loop: false, tag: "file" });
  const isPlayed = () => bench.events.some((event) => event.kind === "played");
  let rounds = 0, roundsOfPlay = 0;
  for (let next = performance.now(); !isPlayed() && rounds < 5 * PACKETS;) {
    if (performance.now() >= next) {
      next += PACKET_MS;
      rounds++;
      if (listener.heard.length > 0) roundsOfPlay++;
      for (const speaker of speakers) speaker.send(VOICE);
    }
    await bench.network.pump(Math.max(1, next - performance.now()));
  }
  await bench.until(() => listener.heard.length >= PACKETS);

  assert.deepEqual(bench.events.filter(({ kind }) => kind === "played"), [
    { kind: "played", leg, tag: "file", complete: true },
  ]);
  const { heard } = listener, [first] = heard;
  assert.equal(heard.length, PACKETS);
  assert.deepEqual(
    heard.map(({ sequenceNumber }) => sequenceNumber),
    heard.map((_, i) => (first!.sequenceNumber + i) & 0xffff),
  );
  assert.deepEqual(
    heard.map(({ timestamp }) => timestamp),
    heard.map((_, i) => (first!.timestamp + i * PACKET_BYTES) >>> 0),
  );
  assert.deepEqual(heard.flatMap(({ payload }) => [...payload]), [...said]);

  let received = 0;
  for (const relayedLeg of legs) {
    received += (await bench.plane.measure(relayedLeg))!.streams[0]!.packetsReceived;
  }
  assert.equal(received, rounds * speakers.length, "the load was there, and nothing of it was lost");
  const status = async () => (await bench.plane.workers())[0]!;
  for (let turn = 0; turn < 300 && (await status()).beats < PACKETS; turn++) await bench.network.pump(10);
  const { beats, lateBeats } = await status();
  assert.ok(beats >= PACKETS && beats <= PACKETS + 10, `${beats} beats for ${PACKETS} packets`);
  assert.ok(lateBeats <= beats / 2, `${lateBeats} of ${beats} beats came 5 ms late or more`);
  // As many rounds were spoken at 20 ms as were played: a beat that is late is made up for, not added.
  assert.ok(Math.abs(roundsOfPlay - PACKETS) <= PACKETS / 5, `${roundsOfPlay} rounds for ${PACKETS} packets`);
  await bench.stop();
  await Deno.remove(file);
});
