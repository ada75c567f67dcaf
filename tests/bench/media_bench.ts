/**
 * How many packets the media plane carries: ours, a raw loop of libc calls as the floor, and rtpengine where it is
 * installed, each on one core with the load on another, in one run.
 *
 *     deno task bench:media [--full] [--only ours|floor|rtpengine]
 *
 * In short about eight minutes; in full (smaller steps, longer runs) about half an hour.
 */
import { parseArgs } from "node:util";
import { BenchProcess } from "./bench_process.ts";
import { cryptoMicros } from "./crypto_cost.ts";
import { median } from "./median.ts";
import type { GeneratorPorts, GeneratorResult } from "./media_generator.ts";
import type { RelayPorts, RelayRequest } from "./media_relay_process.ts";
import { Rtpengine } from "./rtpengine.ts";
import { Verdicts } from "./verdicts.ts";

const RELAY_CORE = 0;
const LOAD_CORE = 1;
const STREAMS = 200;
/** A rate at which nothing is lost in one of so many tries is clean: other programs disturb now and then. */
const TRIES = 3;
/** Of the rate asked for, what the generator has to reach. */
const LEAST_SHARE = 0.98;
const HIGHEST_RATE = 400_000;
/**
 * One core cannot send much more than 300,000 packets a second one by one. Where that ends before the relay does, packets
 * that leave by fours, those of one stream together, show more; every relay is measured with both.
 */
const ROW = 4;
/** How many times rtpengine's clean rate ours has to be. */
const TIMES_RTPENGINE: Partial<Record<Mode, number>> = {
  "plain RTP": 1.8,
  "plain RTP by fours": 1.8,
  "SRTP to RTP": 1.6,
};
/** Rate at which latency and CPU are compared, in packets a second; the middle one of so many runs counts. */
const COMPARED_RATE = 60_000;
/** Where what one kind of call costs above another is compared: a thread that mostly sleeps pays for waking up. */
const LOADED_RATE = 120_000;
const COMPARED_RUNS = 3;
const MODES = {
  "plain RTP": { keys: {}, row: 1 },
  "plain RTP by fours": { keys: {}, row: ROW },
  "SRTP to RTP": { keys: { callerSeed: 1 }, row: 1 },
  "SRTP to SRTP": { keys: { callerSeed: 1, calleeSeed: 2 }, row: 1 },
} as const;
type Mode = keyof typeof MODES;

interface Relay {
  readonly name: string;
  readonly modes: readonly Mode[];
  build(request: RelayRequest): Promise<RelayPorts>;
  cpuSeconds(): number;
  stop(): Promise<void>;
}

interface Measured {
  readonly relay: string;
  readonly mode: Mode;
  readonly cleanRate: number;
  /** The load could not go higher: the relay might. */
  readonly isLoadsLimit: boolean;
  /** At {@linkcode COMPARED_RATE}. */
  readonly p99Ms: number;
  readonly cpuMicros: number;
  /** At {@linkcode LOADED_RATE}. */
  readonly cpuMicrosLoaded: number;
  readonly cpuMicrosAtClean: number;
}

function ours(): Relay {
  const process = BenchProcess.deno("./media_relay_process.ts", { core: RELAY_CORE });
  return {
    name: "sipedge",
    modes: ["plain RTP", "plain RTP by fours", "SRTP to RTP", "SRTP to SRTP"],
    build: (request) => process.ask<RelayPorts>(request),
    cpuSeconds: () => process.cpuSeconds(),
    stop: () => process.stop(),
  };
}

function floor(): Relay {
  const process = BenchProcess.deno("./media_floor_process.ts", { core: RELAY_CORE });
  return {
    name: "floor (raw libc loop)",
    modes: ["plain RTP", "plain RTP by fours"],
    build: (request) => process.ask<RelayPorts>(request),
    cpuSeconds: () => process.cpuSeconds(),
    stop: () => process.stop(),
  };
}

async function rtpengine(): Promise<Relay | undefined> {
  const engine = await Rtpengine.start(RELAY_CORE);
  if (!engine) return undefined;
  return {
    name: "rtpengine (userspace)",
    modes: ["plain RTP", "plain RTP by fours", "SRTP to RTP"],
    build: (request) => engine.build(request),
    cpuSeconds: () => engine.cpuSeconds(),
    stop: () => engine.stop(),
  };
}

