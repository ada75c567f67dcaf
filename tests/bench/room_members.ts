/**
 * The members of the room bench, a process of its own: each speaks without a pause, and what it hears is timed.
 *
 * Lines of JSON: it tells its ports, is told where the rooms listen, then runs each `{ seconds }` it reads.
 */
import { type MediaSocket, SocketAddress } from "../../src/media/mod.ts";
import { encodePcmu, G722Encoder } from "../../src/media/codec/mod.ts";
import { isRtcpType, sequenceNumber, writeRtpHeader } from "../../src/media/rtp/mod.ts";
import { SrtpSender } from "../../src/media/srtp/mod.ts";
import { openLibcNetwork } from "../../src/platform/datagram.ts";
import { benchKey } from "./bench_key.ts";
import { SEED_TO_ROOM } from "./room_seeds.ts";
import { TextLineStream } from "./text_lines.ts";

export interface MembersTargets {
  readonly ports: readonly number[];
  readonly isSecure: boolean;
  readonly codec: "pcmu" | "g722";
}

export interface MembersResult {
  readonly sent: number;
  readonly received: number;
  /** How much later packets came than the grid of 20 ms on which each member's are sent. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Share of packets sent 5 ms late or more by this side. */
  readonly behind: number;
}

const BEAT_MS = 20;
const PAYLOAD = 160;
/** Different frames of sound, said over and over. */
const FRAMES = 64;
const LATE_MS = 5;
const PEAK = 6000;

const opened = openLibcNetwork();
if (!opened) throw new Error("Cannot generate load: libc cannot be opened");
const network = opened;

class Member {
  readonly socket: MediaSocket;
  readonly #packet = new Uint8Array(256);
  #sequence = 0;
  #target: SocketAddress | undefined;
  #sender: SrtpSender | undefined;
  #codec: "pcmu" | "g722" = "pcmu";
  /** Arrival less 20 ms for each packet before: constant while the room is on time. */
  #arrivals: number[] = [];
  #first = -1;

  constructor(readonly index: number) {
    const bound = network.bind({ host: "127.0.0.1", port: 0, dscp: 0 });
    if (!bound.ok) throw new Error(`Cannot bind: ${bound.error}`);
    this.socket = bound.value;
    this.socket.receiver = { onDatagram: (length) => this.#hear(length) };
  }

  aim(targets: MembersTargets): void {
    this.#target = SocketAddress.parse("127.0.0.1", targets.ports[this.index]!);
    this.#sender = targets.isSecure ? new SrtpSender(benchKey(SEED_TO_ROOM, this.index)) : undefined;
    this.#codec = targets.codec;
    this.#first = -1;
    this.#sequence = 0;
  }

  speak(): void {
    const packet = this.#packet;
    const header = writeRtpHeader(packet, {
      marker: false,
      payloadType: this.#codec === "pcmu" ? 0 : 9,
      sequenceNumber: this.#sequence & 0xffff,
      timestamp: (this.#sequence * PAYLOAD) >>> 0,
      ssrc: 0x5000 + this.index,
    });
    packet.set(SOUND[this.#codec][(this.#sequence++ + this.index) % FRAMES]!, header);
    const length = header + PAYLOAD;
    const sealed = this.#sender ? this.#sender.seal(packet, length) : length;
    if (this.#target) this.socket.send(packet, sealed, this.#target);
  }

  begin(): void {
    this.#arrivals = [];
  }

  lateness(): number[] {
    const best = this.#arrivals.reduce((least, one) => Math.min(least, one), Infinity);
    return this.#arrivals.map((one) => one - best);
  }

  #hear(length: number): void {
    // Reports to one member's odd port may come to another's even one.
    if (length < 12 || isRtcpType(network.inbox.bytes[1]!)) return;
    const number = sequenceNumber(network.inbox.bytes);
    if (this.#first < 0) this.#first = number;
    const count = (number - this.#first) & 0xffff;
    this.#arrivals.push(network.now() - count * BEAT_MS);
  }
}

/** Noise, the hardest case for every codec, as loud as somebody who talks. */
const SOUND = { pcmu: noise("pcmu"), g722: noise("g722") };

function noise(codec: "pcmu" | "g722"): Uint8Array[] {
  const samples = codec === "pcmu" ? PAYLOAD : 2 * PAYLOAD;
  const encoder = new G722Encoder();
  return Array.from({ length: FRAMES }, () => {
    const pcm = Int16Array.from({ length: samples }, () => (Math.random() * 2 - 1) * PEAK);
    const bytes = new Uint8Array(PAYLOAD);
    if (codec === "pcmu") encodePcmu(pcm, bytes);
    else encoder.encode(pcm, bytes);
    return bytes;
  });
}

async function run(members: readonly Member[], seconds: number): Promise<MembersResult> {
  for (const member of members) member.begin();
  const startMs = network.now(), endMs = startMs + seconds * 1000;
  const spacing = BEAT_MS / members.length;
  let sent = 0, behind = 0;
  for (let nowMs = startMs; nowMs < endMs; nowMs = network.now()) {
    for (let dueMs = startMs + sent * spacing; dueMs <= nowMs; dueMs = startMs + sent * spacing) {
      if (nowMs - dueMs > LATE_MS) behind++;
      members[sent++ % members.length]!.speak();
    }
    await network.pump(1);
  }
  const late = members.flatMap((member) => member.lateness()).sort((a, b) => a - b);
  const at = (share: number) => late[Math.min(late.length - 1, Math.floor(late.length * share))] ?? NaN;
  return {
    sent,
    received: late.length,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: at(1),
    behind: behind / sent,
  };
}

const members = Array.from({ length: Number(Deno.args[0]) }, (_, index) => new Member(index));
console.log(JSON.stringify({ members: members.map(({ socket }) => socket.port) }));
const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
for await (const line of lines) {
  const message = JSON.parse(line) as MembersTargets | { seconds: number };
  if ("seconds" in message) console.log(JSON.stringify(await run(members, message.seconds)));
  else {
    for (const member of members) member.aim(message);
    console.log("{}");
  }
}
network.close();
