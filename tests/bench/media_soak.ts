/**
 * Calls held for long: 1,000 plain ones (100,000 packets a second in, as many out) and 500 between SRTP and RTP, both
 * ways, the relay on one core and the load on another. Nothing may be lost by the relay, and its memory stays flat.
 *
 *     deno task bench:soak [--minutes 10] [--only plain|srtp]
 *
 * Each of the two for so many minutes.
 */
import { parseArgs } from "node:util";
import { BenchProcess } from "./bench_process.ts";
import type { GeneratorPorts, GeneratorResult } from "./media_generator.ts";
import type { RelayPorts } from "./media_relay_process.ts";
import { Verdicts } from "./verdicts.ts";

const RELAY_CORE = 0, LOAD_CORE = 1;
/** Of each call and way. */
const PACKETS_A_SECOND = 50;
const RUN_SECONDS = 30;
/** Until what opening the calls left behind is swept: at rest, both threads do so within seconds. */
const SETTLE_SECONDS = 12;
/** Of each call whose memory is measured: all that it will ever keep is there then. */
const SPOKEN_PACKETS = 20;
const SECURE = { callerSeed: 1, callerBackSeed: 3 };

interface Scene {
  readonly name: string;
  readonly count: number;
  readonly keys: Partial<typeof SECURE>;
}

interface Held {
  readonly kbPerCall: number;
  readonly sent: number;
  readonly lost: number;
  readonly broken: number;
  readonly kernelDrops: number;
  readonly worstP99Ms: number;
  /** After the first run and after the last. */
  readonly firstMb: number;
  readonly lastMb: number;
}

async function hold({ name, count, keys }: Scene, runs: number): Promise<Held> {
  const generator = BenchProcess.deno("./media_generator.ts", { core: LOAD_CORE, args: [String(count)] });
  const relay = BenchProcess.deno("./media_relay_process.ts", { core: RELAY_CORE });
  try {
    const own = await generator.hear<GeneratorPorts>();
    const kbPerCall = await callMemory({ relay, generator }, { own, keys, count });
    const ports = await relay.ask<RelayPorts>({ ...own, ...keys });
    await generator.ask({ ...ports, twoWay: true, ...keys });
    let sent = 0, lost = 0, broken = 0, worstP99Ms = 0, firstMb = 0;
    for (let run = 1; run <= runs; run++) {
      const before = relay.cpuSeconds();
      const rate = count * 2 * PACKETS_A_SECOND;
      const result = await generator.ask<GeneratorResult>({ rate, seconds: RUN_SECONDS });
      sent += result.sent;
      lost += result.sent - result.received;
      broken += result.broken;
      worstP99Ms = Math.max(worstP99Ms, result.p99Ms);
      if (run === 1) firstMb = relay.memoryMb();
      console.error(
        `${name}, ${run * RUN_SECONDS} s: ${Math.round(result.rate)} packets/s, lost ${
          result.sent - result.received
        }, ` +
          `p99 ${result.p99Ms.toFixed(1)} ms, CPU ${
            ((relay.cpuSeconds() - before) / RUN_SECONDS * 100).toFixed(0)
          } %, ${relay.memoryMb().toFixed(0)} MB`,
      );
    }
    const { drops: kernelDrops } = await relay.ask<{ drops: number }>({ drops: true });
    return { kbPerCall, sent, lost, broken, kernelDrops, worstP99Ms, firstMb, lastMb: relay.memoryMb() };
  } finally {
    await generator.stop();
    await relay.stop();
  }
}

/**
 * What calls add that have all spoken, to a relay that has had as many before: what the engine keeps for itself is there
 * then. The media plane alone; SIP keeps its own part of a call.
 */
async function callMemory(
  { relay, generator }: { relay: BenchProcess; generator: BenchProcess },
  { own, keys, count }: { own: GeneratorPorts; keys: Scene["keys"]; count: number },
): Promise<number> {
  const speak = async () => {
    const ports = await relay.ask<RelayPorts>({ ...own, ...keys });
    await generator.ask({ ...ports, twoWay: true, ...keys });
    await generator.ask<GeneratorResult>({ rate: count * SPOKEN_PACKETS, seconds: 1 });
  };
  const settledMb = async () => {
    await wait(SETTLE_SECONDS);
    await relay.ask({ sweep: true });
    return relay.memoryMb();
  };
  await speak();
  await relay.ask<RelayPorts>({ from: [], to: [] });
  const without = await settledMb();
  await speak();
  const kb = (await settledMb() - without) * 1024 / count;
  // Less than before: the engine tidied up meanwhile, and nothing was measured.
  return kb > 0 ? kb : NaN;
}

function wait(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "10" }, only: { type: "string" } },
});
const scenes = [
  { kind: "plain", name: "1,000 plain calls", count: 1000, keys: {} },
  { kind: "srtp", name: "500 calls between SRTP and RTP", count: 500, keys: SECURE },
].filter(({ kind }) => values.only === undefined || values.only === kind);
if (scenes.length === 0) {
  console.error(`Cannot take --only ${values.only}: want plain or srtp`);
  Deno.exit(2);
}
const runs = Math.max(1, Math.round(Number(values.minutes) * 60 / RUN_SECONDS));
if (!Number.isFinite(runs)) {
  console.error(`Cannot take --minutes ${values.minutes}: want a number`);
  Deno.exit(2);
}
const verdicts = new Verdicts();
for (const scene of scenes) {
  const held = await hold(scene, runs);
  console.log(
    `${scene.name}: ${
      held.sent.toLocaleString("en")
    } packets sent, ${held.lost} lost, of these ${held.kernelDrops} ` +
      `at full sockets of the relay; worst p99 ${held.worstP99Ms.toFixed(1)} ms`,
  );
  verdicts.atMost(`${scene.name}: memory of a call`, held.kbPerCall, { target: 40, unit: " kB" });
  verdicts.atMost(`${scene.name}: packets lost`, held.lost, { target: 0, unit: "" });
  verdicts.atMost(`${scene.name}: packets broken`, held.broken, { target: 0, unit: "" });
  const target = Math.round(held.firstMb * 1.05);
  verdicts.atMost(`${scene.name}: memory at the end`, held.lastMb, { target, unit: " MB" });
}
verdicts.print();
