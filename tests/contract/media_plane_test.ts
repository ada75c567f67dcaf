/** The media plane on real threads and sockets: what the business relies on, with libc and with Deno's sockets. */
import assert from "node:assert/strict";
import { PlaneBench } from "../support/plane_bench.ts";
import { RtpPeer, srtpKey } from "../support/rtp_peer.ts";

const KINDS = [
  { sockets: "libc", crypto: "fast" },
  { sockets: "deno", crypto: "fast" },
  { sockets: "libc", crypto: "webcrypto" },
] as const;

function promise(title: string, body: (bench: PlaneBench) => Promise<void>): void {
  for (const kind of KINDS) {
    Deno.test(`plane on ${kind.sockets}, ${kind.crypto}: ${title}`, async () => {
      const bench = new PlaneBench(kind);
      try {
        await body(bench);
      } finally {
        await bench.stop();
      }
    });
  }
}

promise("two joined legs hear each other, header and payload untouched", async (bench) => {
  const alice = bench.peer(0xa11ce), bob = bench.peer(0xb0b);
  const a = await bench.open(alice), b = await bench.open(bob);
  bench.plane.update(a, 0, alice.settings());
  bench.plane.update(b, 0, bob.settings());
  bench.plane.connect(a, b);
  await bench.plane.measure(a);
  const voice = Uint8Array.from({ length: 160 }, (_, i) => i);
  for (let i = 0; i < 5; i++) {
    alice.send(voice);
    bob.send(voice);
  }
  await bench.until(() => alice.heard.length === 5 && bob.heard.length === 5);
  assert.deepEqual(bob.heard.map((packet) => packet.sequenceNumber), [1000, 1001, 1002, 1003, 1004]);
  assert.equal(bob.heard[0]!.ssrc, 0xa11ce);
  assert.equal(bob.heard[0]!.timestamp, 160_000);
  assert.deepEqual([...bob.heard[0]!.payload], [...voice]);
  assert.equal(alice.heard[0]!.ssrc, 0xb0b);
  const report = await bench.plane.close(a);
  assert.equal(report?.streams[0]?.packetsReceived, 5);
  assert.equal(report?.streams[0]?.packetsSent, 5);
  assert.equal(report?.streams[0]?.latched, `127.0.0.1:${alice.port}`);
  assert.ok(bench.events.some((event) => event.kind === "latched" && event.leg === b));
  assert.equal(await bench.plane.close(a), undefined);
});

promise("an echo gives the peer its own packets", async (bench) => {
  const alice = bench.peer(1);
  const a = await bench.open(alice);
  bench.plane.update(a, 0, alice.settings());
  bench.plane.echo(a);
  await bench.plane.measure(a);
  alice.send(Uint8Array.of(1, 2, 3));
  await bench.until(() => alice.heard.length === 1);
  assert.deepEqual([...alice.heard[0]!.payload], [1, 2, 3]);
});

promise("a plain and an SRTP leg are joined freely, each with its own keys", async (bench) => {
  const alice = bench.peer(0xa11ce), bob = bench.peer(0xb0b);
  const a = await bench.open(alice), b = await bench.open(bob);
  const toServer = srtpKey(1), toBob = srtpKey(2);
  bob.secure({ send: toServer, receive: toBob });
  bench.plane.update(a, 0, alice.settings());
  bench.plane.update(b, 0, bob.settings({ receiveKey: toServer, sendKey: toBob }));
  bench.plane.connect(a, b);
  await bench.plane.measure(a);
  for (let i = 0; i < 3; i++) {
    alice.send(Uint8Array.of(1, i));
    bob.send(Uint8Array.of(2, i));
  }
  await bench.until(() => alice.heard.length === 3 && bob.heard.length === 3);
  assert.deepEqual(bob.heard.map(({ payload }) => [...payload]), [[1, 0], [1, 1], [1, 2]]);
  assert.deepEqual(alice.heard.map(({ payload }) => [...payload]), [[2, 0], [2, 1], [2, 2]]);
  assert.equal(bob.unreadable, 0);
  assert.equal((await bench.plane.measure(b))?.streams[0]?.suite, "AES_CM_128_HMAC_SHA1_80");
});

