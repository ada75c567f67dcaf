/** A codec that nobody knows, and a picture: what one phone describes and sends is what the other gets. */

import assert from "node:assert/strict";
import { openLibcNetwork } from "../../src/platform/datagram.ts";
import { RawPhone } from "../support/raw_phone.ts";
import { RtpPeer } from "../support/rtp_peer.ts";
import { TestServer } from "../support/server.ts";
import { pause } from "../support/waiting.ts";

const SERVER = "127.0.0.197";
/** Made up for this test. */
const VOICE = 97;
const PICTURE = 99;
const PACKETS = 50;

/** What a phone says of its two lines, without ports. */
const AUDIO = [
  `a=rtpmap:${VOICE} Birdsong-X/24000`,
  `a=fmtp:${VOICE} species=wren;octet-align=1`,
  "a=ptime:20",
];
const VIDEO = [
  `a=rtpmap:${PICTURE} H264/90000`,
  `a=fmtp:${PICTURE} profile-level-id=42e01f;packetization-mode=1`,
  `a=rtcp-fb:${PICTURE} nack pli`,
  "a=rtcp-fb:* ccm fir",
];

/** A raw phone with a microphone and a camera. */
class Seeing implements AsyncDisposable {
  readonly network = openLibcNetwork() ?? assert.fail("libc cannot be opened");
  readonly audio: RtpPeer;
  readonly video: RtpPeer;
  readonly phone: RawPhone;

  constructor(user: string, address: string, ssrc: number) {
    this.audio = new RtpPeer(this.network, { host: address, ssrc });
    this.video = new RtpPeer(this.network, { host: address, ssrc: ssrc + 1 });
    this.phone = new RawPhone({
      user,
      address,
      server: SERVER,
      describe: () =>
        [
          `m=audio ${this.audio.port} RTP/AVP ${VOICE}`,
          `a=rtcp:${this.audio.rtcpPort}`,
          ...AUDIO,
          `m=video ${this.video.port} RTP/AVPF ${PICTURE}`,
          `a=rtcp:${this.video.rtcpPort}`,
          ...VIDEO,
          "",
        ].join("\r\n"),
    });
  }

  aim(): void {
    for (const kind of ["audio", "video"] as const) {
      const port = Number(new RegExp(`^m=${kind} (\\d+)`, "m").exec(this.phone.described)?.[1] ?? 0);
      assert.ok(port > 0, this.phone.described);
      this[kind].aimAt(port, SERVER);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.audio.close();
    this.video.close();
    this.network.close();
    await this.phone[Symbol.asyncDispose]();
  }
}

/** The lines of `kind` in a description, without what belongs to one leg alone: ports and keys. */
function linesOf(described: string, kind: "audio" | "video"): string[] {
  const section = described.split("m=").find((part) => part.startsWith(kind)) ?? "";
  return section.trimEnd().split("\r\n").filter((line) => !line.startsWith("a=crypto"))
    .map((line) => line.replace(/^(audio|video) \d+/, "$1"));
}

/** Each speaks and shows at the same time; what has arrived is compared byte for byte. */
async function show(from: Seeing, to: Seeing): Promise<void> {
  const rows = [["audio", VOICE, 61], ["video", PICTURE, 1100]] as const;
  for (let n = 0; n < PACKETS; n++) {
    for (const [kind, payloadType, length] of rows) {
      from[kind].send(packet(n, length), { payloadType, marker: n % 5 === 4 });
    }
    await to.network.pump(5);
  }
  const isWhole = () => rows.every(([kind]) => to[kind].heard.length >= PACKETS);
  for (let turn = 0; turn < 100 && !isWhole(); turn++) await to.network.pump(20);
  for (const [kind, payloadType, length] of rows) {
    const heard = to[kind].heard.map((one) => [one.payloadType, one.sequenceNumber, one.marker, one.payload]);
    const sent = Array.from(
      { length: PACKETS },
      (_, n) => [payloadType, 1000 + n, n % 5 === 4, packet(n, length)],
    );
    assert.deepEqual(heard, sent, `${kind} to ${to.phone.address}`);
  }
}

function packet(n: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (n * 7 + i * 13) & 0xff);
}

Deno.test("an unknown codec and a picture cross untouched: descriptions and packets, both ways", async () => {
  await using _server = await TestServer.start({
    address: SERVER,
    mediaPorts: "42900-42939",
    extensions: ["100", "101"].map((number) => ({ number, password: `secret-${number}` })),
  });
  await using alice = new Seeing("100", "127.0.0.198", 0x1000);
  await using bob = new Seeing("101", "127.0.0.199", 0x2000);
  await bob.phone.register();
  await alice.phone.dial("101");
  for (const { phone } of [alice, bob]) {
    const audio = ["audio RTP/AVP 97", ...AUDIO, "a=sendrecv"];
    assert.deepEqual(linesOf(phone.described, "audio"), audio, phone.address);
    const video = ["video RTP/AVPF 99", ...VIDEO, "a=sendrecv"];
    assert.deepEqual(linesOf(phone.described, "video"), video, phone.address);
  }
  for (const one of [alice, bob]) one.aim();
  // The media thread hears of the answer a few ms after the phone.
  await pause(200);
  await show(alice, bob);
  await show(bob, alice);
  await alice.phone.hangUp();
});
