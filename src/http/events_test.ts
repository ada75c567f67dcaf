/** The event stream: order, kinds, memory for those who come back, and an end for those who may no longer listen. */

import assert from "node:assert/strict";
import { ManualClock } from "../base/mod.ts";
import type { PbxEvent } from "../pbx/ports.ts";
import { EventHub } from "./events.ts";

const room = (number: string): PbxEvent => ({ kind: "room", domain: "office.example", room: number });

/** Everything that has been sent so far. */
async function take(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  let text = "";
  for (;;) {
    const next = await Promise.race([reader.read(), Promise.resolve().then(() => undefined)]);
    if (!next || next.done) return text;
    text += new TextDecoder().decode(next.value);
    await Promise.resolve();
  }
}

async function drain(response: Response): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const bytes of response.body!) text += decoder.decode(bytes);
  return text;
}

function open(hub: EventHub, options: Partial<Parameters<EventHub["open"]>[0]> = {}): Response {
  return hub.open({ isAllowed: () => true, ...options })!;
}

Deno.test("who listens hears what happens, of the kinds that were asked for", async () => {
  const hub = new EventHub(new ManualClock());
  const all = open(hub), bans = open(hub, { kinds: ["ban"] });
  hub.emit(room("800"));
  hub.emit({ kind: "ban", address: "192.0.2.9", until: 1, reason: "wrong" });
  hub.stop();
  const heard = await drain(all);
  assert.match(heard, /^retry: 2000\n\n/);
  assert.match(heard, /\nevent: room\ndata: \{"at":1000000,"kind":"room".*\}\n\nid: [0-9]+\nevent: ban\n/);
  const some = await drain(bans);
  assert.doesNotMatch(some, /room/);
  assert.match(some, /event: ban/);
  assert.equal(hub.size, 0);
});

Deno.test("a name with line breaks cannot forge an event", async () => {
  const hub = new EventHub(new ManualClock());
  const stream = open(hub);
  hub.emit(room("800\n\nevent: ban\ndata: {}\r\r\u2028"));
  hub.stop();
  const text = await drain(stream);
  assert.equal(text.match(/^event: /gm)?.length, 1);
  assert.ok(!text.includes("\r"));
});

Deno.test("who comes back is told what was missed, once", async () => {
  const hub = new EventHub(new ManualClock());
  const first = open(hub);
  hub.emit(room("1"));
  hub.emit(room("2"));
  hub.stop();
  const [id] = /[0-9]+/.exec((await drain(first)).split("id: ")[1]!)!;
  const second = open(hub, { lastEventId: id! });
  hub.emit(room("3"));
  hub.stop();
  assert.deepEqual((await drain(second)).match(/"room":"[0-9]"/g), ['"room":"2"', '"room":"3"']);
  for (const lastEventId of ["", "x", "-1e400", "NaN"]) {
    const odd = open(hub, { lastEventId });
    hub.stop();
    assert.match(await drain(odd), /^retry/, lastEventId);
  }
});

Deno.test("a session that has ended hears nothing more, not even a beat", async () => {
  const clock = new ManualClock(), hub = new EventHub(clock);
  let mayListen = true;
  const streams = [open(hub, { isAllowed: () => mayListen }), open(hub, { isAllowed: () => mayListen })];
  const reader = streams[0]!.body!.getReader();
  hub.emit(room("1"));
  assert.match(await take(reader), /"room":"1"/);
  mayListen = false;
  hub.emit(room("2"));
  assert.equal(hub.size, 0);
  assert.doesNotMatch(await drain(streams[1]!), /"room":"2"/);
  const idle = open(hub, { isAllowed: () => mayListen });
  clock.advance(15_000);
  assert.equal(hub.size, 0);
  assert.doesNotMatch(await drain(idle), /beat/);
  assert.equal(clock.pending, 0, "nobody listens, nothing beats");
});

Deno.test("streams are capped, a reader that sleeps is let go, and memory stays short", () => {
  const hub = new EventHub(new ManualClock());
  const sleepers = Array.from({ length: 200 }, () => open(hub));
  assert.equal(sleepers.length, 200);
  assert.equal(hub.open({ isAllowed: () => true }), undefined);
  for (let count = 0; count < 600; count++) hub.emit(room("1"));
  assert.equal(hub.size, 0);
  for (let count = 0; count < 10_000; count++) hub.emit(room("1"));
  assert.ok(hub.open({ isAllowed: () => true, lastEventId: "0" }));
});