promise("a new key by SIP opens at once, the old one for packets in flight", async (bench) => {
  const alice = bench.peer(0xa11ce), bob = bench.peer(0xb0b);
  const a = await bench.open(alice), b = await bench.open(bob);
  const old = srtpKey(1), toBob = srtpKey(2), fresh = srtpKey(3);
  bob.secure({ send: old, receive: toBob });
  bench.plane.update(a, 0, alice.settings());
  bench.plane.update(b, 0, bob.settings({ receiveKey: old, sendKey: toBob }));
  bench.plane.connect(a, b);
  await bench.plane.measure(a);
  bob.send(Uint8Array.of(1));
  await bench.until(() => alice.heard.length === 1);
  bench.plane.update(b, 0, bob.settings({ receiveKey: fresh, sendKey: toBob }));
  await bench.plane.measure(b);
  bob.send(Uint8Array.of(2));
  bob.secure({ send: fresh, receive: toBob });
  bob.send(Uint8Array.of(3));
  await bench.until(() => alice.heard.length === 3);
  assert.deepEqual(alice.heard.map(({ payload }) => payload[0]), [1, 2, 3]);
  assert.equal((await bench.plane.measure(b))?.streams[0]?.unauthentic, 0);
});

promise("SRTP without a valid tag never latches, is never relayed and ends nothing", async (bench) => {
  const alice = bench.peer(0xa11ce), bob = bench.peer(0xb0b), mallory = bench.peer(0xbad);
  const a = await bench.open(alice), b = await bench.open(bob);
  const toServer = srtpKey(1), toBob = srtpKey(2);
  bob.secure({ send: toServer, receive: toBob });
  mallory.secure({ send: srtpKey(9), receive: srtpKey(9) });
  mallory.remote = bob.remote;
  bench.plane.update(a, 0, alice.settings());
  bench.plane.update(b, 0, bob.settings({ receiveKey: toServer, sendKey: toBob }));
  bench.plane.connect(a, b);
  await bench.plane.measure(a);
  const counted = async () => (await bench.plane.measure(b))?.streams[0]?.unauthentic;
  for (let i = 0; i < 300; i++) {
    mallory.send(new Uint8Array(160));
    // In steps, so that the kernel's buffer does not swallow the attack.
    for (let turn = 0; turn < 100 && i % 60 === 59 && await counted() !== i + 1; turn++) {
      await bench.network.pump(2);
    }
  }
  const attacked = (await bench.plane.measure(b))?.streams[0];
  assert.equal(attacked?.unauthentic, 300);
  assert.equal(attacked?.latched, undefined);
  alice.send(Uint8Array.of(1));
  bob.send(Uint8Array.of(2));
  await bench.until(() => alice.heard.length === 1 && bob.heard.length === 1);
  assert.deepEqual([alice.heard.length, bob.heard.length, mallory.heard.length], [1, 1, 0]);
});

Deno.test("plane: legs of IPv6 and IPv4 are joined", async () => {
  const bench = new PlaneBench({ sockets: "libc" });
  const alice = bench.peer(1), bob = new RtpPeer(bench.network, { ssrc: 2, host: "::1" });
  const a = await bench.open(alice);
  const opened = await bench.plane.open({ streams: [{ kind: "rtp" }], family: "ipv6", localHost: "::1" });
  assert.ok(opened.ok);
  bob.aimAt(opened.ports[0]!);
  bench.plane.update(a, 0, alice.settings());
  bench.plane.update(opened.leg, 0, bob.settings());
  bench.plane.connect(a, opened.leg);
  await bench.plane.measure(a);
  alice.send(Uint8Array.of(1));
  bob.send(Uint8Array.of(2));
  await bench.until(() => alice.heard.length === 1 && bob.heard.length === 1);
  assert.deepEqual([alice.heard[0]?.payload[0], bob.heard[0]?.payload[0]], [2, 1]);
  assert.match((await bench.plane.measure(opened.leg))?.streams[0]?.latched ?? "", /^\[::1\]:/);
  bob.close();
  await bench.stop();
});

