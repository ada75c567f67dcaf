/** What a media thread takes with it when it really dies: its own calls, and nothing of another thread's. */
import assert from "node:assert/strict";
import { PlaneBench } from "../support/plane_bench.ts";

const WORKER = new URL("../support/dying_worker.ts", import.meta.url);
const VOICE = new Uint8Array(160).fill(0x55);
/** A thread that is only quiet is taken for dead after some seconds: so many packets at 20 ms are a minute. */
const MOST_PACKETS = 3000;
/** A packet is on its way for some milliseconds; a busy machine may keep either thread from its turn for longer. */
const LONGEST_WAY_MS = 500;

for (const death of ["throws", "hangs"]) {
  Deno.test(`plane: a thread that ${death} loses its own calls and is started anew; another call misses nothing`, async () => {
    const bench = new PlaneBench({ sockets: "libc", workers: 2, workerUrl: WORKER });
    const [alice, bob, carol, dave] = [bench.peer(0xa), bench.peer(0xb), bench.peer(0xc), bench.peer(0xd)];
    const doomed = await bench.callOn(0, [alice, bob]);
    const [c] = await bench.callOn(1, [carol, dave]);

    const lost = () => bench.events.flatMap((event) => event.kind === "lost" ? [event.legs] : []);
    const source = { kind: "files", paths: [death] } as const;
    let sent = 0;
    const sentMs: number[] = [];
    const speak = async (isDone: () => boolean) => {
      while (!isDone() && sent < MOST_PACKETS) {
        sentMs.push(bench.network.now());
        carol.send(VOICE);
        sent++;
        await bench.until(() => dave.heard.length >= sent);
        for (let turn = 0; turn < 4; turn++) await bench.network.pump(5);
      }
    };
    await speak(() => sent === 10);
    bench.plane.play(doomed[0], source, { loop: false });
    await speak(() => lost().length > 0);
    assert.deepEqual(lost(), [doomed]);

    await speak(() => bench.links.length === 3);
    const erin = bench.peer(0xe), frank = bench.peer(0xf);
    await bench.callOn(0, [erin, frank]);
    erin.send(VOICE);
    await bench.until(() => frank.heard.length === 1);
    assert.equal(frank.heard.length, 1, "the thread started anew takes calls");

    await speak(() => sent % 10 === 0);
    const heard = dave.heard.map(({ sequenceNumber }) => sequenceNumber);
    assert.deepEqual(heard, Array.from({ length: sent }, (_, i) => 1000 + i));
    const longestMs = Math.max(...dave.heard.map(({ arrivalMs }, i) => arrivalMs - sentMs[i]!));
    assert.ok(longestMs < LONGEST_WAY_MS, `a packet was under way for ${longestMs.toFixed(1)} ms`);
    const report = await bench.plane.close(c);
    assert.deepEqual([report?.streams[0]?.packetsReceived, report?.streams[0]?.lost], [sent, 0]);
    await bench.stop();
  });
}
