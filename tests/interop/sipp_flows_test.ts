/** SIPp as caller and callee: the flows of RFC 3665 and the extensions that phones and carriers rely on. */

import assert from "node:assert/strict";
import { inLanes, type Step } from "../support/lanes.ts";
import { TestServer } from "../support/server.ts";
import { hasSipp, registerSipp, Sipp, type SippMessage } from "../support/sipp.ts";
import { Callee, Caller, G711, type Person, sdpOf } from "../support/sipp_script.ts";

const AVAILABLE = await hasSipp();
if (!AVAILABLE) console.log("skipped: SIPp is not installed (apt-get install sip-tester)");

const SERVER = "127.0.0.100";
const ALICE = "127.0.0.105";
const BOB = "127.0.0.106";
const FIRST_PORT = 5100;

/** Two people of their own for each flow, so that flows run side by side. */
interface Pair {
  readonly alice: Person;
  readonly bob: Person;
  readonly port: number;
  readonly server: TestServer;
}

type Flow = readonly [promise: string, run: (pair: Pair) => Promise<void>];

function person(user: string): Person {
  return { user, password: `secret-${user}`, domain: "office.example" };
}

/** Runs `callee` on a registered phone and `caller` against it; both must go as written. */
async function call(
  pair: Pair,
  scripts: { caller: Caller; callee: Callee },
): Promise<{ alice: readonly SippMessage[]; bob: readonly SippMessage[] }> {
  const { port } = pair;
  const server = `${SERVER}:5060`;
  await registerSipp(pair.bob, { address: BOB, port, server });
  const bob = await Sipp.start("callee", scripts.callee, { address: BOB, port, server });
  const alice = await Sipp.start("caller", scripts.caller, { address: ALICE, port, server });
  const [heardByAlice, heardByBob] = await Promise.all([alice.passed(), bob.passed()]);
  return { alice: heardByAlice, bob: heardByBob };
}

async function alone(pair: Pair, script: Caller): Promise<readonly SippMessage[]> {
  const sipp = await Sipp.start("alone", script, {
    address: ALICE,
    port: pair.port,
    server: `${SERVER}:5060`,
  });
  return await sipp.passed();
}

function received(messages: readonly SippMessage[], name: string): SippMessage[] {
  return messages.filter((one) => one.direction === "received" && one.name === name);
}

const REGISTRATION: readonly Flow[] = [
  ["a phone registers after a challenge (RFC 3665 §2.1)", async (pair) => {
    const messages = await alone(pair, new Caller(pair.alice).register());
    assert.deepEqual(messages.map(({ name }) => name), [
      "REGISTER",
      "401 REGISTER",
      "REGISTER",
      "200 REGISTER",
    ]);
    assert.match(messages.at(-1)!.text, new RegExp(`Contact: <sip:${pair.alice.user}@${ALICE}:${pair.port}`));
  }],
  ["a second contact is added, both are listed (RFC 3665 §2.2)", async (pair) => {
    await alone(pair, new Caller(pair.alice).register());
    const messages = await alone(
      pair,
      new Caller(pair.alice).register({ contact: "<sip:other@127.0.0.105:5999>" }),
    );
    assert.equal(messages.at(-1)!.text.match(/^Contact:/gm)?.length, 2);
  }],
  ["a phone asks for the contacts without changing them (RFC 3665 §2.3)", async (pair) => {
    await alone(pair, new Caller(pair.alice).register());
    const messages = await alone(pair, new Caller(pair.alice).register({ contact: "" }));
    assert.equal(messages.at(-1)!.text.match(/^Contact:/gm)?.length, 1);
  }],
  ["a phone removes all its contacts (RFC 3665 §2.4)", async (pair) => {
    await alone(pair, new Caller(pair.alice).register());
    const messages = await alone(
      pair,
      new Caller(pair.alice).register({ contact: "*", headers: ["Expires: 0"] }),
    );
    assert.doesNotMatch(messages.at(-1)!.text, /^Contact:/m);
  }],
  ["a wish for too short a registration is told the shortest (423)", async (pair) => {
    const messages = await alone(
      pair,
      new Caller(pair.alice).register({ headers: ["Expires: 5"], status: 423 }),
    );
    assert.match(messages.at(-1)!.text, /^Min-Expires: 60/m);
  }],
  ["a wrong password is refused (RFC 3665 §2.5)", async (pair) => {
    await alone(pair, new Caller(pair.alice).register({ password: "guess", status: 403 }));
  }],
];

