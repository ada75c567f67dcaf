/**
 * A fax on the real server: voice turned to T.38 by re-INVITE and back, with datagrams of each kind over real sockets. The
 * machines are raw sockets: no program at hand sends T.38.
 */

import assert from "node:assert/strict";
import { RawPhone } from "../support/raw_phone.ts";
import { TestServer } from "../support/server.ts";

const SERVER = "127.0.0.170";
const VOICE_PORT = 40_100;
const FAX_PORT = 40_102;

type Media = "voice" | "fax";

/** One fax machine: a raw phone, and sockets for voice and T.38. */
class Machine implements AsyncDisposable {
  readonly phone: RawPhone;
  readonly heard: Record<Media, string[]> = { voice: [], fax: [] };
  readonly #sockets: Readonly<Record<Media, Deno.DatagramConn>>;
  /** What it offers next. */
  #media: Media = "voice";

  constructor(user: string, address: string) {
    const open = (port: number) => Deno.listenDatagram({ transport: "udp", hostname: address, port });
    this.#sockets = { voice: open(VOICE_PORT), fax: open(FAX_PORT) };
    for (const media of ["voice", "fax"] as const) void this.#listen(media);
    this.phone = new RawPhone({ user, address, server: SERVER, describe: (offer) => this.#describe(offer) });
  }

  async #listen(media: Media): Promise<void> {
    for await (const [bytes] of this.#sockets[media]) this.heard[media].push(bytes.toHex());
  }

  /** The kind of media that is offered, in as many lines; of itself it offers one line. */
  #describe(offer: string | undefined): string {
    const voice = `m=audio ${VOICE_PORT} RTP/AVP 8\r\n`;
    const fax = `m=image ${FAX_PORT} udptl t38\r\na=T38FaxVersion:0\r\n`;
    if (offer === undefined) return this.#media === "voice" ? voice : fax;
    const isFax = /^m=image [1-9]/m.test(offer);
    if (offer.split("m=").length < 3) return isFax ? fax : voice;
    return isFax ? `m=audio 0 RTP/AVP 8\r\n${fax}` : `${voice}m=image 0 udptl t38\r\n`;
  }

  async turnTo(media: Media): Promise<void> {
    this.#media = media;
    await this.phone.offer();
  }

  async send(media: Media, bytes: Uint8Array): Promise<void> {
    const pattern = media === "voice" ? /^m=audio (\d+)/m : /^m=image (\d+)/m;
    const port = Number(pattern.exec(this.phone.described)?.[1] ?? 0);
    assert.ok(port > 0, `${this.phone.address} has nowhere to send ${media}`);
    await this.#sockets[media].send(bytes, { transport: "udp", hostname: SERVER, port });
  }

  /** Waits a second at most for `isDone`. */
  async until(isDone: () => boolean): Promise<void> {
    for (let turn = 0; turn < 100 && !isDone(); turn++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of Object.values(this.#sockets)) socket.close();
    await this.phone[Symbol.asyncDispose]();
  }
}

/** UDPTL (ITU-T T.38 §9.1): sequence number, one primary packet, no redundancy. */
function udptl(sequence: number): Uint8Array {
  return Uint8Array.of(sequence >> 8, sequence & 0xff, 2, 0xc0, 0x01, 0, 0);
}

function rtp(sequence: number, ssrc: number): Uint8Array {
  const packet = new Uint8Array(172).fill(0xd5);
  const view = new DataView(packet.buffer);
  view.setUint32(0, 0x8008_0000 + sequence);
  view.setUint32(4, sequence * 160);
  view.setUint32(8, ssrc);
  return packet;
}

function packet(media: Media, sequence: number, ssrc: number): Uint8Array {
  return media === "fax" ? udptl(ssrc + sequence) : rtp(sequence, ssrc);
}

/** From the first packet that arrives on, as the media thread hears of an answer a few ms after the phone, none is lost. */
async function bothWays(media: Media, machines: readonly [Machine, Machine], first: number): Promise<void> {
  const ssrcs = [0x100, 0x200];
  for (const machine of machines) machine.heard[media].length = 0;
  const isOpen = () => machines.every(({ heard }) => heard[media].length > 0);
  let sequence = first;
  const sendBoth = async () => {
    for (const [i, machine] of machines.entries()) {
      await machine.send(media, packet(media, sequence, ssrcs[i]!));
    }
    sequence++;
  };
  for (let tries = 0; tries < 50 && !isOpen(); tries++) {
    await sendBoth();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const from = sequence;
  for (let i = 0; i < 5; i++) await sendBoth();
  for (const [i, machine] of machines.entries()) {
    const wanted = Array.from({ length: 5 }, (_, n) => packet(media, from + n, ssrcs[1 - i]!).toHex());
    await machine.until(() => machine.heard[media].includes(wanted[4]!));
    assert.deepEqual(machine.heard[media].slice(-5), wanted, `${media} to ${machine.phone.address}`);
  }
}

Deno.test("voice becomes T.38 by the called side's re-INVITE and comes back, each both ways", async () => {
  await using _server = await TestServer.start({
    address: SERVER,
    mediaPorts: "42600-42639",
    extensions: ["100", "101"].map((number) => ({ number, password: `secret-${number}` })),
  });
  await using alice = new Machine("100", "127.0.0.171");
  await using bob = new Machine("101", "127.0.0.172");
  const machines = [alice, bob] as const;
  await bob.phone.register();
  await alice.phone.dial("101");
  await bothWays("voice", machines, 1);
  await bob.turnTo("fax");
  await bothWays("fax", machines, 1);
  await bob.turnTo("voice");
  await bothWays("voice", machines, 100);
  await bob.turnTo("fax");
  await bothWays("fax", machines, 100);
});
