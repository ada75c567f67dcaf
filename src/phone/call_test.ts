import assert from "node:assert/strict";
import { decodeText } from "../sip/message/mod.ts";
import { type FakeHost, twoPhones } from "./fake_host.ts";
import type { AccountSettings, CallReport } from "./types.ts";

type Phones = ReturnType<typeof twoPhones>;

async function talking(
  alice: Partial<AccountSettings> = {},
  bob: Partial<AccountSettings> = {},
): Promise<Phones> {
  const phones = twoPhones(alice, bob);
  phones.alice.dial(phones.bob);
  await phones.network.run(100);
  phones.bob.call.answer();
  await phones.network.run(100);
  return phones;
}

function settingsOf(phone: FakeHost) {
  const [leg] = [...phone.plane.legs.values()];
  return leg?.settings.find((one) => one !== undefined);
}

async function reportOf(phone: FakeHost): Promise<CallReport> {
  return await phone.call.ended;
}

function noMediaLeft({ alice, bob }: Phones): void {
  assert.deepEqual([alice.plane.legs.size, bob.plane.legs.size], [0, 0]);
  assert.deepEqual([alice.endpoint.counts().sessions, bob.endpoint.counts().sessions], [0, 0]);
}

Deno.test("a call rings, is answered, and ends with the same story on both sides", async () => {
  const phones = await talking();
  const { network, alice, bob } = phones;
  assert.deepEqual([alice.call.state, bob.call.state], ["active", "active"]);
  assert.deepEqual(alice.call.agreement, { codec: "g722" });
  await network.run(5000);
  alice.call.hangUp();
  await network.run(100);
  assert.deepEqual(alice.story, ["calling", "ringing", "answered", "ended"]);
  assert.deepEqual(bob.story, ["incoming", "answered", "ended"]);
  const [caller, called] = [await reportOf(alice), await reportOf(bob)];
  assert.deepEqual([caller.outcome, caller.endedBy, called.outcome, called.endedBy], [
    "answered",
    "us",
    "answered",
    "peer",
  ]);
  assert.ok(caller.talkMs >= 5000 && caller.talkMs < 5300, `${caller.talkMs} ms`);
  noMediaLeft(phones);
});

const REFUSALS: [string, (bob: FakeHost) => void, Partial<CallReport>][] = [
  ["busy", (bob) => bob.call.reject(), { outcome: "busy", statusCode: 486, endedBy: "peer" }],
  ["declined", (bob) => bob.call.reject(603), { outcome: "declined", statusCode: 603, endedBy: "peer" }],
  ["hung up before the answer", (bob) => bob.call.hangUp(), { outcome: "unavailable", statusCode: 480 }],
];

for (const [name, act, want] of REFUSALS) {
  Deno.test(`the caller is told: ${name}`, async () => {
    const phones = twoPhones();
    phones.alice.dial(phones.bob);
    await phones.network.run(100);
    act(phones.bob);
    await phones.network.run(100);
    const report = await reportOf(phones.alice);
    for (const [key, value] of Object.entries(want)) {
      assert.equal(report[key as keyof CallReport], value, key);
    }
    assert.equal(report.talkMs, 0);
    noMediaLeft(phones);
  });
}

Deno.test("a caller who gives up stops the ringing, whenever that is", async () => {
  for (const ms of [0, 1, 8, 100]) {
    const phones = twoPhones();
    const call = phones.alice.dial(phones.bob);
    if (ms > 0) await phones.network.run(ms);
    call.hangUp();
    await phones.network.run(1000);
    assert.equal((await call.ended).outcome, "cancelled", `after ${ms} ms`);
    for (const rung of phones.bob.calls) {
      assert.equal((await rung.ended).outcome, "cancelled", `after ${ms} ms`);
    }
    noMediaLeft(phones);
  }
});

Deno.test("nobody there, no route, no ports: each has its reason", async () => {
  const silent = twoPhones();
  silent.network.remove(silent.bob.host);
  silent.alice.dial(silent.bob);
  await silent.network.run(40_000);
  assert.deepEqual((({ outcome, reason }) => [outcome, reason])(await reportOf(silent.alice)), [
    "unreachable",
    "the server does not answer",
  ]);
  const cut = twoPhones();
  cut.alice.isCutOff = true;
  assert.equal((await cut.alice.dial(cut.bob).ended).outcome, "unreachable");
  const full = twoPhones();
  full.alice.plane.failWith = "no ports";
  assert.match((await full.alice.dial(full.bob).ended).reason, /no media port/);
  const busy = twoPhones();
  busy.bob.plane.failWith = "no ports";
  busy.alice.dial(busy.bob);
  await busy.network.run(100);
  assert.equal((await reportOf(busy.alice)).statusCode, 503);
  for (const phones of [silent, cut, full, busy]) noMediaLeft(phones);
});