const CALLS: readonly Flow[] = [
  ["a call is answered and the caller hangs up (RFC 3665 §3.1)", async (pair) => {
    const { alice, bob } = await call(pair, {
      caller: new Caller(pair.alice, pair.bob.user).callThrough().pause(100).bye(),
      callee: new Callee(pair.bob).takeCall().expectBye(),
    });
    assert.equal(received(alice, "180 INVITE").length, 1);
    assert.equal(received(bob, "INVITE").length, 1);
  }],
  ["the called side hangs up", async (pair) => {
    await call(pair, {
      caller: new Caller(pair.alice, pair.bob.user).callThrough().expectRequest("BYE").respond(200, "OK"),
      callee: new Callee(pair.bob).takeCall().pause(100).bye(),
    });
  }],
  ["nothing of one side is shown to the other", async (pair) => {
    const { alice, bob } = await call(pair, {
      caller: new Caller(pair.alice, pair.bob.user).invite({
        sdp: G711,
        headers: ["User-Agent: inside-secret", "X-Inside: inside-secret"],
      }).maybe(180).expectAnswer().ack().bye(),
      callee: new Callee(pair.bob).takeCall().expectBye(),
    });
    const [invite] = received(bob, "INVITE");
    assert.doesNotMatch(invite!.text, /inside-secret|127\.0\.0\.105/);
    const callIds = [alice, bob].map((messages) => /^Call-ID:(.*)$/m.exec(messages[0]!.text)![1]);
    assert.notEqual(callIds[0], callIds[1]);
    assert.doesNotMatch(received(alice, "200 INVITE")[0]!.text, /127\.0\.0\.106/);
  }],
  ["a busy phone is heard as busy (RFC 3665 §3.9)", async (pair) => {
    await call(pair, {
      caller: new Caller(pair.alice, pair.bob.user).invite({ sdp: G711 }).maybe(180).expectRefusal(486),
      callee: new Callee(pair.bob).expectInvite().refuse(486, "Busy Here"),
    });
  }],
  ["a phone that sends the call on is followed (3xx, RFC 3261 §8.1.3.4)", async (pair) => {
    const { alice } = await call(pair, {
      caller: new Caller(pair.alice, pair.bob.user).invite({ sdp: G711 }).maybe(180, 181).expectAnswer().ack()
        .pause(200).bye(),
      callee: new Callee(pair.bob).expectInvite()
        .refuse(302, "Moved Temporarily", { headers: ["Contact: <sip:*43@office.example>"] }),
    });
    assert.equal(received(alice, "302 INVITE").length, 0);
    assert.match(received(alice, "200 INVITE")[0]!.text, new RegExp(`c=IN IP4 ${SERVER}`));
  }],
  ["a phone that does not answer is cancelled and the caller told so (RFC 3665 §3.10)", async (pair) => {
    await call(pair, {
      caller: new Caller(pair.alice, pair.bob.user).invite({ sdp: G711 }).maybe(180).expectRefusal(480),
      callee: new Callee(pair.bob).expectInvite().answer(180, "Ringing").expectRequest("CANCEL")
        .respond(200, "OK").refuse(487, "Request Terminated"),
    });
  }],
  ["the caller gives up while it rings (RFC 3665 §3.8)", async (pair) => {
    await call(pair, {
      caller: new Caller(pair.alice, pair.bob.user).invite({ sdp: G711 }).expect(180).pause(200).cancel()
        .expect(200).expectRefusal(487),
      callee: new Callee(pair.bob).expectInvite().answer(180, "Ringing").expectRequest("CANCEL")
        .respond(200, "OK").refuse(487, "Request Terminated"),
    });
  }],
  ["nobody is registered: the caller hears that (RFC 3665 §3.11)", async (pair) => {
    await alone(pair, new Caller(pair.alice, pair.bob.user).invite({ sdp: G711 }).expectRefusal(480));
  }],
  ["a number that nobody has is not found", async (pair) => {
    await alone(pair, new Caller(pair.alice, "nobody").invite({ sdp: G711 }).expectRefusal(404));
  }],
  ["early media passes before the answer (183 with a description)", async (pair) => {
    const { alice } = await call(pair, {
      caller: new Caller(pair.alice, pair.bob.user).invite({ sdp: G711 }).expect(183).expectAnswer().ack()
        .bye(),
      callee: new Callee(pair.bob).expectInvite().answer(183, "Session Progress", { sdp: G711 }).pause(200)
        .answer(200, "OK", { sdp: G711 }).established().expectBye(),
    });
    const [early] = received(alice, "183 INVITE");
    assert.match(early!.text, /m=audio \d+ RTP\/AVP/);
    assert.match(early!.text, new RegExp(`c=IN IP4 ${SERVER}`));
  }],
  ["a call over TCP reaches a phone on UDP", async (pair) => {
    const server = `${SERVER}:5060`;
    const { port } = pair;
    await registerSipp(pair.bob, { address: BOB, port, server });
    const bob = await Sipp.start("callee", new Callee(pair.bob).takeCall().expectBye(), {
      address: BOB,
      port,
      server,
    });
    const caller = new Caller(pair.alice, pair.bob.user).callThrough().bye();
    const alice = await Sipp.start("caller", caller, { address: ALICE, port, server, transport: "tcp" });
    await Promise.all([alice.passed(), bob.passed()]);
  }],
];