Deno.test("plane: a used up range is told, and closed legs give their ports back", async () => {
  const bench = new PlaneBench({ sockets: "libc", ports: { first: 24_001, last: 24_006 } });
  const request = { streams: [{ kind: "rtp" }], family: "ipv4" } as const;
  const first = await bench.plane.open(request), second = await bench.plane.open(request);
  assert.ok(first.ok && second.ok);
  assert.deepEqual([...first.ports, ...second.ports], [24_002, 24_004]);
  assert.deepEqual(await bench.plane.open(request), { ok: false, error: "no ports" });
  await bench.plane.close(first.leg);
  let again = await bench.plane.open(request);
  for (let turn = 0; turn < 100 && !again.ok; turn++) {
    await bench.network.pump(10);
    again = await bench.plane.open(request);
  }
  assert.deepEqual(again.ok && again.ports, [24_002]);
  await bench.stop();
});

Deno.test("plane: a port that another program holds is passed over", async () => {
  const bench = new PlaneBench({ sockets: "libc", ports: { first: 24_010, last: 24_019 } });
  const holder = bench.network.bind({ host: "0.0.0.0", port: 24_011, dscp: 0 });
  assert.ok(holder.ok);
  const opened = await bench.plane.open({ streams: [{ kind: "rtp" }], family: "ipv4" });
  assert.deepEqual(opened.ok && opened.ports, [24_012]);
  await bench.stop();
});

Deno.test("plane: legs on different threads come together, and their keys and counters with them", async () => {
  const bench = new PlaneBench({ sockets: "libc", workers: 2 });
  const [alice, bob, carol, dave] = [bench.peer(0xa), bench.peer(0xb), bench.peer(0xc), bench.peer(0xd)];
  const toServer = srtpKey(1), toBob = srtpKey(2);
  bob.secure({ send: toServer, receive: toBob });
  const [a] = await bench.callOn(0, [alice, carol]), [b] = await bench.callOn(1, [bob, dave]);
  bench.plane.update(b, 0, bob.settings({ receiveKey: toServer, sendKey: toBob }));
  await bench.plane.measure(b);
  // Both ways the numbers wrap, so that nobody can open anything without the rollover counter.
  bob.sequence = dave.sequence = 65_530;
  for (let i = 0; i < 20; i++) {
    bob.send(Uint8Array.of(i));
    dave.send(Uint8Array.of(i));
  }
  await bench.until(() => dave.heard.length === 20 && bob.heard.length === 20);
  // Shortly behind the wrap a counter that was lost is found again; far behind it only who kept it knows it.
  bob.sequence += 20_000;
  const speak = (first: number) => {
    for (let i = 0; i < 5; i++) {
      bob.send(Uint8Array.of(first + i));
      alice.send(Uint8Array.of(first + 100 + i));
    }
  };
  bench.plane.connect(a, b);
  await bench.plane.measure(b);
  speak(100);
  await bench.until(() => alice.heard.length === 5 && bob.heard.length === 25);
  assert.deepEqual(alice.heard.map(({ payload }) => payload[0]), [100, 101, 102, 103, 104]);
  assert.deepEqual(bob.heard.slice(20).map(({ payload }) => payload[0]), [200, 201, 202, 203, 204]);
  assert.equal(new Set(bob.heard.map(({ ssrc }) => ssrc)).size, 1);
  bench.plane.update(b, 0, bob.settings({ receiveKey: toServer, sendKey: toBob }));
  await bench.plane.measure(b);
  speak(110);
  await bench.until(() => alice.heard.length === 10 && bob.heard.length === 30);
  assert.deepEqual(alice.heard.slice(5).map(({ payload }) => payload[0]), [110, 111, 112, 113, 114]);
  assert.deepEqual(bob.heard.slice(25).map(({ payload }) => payload[0]), [210, 211, 212, 213, 214]);
  assert.equal(bob.unreadable, 0);
  const report = await bench.plane.close(b);
  assert.equal(report?.streams[0]?.packetsReceived, 30);
  assert.equal(report?.streams[0]?.unauthentic, 0);
  await bench.stop();
});

