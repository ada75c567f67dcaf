/** What people do every day, with real phones over TLS and SRTP: forwards, pickup, park, join, do-not-disturb, transfers. */

import assert from "node:assert/strict";
import { type Baresip, hasBaresip } from "../support/baresip.ts";
import { hasKamailio } from "../support/carrier_kamailio.ts";
import { heardSeconds, shippedSound } from "../support/listening.ts";
import {
  assertHeard,
  assertSpoke,
  PhoneOffice,
  play,
  RATES_MS,
  type Scene,
  silence,
  TONES,
} from "../support/phone_office.ts";
import { lastPiece, soundRms, toneRms } from "../support/spectrum.ts";
import { pause } from "../support/waiting.ts";

const AVAILABLE = await hasBaresip();
if (!AVAILABLE) console.log("skipped: baresip is not installed (apt-get install baresip-core)");
const HAS_CARRIER = AVAILABLE && await hasKamailio();
if (AVAILABLE && !HAS_CARRIER) console.log("skipped: Kamailio is not installed (apt-get install kamailio)");

const MANUAL = { answer: "manual" } as const;
const COMPLETED_ELSEWHERE = /CANCEL sip:[\s\S]*Reason: SIP;cause=200;text="Call completed elsewhere"/;

/** Dials a code and waits until the words have been said. */
async function code(phone: Baresip, digits: string): Promise<void> {
  const times = phone.count("CALL_CLOSED") + 1;
  await phone.dial(digits);
  await phone.waitFor("CALL_CLOSED", 12_000, times);
}

/** The words that `phone`, which has stopped, was told, in order: of `prompts` the one most heard in each recording. */
async function told(phone: Baresip, prompts: readonly string[]): Promise<string[]> {
  const sounds = await Promise.all(prompts.map((prompt) => shippedSound(`en/${prompt}.wav`)));
  const words: string[] = [];
  for (const wav of await phone.heard()) {
    const seconds = sounds.map((sound) => heardSeconds(wav, sound));
    const most = Math.max(...seconds);
    if (most >= 0.5) words.push(prompts[seconds.indexOf(most)]!);
  }
  return words;
}

/** `a` calls `number` and talks to `b` until it hangs up. */
async function reaches(a: Baresip, number: string, b: Baresip): Promise<void> {
  const [before, after] = [b.count("CALL_ESTABLISHED") + 1, b.count("CALL_CLOSED") + 1];
  await a.dial(number);
  await b.waitFor("CALL_ESTABLISHED", 8000, before);
  await pause(1500);
  await a.command("hangup");
  await b.waitFor("CALL_CLOSED", 8000, after);
}

const FORWARDS: Scene = {
  name: "*90 to *93 and the API forward, # ends it, and who has no right hears so",
  extensions: {
    "101": { maxCalls: 1, forward: { noAnswer: { to: "103", afterSeconds: 2 } } },
    "103": { mayForward: false },
  },
  async run(office) {
    const alice = await office.phone("100");
    const carol = await office.phone("102");
    const dave = await office.phone("103");
    const bob = await office.phone("101", MANUAL);
    await code(bob, "*93*102");
    await reaches(alice, "101", carol);
    await carol.waitForLog(/Diversion: <sip:101@office\.example>;reason=unconditional/);
    await alice.waitForLog(/SIP\/2\.0 181 /);
    const forward = "/domains/office.example/extensions/101/forward";
    assert.equal(await office.put(forward, { reason: "always", to: "101" }), 422);
    assert.equal(await office.put(forward, { reason: "always", to: "103" }), 204);
    await reaches(alice, "101", dave);
    assert.equal(bob.count("CALL_INCOMING"), 0);
    await code(bob, "*93#");
    await code(bob, "*92*102");
    await reaches(alice, "101", carol);
    assert.equal(bob.count("CALL_INCOMING"), 1);
    await carol.waitForLog(/Diversion: <sip:101@office\.example>;reason=no-answer/);
    await code(bob, "*90*102");
    await bob.dial("*43");
    await bob.waitFor("CALL_ESTABLISHED", 8000, 5);
    await reaches(alice, "101", carol);
    await carol.waitForLog(/Diversion: <sip:101@office\.example>;reason=user-busy/);
    await bob.command("hangup");
    await code(bob, "*91*102");
    await code(dave, "*93*102");
    await bob.stop();
    await reaches(alice, "101", carol);
    await carol.waitForLog(/Diversion: <sip:101@office\.example>;reason=unavailable/);
    await assertHeard([[alice, TONES["102"]!, "the caller"], [carol, TONES["100"]!, "102"]]);
    await dave.stop();
    assert.deepEqual(await told(bob, ["forward-on", "forward-off"]), [
      "forward-on",
      "forward-off",
      "forward-on",
      "forward-on",
      "forward-on",
    ]);
    assert.deepEqual(await told(dave, ["forward-on", "not-allowed"]), ["not-allowed"]);
  },
};

