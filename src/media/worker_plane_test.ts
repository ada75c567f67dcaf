import assert from "node:assert/strict";
import { ManualClock, SILENT_LOG } from "../base/mod.ts";
import type { LegId, StreamSettings } from "./plane.ts";
import type { ThreadLink } from "./thread_link.ts";
import type { Command, Notice, Opened } from "./thread/mod.ts";
import { WorkerPlane } from "./worker_plane.ts";

/** A thread that answers at once, except for exports, which the test answers. */
class FakeThread implements ThreadLink {
  onNotice: (notice: Notice) => void = () => {};
  onDeath: (reason: string) => void = () => {};
  readonly seen: string[] = [];
  readonly exports: (() => void)[] = [];
  readonly #answer: (ports: readonly number[]) => Opened;
  readonly #canMove: boolean;

  constructor(answer: (ports: readonly number[]) => Opened, canMove: boolean) {
    this.#answer = answer;
    this.#canMove = canMove;
  }

  send(command: Command): void {
    if (command.kind === "start") {
      return queueMicrotask(() => this.onNotice({ kind: "ready", canMove: this.#canMove }));
    }
    this.seen.push(describe(command));
    if (command.kind === "open") {
      const opened = this.#answer(command.open.ports);
      this.onNotice({ kind: "opened", request: command.request, opened });
    } else if (command.kind === "close" || command.kind === "measure") {
      this.onNotice({ kind: "report", request: command.request, report: { leg: command.leg, streams: [] } });
    } else if (command.kind === "export") {
      const { request, leg } = command;
      this.exports.push(() =>
        this.onNotice({ kind: "exported", request, state: { leg, label: "", streams: [], silence: [] } })
      );
    } else if (command.kind === "stop") {
      this.onNotice({ kind: "stopped" });
    }
  }

  terminate(): void {}
}

function describe(command: Command): string {
  switch (command.kind) {
    case "connect":
      return `connect ${command.a} ${command.b}`;
    case "import":
      return `import ${command.states.map(({ leg }) => leg)}, ${describe(command.then)}`;
    case "setMember":
      return `setMember ${command.member.leg}`;
    default:
      return "leg" in command ? `${command.kind} ${command.leg}` : command.kind;
  }
}

const SETTINGS: StreamSettings = {
  rtcpMux: false,
  direction: "sendrecv",
  receiveFormats: [],
  sendFormats: [],
  dtmf: "none",
};

function planeOf(
  options: { threads?: number; answer?: (ports: readonly number[]) => Opened; canMove?: boolean } = {},
) {
  const threads: FakeThread[] = [], clock = new ManualClock(), warnings: string[] = [];
  const plane = new WorkerPlane({
    ports: { first: 20_000, last: 20_019 },
    workers: options.threads ?? 1,
    clock,
    log: { ...SILENT_LOG, warn: (event) => warnings.push(event) },
    spawn: () => {
      const thread = new FakeThread(options.answer ?? (() => ({ ok: true })), options.canMove ?? true);
      threads.push(thread);
      return thread;
    },
  });
  const open = async (near?: LegId) => {
    const opened = await plane.open({
      streams: [{ kind: "rtp" }],
      family: "ipv4",
      ...(near === undefined ? {} : { near }),
    });
    assert.ok(opened.ok);
    return opened;
  };
  return { plane, threads, clock, open, warnings };
}

const turn = () => new Promise<void>((resolve) => setTimeout(resolve));

Deno.test("legs go to the thread with the fewest, and near ones together", async () => {
  const { plane, threads, open } = planeOf({ threads: 2 });
  const first = await open();
  await open(first.leg);
  await open(first.leg);
  await open();
  assert.deepEqual(threads.map(({ seen }) => seen.length), [3, 1]);
  await plane.stop();
});

Deno.test("a thread that says it is busy gets no new legs while another is not, few legs or many", async () => {
  const { plane, threads, open } = planeOf({ threads: 2 });
  const report = { worker: 0, legs: 0, packets: 0, kernelDrops: 0, beats: 0, lateBeats: 0, load: 0.62 };
  threads[0]!.onNotice({ kind: "beat", report });
  for (let i = 0; i < 4; i++) await open();
  assert.deepEqual(threads.map(({ seen }) => seen.length), [0, 4]);
  threads[1]!.onNotice({ kind: "beat", report: { ...report, worker: 1, legs: 4, load: 0.75 } });
  await open();
  assert.deepEqual(threads.map(({ seen }) => seen.length), [1, 4]);
  await plane.stop();
});

Deno.test("where legs cannot move all are on one thread, which is said once at the start", async () => {
  const { plane, threads, open, warnings } = planeOf({ threads: 3, canMove: false });
  for (let i = 0; i < 4; i++) await open();
  assert.deepEqual(threads.map(({ seen }) => seen.length), [4, 0, 0]);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /share one media thread/);
  await plane.stop();
  for (const options of [{ threads: 1, canMove: false }, { threads: 3 }]) {
    const silent = planeOf(options);
    await silent.open();
    assert.deepEqual(silent.warnings, []);
    await silent.plane.stop();
  }
});

Deno.test("a room opens on the thread with less to do, and its members move there whatever theirs has to do", async () => {
  const { plane, threads, open } = planeOf({ threads: 2 });
  const report = { worker: 0, legs: 0, packets: 0, kernelDrops: 0, beats: 0, lateBeats: 0, load: 0.62 };
  const { leg } = await open();
  threads[0]!.onNotice({ kind: "beat", report: { ...report, legs: 1 } });
  plane.openRoom("800", { maxMembers: 5 });
  plane.setMember("800", { leg, stream: 0, muted: false, held: false });
  await turn();
  threads[0]!.exports[0]!();
  await turn();
  assert.deepEqual(threads[1]!.seen, ["openRoom", `import ${leg}, setMember ${leg}`]);
  await plane.stop();
});

Deno.test("legs opened since a thread's last report count as load", async () => {
  const { plane, threads, open } = planeOf({ threads: 2 });
  const report = { worker: 0, legs: 0, packets: 0, kernelDrops: 0, beats: 0, lateBeats: 0, load: 0.15 };
  threads[0]!.onNotice({ kind: "beat", report });
  // Less by a hair than a tenth: the first leg makes the two alike.
  threads[1]!.onNotice({ kind: "beat", report: { ...report, worker: 1, load: 0.0996 } });
  await open();
  await open();
  assert.deepEqual(threads.map(({ seen }) => seen.length), [1, 1]);
  await plane.stop();
});

Deno.test("a leg that will be joined with another opens beside it, on a busy thread, too", async () => {
  const { plane, threads, open } = planeOf({ threads: 2 });
  const report = { worker: 0, legs: 1, packets: 0, kernelDrops: 0, beats: 0, lateBeats: 0, load: 0.62 };
  const { leg } = await open();
  threads[0]!.onNotice({ kind: "beat", report });
  await open(leg);
  assert.deepEqual(threads.map(({ seen }) => seen.length), [2, 0]);
  await plane.stop();
});

Deno.test("a port that is taken is passed over; a fault that no other port cures ends the search", async () => {
  const taken = planeOf({
    answer: ([port = 0]) =>
      port < 20_006 ? { ok: false, port, fatal: false, reason: "in use" } : { ok: true },
  });
  assert.deepEqual((await taken.open()).ports, [20_006]);
  await taken.plane.stop();
  const broken = planeOf({
    answer: ([port = 0]) => ({ ok: false, port, fatal: true, reason: "not permitted" }),
  });
  const answer = await broken.plane.open({ streams: [{ kind: "rtp" }], family: "ipv4" });
  assert.deepEqual(answer, { ok: false, error: "no ports" });
  assert.equal(broken.threads[0]!.seen.length, 1);
  await broken.plane.stop();
});

Deno.test("without a living thread there is no leg", async () => {
  const { plane, threads } = planeOf();
  threads[0]!.onDeath("the test says so");
  const answer = await plane.open({ streams: [{ kind: "rtp" }], family: "ipv4" });
  assert.deepEqual(answer, { ok: false, error: "no worker" });
  await plane.stop();
});

Deno.test("what is said of a leg while it moves waits, in order, for both ends", async () => {
  const { plane, threads, open } = planeOf({ threads: 2 });
  const a = (await open()).leg, b = (await open()).leg;
  plane.connect(a, b);
  plane.update(b, 0, SETTINGS);
  plane.echo(a);
  const report = plane.measure(b);
  await turn();
  assert.deepEqual(threads[0]!.seen.slice(1), []);
  assert.deepEqual(threads[1]!.seen.slice(1), [`export ${b}`]);
  threads[1]!.exports[0]!();
  assert.equal((await report)?.leg, b);
  assert.deepEqual(threads[0]!.seen.slice(1), [
    `import ${b}, connect ${a} ${b}`,
    `update ${b}`,
    `echo ${a}`,
    `measure ${b}`,
  ]);
  plane.disconnect(a);
  assert.equal(threads[0]!.seen.at(-1), `disconnect ${a}`, "nothing waits any more");
  await plane.stop();
});

Deno.test("the recorded one of two stays where it is", async () => {
  const { plane, threads, open } = planeOf({ threads: 2 });
  const a = (await open()).leg, b = (await open()).leg;
  plane.record(b, { path: "x.wav", layout: "mix" });
  plane.connect(a, b);
  await turn();
  assert.deepEqual(threads[0]!.seen.at(-1), `export ${a}`);
  await plane.stop();
});

Deno.test("members come to the room's thread, or stay when they are there", async () => {
  const { plane, threads, open } = planeOf({ threads: 2 });
  plane.openRoom("800", { maxMembers: 5 });
  const a = (await open()).leg, b = (await open()).leg;
  const member = { stream: 0, muted: false, held: false };
  plane.setMember("800", { leg: a, ...member });
  plane.setMember("800", { leg: b, ...member });
  await turn();
  threads[1]!.exports[0]!();
  await turn();
  assert.deepEqual(threads[0]!.seen.slice(-2), [`setMember ${a}`, `import ${b}, setMember ${b}`]);
  await plane.stop();
});

Deno.test("a thread that dies in the middle of a move takes the leg with it, and nothing waits for ever", async () => {
  const { plane, threads, open } = planeOf({ threads: 2 });
  const a = (await open()).leg, b = (await open()).leg, lost: LegId[] = [];
  plane.onEvent((event) => event.kind === "lost" && lost.push(...event.legs));
  plane.connect(a, b);
  const report = plane.measure(a);
  await turn();
  threads[1]!.onDeath("the test says so");
  assert.equal((await report)?.leg, a);
  assert.deepEqual(lost, [b]);
  await plane.stop();
});

Deno.test("commands for legs and rooms that are gone go nowhere", async () => {
  const { plane, threads } = planeOf();
  plane.update(7, 0, SETTINGS);
  plane.connect(7, 8);
  plane.setMember("no", { leg: 7, stream: 0, muted: false, held: false });
  assert.equal(await plane.close(7), undefined);
  assert.equal(await plane.measure(7), undefined);
  assert.deepEqual(threads[0]!.seen, []);
  await plane.stop();
});
