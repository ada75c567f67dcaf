/**
 * The load of the media bench, a process of its own so that it can be pinned to a core: both ends of many calls, which
 * send voice at a given rate, take what comes back, and count what was lost and how long it took.
 *
 * Lines of JSON: it tells its ports, is told where the relay listens, then runs each `{ rate, seconds }` it reads.
 */
import { SocketAddress } from "../../src/media/mod.ts";
import { writeRtpHeader } from "../../src/media/rtp/mod.ts";
import { SrtpReceiver, SrtpSender } from "../../src/media/srtp/mod.ts";
import * as libc from "../../src/platform/libc.ts";
import { benchKey } from "./bench_key.ts";
import { TextLineStream } from "./text_lines.ts";

/** Payload of 20 ms of G.711, and the whole packet. */
const PAYLOAD = 160;
const PACKET = 12 + PAYLOAD;
/** Send times remembered of each direction, in packets. */
const RING = 512;
/** One sealed direction in so many is opened, the others are counted by their headers. */
const OPEN_EACH = 20;
const EVENTS = 512;
const BUFFER_BYTES = 4_000_000;

export interface GeneratorPorts {
  /** The callers' ports and the callees'. */
  readonly from: readonly number[];
  readonly to: readonly number[];
}

export interface GeneratorTargets {
  readonly host: string;
  /** The relay's ports towards callers and callees. */
  readonly ports: readonly number[];
  readonly backPorts: readonly number[];
  /** The callees speak too. */
  readonly twoWay: boolean;
  /** Keys of the callers' side towards the relay and back, and of what reaches the callees. */
  readonly callerSeed?: number;
  readonly callerBackSeed?: number;
  readonly calleeSeed?: number;
}

export interface GeneratorRun {
  /** Packets a second, all directions together. */
  readonly rate: number;
  readonly seconds: number;
}

export interface GeneratorResult {
  readonly sent: number;
  /** What was reached of the rate asked for, in packets a second. */
  readonly rate: number;
  readonly received: number;
  /** Received, but not what was sent: wrong length, no tag. */
  readonly broken: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Share of the turns in which the generator was behind its own schedule by 5 ms. */
  readonly behind: number;
}

const handle = libc.openLibc();
if (!handle) throw new Error("Cannot generate load: libc cannot be opened");
const { calls } = handle;
const SIZES = libc.sizeTable(2048);

interface Socket {
  readonly descriptor: number;
  readonly port: number;
}

function bind(): Socket {
  const descriptor = calls.socket(libc.AF_INET, libc.SOCK_DGRAM | libc.SOCK_NONBLOCK, 0);
  const address = SocketAddress.parse("127.0.0.1", 0)!;
  const size = new Uint8Array(new Int32Array([BUFFER_BYTES]).buffer);
  calls.setsockopt(descriptor, libc.SOL_SOCKET, libc.SO_RCVBUF, size, 4);
  if (calls.bind(descriptor, address.bytes, 16) !== 0) throw new Error("Cannot bind generator socket");
  calls.getsockname(descriptor, address.bytes, new Uint8Array(new Uint32Array([28]).buffer));
  return { descriptor, port: address.port };
}

/** One way of one call. */
class Direction {
  sequence = 0;
  readonly sentAt = new Float64Array(RING);
  readonly out: Socket;
  readonly target: Uint8Array<ArrayBuffer>;
  readonly ssrc: number;
  readonly sender: SrtpSender | undefined;
  readonly receiver: SrtpReceiver | undefined;

  constructor(
    out: Socket,
    options: { target: SocketAddress; ssrc: number; sender?: SrtpSender; receiver?: SrtpReceiver },
  ) {
    this.out = out;
    this.target = options.target.bytes;
    this.ssrc = options.ssrc;
    this.sender = options.sender;
    this.receiver = options.receiver;
  }
}

class Generator {
  readonly from: readonly Socket[];
  readonly to: readonly Socket[];
  readonly #epoll = calls.epoll_create1(0);
  readonly #events = new Uint8Array(EVENTS * libc.EPOLL_EVENT_BYTES);
  readonly #eventView = new DataView(this.#events.buffer);
  readonly #packet = new Uint8Array(2048);
  readonly #inbox = new Uint8Array(2048);
  readonly #latencies = new Float32Array(1 << 21);
  /** Directions that speak; the socket at which one arrives is that of the call's other end. */
  #directions: Direction[] = [];
  #received = 0;
  #broken = 0;