Deno.test("hold and resume turn the directions, on both sides, and are told", async () => {
  const { network, alice, bob } = await talking({ srtp: "optional" }, { srtp: "optional" });
  const keys = settingsOf(alice);
  const held = alice.call.hold();
  await network.run(100);
  assert.deepEqual(await held, { ok: true, value: undefined });
  assert.deepEqual([alice.call.isHeld, bob.call.isHeldByPeer], [true, true]);
  assert.deepEqual([settingsOf(alice)?.direction, settingsOf(bob)?.direction], ["sendonly", "recvonly"]);
  const resumed = alice.call.resume();
  await network.run(100);
  assert.ok((await resumed).ok);
  assert.deepEqual([alice.call.isHeld, bob.call.isHeldByPeer], [false, false]);
  assert.deepEqual([settingsOf(alice)?.direction, settingsOf(bob)?.direction], ["sendrecv", "sendrecv"]);
  assert.deepEqual(
    settingsOf(alice)?.sendKey,
    keys?.sendKey,
    "the key stays, and with it the rollover counter",
  );
  assert.deepEqual(settingsOf(alice)?.receiveKey, keys?.receiveKey);
  assert.deepEqual(bob.story, ["incoming", "answered", "changed", "changed"]);
});

Deno.test("both hold, one resumes: the other still holds", async () => {
  const { network, alice, bob } = await talking();
  for (const phone of [alice, bob]) {
    void phone.call.hold();
    await network.run(100);
  }
  assert.deepEqual([settingsOf(alice)?.direction, settingsOf(bob)?.direction], ["inactive", "inactive"]);
  void alice.call.resume();
  await network.run(100);
  assert.deepEqual([settingsOf(alice)?.direction, settingsOf(bob)?.direction], ["recvonly", "sendonly"]);
});

Deno.test("both hold in the same moment: glare is settled", async () => {
  const { network, alice, bob } = await talking();
  const both = Promise.all([alice.call.hold(), bob.call.hold()]);
  await network.run(10_000);
  assert.ok((await both).every(({ ok }) => ok));
  assert.deepEqual([settingsOf(alice)?.direction, settingsOf(bob)?.direction], ["inactive", "inactive"]);
});

Deno.test("a call that ends while a change is under way says so", async () => {
  const { network, alice, bob } = await talking();
  const held = alice.call.hold();
  bob.call.hangUp();
  await network.run(10_000);
  const outcome = await held;
  assert.ok(!outcome.ok && outcome.error === "the call is over");
  assert.ok(!(await alice.call.hold()).ok);
});

Deno.test("digits go out as the account wishes and come in either way", async () => {
  const { network, alice, bob } = await talking({ dtmf: "info" });
  assert.ok(alice.call.sendDigits("1 2-#").ok);
  assert.ok(!alice.call.sendDigits("12x").ok);
  await network.run(200);
  assert.deepEqual(bob.events.filter(({ kind }) => kind === "digit"), [
    { kind: "digit", digit: "1" },
    { kind: "digit", digit: "2" },
    { kind: "digit", digit: "#" },
  ]);
  assert.ok(bob.call.sendDigits("7").ok);
  assert.equal([...bob.plane.legs.values()][0]?.digits, "7");
  assert.equal(settingsOf(bob)?.dtmf, "rfc4733");
  alice.hear({ kind: "digit", digit: "7", durationMs: 100, how: "rfc4733" });
  assert.deepEqual(alice.events.at(-1), { kind: "digit", digit: "7" });
});

Deno.test("files wait for the answer, pause while held or muted, and silence is sent otherwise", async () => {
  const { network, alice, bob } = twoPhones();
  alice.dial(bob).play(["hello.wav"]);
  await network.run(100);
  bob.call.answer();
  await network.run(100);
  const playing = () => [...alice.plane.legs.values()][0]?.playing?.source.kind;
  assert.equal(playing(), "files");
  alice.call.isMuted = true;
  assert.equal(playing(), "tone");
  alice.call.isMuted = false;
  assert.equal(playing(), "files");
  void bob.call.hold();
  await network.run(100);
  assert.equal(playing(), "tone");
  void bob.call.resume();
  await network.run(100);
  assert.equal(playing(), "files");
  const tag = [...alice.plane.legs.values()][0]?.playing?.options.tag;
  alice.hear({ kind: "played", tag: "another", complete: true });
  assert.equal(playing(), "files");
  alice.hear({ kind: "played", tag, complete: true });
  assert.equal(playing(), "tone");
  assert.deepEqual(alice.events.at(-1), { kind: "played", complete: true });
});

