/**
 * The load of the media bench, a process of its own so that it can be pinned to a core: both ends of many calls, which
 * send voice at a given rate, take what comes back, and count what was lost and how long it took. All callers share one
 * socket and all callees another, so that many packets cross in one call: the load must cost less than what it measures.
 * Streams are told apart by their SSRC.
 *
 * Lines of JSON: it tells its ports, is told where the relay listens, then runs each `{ rate, seconds }` it reads.
 */
import { readUint32, writeRtpHeader } from "../../src/media/rtp/mod.ts";
import { SrtpReceiver, SrtpSender } from "../../src/media/srtp/mod.ts";
import * as libc from "../../src/platform/libc.ts";
import { BATCH, BatchSocket } from "./batch_socket.ts";
import { benchKey } from "./bench_key.ts";
import { TextLineStream } from "./text_lines.ts";

/** Payload of 20 ms of G.711, and the whole packet. */
const PAYLOAD = 160;
const PACKET = 12 + PAYLOAD;
/** Room of a sealed packet, and packets made ahead at most: those of longer runs are made when they are sent. */
const SEALED = PACKET + 16, READY = 2_000_000;
/** Send times remembered of each direction, in packets. */
const RING = 512;
/** One sealed direction in so many is opened, the others are counted by their headers. */
const OPEN_EACH = 20;
/** Silence after which nothing more is taken to be on its way, and how long it is waited for. */
const QUIET_MS = 300, MAX_QUIET_WAIT_MS = 3000;
/** SSRC of the first caller and of the first callee; more than the streams apart. */
const CALLERS = 0x5000, CALLEES = 0x90000;

export interface GeneratorPorts {
  /** The callers' ports and the callees', one for each stream. */
  readonly from: readonly number[];
  readonly to: readonly number[];
}

export interface GeneratorTargets {
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
  /** Packets of one stream that leave together; one by one unless told. */
  readonly row?: number;
}

export interface GeneratorResult {
  readonly sent: number;
  /** What was reached of the rate asked for, in packets a second. */
  readonly rate: number;
  readonly received: number;
  /** Received, but not what was sent, or twice: wrong length, wrong payload, no tag. */
  readonly broken: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Share of the turns in which the generator was behind its own schedule by 5 ms. */
  readonly behind: number;
}

const calls = libc.openLibc()?.calls;

function rest(): void {
  calls?.usleep(100);
}

/** One way of one call. */
class Direction {
  sequence = 0;
  /** Of its packets, once there is one: with the tag where they are sealed. */
  length = PACKET;
  /** Of packets on their way, by sequence number; 0 when none is. */
  readonly sentAt = new Float64Array(RING);
  readonly from: BatchSocket;
  readonly port: number;
  readonly ssrc: number;
  readonly sender: SrtpSender | undefined;
  readonly receiver: SrtpReceiver | undefined;
  /** What arrives is encrypted; only some directions have a receiver. */
  readonly arrivesSealed: boolean;

  constructor(
    from: BatchSocket,
    options: {
      port: number;
      ssrc: number;
      arrivesSealed: boolean;
      sender: SrtpSender | undefined;
      receiver: SrtpReceiver | undefined;
    },
  ) {
    this.from = from;
    this.port = options.port;
    this.ssrc = options.ssrc;
    this.arrivesSealed = options.arrivesSealed;
    this.sender = options.sender;
    this.receiver = options.receiver;
  }
}

