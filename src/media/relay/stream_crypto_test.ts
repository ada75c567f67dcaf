import assert from "node:assert/strict";
import type { SrtpKey, StreamSettings } from "../plane.ts";
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
