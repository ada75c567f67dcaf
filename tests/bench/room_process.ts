/** Rooms as a process of their own, so that they can be pinned to a core: opens what it is told and tells the ports. */
import { SILENT_LOG } from "../../src/base/mod.ts";
import { WorkerPlane } from "../../src/media/mod.ts";
import { SystemClock } from "../../src/platform/system_clock.ts";
import { benchKey } from "./bench_key.ts";
import { SEED_FROM_ROOM, SEED_TO_ROOM } from "./room_seeds.ts";
import { TextLineStream } from "./text_lines.ts";

export interface RoomsRequest {
  /** Ports of the members, those of one room after those of another. */
  readonly members: readonly number[];
  readonly roomSize: number;
  readonly isSecure: boolean;
  readonly codec: "pcmu" | "g722";
}

export interface RoomsPorts {
  readonly ports: readonly number[];
}

export interface BeatsReport {
  readonly beats: number;
  readonly lateBeats: number;
}

const plane = new WorkerPlane({
  ports: { first: 41_600, last: 41_999 },
  workers: 1,
  clock: new SystemClock(),
  restMs: 0,
  log: { ...SILENT_LOG, error: (event, fields) => console.error(event, fields) },
});

const legs: number[] = [];
const rooms: string[] = [];

async function build({ members, roomSize, isSecure, codec }: RoomsRequest): Promise<RoomsPorts> {
  for (const room of rooms.splice(0)) plane.closeRoom(room);
  for (const leg of legs.splice(0)) await plane.close(leg);
  const formats = [{ payloadType: codec === "pcmu" ? 0 : 9, encoding: codec, clockRate: 8000 }];
  const ports: number[] = [];
  for (const [i, port] of members.entries()) {
    const room = `room ${Math.floor(i / roomSize)}`;
    if (i % roomSize === 0) {
      plane.openRoom(room, { maxMembers: roomSize });
      rooms.push(room);
    }
    const opened = await plane.open({ streams: [{ kind: "rtp" }], family: "ipv4" });
    if (!opened.ok) throw new Error(`Cannot open leg: ${opened.error}`);
    const { leg } = opened;
    plane.update(leg, 0, {
      remote: { host: "127.0.0.1", port, rtcpPort: port + 1 },
      signallingHost: "127.0.0.1",
      rtcpMux: false,
      direction: "sendrecv",
      receiveFormats: formats,
      sendFormats: formats,
      dtmf: "rfc4733",
      ...(isSecure ? { receiveKey: benchKey(SEED_TO_ROOM, i), sendKey: benchKey(SEED_FROM_ROOM, i) } : {}),
    });
    plane.setMember(room, { leg, stream: 0, muted: false, held: false });
    ports.push(opened.ports[0]!);
    legs.push(leg);
  }
  await plane.measure(legs.at(-1)!);
  return { ports };
}

const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
for await (const line of lines) {
  const message = JSON.parse(line) as RoomsRequest | { report: true };
  if ("report" in message) {
    const [report] = await plane.workers();
    console.log(
      JSON.stringify({ beats: report?.beats ?? 0, lateBeats: report?.lateBeats ?? 0 } satisfies BeatsReport),
    );
  } else console.log(JSON.stringify(await build(message)));
}
await plane.stop();