class Generator {
  readonly callers = new BatchSocket();
  readonly callees = new BatchSocket();
  readonly #latencies = new Float32Array(1 << 21);
  /** Packets of the present run in the order in which they are sent, {@linkcode SEALED} bytes each. */
  #ready: Uint8Array<ArrayBuffer> | undefined;
  /** What is looked at, and when it was taken. */
  #incoming: Uint8Array<ArrayBuffer> = new Uint8Array();
  #now = 0;
  readonly #sides = [
    this.#side(this.callees, (ssrc) => this.#there[ssrc - CALLERS]),
    this.#side(this.callers, (ssrc) => this.#back[ssrc - CALLEES]),
  ];
  /** Directions that speak. */
  #directions: Direction[] = [];
  #there: Direction[] = [];
  #back: Direction[] = [];
  #received = 0;
  #broken = 0;
  /** When the present run began: what was sent before counts no more. */
  #startMs = 0;

  #side(socket: BatchSocket, directionOf: (ssrc: number) => Direction | undefined) {
    return {
      socket,
      look: (bytes: Uint8Array<ArrayBuffer>, at: number, length: number) => {
        this.#incoming = bytes;
        this.#take(directionOf(readUint32(bytes, at + 8)), at, length);
      },
    };
  }

  aim(targets: GeneratorTargets): void {
    const { callerSeed, callerBackSeed, calleeSeed } = targets;
    const sender = (seed: number | undefined, i: number) => seed && new SrtpSender(benchKey(seed, i));
    const receiver = (seed: number | undefined, i: number) =>
      seed && i % OPEN_EACH === 0 ? new SrtpReceiver(benchKey(seed, i)) : undefined;
    this.#there = targets.ports.map((port, i) =>
      new Direction(this.callers, {
        port,
        ssrc: CALLERS + i,
        arrivesSealed: calleeSeed !== undefined,
        sender: sender(callerSeed, i) || undefined,
        receiver: receiver(calleeSeed, i) || undefined,
      })
    );
    this.#back = targets.backPorts.map((port, i) =>
      new Direction(this.callees, {
        port,
        ssrc: CALLEES + i,
        arrivesSealed: callerBackSeed !== undefined,
        sender: undefined,
        receiver: receiver(callerBackSeed, i) || undefined,
      })
    );
    // Every end speaks once, so that the relay knows it to be alive.
    this.#ready = undefined;
    for (const direction of [...this.#back, ...this.#there]) {
      this.#send(direction, 0, { now: performance.now(), row: 1 });
    }
    this.#flush();
    this.#directions = targets.twoWay ? [...this.#there, ...this.#back] : this.#there;
    this.#untilQuiet();
  }

  /** What an overloaded relay still had of the calls before is none of these. */
  #untilQuiet(): void {
    const latest = performance.now() + MAX_QUIET_WAIT_MS;
    let end = performance.now() + QUIET_MS;
    while (performance.now() < Math.min(end, latest)) {
      if (this.#drain() > 0) end = performance.now() + QUIET_MS;
      rest();
    }
  }

  run({ rate, seconds, row = 1 }: GeneratorRun): GeneratorResult {
    this.#received = this.#broken = 0;
    const directions = this.#directions;
    const total = Math.round(rate * seconds / row) * row;
    this.#prepare(total, row);
    const start = this.#startMs = performance.now();
    let sent = 0, turns = 0, late = 0;
    while (sent < total) {
      const now = performance.now();
      const due = Math.min(total, Math.floor((now - start) * rate / 1000) + 1);
      turns++;
      if (due - sent > rate / 200) late++;
      // At most half a millisecond's worth in one go: real calls do not send in bursts.
      for (
        let burst = Math.max(1, Math.ceil(rate / 2000));
        sent < due && burst > 0;
        burst -= row, sent += row
      ) {
        this.#send(directions[sent / row % directions.length]!, sent, { now, row });
      }
      this.#flush();
      this.#drain();
      // Packets gather meanwhile, in both directions.
      if (sent >= due) rest();
    }
    const reached = total / (performance.now() - start) * 1000;
    const end = performance.now() + 300;
    while (performance.now() < end && this.#received < total) {
      this.#drain();
      rest();
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

  /** Makes ahead what a run of so many packets sends: the load's own work is not what is measured. */
  #prepare(total: number, row: number): void {
    const directions = this.#directions;
    this.#ready = undefined;
    if (total > READY) return;
    const ready = new Uint8Array(total * SEALED);
    const packet = new Uint8Array(SEALED);
    for (let i = 0; i < total; i++) {
      this.#write(directions[Math.floor(i / row) % directions.length]!, packet);
      ready.set(packet, i * SEALED);
    }
    this.#ready = ready;
  }

  /** The next packet of a direction, in clear or sealed. */
  #write(direction: Direction, packet: Uint8Array<ArrayBuffer>): void {
    const { sequence, sender } = direction;
    direction.sequence = (sequence + 1) & 0xffff;
    writeRtpHeader(packet, {
      marker: false,
      payloadType: 0,
      sequenceNumber: sequence,
      timestamp: sequence * 160,
      ssrc: direction.ssrc,
    });
    packet.fill(sequence & 255, 12, PACKET);
    direction.length = sender ? sender.seal(packet, PACKET) : PACKET;
  }

  /** `index` counts the packets of a run; `row` of them leave. */
  #send(direction: Direction, index: number, { now, row }: { now: number; row: number }): void {
    const { from } = direction, slot = from.outgoing, ready = this.#ready;
    let packet = slot;
    for (let i = 0, at = 0; i < row; i++, at += direction.length) {
      if (at > 0) packet = slot.subarray(at);
      if (ready === undefined) this.#write(direction, packet);
      else packet.set(ready.subarray((index + i) * SEALED, (index + i + 1) * SEALED));
      direction.sentAt[(packet[2]! << 8 | packet[3]!) % RING] = now;
    }
    from.push(direction.length, direction.port, row);
  }

  #flush(): void {
    this.callers.flush();
    this.callees.flush();
  }

  /** Number of packets taken. */
  #drain(): number {
    let taken = 0;
    for (const side of this.#sides) {
      for (let count = BATCH; count >= BATCH;) {
        this.#now = performance.now();
        count = side.socket.take(side.look);
        taken += count;
      }
    }
    return taken;
  }

  /** A datagram of so many bytes lies in `incoming` from `at` on. */
  #take(direction: Direction | undefined, at: number, length: number): void {
    const incoming = this.#incoming;
    if (incoming[at + 1]! >= 192 && incoming[at + 1]! <= 223) return;
    const sequence = incoming[at + 2]! << 8 | incoming[at + 3]!;
    const sentAt = direction?.sentAt[sequence % RING] ?? 0;
    if (sentAt > 0 && sentAt < this.#startMs) return;
    if (direction === undefined || sentAt === 0 || !this.#isWhole(direction, at, length)) {
      this.#broken++;
      return;
    }
    direction.sentAt[sequence % RING] = 0;
    if (this.#received < this.#latencies.length) this.#latencies[this.#received] = this.#now - sentAt;
    this.#received++;
  }

  /** Length and payload are those that were sent, in clear or behind the seal. */
  #isWhole(direction: Direction, at: number, length: number): boolean {
    const incoming = this.#incoming;
    if (direction.arrivesSealed) {
      if (length <= PACKET) return false;
      if (direction.receiver === undefined) return true;
      const packet = incoming.slice(at, at + length);
      return direction.receiver.open(packet, length) === PACKET && packet[PACKET - 1] === packet[3];
    }
    return length === PACKET && incoming[at + 12] === incoming[at + 3] &&
      incoming[at + PACKET - 1] === incoming[at + 3];
  }
}

const streams = Number(Deno.args[0] ?? 200);
const generator = new Generator();
const say = (value: unknown) => console.log(JSON.stringify(value));
say(
  {
    from: Array.from({ length: streams }, () => generator.callers.port),
    to: Array.from({ length: streams }, () => generator.callees.port),
  } satisfies GeneratorPorts,
);
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
