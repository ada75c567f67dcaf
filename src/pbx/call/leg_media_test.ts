import assert from "node:assert/strict";
import { seededRandom } from "../../base/mod.ts";
import { parseSdp, remoteStreams } from "../../sdp/mod.ts";
import { FakePlane } from "../../../tests/support/fake_plane.ts";
import { NARROWBAND_FORMATS, serverWishes } from "./codec_choice.ts";
import { LegMedia } from "./leg_media.ts";
import type { LegMediaOptions } from "./leg_media_options.ts";
import { readOffer } from "./read_offer.ts";

const ENCODER = new TextEncoder();
const KEY_A = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";
const KEY_B = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";

function sdp(media: string, host = "192.0.2.9"): Uint8Array {
  return ENCODER.encode(
    `v=0\r\no=- 1 1 IN IP4 ${host}\r\ns=-\r\nc=IN IP4 ${host}\r\nt=0 0\r\n${media.replaceAll("\n", "\r\n")}`,
  );
}

function options(plane: FakePlane, rest: Partial<LegMediaOptions> = {}): LegMediaOptions {
  return {
    plane,
    random: seededRandom(7),
    family: "ipv4",
    host: "127.0.0.1",
    policy: "optional",
    dtmf: "auto",
    label: "test",
    ...rest,
  };
}

async function taken(
  plane: FakePlane,
  media: string,
  rest: Partial<LegMediaOptions> = {},
): Promise<LegMedia> {
  const offer = readOffer(sdp(media), rest.policy ?? "optional");
  assert.ok(offer.ok, offer.ok ? "" : offer.reason);
  const leg = await LegMedia.open(offer.chosen.map(() => "rtp" as const), options(plane, rest));
  assert.ok(leg);
  assert.ok(await leg.takeOffer(offer, "192.0.2.9"));
  return leg;
}

function read(text: Uint8Array | undefined) {
  assert.ok(text);
  const parsed = parseSdp(text);
  assert.ok(parsed.ok);
  return { version: parsed.value.origin.sessionVersion, streams: remoteStreams(parsed.value) };
}

const G711 = "m=audio 4000 RTP/AVP 0 8 101\na=rtpmap:101 telephone-event/8000\n";
const SECURE = `m=audio 4000 RTP/SAVP 8\na=crypto:3 AES_CM_128_HMAC_SHA1_32 inline:${KEY_A}\n`;

Deno.test("a plain caller and an encrypted callee each get their own profile and keys", async () => {
  const plane = new FakePlane();
  const a = await taken(plane, G711);
  const b = await LegMedia.open(["rtp"], options(plane));
  const offer = read(b!.offer(a.wanted(), { profile: "opportunistic" }));
  assert.equal(offer.streams[0]!.protocol, "RTP/AVP");
  assert.equal(offer.streams[0]!.crypto.length, 3);
  const { tag, suite } = offer.streams[0]!.crypto[0]!;
  const answer =
    `m=audio 5000 RTP/AVP 8 101\na=rtpmap:101 telephone-event/8000\na=crypto:${tag} ${suite} inline:${KEY_B}\n`;
  assert.equal(b!.takeAnswer(sdp(answer), "192.0.2.8"), undefined);
  const back = read(a.answer(b!.wanted()));
  assert.deepEqual(back.streams[0]!.formats.map((format) => format.encoding), ["pcma", "telephone-event"]);
  assert.equal(back.streams[0]!.crypto.length, 0);
  const settings = plane.legs.get(b!.leg)!.settings[0]!;
  assert.equal(settings.receiveKey!.suite, "AES_CM_128_HMAC_SHA1_80");
  assert.deepEqual([...settings.sendKey!.keyAndSalt], [...offer.streams[0]!.crypto[0]!.keyAndSalt]);
  assert.equal(a.isEncrypted, false);
  assert.equal(b!.isEncrypted, true);
});

Deno.test("the answer repeats tag and suite of the offer with a key of its own", async () => {
  const a = await taken(new FakePlane(), SECURE);
  const { crypto } = read(a.answer(serverWishes(NARROWBAND_FORMATS))).streams[0]!;
  assert.equal(crypto.length, 1);
  assert.equal(crypto[0]!.tag, 3);
  assert.equal(crypto[0]!.suite, "AES_CM_128_HMAC_SHA1_32");
  assert.notEqual(btoa(String.fromCharCode(...crypto[0]!.keyAndSalt)), KEY_A);
});

Deno.test("of a secure and a plain line one is taken and the other refused in its place", async () => {
  const plane = new FakePlane();
  const a = await taken(plane, SECURE + G711);
  const { streams } = read(a.answer(serverWishes(NARROWBAND_FORMATS)));
  assert.deepEqual(streams.map(({ port, protocol }) => [port > 0, protocol]), [[true, "RTP/SAVP"], [
    false,
    "RTP/AVP",
  ]]);
  assert.equal(plane.legs.get(a.leg)!.request.streams.length, 1);
});

Deno.test("an answer without keys is refused where encryption is required, taken where it is optional", async () => {
  for (const [policy, fault] of [["required", "srtp required"], ["optional", undefined]] as const) {
    const leg = await LegMedia.open(["rtp"], options(new FakePlane(), { policy }));
    leg!.offer(serverWishes(NARROWBAND_FORMATS), { profile: "opportunistic" });
    assert.equal(leg!.takeAnswer(sdp("m=audio 5000 RTP/AVP 8\n"), "h"), fault, policy);
  }
});