Deno.test("plane: a leg that moves while under fire hears its phone from a new port", async () => {
  const bench = new PlaneBench({ sockets: "libc", workers: 2 });
  const [alice, bob, mallory] = [bench.peer(0xa), bench.peer(0xb), bench.peer(0xbad)];
  const a = await bench.open(alice), b = await bench.open(bob);
  bench.plane.update(a, 0, alice.settings());
  bench.plane.update(b, 0, bob.settings());
  mallory.remote = bob.remote;
  const strangers = async () => (await bench.plane.measure(b))!.streams[0]!.strangers;
  let counted = -1;
  // Until no more of them is counted: the kernel drops them now.
  for (let turn = 0; turn < 100 && (counted < 100 || counted !== await strangers()); turn++) {
    counted = await strangers();
    bob.send(Uint8Array.of(1));
    for (let shot = 0; shot < 80; shot++) mallory.send(new Uint8Array(160));
    await bench.network.pump(20);
  }
  assert.ok(counted >= 100);
  bench.plane.connect(a, b);
  await bench.plane.measure(b);
  bob.rebind();
  bench.plane.update(b, 0, bob.settings());
  await bench.plane.measure(b);
  for (let i = 0; i < 5; i++) bob.send(Uint8Array.of(i));
  await bench.until(() => alice.heard.length === 5);
  assert.equal(alice.heard.length, 5);
  await bench.stop();
});

Deno.test("plane: a survey tells of every leg on every thread that was heard, and as much as a measure of each", async () => {
  const bench = new PlaneBench({ sockets: "libc", workers: 2 });
  const [alice, bob, mute] = [bench.peer(1), bench.peer(2), bench.peer(3)];
  const [a, b] = await bench.callOn(0, [alice, bob]), [c, d] = await bench.callOn(1, [mute, bench.peer(4)]);
  assert.deepEqual([...await bench.plane.survey()], []);
  for (let i = 0; i < 5; i++) alice.send(Uint8Array.of(i));
  bob.sequence += 3;
  bob.send(Uint8Array.of(1));
  await bench.until(() => bob.heard.length === 5 && alice.heard.length === 1);
  assert.deepEqual(new Set((await bench.plane.survey()).keys()), new Set([a, b]));
  mute.send(Uint8Array.of(1));
  let survey = await bench.plane.survey();
  for (let turn = 0; turn < 400 && survey.size < 3; turn++) {
    await bench.network.pump(5);
    survey = await bench.plane.survey();
  }
  assert.deepEqual(new Set(survey.keys()), new Set([a, b, c]));
  assert.equal(survey.has(d), false);
  for (const [leg, glance] of survey) {
    const { packetsReceived, lost, jitterMs, mos, roundTripMs } = (await bench.plane.measure(leg))!
      .streams[0]!;
    const measured = { packetsReceived, lost, jitterMs, ...(roundTripMs !== undefined && { roundTripMs }) };
    assert.deepEqual(glance, { ...measured, mos });
  }
  assert.equal(survey.get(a)?.packetsReceived, 5);
  assert.ok((survey.get(a)?.mos ?? 0) > 4);
  await bench.stop();
});

