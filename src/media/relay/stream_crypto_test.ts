import assert from "node:assert/strict";
import type { SrtpKey, StreamSettings } from "../plane.ts";
import { writeRtpHeader } from "../rtp/mod.ts";
import { SrtpSender } from "../srtp/mod.ts";
import { Inbox } from "./network.ts";
import { StreamCrypto } from "./stream_crypto.ts";

const PLAIN: StreamSettings = {
  rtcpMux: false,
  direction: "sendrecv",
  receiveFormats: [],
  sendFormats: [],
  dtmf: "none",
};
const key = (seed: number): SrtpKey => ({
  suite: "AES_CM_128_HMAC_SHA1_80",
  keyAndSalt: new Uint8Array(30).fill(seed),
});
const HEADER = { marker: false, payloadType: 0, sequenceNumber: 0, timestamp: 0, ssrc: 7 };
const KEYED = { ...PLAIN, receiveKey: key(1), sendKey: key(2) };

for (const kind of ["fast", "webcrypto"] as const) {
  const parts = (crypto: StreamCrypto) =>
    kind === "fast" ? [crypto.receiver, crypto.sender] : [crypto.slowReceiver, crypto.slowSender];

  Deno.test(`${kind}: without keys nothing is sealed or opened, and the same ones go on when keys return`, () => {
    const crypto = new StreamCrypto(kind, new Inbox());
    crypto.update(KEYED, 0);
    const first = parts(crypto);
    assert.ok(first.every((part) => part !== undefined));
    crypto.update(PLAIN, 0);
    assert.deepEqual(parts(crypto), [undefined, undefined]);
    crypto.update(KEYED, 0);
    assert.deepEqual(parts(crypto).map((part, i) => part === first[i]), [true, true]);
  });

  Deno.test(`${kind}: a key that does not fit leaves a plain stream plain`, () => {
    const crypto = new StreamCrypto(kind, new Inbox());
    crypto.update(KEYED, 0);
    crypto.update(PLAIN, 0);
    const mki = { value: 1, length: 200 };
    assert.throws(() => crypto.update({ ...PLAIN, receiveKey: { ...key(3), mki } }, 0), RangeError);
    assert.deepEqual(parts(crypto), [undefined, undefined]);
  });
}

Deno.test("webcrypto: forged packets from elsewhere do not crowd out those of the peer", async () => {
  const inbox = new Inbox(), crypto = new StreamCrypto("webcrypto", inbox), sender = new SrtpSender(key(1));
  crypto.update(KEYED, 0);
  const receiver = crypto.slowReceiver!;
  const opened: number[] = [];
  let waiting = 0, refused = 0, onDone = () => {};
  const hear = (length: number, isKnown: boolean) => {
    const then = (plain: number) => {
      if (plain < 0) refused++;
      else opened.push(inbox.bytes[3]!);
      if (--waiting === 0) onDone();
    };
    if (receiver.open(length, { isRtcp: false, isKnown, then })) waiting++;
  };
  // All in one turn, before any of them can be looked at.
  for (let sequenceNumber = 0; sequenceNumber < 50; sequenceNumber++) {
    for (let i = 0; i < 40; i++) {
      writeRtpHeader(inbox.bytes, { ...HEADER, sequenceNumber: i, ssrc: i });
      hear(182, false);
    }
    writeRtpHeader(inbox.bytes, { ...HEADER, sequenceNumber });
    hear(sender.seal(inbox.bytes, 172), true);
  }
  await new Promise<void>((resolve) => onDone = resolve);
  assert.deepEqual(opened, Array.from({ length: 50 }, (_, i) => i));
  assert.equal(refused, 64);
});
