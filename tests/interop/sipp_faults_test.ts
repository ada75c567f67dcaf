/** SIPp over bad paths: lost, doubled and crossing messages, and what a wrong password earns. */

import assert from "node:assert/strict";
import { inLanes } from "../support/lanes.ts";
import { TestServer } from "../support/server.ts";
import { hasSipp, registerSipp, Sipp, type SippMessage, type SippOptions } from "../support/sipp.ts";
import { Callee, Caller, G711, type Person } from "../support/sipp_script.ts";
import { type Fate, type Passing, UdpPath } from "../support/udp_path.ts";

const AVAILABLE = await hasSipp();
if (!AVAILABLE) console.log("skipped: SIPp is not installed (apt-get install sip-tester)");

const SERVER = "127.0.0.101";
const ALICE = "127.0.0.105";
const BOB = "127.0.0.106";
/** Where the paths begin for the phones and where the server sees them come out. */
const NEAR = "127.0.0.107";
const FAR = "127.0.0.108";
const STRANGER = "127.0.0.109";
const FIRST_PORT = 5300;

interface Bench {
  readonly alice: Person;
  readonly bob: Person;
  readonly port: number;
  readonly server: TestServer;
}

type Trial = readonly [promise: string, run: (bench: Bench) => Promise<void>];

function person(user: string): Person {
  return { user, password: `secret-${user}`, domain: "office.example" };
}

function path(bench: Bench, offset: number, fate: (passing: Passing) => Fate): UdpPath {
  const port = bench.port + offset;
  return new UdpPath({
    near: { hostname: NEAR, port },
    far: { hostname: FAR, port },
    server: { hostname: SERVER, port: 5060 },
    fate,
  });
}

/** A call in which each phone speaks through a path of its own. */
async function call(
  bench: Bench,
  trial: {
    caller: Caller;
    callee: Callee;
    near?: (passing: Passing) => Fate;
    far?: (passing: Passing) => Fate;
  },
): Promise<
  { near: UdpPath; far: UdpPath; alice: readonly SippMessage[]; bob: readonly SippMessage[] }
> {
  const pass = () => "pass" as const;
  await using near = path(bench, 0, trial.near ?? pass);
  await using far = path(bench, 1, trial.far ?? pass);
  // Left alone, SIPp would sign the address it sends to, which is the path's.
  const flags = ["-auth_uri", bench.server.domain];
  const { port } = bench;
  const aliceAt: SippOptions = { address: ALICE, port, server: `${NEAR}:${port}`, flags };
  const bobAt: SippOptions = { address: BOB, port, server: `${NEAR}:${port + 1}`, flags };
  await registerSipp(bench.bob, bobAt);
  const bob = await Sipp.start("callee", trial.callee, bobAt);
  const alice = await Sipp.start("caller", trial.caller, aliceAt);
  const [heardByAlice, heardByBob] = await Promise.all([alice.passed(), bob.passed()]);
  return { near, far, alice: heardByAlice, bob: heardByBob };
}

function plainCall(bench: Bench): { caller: Caller; callee: Callee } {
  return {
    caller: new Caller(bench.alice, bench.bob.user).callThrough().pause(1200).bye(),
    callee: new Callee(bench.bob).takeCall().expectBye(),
  };
}

/** How many calls the phone behind `path` was given. */
function callsSeen(path: UdpPath): number {
  const ids = path.passed.filter(({ name, towards }) => name === "INVITE" && towards === "phone")
    .map(({ text }) => /^Call-ID:\s*(.*)$/im.exec(text)![1]);
  return new Set(ids).size;
}

async function recordsOf({ alice, server }: Bench): Promise<number> {
  const { stdout } = await server.command("calls", "--past", "--json");
  return (JSON.parse(stdout) as { caller: string }[]).filter(({ caller }) => caller === alice.user).length;
}

/** ACK of the second INVITE, the one that was answered. */
function isAckOfAnswer({ name, text }: Passing): boolean {
  return name === "ACK" && /^CSeq: 2 /im.test(text);
}

const LOSSES: readonly Trial[] = [
  ["a lost ACK makes the answer come again until one arrives (RFC 3261 §13.3.1.4)", async (bench) => {
    let lost = 0;
    const { near } = await call(bench, {
      ...plainCall(bench),
      near: (passing) => isAckOfAnswer(passing) && lost++ < 1 ? "lose" : "pass",
    });
    assert.equal(near.count("200 INVITE", "phone"), 2);
  }],
  ["an answer lost on the caller's side is repeated", async (bench) => {
    const { near, far } = await call(bench, {
      ...plainCall(bench),
      near: ({ name, before }) => name === "200 INVITE" && before === 0 ? "lose" : "pass",
    });
    assert.equal(near.count("200 INVITE", "phone"), 2);
    assert.equal(callsSeen(far), 1);
  }],
  ["an answer lost on the called side is acknowledged when it comes again", async (bench) => {
    const { near, far } = await call(bench, {
      ...plainCall(bench),
      far: ({ name, before }) => name === "200 INVITE" && before === 0 ? "lose" : "pass",
    });
    assert.equal(far.count("200 INVITE", "server"), 2);
    assert.equal(near.count("200 INVITE", "phone"), 1);
  }],
  ["an ACK lost on the called side is sent again for each answer", async (bench) => {
    const { far } = await call(bench, {
      ...plainCall(bench),
      far: ({ name, before }) => name === "ACK" && before === 0 ? "lose" : "pass",
    });
    assert.ok(far.count("ACK", "phone") >= 2);
  }],
  ["an INVITE lost on either side is sent again and makes one call", async (bench) => {
    const { far } = await call(bench, {
      ...plainCall(bench),
      near: ({ name, before }) => name === "INVITE" && before < 2 ? "lose" : "pass",
      far: ({ name, before }) => name === "INVITE" && before === 0 ? "lose" : "pass",
    });
    assert.equal(callsSeen(far), 1);
    assert.equal(await recordsOf(bench), 1);
  }],
  ["a lost BYE is sent again and ends the call", async (bench) => {
    const { far } = await call(bench, {
      ...plainCall(bench),
      far: ({ name, before }) => name === "BYE" && before === 0 ? "lose" : "pass",
    });
    assert.equal(far.count("BYE", "phone"), 2);
  }],
];

