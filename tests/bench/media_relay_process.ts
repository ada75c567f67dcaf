/** Our plane as a process of the media bench: opens the calls it is told and tells their ports. */
import { SILENT_LOG } from "../../src/base/mod.ts";
import { type StreamSettings, WorkerPlane } from "../../src/media/mod.ts";
import { keepMemoryLow, openMemoryCalls } from "../../src/platform/memory.ts";
import { SystemClock } from "../../src/platform/system_clock.ts";
import { benchKey } from "./bench_key.ts";
import { TextLineStream } from "./text_lines.ts";

export interface RelayRequest {
  /** Ports of the generator: the callers' and the callees'. */
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** Key of what the callers send, of what goes back to them, of what goes to the callees. */
  readonly callerSeed?: number;
  readonly callerBackSeed?: number;
  readonly calleeSeed?: number;
  /** The calls from before stay. */
  readonly isMore?: boolean;
}

export interface RelayPorts {
  /** Where the relay listens for callers and for callees. */
  readonly ports: readonly number[];
  readonly backPorts: readonly number[];
}

const FORMATS = [{ payloadType: 0, encoding: "pcmu", clockRate: 8000 }];

const clock = new SystemClock();
const memory = openMemoryCalls();
/** As the server does. */
const letMemoryBe = keepMemoryLow({ clock });
const plane = new WorkerPlane({
  ports: { first: 20_000, last: 31_999 },
  workers: 1,
  clock,
  restMs: 0,
  log: { ...SILENT_LOG, error: (event, fields) => console.error(event, fields) },
});

function settings(port: number, keys: Partial<StreamSettings>): StreamSettings {
  return {
    remote: { host: "127.0.0.1", port, rtcpPort: port + 1 },
    signallingHost: "127.0.0.1",
    rtcpMux: false,
    direction: "sendrecv",
    receiveFormats: FORMATS,
    sendFormats: FORMATS,
    dtmf: "rfc4733",
    ...keys,
  };
}

async function open(): Promise<{ leg: number; port: number }> {
  const opened = await plane.open({ streams: [{ kind: "rtp" }], family: "ipv4" });
  if (!opened.ok) throw new Error(`Cannot open leg: ${opened.error}`);
  return { leg: opened.leg, port: opened.ports[0]! };
}

const legs: number[] = [];
async function build(request: RelayRequest): Promise<RelayPorts> {
  const ports: number[] = [], backPorts: number[] = [];
  const { callerSeed, callerBackSeed, calleeSeed } = request;
  for (const [i, from] of request.from.entries()) {
    const a = await open(), b = await open();
    plane.update(
      a.leg,
      0,
      settings(from, {
        ...(callerSeed === undefined ? {} : { receiveKey: benchKey(callerSeed, i) }),
        ...(callerBackSeed === undefined ? {} : { sendKey: benchKey(callerBackSeed, i) }),
      }),
    );
    const sendKey = calleeSeed === undefined ? {} : { sendKey: benchKey(calleeSeed, i) };
    plane.update(b.leg, 0, settings(request.to[i]!, sendKey));
    plane.connect(a.leg, b.leg);
    ports.push(a.port);
    backPorts.push(b.port);
    legs.push(a.leg, b.leg);
  }
  await plane.measure(legs.at(-1)!);
  return { ports, backPorts };
}

const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
for await (const line of lines) {
  const message = JSON.parse(line) as RelayRequest | { drops: true } | { sweep: true };
  if ("sweep" in message) {
    // What the main thread did to open calls is none of what a call keeps.
    memory?.sweep?.("thorough");
    await memory?.trim();
    console.log("{}");
    continue;
  }
  if ("drops" in message) {
    const [report] = await plane.workers();
    console.log(JSON.stringify({ drops: report?.kernelDrops ?? 0, lateBeats: report?.lateBeats ?? 0 }));
    continue;
  }
  if (!message.isMore) { for (const leg of legs.splice(0)) await plane.close(leg); }
  console.log(JSON.stringify(await build(message)));
}
letMemoryBe();
await plane.stop();
