/**
 * How fast and how small the signalling is: SIPp as load on one core, the server on another, and Kamailio with rtpengine
 * beside it in the same run where they are installed.
 *
 *     deno task bench:sip [--full] [--only rates|memory]
 *
 * In short (about ten minutes): a few rates. In full (about twenty): steps up to the highest clean rate.
 */
import { parseArgs } from "node:util";
import { Kamailio } from "./kamailio.ts";
import { messagesASecond } from "./message_rate.ts";
import { type LoadResult, SipLoad } from "./sip_load.ts";
import { DOMAIN, isInstalled, PASSWORD, type ServerUnderTest, Sipedge } from "./sip_server.ts";
import { Verdicts } from "./verdicts.ts";

const SERVER_CORE = 0, LOAD_CORE = 1;
const CALLER = "127.0.0.6", CALLEE = "127.0.0.7", CALLEE_PORT = 6000;
const EXTENSIONS = Array.from({ length: 1000 }, (_, i) => String(1000 + i));
const CONTACTS_EACH = 10;
/** Of what was begun, what may have to be said twice: the kernel's queues are the same for all. */
const MOST_REPEATED = 0.001;
/** Of the time a load should take, what it may: a generator that falls behind proves nothing. */
const MOST_LONGER = 1.05;

const { values } = parseArgs({
  options: { full: { type: "boolean", default: false }, only: { type: "string" } },
});
const SIZE = values.full
  ? { seconds: 10, registers: steps(2000, 14_000, 1000), calls: steps(200, 2000, 100) }
  : { seconds: 5, registers: [3000, 6000, 8000], calls: [200, 400, 800, 1000] };
/** Calls after which memory must come back, and their rate. */
const MANY = { count: 50_000, rate: 600 };
/** Calls held at one time for the memory of one. */
const HELD = 1000;
/** Transactions live for 32 s after their end, and in the next twenty a server that rests sweeps what they were. */
const SETTLE_SECONDS = 60;
const WARM_UP = { registers: 5000, calls: 3000, rate: 300 };

function steps(first: number, last: number, step: number): number[] {
  return Array.from({ length: (last - first) / step + 1 }, (_, i) => first + i * step);
}

function credentials(number: string): string {
  return `${number};${DOMAIN};[authentication username=${number} password=${PASSWORD}]`;
}

const REGISTRATIONS = EXTENSIONS.map((number) => `${credentials(number)};${CALLEE_PORT};3600`);
const CALLS = EXTENSIONS.map((number, i) =>
  `${credentials(number)};${EXTENSIONS[(i + 500) % EXTENSIONS.length]}`
);

interface Clean {
  /** A second; 0 when not even the lowest rate was clean. */
  readonly rate: number;
  /** Processor time of the server for each, at that rate. */
  readonly micros: number;
}

class Bench {
  readonly #server: ServerUnderTest;

  constructor(server: ServerUnderTest) {
    this.#server = server;
  }

  register(load: { rate: number; count: number; fields?: readonly string[] }): Promise<LoadResult> {
    // From the port that answers calls: the server rings a binding over the path it came by, whatever its Contact.
    return SipLoad.run({
      scenario: "register",
      fields: REGISTRATIONS,
      ...load,
      ...this.#from(CALLEE, CALLEE_PORT),
    });
  }

