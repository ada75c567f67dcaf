/** Files played by a real media thread while it relays thousands of packets a second: nothing is left out, nothing drifts. */
import assert from "node:assert/strict";
import { decodePcmu, G722Decoder, G722Encoder } from "../../src/media/codec/mod.ts";
import type { LegId } from "../../src/media/mod.ts";
import { PlaneBench } from "../support/plane_bench.ts";
import { type HeardPacket, PCMA, PCMU, type RtpPeer } from "../support/rtp_peer.ts";
import { samplesWav } from "../support/wav.ts";

const PACKET_MS = 20;
const PACKET_BYTES = 160;
/** Four seconds. */
const PACKETS = 200;
/** Each speaks every 20 ms: 3,000 packets a second in, and as many out. */
const PAIRS = 30;
const VOICE = new Uint8Array(PACKET_BYTES).fill(0x55);
const G722 = { payloadType: 9, encoding: "g722", clockRate: 8000 };
/** How far the last packets may be off the time that their number says: 1 % of what was played. */
const MOST_DRIFT_MS = 40;
/** At either end the most punctual of so many packets counts: one that came late is jitter, and no drift. */
const EDGE_PACKETS = 20;
/** A thread that stood still for longer goes on from then, which is no drift either. */
const STANDSTILL_MS = 200;

interface Source {
  readonly ending: string;
  readonly format: { payloadType: number; encoding: string; clockRate: number };
  readonly file: Uint8Array;
  /** What is heard of it. */
  readonly said: Uint8Array;
}

/** Every packet's sound is its own, so that one left out or said twice shows. */
function sound(): Uint8Array {
  return Uint8Array.from(
    { length: PACKETS * PACKET_BYTES },
    (_, i) => (i * 7 + (i / PACKET_BYTES | 0) * 31) & 0xff,
  );
}

function sources(): Source[] {
  const said = sound();
  // Of the two codes for zero only one is ever spoken.
  const mu = said.map((code) => code === 0x7f ? 0xff : code);
  const linear = new Int16Array(mu.length), wide = new Int16Array(said.length * 2);
  decodePcmu(mu, linear);
  new G722Decoder().decode(said, wide);
  const wideSaid = new Uint8Array(said.length);
  new G722Encoder().encode(wide, wideSaid);
  return [
    { ending: ".g722", format: G722, file: said, said: wideSaid },
    { ending: ".pcma", format: PCMA, file: said, said },
    { ending: ".pcmu", format: PCMU, file: mu, said: mu },
    { ending: ".wav", format: PCMU, file: samplesWav(linear, 8000), said: mu },
  ];
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

/** Has a file played to a phone of its own, which is told. */
async function listenTo(bench: PlaneBench, { ending, format, file }: Source): Promise<RtpPeer> {
  const path = await Deno.makeTempFile({ suffix: ending });
  await Deno.writeFile(path, file);
  const listener = bench.peer(0xea4), leg = await bench.open(listener);
  bench.plane.update(leg, 0, listener.settings({ sendFormats: [format], receiveFormats: [format] }));
  bench.plane.play(leg, { kind: "files", paths: [path] }, { loop: false, tag: path });
  return listener;
}

/** Later (or, below zero, earlier) than its number says, by the most punctual of these. */
function latenessMs(heard: readonly HeardPacket[], from: number, to: number): number {
  return Math.min(...heard.slice(from, to).map(({ arrivalMs }, i) => arrivalMs - (from + i) * PACKET_MS));
}

function assertInStep(heard: readonly HeardPacket[]): void {
  const drift = latenessMs(heard, PACKETS - EDGE_PACKETS, PACKETS) - latenessMs(heard, 0, EDGE_PACKETS);
  const gaps = heard.slice(1).map(({ arrivalMs }, i) => arrivalMs - heard[i]!.arrivalMs);
  const stoodStill = gaps.filter((gap) => gap > STANDSTILL_MS).reduce((sum, gap) => sum + gap, 0);
  assert.ok(
    Math.abs(drift) <= MOST_DRIFT_MS + stoodStill,
    `${drift.toFixed(1)} ms of drift in ${PACKETS} packets; stood still for ${stoodStill.toFixed(1)} ms`,
  );
}

function assertWhole({ heard }: RtpPeer, { ending, format, said }: Source): void {
  const [first] = heard;
  assert.equal(heard.length, PACKETS, ending);
  assert.ok(heard.every(({ payloadType }) => payloadType === format.payloadType));
  assert.deepEqual(
    heard.map(({ sequenceNumber }) => sequenceNumber),
    heard.map((_, i) => (first!.sequenceNumber + i) & 0xffff),
  );
  assert.deepEqual(
    heard.map(({ timestamp }) => timestamp),
    heard.map((_, i) => (first!.timestamp + i * PACKET_BYTES) >>> 0),
  );
  assert.deepEqual(heard.flatMap(({ payload }) => [...payload]), [...said], ending);
}

Deno.test("plane: files of every kind play whole, in step and without drift while the thread relays 3,000 packets a second", async () => {
  const bench = new PlaneBench({ sockets: "libc" });
  const { speakers, legs } = await relayed(bench);
  const played = () => bench.events.flatMap((event) => event.kind === "played" ? [event] : []);
  const all = sources(), listeners: RtpPeer[] = [];
  for (const source of all) listeners.push(await listenTo(bench, source));
  let rounds = 0, roundsOfPlay = 0;
  for (let next = performance.now(); played().length < all.length && rounds < 5 * PACKETS;) {
    if (performance.now() >= next) {
      next += PACKET_MS;
      rounds++;
      if (listeners[0]!.heard.length > 0) roundsOfPlay++;
      for (const speaker of speakers) speaker.send(VOICE);
    }
    await bench.network.pump(Math.max(1, next - performance.now()));
  }
  await bench.until(() => listeners.every(({ heard }) => heard.length >= PACKETS));

  assert.deepEqual(played().map(({ complete }) => complete), all.map(() => true));
  for (const [index, source] of all.entries()) {
    assertWhole(listeners[index]!, source);
    assertInStep(listeners[index]!.heard);
  }

  let received = 0;
  for (const relayedLeg of legs) {
    received += (await bench.plane.measure(relayedLeg))!.streams[0]!.packetsReceived;
  }
  assert.equal(received, rounds * speakers.length, "the load was there, and nothing of it was lost");
  const status = async () => (await bench.plane.workers())[0]!;
  for (let turn = 0; turn < 300 && (await status()).beats < PACKETS; turn++) await bench.network.pump(10);
  const { beats, lateBeats } = await status();
  const began = listeners.map(({ heard }) => heard[0]!.arrivalMs);
  const apart = Math.ceil((Math.max(...began) - Math.min(...began)) / PACKET_MS);
  const wanted = PACKETS + apart;
  assert.ok(beats >= PACKETS && beats <= wanted + 10, `${beats} beats for ${wanted} packets in turn`);
  assert.ok(lateBeats <= beats / 2, `${lateBeats} of ${beats} beats came 5 ms late or more`);
  // As many rounds were spoken at 20 ms as were played: a beat that is late is made up for, not added.
  assert.ok(Math.abs(roundsOfPlay - PACKETS) <= PACKETS / 5, `${roundsOfPlay} rounds for ${PACKETS} packets`);
  await bench.stop();
  for (const { tag } of played()) await Deno.remove(tag!);
});
