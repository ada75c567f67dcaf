/** Every packet of the fast path against WebCrypto, which shares no line with it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { fakeKey, fakePacket, fakeReport, textOf } from "./fake_peer.ts";
import {
  refusalName,
  SRTP_SUITES,
  SrtpReceiver,
  SrtpSender,
  WebCryptoReceiver,
  WebCryptoSender,
} from "./mod.ts";

/** No row of steps leads back by more. */
const FARTHEST_BACK = 40 * 60;
const LEAST_OVERTAKEN = 10;

for (const { name } of SRTP_SUITES) {
  Deno.test(`${name}: what the fast path seals equals WebCrypto's, and each opens the other's`, async () => {
    const shape = fc.record({
      // Backwards too: a packet that was overtaken is sealed and opened behind those that overtook it.
      step: fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 90 }), fc.integer({ min: -60, max: -1 })),
      payload: fc.oneof(fc.constant(160), fc.nat(1400)),
      ssrc: fc.constantFrom(0x11223344, 0xfedcba98),
      longHeader: fc.boolean(),
    });
    const mki = fc.option(fc.record({ value: fc.nat(255), length: fc.integer({ min: 1, max: 4 }) }), {
      nil: undefined,
    });
    let overtaken = 0;
    const run = fc.asyncProperty(
      fc.array(shape, { minLength: 20, maxLength: 40 }),
      fc.integer({ min: FARTHEST_BACK, max: 65_535 }),
      fc.nat(),
      mki,
      async (shapes, start, seed, identifier) => {
        const key = { ...fakeKey(name, seed), ...(identifier === undefined ? {} : { mki: identifier }) };
        const sender = new SrtpSender(key), witness = new WebCryptoSender(key);
        const receiver = new SrtpReceiver(key), webReceiver = new WebCryptoReceiver(key);
        let sequenceNumber = start;
        const highest = new Map<number, number>();
        for (const { step, ...rest } of shapes) {
          sequenceNumber += step;
          const fast = fakePacket({ sequenceNumber, ...rest }), web = fakePacket({ sequenceNumber, ...rest });
          const plain = textOf(fast.buffer, fast.length);
          const sealed = sender.seal(fast.buffer, fast.length);
          assert.equal(await witness.seal(web.buffer, web.length), sealed);
          assert.equal(
            textOf(fast.buffer, fast.length + sender.overhead),
            textOf(web.buffer, fast.length + sender.overhead),
          );
          if (sealed < 0) {
            // Used already, or too far back: no packet to open.
            assert.equal(refusalName(sealed), "index used");
            assert.equal(textOf(fast.buffer, fast.length), plain);
            continue;
          }
          assert.equal(sealed, fast.length + sender.overhead);
          const before = highest.get(rest.ssrc) ?? -1;
          if (sequenceNumber < before) overtaken++;
          highest.set(rest.ssrc, Math.max(before, sequenceNumber));
          assert.equal(receiver.open(web.buffer, sealed), fast.length);
          assert.equal(await webReceiver.open(fast.buffer, sealed), fast.length);
          assert.equal(textOf(web.buffer, fast.length), plain);
          assert.equal(textOf(fast.buffer, fast.length), plain);
        }
      },
    );
    await fc.assert(run, { numRuns: 12 });
    assert.ok(overtaken >= LEAST_OVERTAKEN, `${overtaken} packets were overtaken`);
  });

  Deno.test(`${name}: so it is for RTCP`, async () => {
    const key = { ...fakeKey(name), mki: { value: 7, length: 2 } };
    const sender = new SrtpSender(key), witness = new WebCryptoSender(key);
    const receiver = new SrtpReceiver(key), webReceiver = new WebCryptoReceiver(key);
    for (let i = 0; i < 20; i++) {
      const fast = fakeReport(i % 2, i), web = fakeReport(i % 2, i), plain = textOf(fast.buffer, fast.length);
      const sealed = sender.sealRtcp(fast.buffer, fast.length);
      assert.equal(sealed, fast.length + sender.rtcpOverhead);
      assert.equal(await witness.sealRtcp(web.buffer, web.length), sealed);
      assert.equal(textOf(fast.buffer, sealed), textOf(web.buffer, sealed));
      const copy = fast.buffer.slice();
      assert.equal(receiver.openRtcp(web.buffer, sealed), fast.length);
      assert.equal(await webReceiver.openRtcp(fast.buffer, sealed), fast.length);
      assert.equal(textOf(web.buffer, fast.length), plain);
      assert.equal(textOf(fast.buffer, fast.length), plain);
      assert.equal(refusalName(await webReceiver.openRtcp(copy, sealed)), "replayed");
    }
  });
}

Deno.test("WebCrypto: packets opened at the same time are each accepted once, whatever their order", async () => {
  const key = fakeKey("AES_CM_128_HMAC_SHA1_80");
  const sender = new SrtpSender(key), receiver = new WebCryptoReceiver(key);
  const sealed = Array.from({ length: 30 }, (_, i) => {
    const { buffer, length } = fakePacket({ sequenceNumber: 100 + i });
    return { buffer, length: sender.seal(buffer, length) };
  });
  const twice = [...sealed, ...sealed].map(({ buffer, length }) => ({ buffer: buffer.slice(), length }))
    .reverse();
  const answers = await Promise.all(twice.map(({ buffer, length }) => receiver.open(buffer, length)));
  assert.equal(answers.filter((answer) => answer > 0).length, 30);
  assert.equal(answers.filter((answer) => refusalName(answer) === "replayed").length, 30);
});

Deno.test("WebCrypto: forged packets make no stream, changed keys and the key before are handled alike", async () => {
  const first = fakeKey("AEAD_AES_128_GCM", 1), second = fakeKey("AES_CM_128_HMAC_SHA1_80", 2);
  const sender = new WebCryptoSender(first), receiver = new WebCryptoReceiver(first);
  const send = async (sequenceNumber: number) => {
    const { buffer, length } = fakePacket({ sequenceNumber });
    return { buffer, length: await sender.seal(buffer, length) };
  };
  const forged = await send(1);
  forged.buffer[20]! ^= 1;
  assert.equal(refusalName(await receiver.open(forged.buffer, forged.length)), "unauthentic");
  assert.equal(receiver.streamCount, 0);
  const early = await send(2), inFlight = await send(3), tooLate = await send(4);
  assert.ok(await receiver.open(early.buffer, early.length) > 0);
  assert.equal(sender.rekey(second), "changed");
  assert.equal(receiver.rekey(second, { previousUntilMs: 500 }), "changed");
  const fresh = await send(5);
  assert.ok(await receiver.open(fresh.buffer, fresh.length) > 0);
  assert.ok(await receiver.open(inFlight.buffer, inFlight.length) > 0);
  receiver.expire(500);
  assert.equal(refusalName(await receiver.open(tooLate.buffer, tooLate.length)), "unauthentic");
  assert.equal(receiver.rekey(second, { previousUntilMs: 900 }), "kept");
  assert.equal(receiver.rekey(first, { previousUntilMs: 900 }), "returned");
});
