/** Alarms of calls to the outside that a limit stopped. */

import assert from "node:assert/strict";
import { ManualClock, SILENT_LOG } from "../base/mod.ts";
import type { PbxEvent } from "../pbx/ports.ts";
import { TollWatch } from "./toll_watch.ts";

function watch(): { toll: TollWatch; clock: ManualClock; events: PbxEvent[] } {
  const clock = new ManualClock(), events: PbxEvent[] = [];
  const toll = new TollWatch({
    clock,
    log: SILENT_LOG,
    events: { emit: (event) => void events.push(event) },
  });
  return { toll, clock, events };
}

const call = (extension: string, number = "0088213") =>
  ({ domain: "office.example", extension, reason: "denied destination", number }) as const;

Deno.test("calls are counted by extension and domain, and an hour later no more", () => {
  const { toll, clock } = watch();
  toll.left("office.example", "100");
  toll.left("office.example", "101");
  toll.left("other.example", "100");
  assert.deepEqual(toll.lastHour("office.example", "100"), { extension: 1, domain: 2 });
  clock.advance(3_660_000);
  assert.deepEqual(toll.lastHour("office.example", "100"), { extension: 0, domain: 0 });
});

Deno.test("an alarm counts, tells, and stands for an hour after its last call", () => {
  const { toll, clock, events } = watch();
  toll.stopped(call("100", "1"));
  clock.advance(3_000_000);
  toll.stopped(call("101"));
  toll.stopped(call("100", "2"));
  assert.deepEqual(toll.alarms().map(({ extension, number, count }) => [extension, number, count]), [
    ["100", "2", 2],
    ["101", "0088213", 1],
  ]);
  assert.deepEqual(events[0], {
    kind: "limit",
    domain: "office.example",
    extension: "100",
    reason: "denied destination",
  });
  clock.advance(3_600_000);
  assert.deepEqual(toll.alarms(), []);
});

Deno.test("alarms are capped, the latest stay", () => {
  const { toll } = watch();
  for (let extension = 0; extension < 1000; extension++) toll.stopped(call(String(extension)));
  assert.equal(toll.alarms().length, 200);
  assert.equal(toll.alarms()[0]?.extension, "999");
});
