/** A room on a real media thread with real sockets: losses and jitter leave no gaps, and sound is there in time. */

import assert from "node:assert/strict";
import { seededRandom, SILENT_LOG } from "../../src/base/mod.ts";
import { WorkerPlane } from "../../src/media/mod.ts";
import { decodePcmu, encodePcmu } from "../../src/media/codec/mod.ts";
import { closeHandles, openLibcNetwork } from "../../src/platform/datagram.ts";
import { SystemClock } from "../../src/platform/system_clock.ts";
import { NetworkEmulator } from "../support/network_emulator.ts";
import { RtpPeer, srtpKey } from "../support/rtp_peer.ts";
import { longestGapMs } from "../support/spectrum.ts";

const network = openLibcNetwork();
if (!network) console.log("skipped: libc cannot be called");

const BEAT_MS = 20;
const FRAME = 160;
const AMPLITUDE = 8000;
/** A machine that held up the test itself for longer has added to the jitter; another try is made. */
const DISTURBED_MS = 15;
const TRIES = 4;

function frame(isLoud: boolean, position: number): Uint8Array {
  const step = 2 * Math.PI * 437 / 8000;
  const pcm = Int16Array.from(
    { length: FRAME },
    (_, i) => isLoud ? AMPLITUDE * Math.sin((position * FRAME + i) * step) : 0,
  );
  const bytes = new Uint8Array(FRAME);
  encodePcmu(pcm, bytes);
  return bytes;
}

class Bench implements AsyncDisposable {
  readonly clock = new SystemClock();
  readonly net = network!;
  readonly plane = new WorkerPlane({
    ports: { first: 41_000, last: 41_099 },
    workers: 1,
    restMs: 0,
    clock: this.clock,
    log: SILENT_LOG,
    closeHandles,
  });
  readonly peers: RtpPeer[] = [];
  /** How late the test's own beats were. */
  mostLateMs = 0;

  async join(seed: number): Promise<RtpPeer> {
    const opened = await this.plane.open({ streams: [{ kind: "rtp" }], family: "ipv4" });
    assert.ok(opened.ok);
    const peer = new RtpPeer(this.net, { ssrc: seed });
    this.peers.push(peer);
    peer.secure({ send: srtpKey(seed), receive: srtpKey(seed + 1) });
    peer.aimAt(opened.ports[0]!);
    this.plane.openRoom("800", { maxMembers: 5 });
    this.plane.update(
      opened.leg,
      0,
      peer.settings({ receiveKey: srtpKey(seed), sendKey: srtpKey(seed + 1) }),
    );
    this.plane.setMember("800", { leg: opened.leg, stream: 0, muted: false, held: false });
    return peer;
  }

  /** Calls `beat` every 20 ms, and `between` about every millisecond. */
  async run(ms: number, beat: () => void, between: () => void = () => {}): Promise<void> {
    const startMs = this.net.now();
    for (let count = 0; count * BEAT_MS < ms;) {
      const dueMs = startMs + count * BEAT_MS, nowMs = this.net.now();
      if (nowMs >= dueMs) {
        this.mostLateMs = Math.max(this.mostLateMs, nowMs - dueMs);
        beat();
        count++;
      }
      between();
      await this.net.pump(1);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const peer of this.peers) peer.close();
    await this.plane.stop();
    this.clock.stop();
  }
}

/** Repeats what the machine itself disturbed. */
async function undisturbed(
  name: string,
  attempt: (bench: Bench) => Promise<string | undefined>,
): Promise<void> {
  const faults: string[] = [];
  for (let tried = 0; tried < TRIES; tried++) {
    await using bench = new Bench();
    const fault = await attempt(bench);
    if (fault === undefined) return;
    faults.push(`${fault} (beats of the test up to ${Math.round(bench.mostLateMs)} ms late)`);
    if (bench.mostLateMs < DISTURBED_MS) break;
  }
  assert.fail(`${name}: ${faults.join("; ")}`);
}

Deno.test({
  name: "5 % of loss and 40 ms of jitter leave no gap over 60 ms",
  ignore: !network,
  fn: () =>
    undisturbed("gaps", async (bench) => {
      const speaker = await bench.join(10), listener = await bench.join(20);
      const path = new NetworkEmulator<{ payload: Uint8Array; sequence: number; time: number }>(
        { loss: 0.05, jitterMs: 40, delayMs: 20 },
        seededRandom(7),
      );
      let position = 0;
      await bench.run(10_000, () => {
        path.push(
          { payload: frame(true, position), sequence: position & 0xffff, time: position * FRAME },
          bench.net.now(),
        );
        position++;
        listener.send(frame(false, 0));
      }, () => {
        for (let next = path.pop(bench.net.now()); next; next = path.pop(bench.net.now())) {
          speaker.sequence = next.sequence;
          speaker.time = next.time;
          speaker.send(next.payload);
        }
      });
      const heard: number[] = [], pcm = new Int16Array(FRAME);
      for (const { payload } of listener.heard) {
        decodePcmu(payload, pcm);
        for (const sample of pcm) heard.push(sample / 32768);
      }
      assert.equal(listener.unreadable, 0);
      assert.ok(path.lost > 10);
      const seconds = heard.length / 8000;
      if (seconds < 9.5) return `only ${seconds} s were heard`;
      const gap = longestGapMs({ sampleRate: 8000, samples: Float64Array.from(heard) }, {
        fromSec: 2,
        toSec: seconds - 0.5,
      });
      return gap <= 60 ? undefined : `a gap of ${gap} ms`;
    }),
});

Deno.test({
  name: "sound takes less than 120 ms from one member to another",
  ignore: !network,
  fn: () =>
    undisturbed("delay", async (bench) => {
      const speaker = await bench.join(10), listener = await bench.join(20);
      const delays: number[] = [];
      await bench.run(1000, () => bench.peers.forEach((peer) => peer.send(frame(false, 0))));
      for (let burst = 0; burst < 8; burst++) {
        await bench.run(300 + 7 * burst, () => bench.peers.forEach((peer) => peer.send(frame(false, 0))));
        const saidMs = bench.net.now(), pcm = new Int16Array(FRAME);
        let position = 0, heardMs = Infinity, seen = listener.heard.length;
        await bench.run(300, () => {
          speaker.send(frame(true, position++));
          listener.send(frame(false, 0));
        }, () => {
          for (; seen < listener.heard.length; seen++) {
            decodePcmu(listener.heard[seen]!.payload, pcm);
            const isLoud = pcm.some((sample) => Math.abs(sample) > AMPLITUDE / 4);
            if (isLoud) heardMs = Math.min(heardMs, bench.net.now());
          }
        });
        delays.push(heardMs - saidMs);
      }
      // A packet holds the 20 ms before it is sent.
      const most = Math.max(...delays) + BEAT_MS;
      return most < 120 ? undefined : `${delays.map(Math.round).join(" ")} ms`;
    }),
});

globalThis.addEventListener("unload", () => network?.close());
