/** Waiting with real phones: the very music and words are heard, then the member; where callers go who waited in vain. */

import assert from "node:assert/strict";
import { type Baresip, hasBaresip } from "../support/baresip.ts";
import { hasKamailio } from "../support/carrier_kamailio.ts";
import { heardSeconds, shippedSound } from "../support/listening.ts";
import { assertHeard, PhoneOffice, play, type Scene, TONES } from "../support/phone_office.ts";
import { toneWav } from "../support/wav.ts";
import { pause } from "../support/waiting.ts";

const AVAILABLE = await hasBaresip();
if (!AVAILABLE) console.log("skipped: baresip is not installed (apt-get install baresip-core)");
const HAS_CARRIER = AVAILABLE && await hasKamailio();
if (AVAILABLE && !HAS_CARRIER) console.log("skipped: Kamailio is not installed (apt-get install kamailio)");

/** The most that any recording of `listener`, which has stopped, holds of a sound, in seconds; two are enough. */
async function mostHeard(listener: Baresip, path: string): Promise<number> {
  const sound = await shippedSound(path);
  return Math.max(0, ...(await listener.heard()).map((wav) => heardSeconds(wav, sound, 2)));
}

const QUEUE = { number: "600", name: "Sales", members: ["101"], ringSeconds: 20 };
const MUSIC = "music/waiting.wav";

const WAITING: readonly Scene[] = (["PCMA", "G722"] as const).map((codec) => ({
  name: `a waiting caller (${codec}) hears the shipped music, and the member's voice after the answer`,
  office: { huntGroups: [{ ...QUEUE, queue: { announcePosition: false } }] },
  async run(office) {
    const member = await office.phone("101", { codec });
    const caller = await office.phone("100", { codec });
    await member.dial("*43");
    await member.waitFor("CALL_ESTABLISHED");
    await caller.dial("600");
    await caller.waitFor("CALL_ESTABLISHED");
    await pause(3500);
    await member.command("hangup");
    await member.waitFor("CALL_ESTABLISHED", 8000, 2);
    await pause(1800);
    await caller.command("hangup");
    await member.waitFor("CALL_CLOSED", 4000, 2);
    const [record] = await office.records("600");
    assert.equal(record!.answeredBy, "101");
    assert.ok(record!.events.some(({ kind }) => kind === "group waiting"));
    await assertHeard([[caller, TONES["101"]!, "the caller"], [member, TONES["100"]!, "the member"]]);
    const music = await mostHeard(caller, MUSIC);
    assert.ok(music >= 2, `music was heard for ${music} s`);
  },
}));

const PLACES: readonly Scene[] = (["en", "zh"] as const).map((locale) => ({
  name: `callers hear their place in the queue (${locale})`,
  office: { locale, huntGroups: [{ ...QUEUE, queue: {} }] },
  async run(office) {
    const first = await office.phone("100");
    const second = await office.phone("102");
    await first.dial("600");
    await first.waitFor("CALL_ESTABLISHED");
    await second.dial("600");
    await second.waitFor("CALL_ESTABLISHED");
    await pause(4500);
    await Promise.all([first.command("hangup"), second.command("hangup")]);
    await Promise.all([first.stop(), second.stop()]);
    const next = await mostHeard(first, `${locale}/queue-next.wav`);
    const place = await mostHeard(second, `${locale}/queue-position.wav`);
    const two = await mostHeard(second, `${locale}/number-2.wav`);
    const music = await mostHeard(second, MUSIC);
    console.log(`${locale}: next ${next} s, place ${place} s, two ${two} s, then music ${music} s`);
    assert.ok(next >= 0.5 && place >= 0.5 && music >= 0.5);
    assert.ok(await mostHeard(first, `${locale}/queue-position.wav`) <= 0.25);
  },
}));

const OWN_MUSIC: Scene = {
  name: "a company's own music is put there by the API and played by its name at once",
  office: { huntGroups: [{ ...QUEUE, queue: { music: "ours", announcePosition: false } }] },
  async run(office) {
    const tune = toneWav(1850, { sampleRate: 8000, seconds: 5 });
    assert.equal(await office.put("/sounds/music/ours", tune), 204);
    assert.equal(await office.put("/sounds/music/waiting", tune.subarray(0, 20)), 422);
    const caller = await office.phone("100");
    await caller.dial("600");
    await caller.waitFor("CALL_ESTABLISHED");
    await pause(1800);
    await caller.command("hangup");
    await assertHeard([[caller, 1850, "the caller"]]);
  },
};

const OVERFLOWS: Scene = {
  name: "the overflow of a queue leads to an extension, and of another to a room, each with sound",
  office: {
    huntGroups: [
      { ...QUEUE, queue: { maxWaitSeconds: 2, announcePosition: false }, overflow: { to: "102" } },
      { ...QUEUE, number: "601", overflow: { to: "800" } },
    ],
    rooms: [{ number: "800" }],
  },
  async run(office) {
    const caller = await office.phone("100");
    const last = await office.phone("102");
    await caller.dial("600");
    await last.waitFor("CALL_ESTABLISHED", 6000);
    await last.waitForLog(/Diversion: <sip:600@office\.example>;reason=no-answer/);
    await pause(1800);
    await caller.command("hangup");
    await last.waitFor("CALL_CLOSED");
    await last.dial("800");
    await last.waitFor("CALL_ESTABLISHED", 6000, 2);
    const second = await office.phone("103");
    await second.dial("601");
    await second.waitFor("CALL_ESTABLISHED");
    await pause(1800);
    await second.command("hangup");
    await last.command("hangup");
    await assertHeard([
      [caller, TONES["102"]!, "the caller, from where the queue overflows,"],
      [last, TONES["100"]!, "who takes the overflow"],
      [second, TONES["102"]!, "who came into the room"],
    ]);
  },
};

const OUTSIDE: Scene = {
  name: "the overflow may leave the house by a rule",
  needsCarrier: true,
  office: {
    huntGroups: [{ ...QUEUE, overflow: { to: "8491711" } }],
    lines: [PhoneOffice.line()],
    rules: [{ match: "8*", strip: 1, via: ["trunk"], level: "international" }],
  },
  async run(office) {
    const outside = await office.outside();
    const caller = await office.phone("100");
    await caller.dial("600");
    await caller.waitFor("CALL_ESTABLISHED");
    await pause(1800);
    await caller.command("hangup");
    await outside.waitFor("CALL_CLOSED");
    await assertHeard([
      [caller, TONES["491711"]!, "the caller"],
      [outside, TONES["100"]!, "who was called outside"],
    ]);
  },
};

Deno.test({
  name: "callers wait with music and words, and go on when they waited in vain",
  ignore: !AVAILABLE,
  fn: (test) => play(test, [...WAITING, ...PLACES, OWN_MUSIC, OVERFLOWS, ...(HAS_CARRIER ? [OUTSIDE] : [])]),
});
