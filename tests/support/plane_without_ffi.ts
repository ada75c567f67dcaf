/** A call between a plain and an encrypted phone, as a program of its own that may not call libc; prints what came of it. */
import { type Log, SILENT_LOG } from "../../src/base/mod.ts";
import { PlaneBench } from "./plane_bench.ts";
import { srtpKey } from "./rtp_peer.ts";

const warnings: string[] = [];
const log: Log = { ...SILENT_LOG, warn: (event) => warnings.push(event), with: () => log };

const ffi = (await Deno.permissions.query({ name: "ffi" })).state;
/** Of its own: a port that is taken is told of in the log, too. */
const ports = { first: 24_700, last: 24_799 };
const bench = new PlaneBench({ sockets: "libc", phoneSockets: "deno", workers: 2, ports, log });
const alice = bench.peer(0xa11ce), bob = bench.peer(0xb0b);
const [, b] = await bench.call(alice, bob);
const toServer = srtpKey(1), toBob = srtpKey(2);
bob.secure({ send: toServer, receive: toBob });
bench.plane.update(b, 0, bob.settings({ receiveKey: toServer, sendKey: toBob }));
await bench.plane.measure(b);
for (let i = 0; i < 5; i++) {
  alice.send(Uint8Array.of(1, i));
  bob.send(Uint8Array.of(2, i));
}
await bench.until(() => alice.heard.length === 5 && bob.heard.length === 5);
const suite = (await bench.plane.measure(b))?.streams[0]?.suite;
const [byAlice, byBob] = [alice, bob].map(({ heard }) => heard.map(({ payload }) => [...payload]));
await bench.stop();
console.log(JSON.stringify({ ffi, warnings, byAlice, byBob, suite }));
