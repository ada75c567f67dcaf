/** Keys that change, come back, run out and move; what a sender refuses. */
import assert from "node:assert/strict";
import type { SrtpKey } from "../plane.ts";
import { fakeKey, fakePacket, fakeReport, textOf } from "./fake_peer.ts";
import { refusalName, SrtpReceiver, SrtpSender } from "./mod.ts";
import { MAX_INDEX, MAX_RTCP_INDEX } from "./rollover.ts";

const CM = "AES_CM_128_HMAC_SHA1_80", GCM = "AEAD_AES_256_GCM";
const GRACE = { previousUntilMs: 2000 };

function pass(sender: SrtpSender, receiver: SrtpReceiver, sequenceNumber: number): string {
  const { buffer, length } = fakePacket({ sequenceNumber });
  const sealed = sender.seal(buffer, length);
  if (sealed < 0) return refusalName(sealed);
  const answer = receiver.open(buffer, sealed);
  return answer < 0 ? refusalName(answer) : "ok";
}

/** A pair that has passed `count` packets from sequence number 65,000 on. */
function pair(key: SrtpKey, count = 1000): { sender: SrtpSender; receiver: SrtpReceiver } {
  const sender = new SrtpSender(key), receiver = new SrtpReceiver(key);
  for (let i = 0; i < count; i++) assert.equal(pass(sender, receiver, 65_000 + i), "ok");
  return { sender, receiver };
}

Deno.test("the same key signalled again keeps rollover counter and replay window (re-INVITE, hold, transfer)", () => {
  const { sender, receiver } = pair(fakeKey(CM));
  assert.equal(sender.rekey(fakeKey(CM)), "kept");
  assert.equal(receiver.rekey(fakeKey(CM), GRACE), "kept");
  assert.equal(receiver.save().current.streams[0]!.rtp.highest, 65_999);
  assert.equal(pass(sender, receiver, 66_000), "ok");
  assert.equal(pass(sender, receiver, 66_000), "index used");
});

Deno.test("a new key is used at once, and packets in flight under the old one still open until it expires", () => {
  const { sender, receiver } = pair(fakeKey(CM));
  const inFlight = [1, 2, 3].map((i) => {
    const { buffer, length } = fakePacket({ sequenceNumber: 66_000 + i });
    return { buffer, length: sender.seal(buffer, length) };
  });
  assert.equal(receiver.rekey(fakeKey(GCM), GRACE), "changed");
  assert.equal(sender.rekey(fakeKey(GCM)), "changed");
  assert.equal(receiver.suite, GCM);
  assert.equal(pass(sender, receiver, 66_010), "ok");
  assert.ok(receiver.open(inFlight[0]!.buffer.slice(), inFlight[0]!.length) > 0);
  assert.ok(receiver.open(inFlight[0]!.buffer.slice(), inFlight[0]!.length) < 0, "a replay stays one");
  receiver.expire(1999);
  assert.ok(receiver.open(inFlight[1]!.buffer, inFlight[1]!.length) > 0);
  receiver.expire(2000);
  assert.equal(refusalName(receiver.open(inFlight[2]!.buffer, inFlight[2]!.length)), "unauthentic");
  assert.equal(pass(sender, receiver, 66_011), "ok");
});

Deno.test("RTCP in flight under the old key opens too", () => {
  const { sender, receiver } = pair(fakeKey(CM));
  const { buffer, length } = fakeReport(0x11223344), sealed = sender.sealRtcp(buffer, length);
  receiver.rekey(fakeKey(GCM), GRACE);
  assert.equal(receiver.openRtcp(buffer, sealed), length);
});

Deno.test("the old key opens a bounded number of packets even when nobody tells the time", () => {
  const { sender, receiver } = pair(fakeKey(CM));
  receiver.rekey(fakeKey(GCM), GRACE);
  let opened = 0;
  while (pass(sender, receiver, 66_000 + opened) === "ok") opened++;
  assert.equal(opened, 1024);
});

Deno.test("a key that comes back, even after it expired, goes on where it was and seals no index twice", () => {
  const { sender, receiver } = pair(fakeKey(CM, 1));
  sender.rekey(fakeKey(CM, 2));
  receiver.rekey(fakeKey(CM, 2), GRACE);
  assert.equal(pass(sender, receiver, 66_000), "ok");
  receiver.expire(5000);
  assert.equal(sender.rekey(fakeKey(CM, 1)), "returned");
  assert.equal(receiver.rekey(fakeKey(CM, 1), GRACE), "returned");
  assert.equal(pass(sender, receiver, 65_999), "index used");
  assert.equal(pass(sender, receiver, 66_001), "ok");
  assert.equal(receiver.save().current.streams[0]!.rtp.highest, 66_001);
});

Deno.test("under a new key the peer may begin its rollover counter at 0 or go on with the old one", () => {
  for (const counter of [0, 1]) {
    const { receiver } = pair(fakeKey(CM, 1));
    receiver.rekey(fakeKey(CM, 2), GRACE);
    const stream = {
      ssrc: 0x11223344,
      rtp: { highest: counter * 65536 + 463, bits: [0, 0, 0, 0] },
      rtcp: { highest: -1, bits: [0, 0, 0, 0] },
    };
    const sender = SrtpSender.restore({ current: { key: fakeKey(CM, 2), streams: [stream] } });
    assert.equal(pass(sender, receiver, 66_000), "ok", `counter ${counter}`);
    assert.equal(pass(sender, receiver, 66_001), "ok");
    assert.equal(receiver.save().current.streams[0]!.rtp.highest, counter * 65536 + 465);
  }
});

