/**
 * A fax on the real server: voice turned to T.38 by re-INVITE and back, with datagrams of each kind over real sockets. The
 * machines are raw sockets: no program at hand sends T.38.
 */

import assert from "node:assert/strict";
import { RawSip, statusOf } from "../support/raw_sip.ts";
import { TestServer } from "../support/server.ts";

const SERVER = "127.0.0.170";
const VOICE_PORT = 40_100;
const FAX_PORT = 40_102;

type Media = "voice" | "fax";

/** One fax machine: a raw socket for SIP, one each for voice and T.38. */
class Machine implements AsyncDisposable {
  readonly sip: RawSip;
  readonly heard: Record<Media, string[]> = { voice: [], fax: [] };
  /** Where the server takes what this machine sends, as it said last. */
  readonly target: Partial<Record<Media, number>> = {};
  readonly #user: string;
  readonly #sockets: Readonly<Record<Media, Deno.DatagramConn>>;
  #request = "";
  #sequence = 100;

  constructor(user: string, address: string) {
    this.#user = user;
    this.sip = new RawSip({ from: address, server: SERVER });
    const open = (port: number) => Deno.listenDatagram({ transport: "udp", hostname: address, port });
    this.#sockets = { voice: open(VOICE_PORT), fax: open(FAX_PORT) };
    for (const media of ["voice", "fax"] as const) void this.#listen(media);
    this.sip.onRequest = (request) => this.#answer(request);
  }

  async #listen(media: Media): Promise<void> {
    for await (const [bytes] of this.#sockets[media]) this.heard[media].push(bytes.toHex());
  }

  /** The same kind of media that was offered. */
  #answer(request: string): string | undefined {
    const method = request.split(" ", 1)[0]!;
    if (method === "ACK") return undefined;
    const headers = request.split("\r\n").filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line))
      .map((line) => /^To:/i.test(line) && !line.includes("tag=") ? `${line};tag=${this.#user}` : line);
    const media = /^m=image [1-9]/m.test(request) ? "fax" : "voice";
    if (method === "INVITE") {
      this.#request = request;
      this.#learn(request);
    }
    const body = method === "INVITE" ? this.#describe(media) : "";
    return [
      "SIP/2.0 200 OK",
      ...headers,
      `Contact: <sip:${this.#user}@${this.sip.address}:${this.sip.port}>`,
      ...(body === "" ? [] : ["Content-Type: application/sdp"]),
      `Content-Length: ${body.length}`,
      "",
      body,
    ].join("\r\n");
  }

  #describe(media: Media): string {
    const { address } = this.sip;
    const line = media === "voice"
      ? `m=audio ${VOICE_PORT} RTP/AVP 8\r\n`
      : `m=image ${FAX_PORT} udptl t38\r\na=T38FaxVersion:0\r\n`;
    // A machine that was asked for a second line goes on having both.
    const lines = this.#request.split("\nm=").length < 3
      ? line
      : media === "voice"
      ? `${line}m=image 0 udptl t38\r\n`
      : `m=audio 0 RTP/AVP 8\r\n${line}`;
    return `v=0\r\no=- 1 ${++this
      .#sequence} IN IP4 ${address}\r\ns=-\r\nc=IN IP4 ${address}\r\nt=0 0\r\n${lines}`;
  }

  #learn(message: string): void {
    const find = (pattern: RegExp) => Number(pattern.exec(message)?.[1] ?? 0);
    this.target.voice = find(/^m=audio (\d+)/m);
    this.target.fax = find(/^m=image (\d+)/m);
  }

  async register(): Promise<void> {
    const answer = await this.sip.prove("REGISTER", `secret-${this.#user}`, { user: this.#user });
    assert.equal(statusOf(answer), 200);
  }

  async dial(number: string): Promise<void> {
    const call = { user: this.#user, to: number, callId: "the-fax", body: this.#describe("voice") };
    const answer = await this.sip.prove("INVITE", `secret-${this.#user}`, call);
    assert.equal(statusOf(answer), 200);
    this.#learn(answer!);
    const toTag = /^To:.*tag=([^;\r]+)/m.exec(answer!)![1]!;
    const sequence = Number(/^CSeq: (\d+)/m.exec(answer!)![1]);
    await this.sip.raw(this.sip.write("ACK", { ...call, body: "", toTag, sequence }));
  }

  /** Turns the call it was called by to `media`. */
  async turnTo(media: Media): Promise<void> {
    const header = (name: string) => new RegExp(`^${name}: *(.*)\r$`, "mi").exec(this.#request)![1]!;
    const sequence = ++this.#sequence;
    const dialog = {
      user: this.#user,
      requestUri: /<([^>]+)>/.exec(header("Contact"))![1]!,
      callId: header("Call-ID"),
      fromTag: this.#user,
      toTag: /tag=([^;]+)/.exec(header("From"))![1]!,
      sequence,
    };
    const answer = await this.sip.ask("INVITE", { ...dialog, body: this.#describe(media) });
    assert.equal(statusOf(answer), 200, answer);
    this.#learn(answer!);
    await this.sip.raw(this.sip.write("ACK", dialog));
  }

  async send(media: Media, bytes: Uint8Array): Promise<void> {
    const port = this.target[media];
    assert.ok(port !== undefined && port > 0, `${this.#user} has nowhere to send ${media}`);
    await this.#sockets[media].send(bytes, { transport: "udp", hostname: SERVER, port });
  }

  /** Waits a second at most for `isDone`. */
  async until(isDone: () => boolean): Promise<boolean> {
    for (let turn = 0; turn < 100 && !isDone(); turn++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return isDone();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of Object.values(this.#sockets)) socket.close();
    await this.sip.stop();
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
    assert.deepEqual(machine.heard[media].slice(-5), wanted, `${media} to ${machine.sip.address}`);
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
  await bob.register();
  await alice.dial("101");
  await bothWays("voice", machines, 1);
  await bob.turnTo("fax");
  await bothWays("fax", machines, 1);
  await bob.turnTo("voice");
  await bothWays("voice", machines, 100);
  await bob.turnTo("fax");
  await bothWays("fax", machines, 100);
});