  constructor(streams: number) {
    this.from = Array.from({ length: streams }, bind);
    this.to = Array.from({ length: streams }, bind);
    // Events carry the number of the direction that arrives there.
    for (const [number, { descriptor }] of [...this.to, ...this.from].entries()) {
      const event = new DataView(new ArrayBuffer(16));
      event.setUint32(0, libc.EPOLLIN, true);
      event.setUint32(libc.EPOLL_DATA_OFFSET, number, true);
      calls.epoll_ctl(this.#epoll, libc.EPOLL_CTL_ADD, descriptor, new Uint8Array(event.buffer));
    }
  }

  aim(targets: GeneratorTargets): void {
    const { host, callerSeed, callerBackSeed, calleeSeed } = targets;
    const sender = (seed: number | undefined, i: number) =>
      seed === undefined ? {} : { sender: new SrtpSender(benchKey(seed, i)) };
    const receiver = (seed: number | undefined, i: number) =>
      seed === undefined || i % OPEN_EACH !== 0 ? {} : { receiver: new SrtpReceiver(benchKey(seed, i)) };
    const there = targets.ports.map((port, i) =>
      new Direction(this.from[i]!, {
        target: SocketAddress.parse(host, port)!,
        ssrc: 0x5000 + i,
        ...sender(callerSeed, i),
        ...receiver(calleeSeed, i),
      })
    );
    const back = targets.backPorts.map((port, i) =>
      new Direction(this.to[i]!, {
        target: SocketAddress.parse(host, port)!,
        ssrc: 0x90000 + i,
        ...receiver(callerBackSeed, i),
      })
    );
    // Every end speaks once, so that the relay knows it to be alive.
    for (const direction of [...back, ...there]) this.#send(direction);
    this.#directions = targets.twoWay ? [...there, ...back] : there;
    const end = performance.now() + 300;
    while (performance.now() < end) this.#drain(1);
  }

  run({ rate, seconds }: GeneratorRun): GeneratorResult {
    this.#received = this.#broken = 0;
    const directions = this.#directions;
    const total = Math.round(rate * seconds);
    const start = performance.now();
    let sent = 0, turns = 0, late = 0;
    while (sent < total) {
      const due = Math.min(total, Math.floor((performance.now() - start) * rate / 1000) + 1);
      turns++;
      if (due - sent > rate / 200) late++;
      // At most half a millisecond's worth in one go: real calls do not send in bursts.
      for (let burst = Math.max(1, Math.ceil(rate / 2000)); sent < due && burst > 0; burst--, sent++) {
        this.#send(directions[sent % directions.length]!);
      }
      this.#drain(2);
      if (sent >= due) calls.usleep(100);
    }
    const reached = total / (performance.now() - start) * 1000;
    const end = performance.now() + 300;
    while (performance.now() < end && this.#received < total) {
      this.#drain(50);
      calls.usleep(500);
    }
    const times = this.#latencies.slice(0, Math.min(this.#received, this.#latencies.length)).sort();
    const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
    return {
      sent,
      rate: reached,
      received: this.#received,
      broken: this.#broken,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      maxMs: at(1),
      behind: late / turns,
    };
  }

  #send(direction: Direction): void {
    const packet = this.#packet, { sequence } = direction;
    direction.sequence = (sequence + 1) & 0xffff;
    writeRtpHeader(packet, {
      marker: false,
      payloadType: 0,
      sequenceNumber: sequence,
      timestamp: sequence * 160,
      ssrc: direction.ssrc,
    });
    packet.fill(sequence & 255, 12, PACKET);
    const length = direction.sender ? direction.sender.seal(packet, PACKET) : PACKET;
    direction.sentAt[sequence % RING] = performance.now();
    const { descriptor } = direction.out;
    calls.sendto(descriptor, packet, SIZES[length]!, libc.MSG_DONTWAIT, direction.target, 16);
  }

  #drain(rounds: number): void {
    for (let round = 0; round < rounds; round++) {
      const count = calls.epoll_wait(this.#epoll, this.#events, EVENTS, 0);
      if (count <= 0) return;
      const now = performance.now();
      for (let i = 0; i < count; i++) {
        const at = i * libc.EPOLL_EVENT_BYTES + libc.EPOLL_DATA_OFFSET;
        this.#take(this.#eventView.getUint32(at, true), now);
      }
    }
  }

  #take(number: number, now: number): void {
    const streams = this.to.length;
    const { descriptor } = number < streams ? this.to[number]! : this.from[number - streams]!;
    const inbox = this.#inbox;
    const length = calls.recvfrom(descriptor, inbox, SIZES[2048]!, libc.MSG_DONTWAIT, null, null);
    const direction = this.#directions[number];
    if (length < 0 || direction === undefined || (inbox[1]! >= 192 && inbox[1]! <= 223)) return;
    const plain = direction.receiver ? direction.receiver.open(inbox, length) : length;
    if (plain < 0 || length < PACKET) this.#broken++;
    const passed = now - direction.sentAt[(inbox[2]! << 8 | inbox[3]!) % RING]!;
    if (this.#received < this.#latencies.length) this.#latencies[this.#received] = passed;
    this.#received++;
  }
}

const generator = new Generator(Number(Deno.args[0] ?? 200));
const say = (value: unknown) => console.log(JSON.stringify(value));
const portOf = (socket: Socket) => socket.port;
say({ from: generator.from.map(portOf), to: generator.to.map(portOf) } satisfies GeneratorPorts);
const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
for await (const line of lines) {
  const message = JSON.parse(line) as GeneratorTargets | GeneratorRun;
  if ("ports" in message) {
    generator.aim(message);
    say({ ok: true });
  } else {
    say(generator.run(message));
  }
}