const OFFERS: readonly Flow[] = [
  ["an INVITE without offer gets one and answers in the ACK (late offer)", async (pair) => {
    const { alice, bob } = await call(pair, {
      caller: new Caller(pair.alice, pair.bob.user).invite().maybe(180).expectAnswer()
        .ack({ sdp: sdpOf({ formats: "8 101" }) }).pause(200).bye(),
      callee: new Callee(pair.bob).takeCall().expectBye(),
    });
    assert.match(received(bob, "INVITE")[0]!.text, /m=audio/);
    assert.match(received(alice, "200 INVITE")[0]!.text, /m=audio \d+ RTP\/AVP/);
  }],
  ["a re-INVITE of the caller (hold) reaches the called phone and comes back", async (pair) => {
    const { alice, bob } = await call(pair, {
      caller: new Caller(pair.alice, pair.bob.user).callThrough().pause(100)
        .within("INVITE", { sdp: sdpOf({ direction: "sendonly", version: 2 }) }).maybe(100).expectAnswer()
        .ack().bye(),
      callee: new Callee(pair.bob).takeCall().expectInvite()
        .answer(200, "OK", { sdp: sdpOf({ direction: "recvonly", version: 2 }) }).established().expectBye(),
    });
    assert.match(received(bob, "INVITE")[1]!.text, /a=sendonly/);
    assert.match(received(alice, "200 INVITE")[1]!.text, /a=recvonly/);
  }],
  ["a re-INVITE of the called phone reaches the caller and comes back", async (pair) => {
    const caller = new Caller(pair.alice, pair.bob.user).callThrough();
    caller.expectRequest("INVITE").respond(200, "OK", {
      sdp: sdpOf({ direction: "recvonly", version: 2 }),
      headers: ["Contact: <sip:alice@[local_ip]:[local_port]>"],
    }).expectRequest("ACK").bye();
    await call(pair, {
      caller,
      callee: new Callee(pair.bob).takeCall().pause(200)
        .within("INVITE", { sdp: sdpOf({ direction: "sendonly", version: 2 }) }).maybe(100).expect(200).ack()
        .expectBye(),
    });
  }],
  ["a re-INVITE without offer is offered what stands", async (pair) => {
    const { alice } = await call(pair, {
      caller: new Caller(pair.alice, pair.bob.user).callThrough().pause(100).within("INVITE").maybe(100)
        .expectAnswer().ack({ sdp: G711 }).pause(200).bye(),
      callee: new Callee(pair.bob).takeCall().expectBye(),
    });
    assert.match(received(alice, "200 INVITE")[1]!.text, /m=audio/);
  }],
  ["UPDATE moves the caller's media without the other side noticing", async (pair) => {
    const { alice } = await call(pair, {
      caller: new Caller(pair.alice, pair.bob.user).callThrough().pause(100)
        .within("UPDATE", { sdp: sdpOf({ formats: "0 8 101", version: 2 }) }).expect(200).bye(),
      callee: new Callee(pair.bob).takeCall().expectBye(),
    });
    assert.match(received(alice, "200 UPDATE")[0]!.text, /m=audio/);
  }],
  ["two re-INVITEs at once are both told to try again (491)", async (pair) => {
    const offer = { sdp: sdpOf({ direction: "sendonly", version: 2 }) };
    const { alice } = await call(pair, {
      // Held back on one side while the other asks: the second one is refused at once (RFC 3261 §14.2).
      caller: new Caller(pair.alice, pair.bob.user).callThrough().pause(100).within("INVITE", offer).maybe(
        100,
      )
        .expectAnswer({ timeoutMs: 4000 }).ack().bye(),
      callee: new Callee(pair.bob).takeCall().expectInvite()
        .within("INVITE", offer).expect(491).ack()
        .answer(200, "OK", { sdp: sdpOf({ direction: "recvonly", version: 2 }) }).established().expectBye(),
    });
    assert.equal(received(alice, "200 INVITE").length, 2);
  }],
];

