/** A relayed packet leaves no garbage behind but the cipher's, and nothing is kept that grows with packets. */
import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { keptPerRun, takenPerRun } from "../../../tests/support/memory_growth.ts";
import { seededRandom } from "../../base/mod.ts";
import type { SrtpKey, StreamSettings } from "../plane.ts";
import { writeRtpHeader } from "../rtp/mod.ts";
import { SrtpSender } from "../srtp/mod.ts";
import { Inbox, type MediaSocket } from "./network.ts";
import { RelayLeg } from "./relay_leg.ts";
import { RelayStream } from "./relay_stream.ts";
import { SocketAddress } from "./socket_address.ts";

const PACKETS = 100_000;
const LENGTH = 172;
/** Less than the smallest object or boxed number that could be made for each packet. */
const SMALLEST_OBJECT = 12;
/** Fewest packets for which key stream is made in one call of the block cipher. */
const STRETCH = 14;

/** Most bytes that one cipher leaves to be swept for each packet. */
const MOST_OF_CIPHER = { heap: 80, buffers: 340 };
/** Less than anything that could be kept of each packet: the noise of the process, spread over them. */
const NOTHING_KEPT = 2;

class CountingSocket implements MediaSocket {
  readonly port = 20_000;
  readonly family = "ipv4";
  readonly handle = undefined;
  receiver: MediaSocket["receiver"] = undefined;
  sent = 0;

  send(): boolean {
    this.sent++;
    return true;
  }

  sendOn(): boolean {
    return this.send();
  }

  restrict(): void {}

  kernelDrops(): number {
    return 0;
  }

  release(): void {}

  close(): void {}
}

const key = (seed: number): SrtpKey => ({
  suite: "AES_CM_128_HMAC_SHA1_80",
  keyAndSalt: new Uint8Array(30).fill(seed),
});

function settings(port: number, keys: Partial<StreamSettings>): StreamSettings {
  const formats = [{ payloadType: 0, encoding: "pcmu", clockRate: 8000 }];
  return {
    remote: { host: "192.0.2.1", port, rtcpPort: port + 1 },
    rtcpMux: false,
    direction: "sendrecv",
    receiveFormats: formats,
    sendFormats: formats,
    dtmf: "rfc4733",
    ...keys,
  };
}

/** Two joined legs; `pass` brings one packet of the first peer in. */
function relay(keys: { in?: SrtpKey; out?: SrtpKey }) {
  const inbox = new Inbox();
  inbox.timeMs = 1_700_000_000_000.5;
  const legs = [keys.in && { receiveKey: keys.in }, keys.out && { sendKey: keys.out }].map((own, i) => {
    const observer = { onLatched() {}, onBye() {}, onEvent() {} };
    const options = {
      index: 0,
      kind: "rtp",
      inbox,
      observer,
      random: seededRandom(1),
      crypto: "fast",
    } as const;
    const stream = new RelayStream({
      ...options,
      rtp: new CountingSocket(),
      rtcp: new CountingSocket(),
      unverifiedPackets: 1_000_000,
    });
    const leg = new RelayLeg(i, { streams: [stream], label: "" });
    leg.update(0, settings(4000 + i, own ?? {}), 0);
    return leg;
  });
  legs[0]!.join(legs[1]!);
  const [a, b] = legs.map((leg) => leg.streams[0]!);
  inbox.source.copyFrom(SocketAddress.parse("192.0.2.1", 4000)!);
  const sender = keys.in && new SrtpSender(keys.in);
  const plain = new Uint8Array(LENGTH);
  writeRtpHeader(plain, { marker: false, payloadType: 0, sequenceNumber: 0, timestamp: 0, ssrc: 7 });
  let sequence = 0;
  const pass = () => {
    plain[2] = sequence >>> 8;
    plain[3] = sequence++;
    inbox.bytes.set(plain);
    inbox.timeMs += 20.25;
    a!.rtp.receiver!.onDatagram(sender ? sender.seal(inbox.bytes, LENGTH) : LENGTH);
  };
  return { pass, sent: () => (b!.rtp as CountingSocket).sent };
}

const ROWS = [
  // The number of ciphers at work, that of the peer included.
  ["plain to plain", {}, 0],
  ["SRTP to plain", { in: key(1) }, 2],
  ["SRTP to SRTP", { in: key(1), out: key(2) }, 3],
] as const;

for (const [title, keys, ciphers] of ROWS) {
  Deno.test(`${title}: ${PACKETS} packets are relayed without an object for each, and nothing of them is kept`, async () => {
    const { pass, sent } = relay(keys);
    takenPerRun(pass, 50_000);
    const cipher = createCipheriv("aes-128-ecb", new Uint8Array(16), null), blocks = new Uint8Array(5120);
    const perCall = takenPerRun(() => cipher.update(blocks.subarray(0, 5120)), 5000).heap;
    const { heap, buffers } = takenPerRun(pass, PACKETS);
    const perPacket = heap - ciphers * perCall / STRETCH;
    assert.ok(perPacket < SMALLEST_OBJECT, `${perPacket.toFixed(1)} bytes a packet beyond the cipher's own`);
    // The whole of it, the ciphers' own included.
    assert.ok(heap < SMALLEST_OBJECT + ciphers * MOST_OF_CIPHER.heap, `${heap} bytes of heap a packet`);
    assert.ok(buffers < 1 + ciphers * MOST_OF_CIPHER.buffers, `${buffers} bytes of buffers a packet`);
    const kept = await keptPerRun(pass, PACKETS);
    assert.ok(kept < NOTHING_KEPT, `${kept.toFixed(2)} bytes a packet are kept`);
    assert.equal(sent(), 2 * PACKETS + 50_000);
  });
}