Deno.test("a leg moves to another thread in the middle of a call, as plain data", () => {
  const { sender, receiver } = pair(fakeKey(GCM, 1), 300);
  receiver.rekey(fakeKey(CM, 2), GRACE);
  sender.rekey(fakeKey(CM, 2));
  for (let i = 300; i < 700; i++) assert.equal(pass(sender, receiver, 65_000 + i), "ok");
  const movedSender = SrtpSender.restore(structuredClone(sender.save()));
  const movedReceiver = SrtpReceiver.restore(structuredClone(receiver.save()));
  assert.deepEqual(movedReceiver.save(), receiver.save());
  assert.deepEqual(movedSender.save(), sender.save());
  assert.equal(pass(movedSender, movedReceiver, 65_699), "index used");
  for (let i = 700; i < 1500; i++) assert.equal(pass(movedSender, movedReceiver, 65_000 + i), "ok");
  assert.equal(movedSender.rekey(fakeKey(GCM, 1)), "returned");
});

Deno.test("after 2^48 RTP packets or 2^31 RTCP packets the key is exhausted (RFC 3711 §9.2)", () => {
  const bits = [0, 0, 0, 0];
  const stream = {
    ssrc: 0x11223344,
    rtp: { highest: MAX_INDEX - 1, bits },
    rtcp: { highest: MAX_RTCP_INDEX - 1, bits },
  };
  const state = { current: { key: fakeKey(CM), streams: [stream] } };
  const sender = SrtpSender.restore(state);
  const receiver = SrtpReceiver.restore({ ...state, previousUntilMs: 0, previousPackets: 0 });
  assert.equal(pass(sender, receiver, 65_535), "ok");
  assert.equal(pass(sender, receiver, 0), "key exhausted");
  const { buffer, length } = fakePacket({ sequenceNumber: 0 });
  assert.equal(refusalName(receiver.open(buffer, length + 10)), "key exhausted");
  const report = fakeReport(0x11223344), sealed = sender.sealRtcp(report.buffer, report.length);
  assert.equal(receiver.openRtcp(report.buffer, sealed), report.length);
  const next = fakeReport(0x11223344);
  assert.equal(refusalName(sender.sealRtcp(next.buffer, next.length)), "key exhausted");
});

Deno.test("no index is sealed twice, nor one too old to be known: the key stream would repeat (RFC 3711 §9.1)", () => {
  const sender = new SrtpSender(fakeKey(CM)), receiver = new SrtpReceiver(fakeKey(CM));
  for (
    const [sequenceNumber, answer] of [[500, "ok"], [498, "ok"], [500, "index used"], [
      300,
      "index used",
    ]] as const
  ) {
    assert.equal(pass(sender, receiver, sequenceNumber), answer);
  }
});

Deno.test("what cannot be sealed is refused and left untouched", () => {
  const sender = new SrtpSender({ ...fakeKey(CM), mki: { value: 1, length: 4 } });
  const { buffer, length } = fakePacket({ sequenceNumber: 1 });
  const before = textOf(buffer, buffer.length);
  assert.equal(refusalName(sender.seal(buffer.subarray(0, length + 13), length)), "no room");
  assert.equal(refusalName(sender.seal(buffer, 11)), "malformed");
  assert.equal(refusalName(sender.sealRtcp(buffer, 7)), "malformed");
  assert.equal(refusalName(sender.sealRtcp(buffer.subarray(0, length + 17), length)), "no room");
  assert.equal(textOf(buffer, buffer.length), before);
  assert.ok(sender.seal(buffer.subarray(0, length + 14), length) > 0);
});

Deno.test("an identifier stands in the packet at its length; the same key may come without it later", () => {
  const key = { ...fakeKey(CM), mki: { value: 0x1020304, length: 6 } };
  const sender = new SrtpSender(key), receiver = new SrtpReceiver(key);
  const { buffer, length } = fakePacket({ sequenceNumber: 1 });
  const sealed = sender.seal(buffer, length);
  assert.equal(textOf(buffer.subarray(length), 6), "000001020304");
  assert.equal(receiver.open(buffer, sealed), length);
  assert.equal(sender.rekey(fakeKey(CM)), "kept");
  assert.equal(receiver.rekey(fakeKey(CM), GRACE), "kept");
  assert.equal(sender.overhead, 10);
  assert.equal(pass(sender, receiver, 2), "ok");
});

Deno.test("impossible keys are told at once", () => {
  for (const length of [0, -1, 129, 1.5]) {
    assert.throws(() => new SrtpSender({ ...fakeKey(CM), mki: { value: 1, length } }), RangeError);
  }
  assert.throws(() => new SrtpReceiver({ suite: CM, keyAndSalt: new Uint8Array(29) }), RangeError);
  const { receiver } = pair(fakeKey(CM), 5);
  assert.throws(() => receiver.rekey({ suite: GCM, keyAndSalt: new Uint8Array(30) }, GRACE), RangeError);
  assert.equal(receiver.suite, CM, "the key in use stays");
});
