/**
 * What rooms cost and whether they keep time: everybody talks, over real sockets, the rooms on one core and the members
 * on another.
 *
 *     deno run -A tests/bench/room_bench.ts [--seconds N]
 */
import { parseArgs } from "node:util";
import { BenchProcess } from "./bench_process.ts";
import type { MembersResult, MembersTargets } from "./room_members.ts";
import type { BeatsReport, RoomsPorts, RoomsRequest } from "./room_process.ts";

const ROOMS_CORE = 0;
const MEMBERS_CORE = 1;
const WARM_UP_SECONDS = 3;
/** Targets, per member and beat. */
const MOST_CORE = 0.6;
/** A beat is late from 5 ms on: the 99th percentile is below when no more are. */
const MOST_LATE_SHARE = 0.01;
const MOST_MICROS = { plain: 60, srtp: 90 };

interface Scene {
  readonly name: string;
  readonly count: number;
  readonly roomSize: number;
  readonly isSecure: boolean;
  readonly codec: RoomsRequest["codec"];
}

const SCENES: readonly Scene[] = [
  { name: "1 room of 100, PCMU", count: 100, roomSize: 100, isSecure: false, codec: "pcmu" },
  { name: "1 room of 100, PCMU, SRTP", count: 100, roomSize: 100, isSecure: true, codec: "pcmu" },
  { name: "30 rooms of 5, PCMU", count: 150, roomSize: 5, isSecure: false, codec: "pcmu" },
  { name: "30 rooms of 5, PCMU, SRTP", count: 150, roomSize: 5, isSecure: true, codec: "pcmu" },
  { name: "1 room of 100, G.722, SRTP", count: 100, roomSize: 100, isSecure: true, codec: "g722" },
];

const { values } = parseArgs({ options: { seconds: { type: "string", default: "20" } } });
const seconds = Number(values.seconds);

async function measure(scene: Scene): Promise<string> {
  const { count, roomSize, isSecure, codec } = scene;
  const members = BenchProcess.deno("./room_members.ts", { core: MEMBERS_CORE, args: [String(count)] });
  const rooms = BenchProcess.deno("./room_process.ts", { core: ROOMS_CORE });
  try {
    const own = await members.hear<Pick<RoomsRequest, "members">>();
    const { ports } = await rooms.ask<RoomsPorts>({ ...own, roomSize, isSecure, codec });
    await members.ask({ ports, isSecure, codec } satisfies MembersTargets);
    await members.ask({ seconds: WARM_UP_SECONDS });
    const first = await rooms.ask<BeatsReport>({ report: true });
    const before = rooms.cpuSeconds();
    const result = await members.ask<MembersResult>({ seconds });
    const cpu = (rooms.cpuSeconds() - before) / seconds;
    const last = await rooms.ask<BeatsReport>({ report: true });
    const late = (last.lateBeats - first.lateBeats) / (last.beats - first.beats);
    const micros = cpu * 1e6 / 50 / count;
    const most = codec === "pcmu" ? (isSecure ? MOST_MICROS.srtp : MOST_MICROS.plain) : Infinity;
    const isGood = late < MOST_LATE_SHARE && micros <= most &&
      (codec !== "pcmu" || isSecure || cpu < MOST_CORE);
    return `| ${scene.name} | ${(cpu * 100).toFixed(0)} % | ${micros.toFixed(1)} µs | ${
      (late * 100).toFixed(2)
    } % | ${result.p50Ms.toFixed(1)} / ${result.p99Ms.toFixed(1)} / ${result.maxMs.toFixed(1)} ms | ${
      (result.received / (count * seconds * 50) * 100).toFixed(2)
    } % | ${(result.behind * 100).toFixed(2)} % | ${isGood ? "yes" : "no"} |`;
  } finally {
    await members.stop();
    await rooms.stop();
  }
}

console.log(
  "| rooms | of a core | per member and 20 ms | beats 5 ms late | as members saw it, p50 / p99 / most | heard | members late | target met |",
);
console.log("| --- | --- | --- | --- | --- | --- | --- | --- |");
for (const scene of SCENES) console.log(await measure(scene));