Deno.test("a recording is whole before the call counts as ended, and its fault is told", async () => {
  const { network, alice, bob } = await talking();
  alice.call.record("/tmp/heard.wav");
  assert.deepEqual([...alice.plane.legs.values()][0]?.recording, {
    path: "/tmp/heard.wav",
    layout: "received",
  });
  bob.call.hangUp();
  await network.run(100);
  assert.equal(alice.story.at(-1), "answered");
  alice.hear({ kind: "recorded", path: "/tmp/heard.wav", seconds: 1.5, error: "the disk is full" });
  assert.deepEqual((await reportOf(alice)).recording, {
    path: "/tmp/heard.wav",
    seconds: 1.5,
    error: "the disk is full",
  });
});

function dialogOf(network: Phones["network"]): [string, string, string] {
  const invite = network.sent.find(({ name }) => name === "200 INVITE")!.message;
  const tag = (name: string) => /;tag=([^;]+)/.exec(invite.headers.get(name) ?? "")?.[1] ?? "";
  return [invite.headers.get("Call-ID") ?? "", tag("To"), tag("From")];
}

Deno.test("what nobody asked for is refused: transfers of us, unknown methods, foreign news", async () => {
  const { network, alice, bob } = await talking();
  const session = bob.endpoint.findSession(...dialogOf(network))!;
  const rows: [string, string][] = [["REFER", "603"], ["MESSAGE", "405"], ["NOTIFY", "481"], ["INFO", "200"]];
  for (const [method, want] of rows) {
    session.request({ method, headers: method === "REFER" ? [["Refer-To", "<sip:900@evil.example>"]] : [] });
    await network.run(50);
    const answer = network.sent.findLast(({ name }) => name.endsWith(` ${method}`))!;
    assert.equal(answer.name, `${want} ${method}`);
  }
  assert.equal(alice.call.state, "active");
  assert.equal(network.sent.filter(({ name }) => name === "INVITE").length, 1);
});

Deno.test("an INVITE without an offer is answered with one, and the ACK settles it", async () => {
  const { network, alice, bob } = twoPhones({ srtp: "optional" }, { srtp: "optional" });
  const events: string[] = [];
  const { CallMedia } = await import("./call_media.ts");
  const media = (await CallMedia.open({
    plane: alice.plane,
    random: alice.world.random,
    address: { host: "10.0.0.1", family: "ipv4" },
    srtp: "optional",
    dtmf: "auto",
    label: "late",
  }))!;
  const session = alice.endpoint.invite({
    requestUri: bob.ownUri,
    from: { uri: alice.ownUri, params: new Map() },
    to: { uri: bob.ownUri, params: new Map() },
    route: { kind: "uri", uri: bob.ownUri },
  }, {
    progress() {},
    answered({ sdp, isOffer }) {
      assert.ok(isOffer && sdp);
      const answer = media.answer(sdp, "10.0.0.2");
      assert.ok(answer.ok);
      session.answerOffer(answer.value);
    },
    acknowledged() {},
    offered() {},
    offerAnswered() {},
    offerRefused() {},
    requested() {},
    ended: () => events.push("ended"),
  });
  await network.run(100);
  bob.call.answer();
  await network.run(100);
  assert.deepEqual(bob.story, ["incoming", "answered"]);
  assert.equal(bob.call.agreement?.encryption?.suite, "AES_CM_128_HMAC_SHA1_80");
  session.end();
  await network.run(100);
  assert.equal((await reportOf(bob)).outcome, "answered");
});

Deno.test("a malformed offer and one without audio are refused and ring nobody", async () => {
  for (
    const sdp of [
      "nonsense",
      "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=video 4000 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n",
    ]
  ) {
    const { network, alice, bob } = twoPhones();
    const refused: number[] = [];
    alice.invite(bob.ownUri, new TextEncoder().encode(sdp), {
      progress() {},
      answered() {},
      acknowledged() {},
      offered() {},
      offerAnswered() {},
      offerRefused() {},
      requested() {},
      ended: (end) => end.cause === "rejected" && refused.push(end.response.statusCode),
    });
    await network.run(100);
    assert.deepEqual(refused, [488], decodeText(new TextEncoder().encode(sdp)).slice(0, 10));
    assert.deepEqual(bob.story, ["ended"]);
    assert.equal(bob.plane.legs.size, 0);
  }
});

Deno.test("the loss of the media thread ends the call", async () => {
  const { network, alice } = await talking();
  alice.call.hear({ kind: "lost", legs: [alice.call.leg!], rooms: [] });
  await network.run(100);
  assert.equal((await reportOf(alice)).outcome, "failed");
});