const RELIABLE: readonly Flow[] = [
  ["a caller who requires 100rel gets reliable ringing and sends PRACK (RFC 3262)", async (pair) => {
    const { alice } = await call(pair, {
      caller: new Caller(pair.alice, pair.bob.user).invite({ sdp: G711, headers: ["Require: 100rel"] })
        .expectReliable(180).prack().expectAnswer().ack().bye(),
      callee: new Callee(pair.bob).expectInvite().answer(180, "Ringing").pause(400)
        .answer(200, "OK", { sdp: G711 }).established().expectBye(),
    });
    assert.match(received(alice, "180 INVITE")[0]!.text, /^Require: 100rel/m);
  }],
  ["a phone that rings reliably gets its PRACK", async (pair) => {
    const { bob } = await call(pair, {
      caller: new Caller(pair.alice, pair.bob.user).invite({ sdp: G711 }).expect(180).expectAnswer().ack()
        .bye(),
      callee: new Callee(pair.bob).expectInvite()
        .answer(180, "Ringing", { headers: ["Require: 100rel", "RSeq: 4711"] })
        .expectRequest("PRACK").respond(200, "OK").pause(100)
        .answer(200, "OK", { sdp: G711 }).established().expectBye(),
    });
    assert.match(received(bob, "PRACK")[0]!.text, /^RAck: 4711 \d+ INVITE/m);
  }],
  ["early media sent reliably is answered once and passed on", async (pair) => {
    const { alice } = await call(pair, {
      caller: new Caller(pair.alice, pair.bob.user).invite({ sdp: G711, headers: ["Supported: 100rel"] })
        .expectReliable(183).prack().expectAnswer().ack().bye(),
      callee: new Callee(pair.bob).expectInvite()
        .answer(183, "Session Progress", { sdp: G711, headers: ["Require: 100rel", "RSeq: 1"] })
        .expectRequest("PRACK").respond(200, "OK").pause(300)
        .answer(200, "OK").established().expectBye(),
    });
    assert.match(received(alice, "183 INVITE")[0]!.text, /m=audio/);
  }],
  [
    "UPDATE of a phone that still rings moves its media without the caller noticing (RFC 3311 §5.2)",
    async (pair) => {
      const { alice, bob } = await call(pair, {
        caller: new Caller(pair.alice, pair.bob.user).invite({ sdp: G711 }).expect(183).expectAnswer().ack()
          .bye(),
        callee: new Callee(pair.bob).expectInvite()
          .answer(183, "Session Progress", { sdp: G711, headers: ["Require: 100rel", "RSeq: 1"] })
          .expectRequest("PRACK").respond(200, "OK")
          .within("UPDATE", { sdp: sdpOf({ formats: "8 0 101", version: 2 }) }).expect(200)
          .answer(200, "OK").established().expectBye(),
      });
      assert.match(received(bob, "200 UPDATE")[0]!.text, /m=audio \d+ RTP\/AVP/);
      assert.deepEqual(
        alice.filter(({ direction }) => direction === "received").map(({ name }) => name)
          .filter((name) => !/^(100|401) /.test(name)),
        ["183 INVITE", "200 INVITE", "200 BYE"],
      );
    },
  ],
  ["a phone that asks for an unknown extension is told which (420)", async (pair) => {
    const messages = await alone(
      pair,
      new Caller(pair.alice, pair.bob.user).inviteOnce({ sdp: G711, headers: ["Require: teleport"] })
        .expectRefusal(420),
    );
    assert.match(received(messages, "420 INVITE")[0]!.text, /^Unsupported: teleport/m);
  }],
];

const FLOWS = [...REGISTRATION, ...CALLS, ...OFFERS, ...RELIABLE];

Deno.test({
  name: "SIPp goes through the flows of RFC 3665, RFC 3262, RFC 3311 and RFC 3264",
  ignore: !AVAILABLE,
  async fn(test) {
    const numbers = FLOWS.flatMap((_, at) => [`1${at + 100}`, `2${at + 100}`]);
    await using server = await TestServer.start({
      address: SERVER,
      mediaPorts: "39000-39099",
      extensions: numbers.map((number) => ({
        number,
        name: `P${number}`,
        password: `secret-${number}`,
        ringSeconds: number === `2${100 + FLOWS.findIndex(([promise]) => promise.includes("§3.10"))}`
          ? 2
          : 30,
      })),
      settings: { sip: { keepAliveSeconds: 0 } },
    });
    await inLanes(
      test,
      4,
      FLOWS.map(([name, run], at): Step => ({
        name,
        run: () =>
          run({
            alice: person(`1${at + 100}`),
            bob: person(`2${at + 100}`),
            port: FIRST_PORT + at,
            server,
          }).catch((error) => {
            throw new Error(`${error.message}\n--- server\n${server.log.slice(-2000)}`, { cause: error });
          }),
      })),
    );
  },
});
