/**
 * Strangers and thieves at the door of the real server, over UDP: guessing, looking for extensions, calls without a
 * password, invented dialogs, posing as others, borrowed addresses. Each is a line of the table in tests/attacks/README.md.
 */

import assert from "node:assert/strict";
import { WireCarrier } from "../support/carrier_wire.ts";
import { authorization, rawSdp, RawSip, statusOf } from "../support/raw_sip.ts";
import { TestServer } from "../support/server.ts";

const SERVER = "127.0.0.148";
const ALICE = "127.0.0.149";
const BOB = "127.0.0.150";
const STRANGER = "127.0.0.151";
const VICTIM = "127.0.0.152";
const CARRIER = "127.0.0.153";

interface Bench {
  readonly server: TestServer;
  readonly carrier: WireCarrier;
}

function startServer(): Promise<TestServer> {
  return TestServer.start({
    address: SERVER,
    mediaPorts: "42200-42399",
    extensions: [
      { number: "100", name: "Alice", password: "secret-100", level: "international" },
      { number: "101", name: "Bob", password: "secret-101" },
      { number: "102", name: "Carol", password: "secret-102" },
    ],
    office: {
      lines: [{
        name: "carrier",
        kind: "peer",
        server: `sip:${CARRIER}`,
        addresses: [CARRIER],
        optionsSeconds: 0,
        incoming: [{ number: "*", to: "100" }],
      }],
      rules: [{ match: "9*", strip: 1, via: ["carrier"] }],
    },
  });
}

