import assert from "node:assert/strict";
import { ManualClock, SILENT_LOG } from "../base/mod.ts";
import { MediaThreadHandle } from "./media_thread_handle.ts";
import type { ThreadLink } from "./thread_link.ts";
import type { Command, Notice } from "./thread/mod.ts";

class FakeLink implements ThreadLink {
  onNotice: (notice: Notice) => void = () => {};
  onDeath: (reason: string) => void = () => {};
  readonly commands: Command[] = [];
  isTerminated = false;

  send(command: Command): void {
    this.commands.push(command);
    if (command.kind === "stop") this.onNotice({ kind: "stopped" });
  }

  terminate(): void {
    this.isTerminated = true;
  }

  live(): void {
    const report = { worker: 0, legs: 0, packets: 7, kernelDrops: 0, beats: 0, lateBeats: 0, load: 0 };
    this.onNotice({ kind: "beat", report });
  }
}

function start() {
  const clock = new ManualClock(), links: FakeLink[] = [];
  const left: number[] = [];
  let deaths = 0;
  const handle = new MediaThreadHandle({
    thread: { worker: 0, dscp: 46, crypto: "fast", sockets: "libc", restMs: 0, unverifiedPackets: 1 },
    clock,
    log: SILENT_LOG,
    spawn: () => {
      const link = new FakeLink();
      links.push(link);
      return link;
    },
    onNotice: () => {},
    onDeath: (handles) => {
      deaths++;
      left.push(...handles);
    },
  });
  return { clock, links, handle, deaths: () => deaths, left };
}

Deno.test("a thread that tells of itself is left alone", () => {
  const { clock, links, handle, deaths } = start();
  links[0]!.onNotice({ kind: "ready", canMove: true });
  for (let second = 0; second < 100; second++) {
    links[0]!.live();
    clock.advance(1000);
  }
  assert.equal(deaths(), 0);
  assert.equal(handle.report.packets, 7);
});

Deno.test("a thread without a sign of life is ended and started anew, questions answered with nothing", async () => {
  const { clock, links, handle, deaths } = start();
  links[0]!.onNotice({ kind: "ready", canMove: true });
  const answer = handle.ask((request) => ({ kind: "measure", request, leg: 1 }));
  clock.advance(8_000);
  assert.equal(await answer, undefined);
  assert.deepEqual([deaths(), links.length, links[0]!.isTerminated], [1, 2, true]);
  assert.equal(links[1]!.commands[0]!.kind, "start");
});

Deno.test("what a thread counted before it died is counted on by the next", () => {
  const { clock, links, handle } = start();
  links[0]!.live();
  links[0]!.live();
  assert.equal(handle.report.packets, 7);
  for (let life = 1; life < 4; life++) {
    links.at(-1)!.onDeath("the test says so");
    links.at(-1)!.live();
    assert.equal(handle.report.packets, 7 * life);
    clock.advance(1000);
    links.at(-1)!.live();
    assert.equal(handle.report.packets, 7 * (life + 1));
  }
});

Deno.test("what a thread opened for itself is told when it dies, of each thread its own", () => {
  const { clock, links, left } = start();
  const open = (link: FakeLink, handles: readonly number[]) => {
    const [command] = link.commands;
    if (command?.kind === "start") command.handles.set(handles);
  };
  open(links[0]!, [40, 41]);
  links[0]!.onDeath("the test says so");
  clock.advance(1000);
  open(links[1]!, [50]);
  links[1]!.onDeath("the test says so");
  assert.deepEqual(left, [40, 41, 50]);
});

Deno.test("a slow start is waited for", () => {
  const { clock, links, deaths } = start();
  clock.advance(19_000);
  assert.equal(deaths(), 0);
  links[0]!.onNotice({ kind: "ready", canMove: true });
  links[0]!.live();
  clock.advance(3_000);
  assert.equal(deaths(), 0);
});

Deno.test("a thread that dies at once is started again with growing pauses", () => {
  const { clock, links } = start();
  const times: number[] = [];
  for (let death = 0; death < 10; death++) {
    links.at(-1)!.onDeath("cannot load");
    const before = links.length, from = clock.now();
    while (links.length === before) clock.advance(50);
    times.push(clock.now() - from);
  }
  assert.deepEqual(times.slice(0, 4), [100, 200, 400, 800]);
  assert.equal(times.at(-1), 10_000);
});

Deno.test("the death of a thread that is gone already changes nothing", () => {
  const { clock, links, deaths } = start();
  links[0]!.onDeath("first");
  clock.advance(100);
  links[0]!.onDeath("again");
  assert.deepEqual([deaths(), links.length, links[1]!.isTerminated], [1, 2, false]);
});

Deno.test("a stopped thread leaves no timer and is not started again", async () => {
  const { clock, links, handle } = start();
  await handle.stop();
  assert.deepEqual([clock.pending, links.length, links[0]!.isTerminated], [0, 1, true]);
  assert.ok(!handle.isAlive);
  assert.equal(await handle.ask((request) => ({ kind: "measure", request, leg: 1 })), undefined);
});