  call(load: { rate: number; count: number; holdMs?: number }): Promise<LoadResult> {
    return SipLoad.run({ scenario: "call", fields: CALLS, ...load, ...this.#from(CALLER, 6000) });
  }

  answer(): Promise<SipLoad> {
    return SipLoad.start({ scenario: "answer", ...this.#from(CALLEE, CALLEE_PORT) });
  }

  #from(address: string, port: number) {
    return { server: `${this.#server.address}:5060`, address, port, core: LOAD_CORE };
  }

  /** Goes up the rates until two in a row were not clean: one may have met a disturbance. */
  async highestClean(what: "register" | "call", rates: readonly number[]): Promise<Clean> {
    let clean: Clean = { rate: 0, micros: NaN }, unclean = 0;
    for (const rate of rates) {
      const count = rate * SIZE.seconds, before = this.#server.cpuSeconds();
      const result = await this[what]({ rate, count });
      const micros = (this.#server.cpuSeconds() - before) * 1e6 / count;
      const isClean = result.failed === 0 && result.retransmissions <= count * MOST_REPEATED &&
        result.seconds <= SIZE.seconds * MOST_LONGER + 1;
      console.error(
        `${this.#server.name}, ${what} ${rate}/s: ${result.failed} failed, ${result.retransmissions} said again, ` +
          `${result.seconds.toFixed(1)} s, ${micros.toFixed(0)} µs each, ${
            this.#server.memoryMb().toFixed(0)
          } MB`,
      );
      if (isClean) clean = { rate, micros };
      unclean = isClean ? 0 : unclean + 1;
      if (unclean === 2) break;
    }
    return clean;
  }
}

interface Rates {
  readonly name: string;
  readonly registers: Clean;
  readonly calls: Clean;
}

async function measureRates(server: ServerUnderTest): Promise<Rates> {
  const bench = new Bench(server);
  await bench.register({ rate: 1000, count: WARM_UP.registers });
  const registers = await bench.highestClean("register", SIZE.registers);
  const callee = await bench.answer();
  try {
    await bench.call({ rate: WARM_UP.rate, count: WARM_UP.calls });
    return { name: server.name, registers, calls: await bench.highestClean("call", SIZE.calls) };
  } finally {
    await callee.stop();
  }
}

function wait(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/** NaN when it takes less than before: the engine tidied up meanwhile, and nothing was measured. */
function grownKb(beforeMb: number, server: Sipedge): number {
  const kb = (server.memoryMb() - beforeMb) * 1024;
  return kb > 0 ? kb : NaN;
}

interface Memory {
  readonly perBindingKb: number;
  readonly perCallKb: number;
  readonly beforeMb: number;
  readonly afterMb: number;
  readonly settledMb: number;
}

/** Resident memory, the media thread's included, of a server that has worked before: its caches and traces are full. */
async function measureMemory(server: Sipedge): Promise<Memory> {
  const bench = new Bench(server);
  await bench.register({ rate: 1000, count: WARM_UP.registers });
  let callee = await bench.answer();
  await bench.call({ rate: WARM_UP.rate, count: WARM_UP.calls });
  await callee.stop();
  await wait(SETTLE_SECONDS);
  const few = server.memoryMb(), bindings = EXTENSIONS.length * (CONTACTS_EACH - 1);
  const fields = Array.from({ length: bindings }, (_, i) => {
    const port = 7000 + Math.floor(i / EXTENSIONS.length);
    return `${credentials(EXTENSIONS[i % EXTENSIONS.length]!)};${port}`;
  });
  await bench.register({ rate: 1000, count: bindings, fields: fields.map((line) => `${line};3600`) });
  await wait(SETTLE_SECONDS);
  const perBindingKb = grownKb(few, server) / bindings;
  // Calls ring every binding: the callee shall have one again.
  await bench.register({ rate: 1000, count: bindings, fields: fields.map((line) => `${line};0`) });
  await wait(SETTLE_SECONDS);
  const beforeMb = server.memoryMb();
  callee = await bench.answer();
  try {
    const holding = bench.call({ rate: 200, count: HELD, holdMs: (SETTLE_SECONDS + 10) * 1000 });
    await wait(HELD / 200 + SETTLE_SECONDS);
    const perCallKb = grownKb(beforeMb, server) / HELD;
    await holding;
    await bench.call(MANY);
    const afterMb = server.memoryMb();
    await wait(SETTLE_SECONDS);
    return { perBindingKb, perCallKb, beforeMb, afterMb, settledMb: server.memoryMb() };
  } finally {
    await callee.stop();
  }
}

function print(rates: readonly Rates[]): void {
  console.log("| server | REGISTER, clean | CPU each | calls, clean | CPU each |");
  console.log("| --- | --- | --- | --- | --- |");
  for (const { name, registers, calls } of rates) {
    const cells = [registers, calls].flatMap(({ rate, micros }) => [`${rate}/s`, `${micros.toFixed(0)} µs`]);
    console.log(`| ${name} | ${cells.join(" | ")} |`);
  }
}

const verdicts = new Verdicts();
verdicts.atLeast("parse and print of an INVITE", Math.round(messagesASecond()), {
  target: 100_000,
  unit: "/s",
});
if (!await isInstalled("sipp")) {
  console.log("SIPp is not installed here (apt install sip-tester): nothing else can be measured");
  verdicts.print();
  Deno.exit(0);
}

async function judgeRates(): Promise<void> {
  const server = await Sipedge.start({ address: "127.0.0.5", core: SERVER_CORE, extensions: EXTENSIONS });
  verdicts.atMost("ready after", server.readyMs / 1000, { target: 1, unit: " s" });
  const rates: Rates[] = [];
  try {
    await wait(5);
    verdicts.atMost("memory when idle", server.memoryMb(), { target: 150, unit: " MB" });
    rates.push(await measureRates(server));
  } finally {
    await server.stop();
  }
  const kamailio = await Kamailio.start({ address: "127.0.0.4", core: SERVER_CORE });
  if (!kamailio) console.log("Kamailio or rtpengine is not installed here: left out");
  else {
    try {
      rates.push(await measureRates(kamailio));
    } finally {
      await kamailio.stop();
    }
  }
  print(rates);
  const [ours, beside] = rates;
  verdicts.atLeast("REGISTER with digest", ours!.registers.rate, { target: 6000, unit: "/s" });
  verdicts.atLeast("calls", ours!.calls.rate, { target: 800, unit: "/s" });
  if (!beside?.calls.rate) return;
  const times = ours!.calls.rate / beside.calls.rate;
  verdicts.atLeast("calls, times those of Kamailio", times, { target: 1, unit: "" });
}

async function judgeMemory(): Promise<void> {
  const server = await Sipedge.start({ address: "127.0.0.8", core: SERVER_CORE, extensions: EXTENSIONS });
  try {
    const { perBindingKb, perCallKb, beforeMb, afterMb, settledMb } = await measureMemory(server);
    verdicts.atMost("a binding", perBindingKb, { target: 4, unit: " kB" });
    verdicts.atMost("a call, its media included", perCallKb, { target: 60, unit: " kB" });
    const told = `memory after ${MANY.count} calls (${afterMb.toFixed(0)} MB) and a minute of rest`;
    verdicts.atMost(told, settledMb, { target: Math.round(beforeMb * 1.1), unit: " MB" });
    console.log(`Memory before these calls: ${beforeMb.toFixed(0)} MB`);
  } finally {
    await server.stop();
  }
}

if (values.only !== "memory") await judgeRates();
if (values.only !== "rates") await judgeMemory();
verdicts.print();