interface Sample extends GeneratorResult {
  readonly cpuMicros: number;
}

/** Nothing lost, and the load was what it should be. */
function isClean(result: GeneratorResult, rate: number): boolean {
  return result.received >= result.sent && result.broken === 0 && reachedRate(result, rate);
}

function reachedRate(result: GeneratorResult, rate: number): boolean {
  return result.rate >= rate * LEAST_SHARE;
}

/** One relay under the load of one kind of calls. */
class Trial {
  readonly #relay: Relay;
  readonly #mode: Mode;
  readonly #generator: BenchProcess;
  readonly #own: GeneratorPorts;

  private constructor(relay: Relay, mode: Mode, load: { generator: BenchProcess; own: GeneratorPorts }) {
    this.#relay = relay;
    this.#mode = mode;
    this.#generator = load.generator;
    this.#own = load.own;
  }

  static async start(relay: Relay, mode: Mode): Promise<Trial> {
    const generator = BenchProcess.deno("./media_generator.ts", { core: LOAD_CORE, args: [String(STREAMS)] });
    const trial = new Trial(relay, mode, { generator, own: await generator.hear<GeneratorPorts>() });
    await trial.open();
    // Until the compiler has done with the way of a packet; what a relay costs in its first seconds is no one's question.
    await generator.ask({ rate: COMPARED_RATE, seconds: 4 });
    return trial;
  }

