/** SIPp and session timers (RFC 4028), at the shortest interval the RFC allows; all calls wait at the same time. */

import assert from "node:assert/strict";
import { inLanes } from "../support/lanes.ts";
import { TestServer } from "../support/server.ts";
import { hasSipp, registerSipp, Sipp, type SippMessage } from "../support/sipp.ts";
import { Callee, Caller, G711, type Person } from "../support/sipp_script.ts";

const AVAILABLE = await hasSipp();
if (!AVAILABLE) console.log("skipped: SIPp is not installed (apt-get install sip-tester)");

const SERVER = "127.0.0.102";
const ALICE = "127.0.0.105";
const BOB = "127.0.0.106";
const FIRST_PORT = 5350;

interface Pair {
  readonly alice: Person;
  readonly bob: Person;
  readonly port: number;
}

type Trial = readonly [promise: string, run: (pair: Pair) => Promise<void>];

function person(user: string): Person {
  return { user, password: `secret-${user}`, domain: "office.example" };
}

async function call(
  { bob, port }: Pair,
  scripts: { caller: Caller; callee: Callee },
): Promise<{ alice: readonly SippMessage[]; bob: readonly SippMessage[] }> {
  const common = { port, server: `${SERVER}:5060`, timeoutSec: 75 };
  await registerSipp(bob, { address: BOB, ...common });
  const callee = await Sipp.start("callee", scripts.callee, { address: BOB, ...common });
  const caller = await Sipp.start("caller", scripts.caller, { address: ALICE, ...common });
  const [heardByAlice, heardByBob] = await Promise.all([caller.passed(), callee.passed()]);
  return { alice: heardByAlice, bob: heardByBob };
}

function received(messages: readonly SippMessage[], name: string): SippMessage | undefined {
  return messages.find((one) => one.direction === "received" && one.name === name);
}

const TIMED = { sdp: G711, headers: ["Supported: timer", "Session-Expires: 90;refresher=uas"] };
const SELF = { sdp: G711, headers: ["Supported: timer", "Session-Expires: 90;refresher=uac"] };

/** A phone that knows UPDATE but no session timers: the server, which wants one, refreshes alone (RFC 4028 §7.2). */
function refreshed(who: Person): Callee {
  return new Callee(who).expectInvite().answer(180, "Ringing")
    .answer(200, "OK", { sdp: G711, headers: ["Allow: INVITE, ACK, BYE, CANCEL, UPDATE"] }).established()
    .expectRequest("UPDATE", { timeoutMs: 50_000 }).respond(200, "OK").expectBye();
}

const TRIALS: readonly Trial[] = [
  ["an interval below the smallest is told the smallest (422)", async ({ alice, bob, port }) => {
    const script = new Caller(alice, bob.user)
      .invite({ sdp: G711, headers: ["Supported: timer", "Session-Expires: 30"] }).expectRefusal(422);
    const sipp = await Sipp.start("short", script, { address: ALICE, port, server: `${SERVER}:5060` });
    assert.match(received(await sipp.passed(), "422 INVITE")!.text, /^Min-SE: 90/m);
  }],
  ["the server refreshes where it was made the refresher", async (pair) => {
    const { alice } = await call(pair, {
      caller: new Caller(pair.alice, pair.bob.user).callThrough(TIMED)
        .expectRequest("UPDATE", { timeoutMs: 50_000 })
        .respond(200, "OK", { headers: ["Supported: timer", "Session-Expires: 90;refresher=uac"] })
        .pause(1000).bye(),
      callee: refreshed(pair.bob),
    });
    assert.match(received(alice, "200 INVITE")!.text, /^Session-Expires: 90;refresher=uas/m);
    assert.match(received(alice, "UPDATE")!.text, /^Session-Expires: 90;refresher=uac/m);
  }],
  ["a caller who was to refresh and does not is hung up, and so is the other side", async (pair) => {
    const { alice } = await call(pair, {
      caller: new Caller(pair.alice, pair.bob.user).callThrough(SELF)
        .expectRequest("BYE", { timeoutMs: 70_000 }).respond(200, "OK"),
      callee: refreshed(pair.bob),
    });
    assert.match(received(alice, "200 INVITE")!.text, /^Session-Expires: 90;refresher=uac/m);
  }],
  ["a caller who refreshes keeps the call beyond its interval's end", async (pair) => {
    const refresh = { headers: ["Supported: timer", "Session-Expires: 90;refresher=uac"] };
    await call(pair, {
      caller: new Caller(pair.alice, pair.bob.user).callThrough(SELF).pause(30_000)
        .within("UPDATE", refresh).expect(200).pause(33_000).bye(),
      callee: refreshed(pair.bob),
    });
  }],
  ["a called phone that lets the server refresh is hung up when it no longer answers", async (pair) => {
    const { bob } = await call(pair, {
      caller: new Caller(pair.alice, pair.bob.user).callThrough(SELF).expectRequest("BYE", {
        timeoutMs: 70_000,
      })
        .respond(200, "OK"),
      callee: new Callee(pair.bob).expectInvite().answer(180, "Ringing")
        .answer(200, "OK", {
          sdp: G711,
          headers: ["Allow: INVITE, ACK, BYE, CANCEL, UPDATE", "Session-Expires: 90;refresher=uac"],
        })
        .established().expectRequest("UPDATE", { timeoutMs: 60_000 })
        .respond(481, "Call/Transaction Does Not Exist"),
    });
    assert.match(received(bob, "INVITE")!.text, /^Session-Expires: 90/m);
  }],
];

Deno.test({
  name: "SIPp finds session timers as RFC 4028 has them",
  ignore: !AVAILABLE,
  async fn(test) {
    await using server = await TestServer.start({
      address: SERVER,
      mediaPorts: "39200-39239",
      extensions: TRIALS.flatMap((_, at) => [`1${at}`, `2${at}`]).map((number) => ({
        number,
        name: `P${number}`,
        password: `secret-${number}`,
      })),
      settings: { sip: { keepAliveSeconds: 0, sessionTimer: { expiresSeconds: 90, minSeconds: 90 } } },
    });
    await inLanes(
      test,
      TRIALS.length,
      TRIALS.map(([name, run], at) => ({
        name,
        run: () =>
          run({ alice: person(`1${at}`), bob: person(`2${at}`), port: FIRST_PORT + at }).catch((error) => {
            throw new Error(`${error.message}\n--- server\n${server.log.slice(-2000)}`, { cause: error });
          }),
      })),
    );
  },
});
