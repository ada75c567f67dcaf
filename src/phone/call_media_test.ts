import assert from "node:assert/strict";
import fc from "fast-check";
import { seededRandom } from "../base/mod.ts";
import { decodeText, encodeText } from "../sip/message/mod.ts";
import { FakePlane } from "../../tests/support/fake_plane.ts";
import { CallMedia, type CallMediaOptions } from "./call_media.ts";
import type { SrtpWay } from "./types.ts";

async function media(
  seed: number,
  changes: Partial<CallMediaOptions> = {},
): Promise<CallMedia & { plane: FakePlane }> {
  const plane = new FakePlane({ firstPort: 20_000 + 100 * seed });
  const opened = await CallMedia.open({
    plane,
    random: seededRandom(seed),
    address: { host: `192.0.2.${seed}`, family: "ipv4" },
    srtp: "optional",
    dtmf: "auto",
    label: "test",
    ...changes,
  });
  assert.ok(opened);
  return Object.assign(opened, { plane });
}

const HEAD = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n";
const KEY = "inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd";

function settings(one: { plane: FakePlane }) {
  return [...one.plane.legs.values()][0]!.settings;
}

Deno.test("each way of offering SRTP has its lines, and the same keys in every further try", async () => {
  const one = await media(1);
  const shape = (way: SrtpWay) =>
    decodeText(one.firstOffer(way)).match(/^m=.*|^a=crypto:\d \S+/gm)!.map((line) =>
      line.replace(/^m=audio \d+ (\S+) .*/, "$1").replace(/^a=crypto:/, "")
    );
  const keys = ["1 AES_CM_128_HMAC_SHA1_80", "2 AES_CM_128_HMAC_SHA1_32", "3 AES_256_CM_HMAC_SHA1_80"];
  assert.deepEqual(shape("opportunistic"), ["RTP/AVP", ...keys]);
  assert.deepEqual(shape("secure"), ["RTP/SAVP", ...keys]);
  assert.deepEqual(shape("two lines"), ["RTP/SAVP", ...keys, "RTP/AVP"]);
  assert.deepEqual(shape("plain"), ["RTP/AVP"]);
  const inline = () => decodeText(one.firstOffer("secure")).match(/inline:\S+/g);
  assert.deepEqual(inline(), inline());
  assert.equal(new Set(inline()).size, 3, "one key for each suite");
});

Deno.test("of two lines the encrypted one is taken, and the other stays dead in the next offer", async () => {
  const one = await media(1);
  one.firstOffer("two lines");
  const answer = `${HEAD}m=audio 0 RTP/SAVP 0\r\nm=audio 4000 RTP/AVP 0\r\n`;
  assert.equal(one.takeAnswer(encodeText(answer), "192.0.2.9"), undefined);
  assert.equal(one.encryption, undefined);
  assert.equal(settings(one)[0], undefined);
  assert.equal(settings(one)[1]?.remote?.port, 4000);
  one.wish = "sendonly";
  const lines = decodeText(one.nextOffer()).match(/^m=.*|^a=sendonly/gm);
  assert.deepEqual(lines, ["m=audio 0 RTP/SAVP 9 8 0 101", "m=audio 20102 RTP/AVP 9 8 0 101", "a=sendonly"]);
});

Deno.test("an offer with video and fax is answered line by line", async () => {
  const one = await media(1);
  const offer =
    `${HEAD}m=video 5000 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\nm=audio 4000 RTP/AVP 18 0 101\r\n` +
    "a=rtpmap:101 telephone-event/8000\r\nm=image 6000 udptl t38\r\n";
  const answer = one.answer(encodeText(offer), "192.0.2.9");
  assert.ok(answer.ok);
  assert.deepEqual(decodeText(answer.value).match(/^m=.*/gm), [
    "m=video 0 RTP/AVP 96",
    "m=audio 20100 RTP/AVP 0 101",
    "m=image 0 udptl t38",
  ]);
  assert.equal(one.codec, "pcmu");
  assert.equal(one.dtmf, "rfc4733");
});