  /** Calls anew: rtpengine gives a stream up for good that was late five times. */
  async open(): Promise<void> {
    const { keys } = MODES[this.#mode];
    const ports = await this.#relay.build({ ...this.#own, ...keys });
    await this.#generator.ask({ ...ports, twoWay: false, ...keys });
  }

  /** Runs one rate until it is clean or the tries are used up; the last sample. */
  async sample(rate: number, seconds: number): Promise<Sample> {
    for (let tried = 1;; tried++) {
      const before = this.#relay.cpuSeconds();
      const { row } = MODES[this.#mode];
      const result = await this.#generator.ask<GeneratorResult>({ rate, seconds, row });
      const sample = { ...result, cpuMicros: (this.#relay.cpuSeconds() - before) * 1e6 / result.sent };
      console.error(
        `${this.#relay.name}, ${this.#mode}, ${rate}/s: reached ${Math.round(result.rate)}/s, ` +
          `lost ${result.sent - result.received}, broken ${result.broken}, p99 ${
            result.p99Ms.toFixed(1)
          } ms, ` +
          `${sample.cpuMicros.toFixed(2)} µs a packet`,
      );
      if (isClean(sample, rate) || tried === TRIES) return sample;
      await this.open();
    }
  }

  async compare(rate: number, seconds: number): Promise<{ p99Ms: number; cpuMicros: number }> {
    const samples: Sample[] = [];
    while (samples.length < COMPARED_RUNS) samples.push(await this.sample(rate, seconds));
    return {
      p99Ms: median(samples.map((sample) => sample.p99Ms)),
      cpuMicros: median(samples.map((sample) => sample.cpuMicros)),
    };
  }

  async stop(): Promise<void> {
    await this.#generator.stop();
  }
}

interface Rates {
  readonly first: number;
  readonly step: number;
  readonly seconds: number;
  /** One more rate, between the steps: what is wanted of ours. */
  readonly wanted?: number | undefined;
}

/** In rising order. */
function ratesOf({ first, step, wanted }: Rates): number[] {
  const steps = Array.from(
    { length: Math.floor((HIGHEST_RATE - first) / step) + 1 },
    (_, i) => first + i * step,
  );
  return [...steps, ...wanted === undefined || steps.includes(wanted) ? [] : [wanted]].sort((a, b) => a - b);
}

async function measure(relay: Relay, mode: Mode, rates: Rates): Promise<Measured> {
  const trial = await Trial.start(relay, mode);
  try {
    const compared = await trial.compare(COMPARED_RATE, rates.seconds);
    const loaded = await trial.compare(LOADED_RATE, rates.seconds);
    let clean = 0, cpuMicrosAtClean = NaN, unclean = 0, isLoadsLimit = false;
    // One rate may have met a disturbance that outlasted all tries.
    for (const rate of ratesOf(rates)) {
      if (unclean === 2) break;
      const result = await trial.sample(rate, rates.seconds);
      isLoadsLimit = !reachedRate(result, rate) && result.received >= result.sent;
      unclean = isClean(result, rate) ? 0 : unclean + 1;
      if (unclean > 0) continue;
      clean = rate;
      cpuMicrosAtClean = result.cpuMicros;
    }
    return {
      relay: relay.name,
      mode,
      cleanRate: clean,
      isLoadsLimit,
      ...compared,
      cpuMicrosLoaded: loaded.cpuMicros,
      cpuMicrosAtClean,
    };
  } finally {
    await trial.stop();
  }
}

function print(results: readonly Measured[]): void {
  console.log(
    "| relay | stream | clean, packets/s | p99 at 60,000/s | CPU a packet at 60,000/s | at 120,000/s | at the clean rate |",
  );
  console.log("| --- | --- | --- | --- | --- | --- | --- |");
  for (const { relay, mode, cleanRate, isLoadsLimit, p99Ms, ...micros } of results) {
    const clean = `${cleanRate.toLocaleString("en")}${isLoadsLimit ? " (the load's limit)" : ""}`;
    const cpu = [micros.cpuMicros, micros.cpuMicrosLoaded, micros.cpuMicrosAtClean];
    const cells = [relay, mode, clean, `${p99Ms.toFixed(1)} ms`, ...cpu.map((one) => `${one.toFixed(2)} µs`)];
    console.log(`| ${cells.join(" | ")} |`);
  }
}

function judge(results: readonly Measured[], verdicts: Verdicts): void {
  const find = (relay: string, mode: Mode) =>
    results.find((result) => result.relay.startsWith(relay) && result.mode === mode);
  for (const [mode, target] of Object.entries(TIMES_RTPENGINE) as [Mode, number][]) {
    const own = find("sipedge", mode), other = find("rtpengine", mode);
    if (!own || !other) continue;
    const times = own.cleanRate / (other.cleanRate || NaN);
    if (own.isLoadsLimit && times < target) {
      console.log(
        `${mode}: ${
          times.toFixed(2)
        } times rtpengine's rate, where the load could send no faster: no verdict`,
      );
      continue;
    }
    verdicts.atLeast(`${mode}: clean rate, times rtpengine's`, times, { target, unit: "" });
  }
  const plain = find("sipedge", "plain RTP"), bottom = find("floor", "plain RTP");
  if (plain) verdicts.atMost("plain RTP: p99 at 60,000/s", plain.p99Ms, { target: 10, unit: " ms" });
  if (plain && bottom) {
    const times = plain.cpuMicros / bottom.cpuMicros;
    verdicts.atMost("plain RTP: CPU a packet, times the floor's", times, { target: 1.35, unit: "" });
  }
  const mixed = find("sipedge", "SRTP to RTP"), both = find("sipedge", "SRTP to SRTP");
  if (mixed && both) {
    const more = both.cpuMicrosLoaded - mixed.cpuMicrosLoaded;
    verdicts.atMost("SRTP to SRTP: above SRTP to RTP at 120,000/s", more, { target: 2, unit: " µs" });
  }
}

const { values } = parseArgs({
  options: { full: { type: "boolean", default: false }, only: { type: "string" } },
});
const rates = values.full
  ? { first: 40_000, step: 10_000, seconds: 4 }
  : { first: 40_000, step: 20_000, seconds: 2 };
const verdicts = new Verdicts();
for (const { suite, sealMicros, openMicros } of cryptoMicros()) {
  const target = suite.startsWith("AEAD") ? 4 : 1.5;
  verdicts.atMost(`${suite}: seal a packet`, sealMicros, { target, unit: " µs" });
  verdicts.atMost(`${suite}: open a packet`, openMicros, { target, unit: " µs" });
}
const results: Measured[] = [];
for (const [name, start] of Object.entries({ floor, rtpengine, ours })) {
  if (values.only !== undefined && values.only !== name) continue;
  const relay = await start();
  if (!relay) {
    console.log(`${name} is not installed here (apt install rtpengine-daemon): left out`);
    continue;
  }
  for (const mode of relay.modes) {
    const other = results.find((result) => result.relay.startsWith("rtpengine") && result.mode === mode);
    const times = name === "ours" && other ? TIMES_RTPENGINE[mode] : undefined;
    const wanted = times && Math.round(times * other!.cleanRate);
    results.push(await measure(relay, mode, { ...rates, wanted }));
  }
  await relay.stop();
}
print(results);
judge(results, verdicts);
verdicts.print();