Deno.test("plane: members of a room come to its thread", async () => {
  const bench = new PlaneBench({ sockets: "libc", workers: 2 });
  const peers = [bench.peer(1), bench.peer(2)];
  bench.plane.openRoom("800", { maxMembers: 5 });
  for (const peer of peers) {
    const leg = await bench.open(peer);
    bench.plane.update(leg, 0, peer.settings());
    bench.plane.setMember("800", { leg, stream: 0, muted: false, held: false });
  }
  await bench.until(() => peers.every((peer) => peer.heard.length > 3));
  assert.ok(peers.every((peer) => peer.heard.length > 3));
  await bench.stop();
});

Deno.test("plane: a flood on one port takes nothing from a call on another", async () => {
  const bench = new PlaneBench({ sockets: "libc" });
  const [alice, bob, victim, mallory] = [bench.peer(1), bench.peer(2), bench.peer(3), bench.peer(4)];
  const legs = [await bench.open(alice), await bench.open(bob), await bench.open(victim)] as const;
  for (const [i, peer] of [alice, bob, victim].entries()) bench.plane.update(legs[i]!, 0, peer.settings());
  bench.plane.connect(legs[0], legs[1]);
  await bench.plane.measure(legs[0]);
  mallory.remote = victim.remote;
  for (let i = 0; i < 100; i++) {
    for (let shot = 0; shot < 200; shot++) mallory.send(new Uint8Array(160));
    alice.send(Uint8Array.of(i));
    if (i % 10 === 9) await bench.until(() => bob.heard.length === i + 1);
  }
  assert.deepEqual(bob.heard.map(({ payload }) => payload[0]), Array.from({ length: 100 }, (_, i) => i));
  assert.deepEqual([mallory.heard.length, victim.heard.length], [0, 0]);
  await bench.stop();
});

Deno.test("plane: a thread that dies loses its legs, which is told, and its ports come back", async () => {
  const bench = new PlaneBench({ sockets: "libc", ports: { first: 24_030, last: 24_033 }, restMs: 60_000 });
  const alice = bench.peer(1);
  const [a, b] = [await bench.open(alice), await bench.open(alice)];
  await bench.plane.close(b);
  bench.plane.openRoom("800", { maxMembers: 5 });
  const measure = bench.plane.measure(a);
  bench.links[0]!.onDeath("the test says so");
  assert.equal(await measure, undefined);
  assert.deepEqual(bench.events, [{ kind: "lost", legs: [a], rooms: ["800"] }]);
  assert.equal(await bench.plane.close(a), undefined);
  let again = await bench.plane.open({ streams: [{ kind: "rtp" }, { kind: "rtp" }], family: "ipv4" });
  for (let turn = 0; turn < 200 && !again.ok; turn++) {
    await bench.network.pump(10);
    again = await bench.plane.open({ streams: [{ kind: "rtp" }, { kind: "rtp" }], family: "ipv4" });
  }
  assert.ok(again.ok);
  assert.equal(bench.links.length, 2);
  await bench.stop();
});

Deno.test("plane: a thread that dies before it answers leaves no descriptor behind", async () => {
  const bench = new PlaneBench({ sockets: "libc", ports: { first: 24_040, last: 24_041 } });
  const link = bench.links[0]!, { onNotice } = link;
  let isOpened = false;
  link.onNotice = (notice) => notice.kind === "opened" ? void (isOpened = true) : onNotice(notice);
  const opened = bench.plane.open({ streams: [{ kind: "rtp" }], family: "ipv4" });
  await bench.until(() => isOpened);
  const isBound = (port: number) => {
    const bound = bench.network.bind({ host: "0.0.0.0", port, dscp: 0 });
    if (bound.ok) bound.value.close();
    return !bound.ok;
  };
  assert.deepEqual([24_040, 24_041].map(isBound), [true, true]);
  link.onDeath("the test says so");
  assert.deepEqual(await opened, { ok: false, error: "no worker" });
  assert.deepEqual([24_040, 24_041].map(isBound), [false, false]);
  await bench.stop();
});