Deno.test("offers that do not fit have their reason and change nothing", async () => {
  const rows: [string, Partial<CallMediaOptions>, string][] = [
    ["m=audio 4000 RTP/AVP 18\r\n", {}, "no common codec"],
    ["m=audio 4000 RTP/AVP 101\r\na=rtpmap:101 telephone-event/8000\r\n", {}, "no common codec"],
    ["m=video 4000 RTP/AVP 31\r\n", {}, "no media"],
    ["m=audio 0 RTP/AVP 0\r\n", {}, "no media"],
    ["m=audio 4000 RTP/AVP 0\r\n", { srtp: "required" }, "srtp required"],
    ["m=audio 4000 RTP/SAVP 0\r\n", {}, "srtp required"],
    [
      `m=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 ${KEY}\r\n`,
      { srtp: "off" },
      "srtp refused",
    ],
    ["m=audio 4000 UDP/TLS/RTP/SAVP 0\r\n", {}, "no media"],
  ];
  for (const [line, changes, want] of rows) {
    const one = await media(1, changes);
    const answer = one.answer(encodeText(HEAD + line), "192.0.2.9");
    assert.ok(!answer.ok && answer.error === want, line);
    assert.equal(one.isAgreed, false);
    assert.deepEqual(settings(one), [undefined, undefined]);
  }
  const broken = await media(1);
  assert.ok(!broken.answer(encodeText("hello"), "192.0.2.9").ok);
});

Deno.test("a refused change leaves everything as it was", async () => {
  const [one, other] = [await media(1), await media(2)];
  const answer = other.answer(one.firstOffer("secure"), "192.0.2.1");
  assert.ok(answer.ok && one.takeAnswer(answer.value, "192.0.2.2") === undefined);
  const before = settings(one)[0];
  const undo = one.checkpoint();
  one.wish = "sendonly";
  one.nextOffer();
  undo();
  assert.deepEqual(settings(one)[0], before);
  assert.equal(one.wish, "sendrecv");
});

Deno.test("a new key of the peer is taken, ours stays while the suite does", async () => {
  const one = await media(1);
  const offer = (key: string, suite = "AES_CM_128_HMAC_SHA1_80") =>
    encodeText(`${HEAD}m=audio 4000 RTP/SAVP 0\r\na=crypto:1 ${suite} ${key}|2^31|1:1\r\n`);
  assert.ok(one.answer(offer(KEY), "192.0.2.9").ok);
  const first = settings(one)[0]!;
  assert.deepEqual(first.receiveKey?.mki, { value: 1, length: 1 });
  assert.ok(one.answer(offer(KEY.replace("AAEC", "BBBB")), "192.0.2.9").ok);
  const second = settings(one)[0]!;
  assert.deepEqual(second.sendKey, first.sendKey);
  assert.notDeepEqual(second.receiveKey, first.receiveKey);
  assert.ok(one.answer(offer(KEY, "AES_CM_128_HMAC_SHA1_32"), "192.0.2.9").ok);
  assert.notDeepEqual(settings(one)[0]!.sendKey, first.sendKey);
});

Deno.test("the version grows with every change and only then", async () => {
  const one = await media(1);
  const version = (bytes: Uint8Array) => /^o=- \d+ (\d+)/m.exec(decodeText(bytes))?.[1];
  const first = version(one.firstOffer("secure"));
  assert.equal(version(one.firstOffer("secure")), first);
  assert.equal(Number(version(one.firstOffer("plain"))), Number(first) + 1);
});

Deno.test("no description of a peer, however broken, throws or opens a stream in clear where SRTP is required", async () => {
  const base = `${HEAD}m=audio 4000 RTP/SAVP 0 8 101\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 ${KEY}\r\n` +
    "a=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\nm=audio 4002 RTP/AVP 0\r\na=inactive\r\n";
  const lines = base.split("\r\n");
  const property = fc.asyncProperty(
    fc.array(fc.tuple(fc.nat(lines.length - 1), fc.nat(40), fc.string({ maxLength: 6 })), { maxLength: 6 }),
    fc.shuffledSubarray(lines.slice(5), { minLength: 1 }),
    fc.boolean(),
    async (edits, tail, isAnswer) => {
      const text = [...lines.slice(0, 5), ...tail];
      for (const [line, at, put] of edits) {
        const old = text[line % text.length]!;
        text[line % text.length] = old.slice(0, at) + put + old.slice(at + put.length);
      }
      const one = await media(1, { srtp: "required" });
      const bytes = encodeText(text.join("\r\n"));
      if (isAnswer) {
        one.firstOffer("secure");
        one.takeAnswer(bytes, "192.0.2.9");
      } else one.answer(bytes, "192.0.2.9");
      for (const stream of settings(one)) assert.ok(!stream || (stream.sendKey && stream.receiveKey));
    },
  );
  await fc.assert(property, { numRuns: 500 });
});
