/** The second implementation keeps the law of `open` too: nothing changes before the tag holds. */
import assert from "node:assert/strict";
import { fakeKey, fakePacket, fakeReport } from "./fake_peer.ts";
import { refusalName, SRTP_SUITES, SrtpSender, WebCryptoReceiver } from "./mod.ts";

interface Sealed {
  readonly buffer: Uint8Array<ArrayBuffer>;
  readonly length: number;
}

function seal(sender: SrtpSender, sequenceNumber: number): Sealed {
  const { buffer, length } = fakePacket({ sequenceNumber, longHeader: true });
  return { buffer, length: sender.seal(buffer, length) };
}

function sealReport(sender: SrtpSender, mark: number): Sealed {
  const { buffer, length } = fakeReport(0x11223344, mark);
  return { buffer, length: sender.sealRtcp(buffer, length) };
}

type Opens = (packet: Uint8Array, length: number) => Promise<number>;

async function open(opens: Opens, { buffer, length }: Sealed): Promise<string> {
  const copy = buffer.slice(), answer = await opens(copy, length);
  if (answer >= 0) return "ok";
  assert.deepEqual(copy, buffer, "a refused packet is untouched");
  return refusalName(answer);
}

/** Packets whose every second one has been opened: any change to window or counter shows in those that are left. */
const EARLIER = 100;

async function assertFlipsChangeNothing(opens: Opens, packets: readonly Sealed[], last: Sealed) {
  for (let i = 0; i < packets.length; i += 2) assert.equal(await open(opens, packets[i]!), "ok");
  for (let bit = 0; bit < last.length * 8; bit++) {
    const flipped = { buffer: last.buffer.slice(), length: last.length };
    flipped.buffer[bit >> 3]! ^= 1 << (bit & 7);
    assert.notEqual(await open(opens, flipped), "ok", `bit ${bit}`);
  }
  for (const [i, packet] of packets.entries()) {
    assert.equal(await open(opens, packet), i % 2 ? "ok" : "replayed", `packet ${i}`);
  }
  assert.equal(await open(opens, last), "ok");
}

for (const { name } of SRTP_SUITES) {
  Deno.test(`WebCrypto, ${name}: one bit flipped anywhere in RTP or RTCP is refused and changes nothing`, async () => {
    const sender = new SrtpSender(fakeKey(name)), receiver = new WebCryptoReceiver(fakeKey(name));
    // The numbers wrap in the middle, so that a counter that was led astray shows too.
    const packets = Array.from({ length: EARLIER }, (_, i) => seal(sender, 65_500 + i));
    const reports = Array.from({ length: EARLIER }, (_, i) => sealReport(sender, i));
    const openRtp: Opens = (packet, length) => receiver.open(packet, length);
    const openRtcp: Opens = (packet, length) => receiver.openRtcp(packet, length);
    await assertFlipsChangeNothing(openRtp, packets, seal(sender, 65_500 + EARLIER));
    await assertFlipsChangeNothing(openRtcp, reports, sealReport(sender, EARLIER));
    assert.equal(receiver.streamCount, 1);
  });
}

for (const suite of ["AES_CM_128_HMAC_SHA1_80", "AEAD_AES_128_GCM"] as const) {
  Deno.test(`WebCrypto, ${suite}: 10,000 forged sources make no stream, and 10,000 forged packets lose none of a live call`, async () => {
    const sender = new SrtpSender(fakeKey(suite)), receiver = new WebCryptoReceiver(fakeKey(suite));
    const opens: Opens = (packet, length) => receiver.open(packet, length);
    assert.equal(await open(opens, seal(sender, 0)), "ok");
    const forged = seal(new SrtpSender(fakeKey(suite, 99)), 1);
    for (let i = 1; i <= 10_000; i++) {
      const other = forged.buffer.slice(), posing = forged.buffer.slice();
      other[8] = 0x80 | (i >>> 8);
      other[9] = i;
      // The live source's own number, just ahead of it, is the worst that can be guessed.
      posing[2] = (i + 20) >>> 8;
      posing[3] = i + 20;
      for (const buffer of [other, posing]) {
        assert.equal(refusalName(await opens(buffer, forged.length)), "unauthentic");
      }
      assert.equal(await open(opens, seal(sender, i)), "ok");
    }
    assert.equal(receiver.streamCount, 1);
  });
}