const PICKUP: Scene = {
  name: "*40* and *50* take the call that rings at another phone",
  office: { pickupGroups: [{ name: "desk", members: ["101", "102"] }] },
  async run(office) {
    const alice = await office.phone("100");
    const bob = await office.phone("101", MANUAL);
    const carol = await office.phone("102");
    const dave = await office.phone("103");
    for (const [index, digits] of ["*40*101", "*50*"].entries()) {
      await alice.dial("101");
      await bob.waitFor("CALL_INCOMING", 8000, index + 1);
      if (index === 0) {
        await dave.dial("*50*");
        await dave.waitFor("CALL_CLOSED");
        assert.equal(dave.count("CALL_ESTABLISHED"), 0, "not in the pickup group");
      }
      await carol.dial(digits);
      await bob.waitFor("CALL_CLOSED", 4000, index + 1);
      await alice.waitFor("CALL_ESTABLISHED", 8000, index + 1);
      await pause(1600);
      await carol.command("hangup");
      await alice.waitFor("CALL_CLOSED", 8000, index + 1);
    }
    await bob.waitForLog(COMPLETED_ELSEWHERE);
    const [record] = await office.records("101");
    assert.ok(record!.events.some(({ kind, party }) => kind === "picked up" && party === "102"));
    await assertHeard([[alice, TONES["102"]!, "the caller"], [carol, TONES["100"]!, "who picked up"]]);
  },
};

const PARK: Scene = {
  name: "*70* parks a call by transfer with music, *71* fetches it from another phone",
  async run(office) {
    const alice = await office.phone("100");
    const bob = await office.phone("101");
    const carol = await office.phone("102");
    await alice.dial("101");
    await bob.waitFor("CALL_ESTABLISHED");
    await pause(500);
    await bob.command("transfer", "sip:*70*7@office.example");
    await bob.waitFor("CALL_CLOSED");
    await pause(2500);
    await carol.dial("*71*8");
    await carol.waitFor("CALL_CLOSED", 10_000);
    await carol.dial("*71*7");
    await carol.waitFor("CALL_ESTABLISHED", 8000, 2);
    await pause(1600);
    await alice.command("hangup");
    await carol.waitFor("CALL_CLOSED", 8000, 2);
    const [record] = await office.records("101");
    const kinds = record!.events.map(({ kind }) => kind);
    assert.ok(kinds.includes("parked") && kinds.includes("fetched"), kinds.join());
    await assertHeard([[alice, TONES["102"]!, "who was parked"], [carol, TONES["100"]!, "who fetched"]]);
    const music = await shippedSound("music/waiting.wav");
    const heard = Math.max(...(await alice.heard()).map((wav) => heardSeconds(wav, music, 1.5)));
    assert.ok(heard >= 1.5, `music was heard for ${heard} s`);
    assert.deepEqual(await told(carol, ["nothing-parked"]), ["nothing-parked"]);
  },
};

const JOIN: Scene = {
  name:
    "*74 brings a second phone into the call: each hears both others; then the first leaves and two talk on",
  async run(office) {
    const alice = await office.phone("100");
    const desk = await office.phone("101");
    const mobile = await office.phone("101", { ...MANUAL, tone: 1900 });
    await alice.dial("101");
    await desk.waitFor("CALL_ESTABLISHED");
    await mobile.dial("*74");
    await mobile.waitFor("CALL_ESTABLISHED");
    await pause(2500);
    await desk.command("hangup");
    await desk.waitFor("CALL_CLOSED");
    await pause(2000);
    await alice.command("hangup");
    await mobile.waitFor("CALL_CLOSED", 4000, mobile.count("CALL_INCOMING") + 1);
    await assertHeard([[alice, 1900, "the other, of the two who are left,"], [
      mobile,
      440,
      "the second phone",
    ]]);
    await desk.stop();
    const [heard] = await desk.heard();
    // The last second of the first phone's call: the other and the second phone, and nothing of itself.
    const piece = lastPiece(heard!, { seconds: 1, beforeEndSec: 0.3 });
    const [all, own, ...others] = [
      soundRms(heard!, piece),
      ...[700, 440, 1900].map((f) => toneRms(heard!, f, piece)),
    ];
    for (const other of others) assert.ok(other > 0.3 * all, `${other} of ${all}`);
    assert.ok(own! < 0.05 * all, `itself: ${own} of ${all}`);
  },
};

const PEACE: Scene = {
  name: "*78: callers hear busy, the phone says nothing; *78# ends it",
  async run(office) {
    const alice = await office.phone("100");
    const bob = await office.phone("101");
    await code(bob, "*78");
    await alice.dial("101");
    await alice.waitFor("CALL_CLOSED");
    await alice.waitForLog(/SIP\/2\.0 486 /);
    assert.equal(bob.count("CALL_INCOMING"), 0);
    await code(bob, "*78#");
    await reaches(alice, "101", bob);
    await bob.stop();
    assert.deepEqual(await told(bob, ["do-not-disturb-on", "do-not-disturb-off"]), [
      "do-not-disturb-on",
      "do-not-disturb-off",
    ]);
  },
};