const REPETITIONS: readonly Trial[] = [
  ["a path that doubles every message makes one call and one record", async (bench) => {
    const { far } = await call(bench, { ...plainCall(bench), near: () => "double", far: () => "double" });
    assert.equal(callsSeen(far), 1);
    assert.equal(await recordsOf(bench), 1);
  }],
  ["an INVITE that arrives again after the answer makes no second call", async (bench) => {
    const { near, far } = await call(bench, {
      ...plainCall(bench),
      near: ({ name }) => name === "INVITE" ? { againMs: 700 } : "pass",
    });
    assert.equal(callsSeen(far), 1);
    assert.equal(near.count("200 INVITE", "phone"), 1);
    assert.equal(await recordsOf(bench), 1);
  }],
];

const CROSSINGS: readonly Trial[] = [
  ["CANCEL crosses the answer on the caller's side: the call stands until its BYE", async (bench) => {
    const { far } = await call(bench, {
      caller: new Caller(bench.alice, bench.bob.user).invite({ sdp: G711 }).expect(180).pause(500).cancel()
        .expect(200).expectAnswer().ack().bye(),
      callee: new Callee(bench.bob).expectInvite().answer(180, "Ringing").pause(200)
        .answer(200, "OK", { sdp: G711 }).established().expectBye(),
      near: ({ name }) => name === "200 INVITE" ? { lateMs: 900 } : "pass",
    });
    assert.equal(far.count("CANCEL", "phone"), 0);
  }],
  ["CANCEL crosses the answer on the called side: the phone is told BYE", async (bench) => {
    const { far } = await call(bench, {
      caller: new Caller(bench.alice, bench.bob.user).invite({ sdp: G711 }).expect(180).pause(200).cancel()
        .expect(200).expectRefusal(487),
      callee: new Callee(bench.bob).expectInvite().answer(180, "Ringing").pause(600)
        .answer(200, "OK", { sdp: G711 }).established().expectBye(),
      far: ({ name, towards }) => name === "CANCEL" && towards === "phone" ? { lateMs: 3000 } : "pass",
    });
    assert.ok(far.count("CANCEL", "phone") >= 1);
  }],
  ["both hang up at once: each BYE is answered", async (bench) => {
    await call(bench, {
      caller: new Caller(bench.alice, bench.bob.user).callThrough().pause(300).bye(),
      callee: new Callee(bench.bob).takeCall().pause(600).within("BYE").expect(200)
        .expectRequest("BYE").respond(200, "OK"),
      far: ({ name, towards }) => name === "BYE" && towards === "phone" ? { lateMs: 900 } : "pass",
    });
  }],
];

const TRIALS = [...LOSSES, ...REPETITIONS, ...CROSSINGS];

Deno.test({
  name: "bad paths lose no call, make no second one and end what has ended",
  ignore: !AVAILABLE,
  async fn(test) {
    await using server = await startServer(TRIALS.flatMap((_, at) => [`1${at + 100}`, `2${at + 100}`]));
    await inLanes(
      test,
      4,
      TRIALS.map(([name, run], at) => ({
        name,
        run: () =>
          run({
            alice: person(`1${at + 100}`),
            bob: person(`2${at + 100}`),
            port: FIRST_PORT + 2 * at,
            server,
          }).catch((error) => {
            throw new Error(`${error.message}\n--- server\n${server.log.slice(-2000)}`, { cause: error });
          }),
      })),
    );
    const { stdout } = await server.command("status", "--json");
    assert.equal(JSON.parse(stdout).calls.live, 0);
  },
});

Deno.test({
  name: "three wrong passwords are refused one by one, then comes silence, and nobody else notices",
  ignore: !AVAILABLE,
  async fn() {
    await using server = await startServer(["100", "101"]);
    const stranger = { address: STRANGER, port: FIRST_PORT, server: `${SERVER}:5060`, timeoutSec: 3 };
    const guess = () => new Caller(person("100")).register({ password: "guess", status: 403 });
    for (let attempt = 0; attempt < 3; attempt++) {
      await (await Sipp.start("guess", guess(), stranger)).passed();
    }
    const { ok, messages } = await (await Sipp.start("guess", guess(), stranger)).done;
    assert.equal(ok, false);
    assert.deepEqual(messages.filter(({ direction }) => direction === "received"), []);
    const { stdout } = await server.command("status", "--json");
    assert.equal(JSON.parse(stdout).bans, 1);
    await registerSipp(person("100"), { ...stranger, address: ALICE });
  },
});

function startServer(numbers: readonly string[]): Promise<TestServer> {
  return TestServer.start({
    address: SERVER,
    mediaPorts: "39100-39199",
    extensions: numbers.map((number) => ({ number, name: `P${number}`, password: `secret-${number}` })),
    settings: {
      sip: { keepAliveSeconds: 0 },
      security: { ban: { failures: 3, withinSeconds: 60, forSeconds: 60 } },
    },
  });
}