Deno.test("hold reaches the plane and the answer of the other side comes back", async () => {
  const plane = new FakePlane();
  const a = await taken(plane, `${G711}a=sendonly\n`);
  const { streams } = read(a.answer([{ ...serverWishes(NARROWBAND_FORMATS)[0]!, direction: "recvonly" }]));
  assert.equal(streams[0]!.direction, "recvonly");
  assert.equal(plane.legs.get(a.leg)!.settings[0]!.direction, "recvonly");
});

Deno.test("the same offer with a new address has the same shape, another codec or direction has not", async () => {
  const a = await taken(new FakePlane(), G711);
  a.answer(serverWishes(NARROWBAND_FORMATS));
  const shape = (media: string, host?: string) => {
    const offer = readOffer(sdp(media, host), "optional");
    return offer.ok && a.isSameShape(offer.chosen);
  };
  assert.equal(shape(G711, "198.51.100.7"), true);
  assert.equal(shape(`${G711}a=sendonly\n`), false);
  assert.equal(shape("m=audio 4000 RTP/AVP 8\n"), false);
});

Deno.test("the version grows only when something changed, and the key of a leg survives its new offers", async () => {
  const a = await taken(new FakePlane(), SECURE);
  const wishes = serverWishes(NARROWBAND_FORMATS);
  const first = read(a.answer(wishes));
  const again = read(a.answer(wishes));
  assert.equal(again.version, first.version);
  const offer = read(a.offer([{ ...wishes[0]!, direction: "sendonly" }], { profile: "secure" }));
  assert.equal(Number(offer.version), Number(first.version) + 1);
  assert.deepEqual([...offer.streams[0]!.crypto[0]!.keyAndSalt], [
    ...first.streams[0]!.crypto[0]!.keyAndSalt,
  ]);
});

Deno.test("our key stays while the peer's does, and is a fresh one when the peer begins anew (RFC 4568 §7.1.4)", async () => {
  const plane = new FakePlane();
  const a = await taken(plane, SECURE);
  const answerTo = async (media: string, host?: string) => {
    const offer = readOffer(sdp(media, host), "optional");
    assert.ok(offer.ok);
    assert.ok(await a.takeOffer(offer, "192.0.2.9"));
    const { crypto: [line] } = read(a.answer(serverWishes(NARROWBAND_FORMATS))).streams[0]!;
    const { sendKey, receiveKey } = plane.leg(a.leg).settings[0]!;
    assert.deepEqual(sendKey!.keyAndSalt, line!.keyAndSalt);
    return { own: line!.keyAndSalt.toBase64(), theirs: receiveKey!.keyAndSalt.toBase64() };
  };
  const first = await answerTo(SECURE);
  assert.deepEqual(await answerTo(`${SECURE.replace("4000", "4004")}a=sendonly\n`, "198.51.100.7"), first);
  const anew = await answerTo(SECURE.replace(KEY_A, KEY_B));
  assert.equal(anew.theirs, KEY_B);
  assert.notEqual(anew.own, first.own);
  assert.deepEqual(await answerTo(SECURE.replace(KEY_A, KEY_B)), anew);
});

Deno.test("a refused re-INVITE leaves no trace in the plane", async () => {
  const plane = new FakePlane();
  const a = await taken(plane, G711);
  a.answer(serverWishes(NARROWBAND_FORMATS));
  const before = plane.legs.get(a.leg)!.settings[0];
  const rollback = a.checkpoint();
  const offer = readOffer(sdp("m=audio 4400 RTP/AVP 8\na=sendonly\n"), "optional");
  assert.ok(offer.ok);
  await a.takeOffer(offer, "192.0.2.9");
  rollback();
  assert.deepEqual(plane.legs.get(a.leg)!.settings[0], before);
});

Deno.test("video added later takes ports of its own and keeps its place when it goes again", async () => {
  const plane = new FakePlane();
  const a = await taken(plane, G711);
  a.answer(serverWishes(NARROWBAND_FORMATS));
  const more = readOffer(sdp(`${G711}m=video 4002 RTP/AVP 96\na=rtpmap:96 H264/90000\n`), "optional");
  assert.ok(more.ok);
  assert.ok(await a.takeOffer(more, "192.0.2.9"));
  assert.equal(a.parts.length, 2);
  const far = [...serverWishes(NARROWBAND_FORMATS), { ...a.wanted()[1]!, direction: "sendrecv" as const }];
  assert.deepEqual(read(a.answer(far)).streams.map(({ port }) => port > 0), [true, true]);
  const less = read(a.offer([far[0]!], { profile: "plain" }));
  assert.deepEqual(less.streams.map(({ port }) => port > 0), [true, false]);
  await a.close();
  assert.equal(plane.legs.size, 0);
});

Deno.test("no ports left is told, nothing leaks", async () => {
  const plane = new FakePlane({ maxStreams: 1 });
  const first = await LegMedia.open(["rtp"], options(plane));
  assert.equal(await LegMedia.open(["rtp"], options(plane)), undefined);
  await first!.close();
  assert.equal(plane.legs.size, 0);
});