const TARGETS = {
  huntGroups: [{ number: "600", name: "Sales", members: ["102"] }],
  rooms: [{ number: "800", allowOutside: true }],
  lines: [PhoneOffice.line()],
  rules: [{ match: "8*", strip: 1, via: ["trunk"], level: "outside" }],
};

/** Seconds until, and while, somebody heard nobody, one for each side of a transfer that was recorded. */
const gaps: number[] = [];

/** 101 holds who called it, calls `target`, and joins the two (`attended`), before or after the answer, or sends at once. */
function transfer(way: "blind" | "attended" | "early", target: string, to: "102" | "491711"): Scene {
  const where = to === "102" ? (target === "600" ? "a group" : "an extension") : "a line";
  return {
    name: `${way} transfer to ${where}: who remains hears each other within a second`,
    needsCarrier: to === "491711",
    office: to === "102" ? { huntGroups: TARGETS.huntGroups } : TARGETS,
    async run(office) {
      const alice = await office.phone("100");
      const bob = await office.phone("101");
      const rest = way === "early" ? MANUAL : {};
      const third = await (to === "102" ? office.phone("102", rest) : office.outside(rest));
      await alice.dial("101");
      await Promise.all([alice.waitFor("CALL_ESTABLISHED"), bob.waitFor("CALL_ESTABLISHED")]);
      await pause(300);
      if (way === "blind") await bob.command("transfer", `sip:${target}@office.example`);
      else {
        await bob.command("hold");
        await pause(300);
        await bob.dial(target);
        await third.waitFor(way === "early" ? "CALL_INCOMING" : "CALL_ESTABLISHED");
        await pause(300);
        if (way === "attended") {
          await bob.transferFirstCall();
        } else {
          await bob.command("line", "1");
          await bob.transferToRinging();
          await pause(500);
          await third.command("accept");
        }
      }
      await third.waitFor("CALL_ESTABLISHED");
      await bob.waitForLog(/SIP\/2\.0 202 /);
      await bob.waitForLog(/NOTIFY sip:[\s\S]*message\/sipfrag[\s\S]*SIP\/2\.0 200 OK/);
      await pause(way === "blind" ? 2500 : RATES_MS);
      await third.command("hangup");
      await alice.waitFor("CALL_CLOSED");
      if (way === "blind") await third.waitForLog(to === "102" ? /Referred-By: <sip:101@/ : /INVITE/);
      await assertHeard([[third, TONES["100"]!, "who was asked"]], 1.5);
      gaps.push(silence((await third.heard())[0]!, [TONES["100"]!, TONES["101"]!]));
      if (way === "blind") {
        await assertHeard([[alice, TONES[to]!, "who was sent"]], 1.5);
        gaps.push(silence((await alice.heard())[0]!, [TONES["101"]!, TONES[to]!]));
      } else await assertSpoke(alice, "who was held");
    },
  };
}

const ROOM: Scene = {
  name: "blind transfer to a room",
  office: { rooms: TARGETS.rooms },
  async run(office) {
    const alice = await office.phone("100");
    const bob = await office.phone("101");
    const carol = await office.phone("102");
    await carol.dial("800");
    await carol.waitFor("CALL_ESTABLISHED");
    await alice.dial("101");
    await bob.waitFor("CALL_ESTABLISHED");
    await pause(300);
    await bob.command("transfer", "sip:800@office.example");
    await bob.waitFor("CALL_CLOSED");
    await pause(3000);
    await alice.command("hangup");
    await carol.command("hangup");
    await assertHeard([[alice, TONES["102"]!, "who was sent to the room"], [
      carol,
      TONES["100"]!,
      "who was there",
    ]]);
  },
};

const SCENES: readonly Scene[] = [
  FORWARDS,
  PICKUP,
  PARK,
  JOIN,
  PEACE,
  ROOM,
  transfer("blind", "600", "102"),
  transfer("attended", "600", "102"),
  transfer("early", "102", "102"),
  transfer("blind", "8491711", "491711"),
  transfer("attended", "8491711", "491711"),
];

Deno.test({
  name: "people forward, pick up, park, join, rest and transfer",
  ignore: !AVAILABLE,
  async fn(test) {
    await play(test, SCENES.filter(({ needsCarrier }) => HAS_CARRIER || !needsCarrier));
    const sorted = gaps.toSorted((a, b) => a - b);
    console.log(`transfers: silence of ${sorted.map((gap) => gap.toFixed(2)).join(", ")} s`);
    // Most of them: this machine does other things too.
    assert.ok(sorted[Math.floor(sorted.length / 2)]! <= 1);
  },
});