function bansOf({ server }: Bench): string[] {
  return [...server.log.matchAll(/Sender banned.*?address["=: ]+([0-9.]+)/g)].map(([, address]) => address!);
}

/** Everything that a call made arrives there, not here. */
function outgoing({ carrier }: Bench): number {
  return carrier.requests("INVITE").length;
}

Deno.test("guessing over UDP: refused one by one, then silence; a challenge alone bans nobody", async () => {
  await withBench(async (bench) => {
    using guesser = new RawSip({ from: STRANGER, server: SERVER });
    for (let tries = 0; tries < 12; tries++) assert.equal(statusOf(await guesser.ask("REGISTER")), 401);
    assert.deepEqual(bansOf(bench), [], "a challenge is no failure");
    for (let tries = 0; tries < 5; tries++) {
      assert.equal(statusOf(await guesser.prove("REGISTER", "wrong")), 403);
    }
    assert.equal(await guesser.ask("REGISTER", {}, 300), undefined);
    assert.deepEqual(bansOf(bench), [STRANGER]);
  });
});

Deno.test("an office cannot be banned under its address by somebody who does not receive what is sent there", async () => {
  await withBench(async (bench) => {
    using attacker = new RawSip({ from: STRANGER, server: SERVER });
    using victim = new RawSip({ from: VICTIM, server: SERVER });
    // A nonce of our own, fetched under one address and used under the borrowed one.
    const challenge = (await attacker.ask("REGISTER"))!;
    const proof = { method: "REGISTER", uri: "sip:office.example", user: "100", password: "wrong" };
    const header = authorization(challenge, proof);
    for (let tries = 0; tries < 30; tries++) await victim.ask("REGISTER", { headers: [header] }, 200);
    assert.deepEqual(bansOf(bench), []);
    assert.equal(statusOf(await victim.prove("REGISTER", "secret-100")), 200);
  });
});

Deno.test("known and unknown users answer alike, message for message", async () => {
  await withBench(async () => {
    using prober = new RawSip({ from: STRANGER, server: SERVER });
    for (const method of ["REGISTER", "INVITE", "SUBSCRIBE", "MESSAGE"]) {
      const shapes = new Set<string>();
      for (const user of ["100", "199", "admin", "__proto__"]) {
        const body = method === "INVITE" ? rawSdp(STRANGER, 40_000) : "";
        const answer = await prober.ask(method, { user, to: method === "REGISTER" ? user : "101", body });
        shapes.add(shapeOf(answer!, user));
      }
      assert.equal(shapes.size, 1, `${method}: ${[...shapes].join("\n")}`);
    }
    const refusals = new Set<string>();
    for (const user of ["100", "199"]) {
      refusals.add(shapeOf((await prober.prove("REGISTER", "wrong", { user }))!, user));
    }
    assert.equal(refusals.size, 1);
  });
});

Deno.test("nothing leaves the house for strangers: no password, a wrong one, anonymous, by address, odd numbers", async () => {
  await withBench(async (bench) => {
    using stranger = new RawSip({ from: STRANGER, server: SERVER });
    const body = rawSdp(STRANGER, 40_000);
    const tries = [
      { user: "100", to: "90301234" },
      { user: "anonymous", to: "90301234", fromHost: "anonymous.invalid" },
      { user: "90301234", to: "90301234", fromHost: SERVER, requestUri: `sip:90301234@${SERVER}` },
      { user: "100", to: "90301234", requestUri: `sip:90301234@${CARRIER}` },
      { user: "100", to: "90301234", requestUri: "tel:90301234" },
      { user: "100", to: "101", headers: ["P-Asserted-Identity: <sip:100@office.example>"] },
      { user: "100", to: "90301234", headers: [`Route: <sip:${CARRIER};lr>`] },
      { user: "100", to: "90301234", headers: ["Replaces: x;to-tag=1;from-tag=2"] },
    ];
    for (const one of tries) {
      const status = statusOf(await stranger.ask("INVITE", { ...one, body }));
      assert.ok([401, 403, 404, 481].includes(status), `${JSON.stringify(one)}: ${status}`);
    }
    const wrong = statusOf(await stranger.prove("INVITE", "wrong", { user: "100", to: "90301234", body }));
    assert.equal(wrong, 403);
    assert.equal(outgoing(bench), 0);
    // Right for another extension, but not for the one it says it is: then it is the other one, also to the outside.
    const other = await stranger.ask("INVITE", { user: "100", to: "90301234", body });
    const uri = "sip:90301234@office.example";
    const header = authorization(other!, { method: "INVITE", uri, user: "101", password: "secret-101" });
    await stranger.raw(stranger.write("INVITE", { user: "100", to: "90301234", body, headers: [header] }));
    await bench.carrier.until(() => outgoing(bench) > 0, 500).catch(() => undefined);
    assert.ok(!bench.carrier.received.some(({ text }) => /sip:100@|Alice/.test(text)));
  });
});

Deno.test("requests within dialogs that are not: 481, whoever sends them, and a call that exists goes on", async () => {
  await withBench(async () => {
    using alice = new RawSip({ from: ALICE, server: SERVER });
    using stranger = new RawSip({ from: STRANGER, server: SERVER });
    const { callId, toTag } = await echoCall(alice);
    for (const method of ["BYE", "INFO", "UPDATE", "REFER", "NOTIFY", "MESSAGE", "INVITE", "PRACK"]) {
      const invented = { callId: "invented", toTag: "invented", to: "101" };
      assert.equal(statusOf(await stranger.ask(method, invented)), 481, method);
      const guessed = { callId, toTag: "guessed", to: "101" };
      assert.equal(statusOf(await stranger.ask(method, guessed)), 481, `${method} with the right Call-ID`);
    }
    assert.equal(await stranger.next((text) => text.startsWith("SIP/2.0 200"), { ms: 1 }), undefined);
    const bye = await alice.ask("BYE", { to: "*43", callId, toTag, sequence: 90 });
    assert.equal(statusOf(bye), 200, "it still stood");
  });
});

Deno.test("nobody takes over a call by Replaces, or by a transfer into it, who is not in it", async () => {
  await withBench(async () => {
    using alice = new RawSip({ from: ALICE, server: SERVER });
    using bob = new RawSip({ from: BOB, server: SERVER });
    using stranger = new RawSip({ from: STRANGER, server: SERVER });
    const { callId, toTag } = await echoCall(alice);
    const name = `${callId};to-tag=${toTag};from-tag=raw`;
    const body = rawSdp(BOB, 40_000);
    const steal = { to: "*43", body, headers: [`Replaces: ${name}`] };
    assert.equal(statusOf(await stranger.ask("INVITE", { ...steal, user: "101" })), 401);
    assert.equal(statusOf(await bob.prove("INVITE", "secret-101", { ...steal, user: "101" })), 403);
    const unknown = [`Replaces: invented;to-tag=${toTag};from-tag=raw`];
    assert.equal(
      statusOf(await bob.prove("INVITE", "secret-101", { ...steal, user: "101", headers: unknown })),
      481,
    );
    const own = await echoCall(bob, "101");
    const target = encodeURIComponent(name);
    const refer = {
      user: "101",
      to: "*43",
      callId: own.callId,
      toTag: own.toTag,
      sequence: 80,
      headers: [`Refer-To: <sip:*43@office.example?Replaces=${target}>`],
    };
    assert.equal(statusOf(await bob.ask("REFER", refer)), 403);
    const bye = { to: "*43", callId, toTag, sequence: 90 };
    assert.equal(statusOf(await alice.ask("BYE", bye)), 200, "the call still stood");
  });
});

Deno.test("MESSAGE, SUBSCRIBE, PUBLISH, NOTIFY, REFER and INFO of strangers reach nobody", async () => {
  await withBench(async () => {
    using bob = new RawSip({ from: BOB, server: SERVER });
    using stranger = new RawSip({ from: STRANGER, server: SERVER });
    assert.equal(statusOf(await bob.prove("REGISTER", "secret-101", { user: "101" })), 200);
    const before = bob.received.length;
    for (const method of ["MESSAGE", "SUBSCRIBE", "PUBLISH", "NOTIFY", "REFER", "INFO"]) {
      const headers = ["Event: presence", "Refer-To: <sip:90301234@office.example>"];
      const status = statusOf(await stranger.ask(method, { to: "101", headers }));
      assert.ok([401, 403, 405, 481, 489, 501].includes(status), `${method}: ${status}`);
    }
    assert.equal(await bob.next(() => true, { since: before, ms: 200 }), undefined);
  });
});

Deno.test("an extension is shown as itself, whatever it says in From, PAI, RPID and Contact", async () => {
  await withBench(async (bench) => {
    using alice = new RawSip({ from: ALICE, server: SERVER });
    using bob = new RawSip({ from: BOB, server: SERVER });
    await bob.prove("REGISTER", "secret-101", { user: "101" });
    const headers = [
      'P-Asserted-Identity: "The boss" <sip:1@office.example>',
      "P-Preferred-Identity: <sip:1@office.example>",
      "Remote-Party-ID: <sip:1@office.example>;party=calling",
      "Contact: <sip:1@evil.example>",
      "X-Injected: yes",
    ];
    void alice.prove("INVITE", "secret-100", {
      user: "100",
      to: "101",
      headers,
      body: rawSdp(ALICE, 40_000),
    });
    const invite = (await bob.next((text) => text.startsWith("INVITE ")))!;
    assert.match(invite, /^From:.*<sip:100@/m);
    assert.doesNotMatch(invite, /boss|sip:1@|evil\.example|X-Injected/);
    for (const inside of [ALICE, "raw-"]) {
      assert.ok(!invite.includes(inside), `"${inside}" is shown to the other side`);
    }
    assert.deepEqual(bansOf(bench), []);
  });
});

Deno.test("registering: not for another, not everybody's, not at ourselves, not too often, and no star beside others", async () => {
  await withBench(async () => {
    using alice = new RawSip({ from: ALICE, server: SERVER });
    const register = async (headers: string[], more = {}) =>
      statusOf(await alice.prove("REGISTER", "secret-100", { user: "100", headers, ...more }));
    assert.equal(await register([], { to: "101" }), 403, "for another");
    assert.equal(await register(["Contact: *"]), 400, "the star without Expires: 0");
    assert.equal(await register(["Contact: *, <sip:100@127.0.0.9>", "Expires: 0"]), 400);
    for (const place of [`${SERVER}:5060`, "0.0.0.0:5060", "255.255.255.255"]) {
      const status = await register([`Contact: <sip:100@${place}>`]);
      assert.ok(status >= 400 && status < 500, `${place}: ${status}`);
    }
    let taken = 0;
    for (let device = 0; device < 14; device++) {
      if (await register([`Contact: <sip:d${device}@${ALICE}:${6000 + device}>`]) === 200) taken++;
    }
    assert.equal(taken, 10, "devices of one extension");
    assert.equal(await register(["Contact: *", "Expires: 0"]), 200);
  });
});

Deno.test("a proof is good once, for its method and address, and no weaker algorithm is taken", async () => {
  await withBench(async () => {
    using alice = new RawSip({ from: ALICE, server: SERVER });
    const wish = { method: "REGISTER", uri: "sip:office.example", user: "100", password: "secret-100" };
    const challenge = (await alice.ask("REGISTER"))!;
    const proof = authorization(challenge, wish);
    assert.equal(statusOf(await alice.ask("REGISTER", { headers: [proof] })), 200);
    assert.equal(statusOf(await alice.ask("REGISTER", { headers: [proof] })), 401, "replayed");
    const other = (await alice.ask("REGISTER"))!;
    const invite = { to: "101", body: rawSdp(ALICE, 40_000), headers: [authorization(other, wish)] };
    assert.notEqual(statusOf(await alice.ask("INVITE", invite)), 200, "made for REGISTER");
    const fresh = authorization((await alice.ask("REGISTER"))!, wish);
    for (
      const weaker of [
        fresh.replace("algorithm=MD5", "algorithm=MD5-sess"),
        fresh.replace("algorithm=MD5", "algorithm=none"),
      ]
    ) {
      const status = statusOf(await alice.ask("REGISTER", { headers: [weaker] }));
      assert.ok(status >= 400, weaker);
    }
  });
});

async function withBench(test: (bench: Bench) => Promise<void>): Promise<void> {
  const carrier = new WireCarrier(CARRIER);
  try {
    await using server = await startServer();
    await test({ server, carrier });
    assert.doesNotMatch(server.log, /uncaught|panicked|TypeError/i);
  } finally {
    carrier[Symbol.dispose]();
  }
}

/** A call to the echo test, answered and acknowledged. */
async function echoCall(phone: RawSip, user = "100"): Promise<{ callId: string; toTag: string }> {
  const callId = `echo-${phone.port}`;
  const body = rawSdp(phone.address, 40_000);
  const answer = (await phone.prove("INVITE", `secret-${user}`, { user, to: "*43", callId, body }))!;
  assert.equal(statusOf(answer), 200);
  const [, toTag = ""] = /^To:.*;tag=([^;\s]+)/m.exec(answer) ?? [];
  const [, sequence] = /^CSeq: ([0-9]+)/m.exec(answer)!;
  await phone.raw(phone.write("ACK", { user, to: "*43", callId, toTag, sequence: Number(sequence) }));
  return { callId, toTag };
}

/** A response without what differs in every message. */
function shapeOf(response: string, user: string): string {
  return response.replaceAll(/branch=[^;\s]+|tag=[^;\s]+|nonce="[^"]*"|opaque="[^"]*"/g, "")
    .replaceAll(/^(Call-ID|CSeq|Date):.*$/gm, "").replaceAll(user, "USER").replaceAll(
      /Content-Length: .*/g,
      "",
    );
}
