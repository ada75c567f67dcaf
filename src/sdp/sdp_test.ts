import assert from "node:assert/strict";
import fc from "fast-check";
import {
  chooseStreams,
  directionOf,
  formatAttributes,
  MAX_LINES,
  MAX_MEDIA,
  parseSdp,
  printSdp,
  remoteStreams,
  rtpFormats,
} from "./mod.ts";

const ENCODER = new TextEncoder();
const KEY = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

function parse(text: string) {
  const parsed = parseSdp(ENCODER.encode(text.replaceAll("\n", "\r\n")));
  assert.ok(parsed.ok, parsed.ok ? "" : `line ${parsed.error.line}: ${parsed.error.reason}`);
  return parsed.value;
}

const HEAD = "v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\n";

Deno.test("an ordinary offer is read with its codecs, ports and direction", () => {
  const description = parse(
    `${HEAD}m=audio 4000 RTP/AVP 0 8 101\na=rtpmap:0 PCMU/8000\na=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15\na=sendonly\n`,
  );
  const [stream] = remoteStreams(description);
  assert.equal(stream!.port, 4000);
  assert.equal(stream!.rtcpPort, 4001);
  assert.equal(stream!.direction, "sendonly");
  assert.deepEqual(stream!.formats.map((format) => format.encoding), ["pcmu", "pcma", "telephone-event"]);
  assert.equal(stream!.formats[2]!.parameters, "0-15");
});

Deno.test("print and parse again gives the same description", () => {
  const text =
    `${HEAD}m=audio 4000 RTP/SAVP 9 0\nb=AS:64\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}\na=sendrecv\n` +
    "m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\n";
  const first = parse(text);
  const again = parseSdp(printSdp(first));
  assert.ok(again.ok);
  assert.deepEqual(again.value, first);
});

Deno.test("lines that no phone would send are refused with their number", () => {
  const rows: [string, string, number][] = [
    ["no version", "o=- 1 1 IN IP4 1.2.3.4\n", 1],
    ["no origin", "v=0\ns=-\n", 0],
    ["impossible port", `${HEAD}m=audio 70000 RTP/AVP 0\n`, 6],
    ["negative port", `${HEAD}m=audio -1 RTP/AVP 0\n`, 6],
    ["no connection", "v=0\no=- 1 1 IN IP4 1.2.3.4\ns=-\nt=0 0\nm=audio 4000 RTP/AVP 0\n", 0],
    ["line without type", "v=0\nnonsense\n", 2],
    ["connection that is no address", "v=0\nc=IN IP4 <script>\n", 2],
    ["too many streams", HEAD + "m=audio 4000 RTP/AVP 0\n".repeat(MAX_MEDIA + 1), 5 + MAX_MEDIA + 1],
    ["too many lines", HEAD + "a=x\n".repeat(MAX_LINES), 0],
  ];
  for (const [name, text, line] of rows) {
    const parsed = parseSdp(ENCODER.encode(text));
    assert.ok(!parsed.ok, name);
    assert.equal(parsed.error.line, line, name);
  }
});

Deno.test("bare line feeds and a missing t= line are accepted", () => {
  assert.ok(
    parseSdp(ENCODER.encode("v=0\no=- 1 1 IN IP4 1.2.3.4\ns=-\nc=IN IP4 1.2.3.4\nm=audio 4000 RTP/AVP 0\n"))
      .ok,
  );
});

Deno.test("random bytes never throw", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
    const parsed = parseSdp(bytes);
    if (parsed.ok) remoteStreams(parsed.value);
  }));
});

Deno.test("random lines behind a good head never throw", () => {
  const line = fc.tuple(fc.constantFrom("a", "m", "c", "b", "k", "z"), fc.string({ maxLength: 60 }));
  fc.assert(fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
    const parsed = parseSdp(ENCODER.encode(HEAD + lines.map(([type, text]) => `${type}=${text}\n`).join("")));
    if (parsed.ok) chooseStreams(remoteStreams(parsed.value), "optional");
  }));
});

Deno.test("0.0.0.0 is the hold of RFC 2543", () => {
  const description = parse(`${HEAD}m=audio 4000 RTP/AVP 0\nc=IN IP4 0.0.0.0\n`);
  assert.equal(directionOf(description, description.media[0]!), "sendonly");
});

Deno.test("one payload type named twice counts once, an unknown one without rtpmap not at all", () => {
  const description = parse(`${HEAD}m=audio 4000 RTP/AVP 0 0 96 300 abc\n`);
  assert.deepEqual(rtpFormats(description.media[0]!).map((format) => format.payloadType), [0]);
});

Deno.test("common codecs are named as registered, unknown ones as their peer spells them", () => {
  const rows = [["opus/48000/2", "opus/48000/2"], ["pcma/8000", "PCMA/8000"], ["EVS/16000", "EVS/16000"]];
  for (const [heard, said] of rows) {
    const description = parse(`${HEAD}m=audio 4000 RTP/AVP 97\na=rtpmap:97 ${heard}\n`);
    assert.deepEqual(formatAttributes(rtpFormats(description.media[0]!)), [
      { name: "rtpmap", value: `97 ${said}` },
    ]);
  }
});

const CRYPTO = `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}\n`;
const PLAIN_LINE = "m=audio 4000 RTP/AVP 0\n";
const OPPORTUNISTIC = `m=audio 4000 RTP/AVP 0\n${CRYPTO}`;
const SECURE_LINE = `m=audio 4002 RTP/SAVP 0\n${CRYPTO}`;
const SECURE_BARE = "m=audio 4002 RTP/SAVP 0\n";

type Wish = "off" | "optional" | "required";
/** Offer, wish, and the port taken with `+` for encrypted, or the refusal. */
const CHOICES: readonly [string, string, Wish, string][] = [
  ["plain", PLAIN_LINE, "off", "4000"],
  ["plain", PLAIN_LINE, "optional", "4000"],
  ["plain", PLAIN_LINE, "required", "srtp required"],
  ["opportunistic", OPPORTUNISTIC, "off", "4000"],
  ["opportunistic", OPPORTUNISTIC, "optional", "4000+"],
  ["opportunistic", OPPORTUNISTIC, "required", "4000+"],
  ["secure", SECURE_LINE, "off", "srtp not allowed"],
  ["secure", SECURE_LINE, "optional", "4002+"],
  ["secure", SECURE_LINE, "required", "4002+"],
  ["secure without key", SECURE_BARE, "optional", "no common crypto"],
  ["secure without key", SECURE_BARE, "required", "no common crypto"],
  ["both lines", SECURE_LINE + PLAIN_LINE, "off", "4000"],
  ["both lines", SECURE_LINE + PLAIN_LINE, "optional", "4002+"],
  ["both lines", PLAIN_LINE + SECURE_LINE, "required", "4002+"],
  ["both lines, no key", SECURE_BARE + PLAIN_LINE, "optional", "4000"],
  ["both lines, no key", SECURE_BARE + PLAIN_LINE, "required", "no common crypto"],
  ["only digits", "m=audio 4000 RTP/AVP 101\na=rtpmap:101 telephone-event/8000\n", "optional", "no media"],
  ["switched off", "m=audio 0 RTP/AVP 0\n", "optional", "no media"],
  ["data channel", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\n", "optional", "no media"],
  ["fax", "m=image 4004 udptl t38\n", "optional", "4004"],
];

Deno.test("T.38's attributes are passed on as they were written (RFC 8866 §5.13: case counts)", () => {
  const [fax] = remoteStreams(
    parse(`${HEAD}m=image 4004 udptl t38\na=T38FaxVersion:0\na=T38FaxFillBitRemoval\na=t38MaxBitRate:9600\n`),
  );
  assert.deepEqual(fax!.attributes.map(({ name, value }) => [name, value]), [
    ["T38FaxVersion", "0"],
    ["T38FaxFillBitRemoval", undefined],
    ["t38MaxBitRate", "9600"],
  ]);
});

for (const [name, lines, wish, expected] of CHOICES) {
  Deno.test(`an offer of ${name} under srtp ${wish} gives ${expected}`, () => {
    const choice = chooseStreams(remoteStreams(parse(HEAD + lines)), wish);
    const text = choice.ok
      ? choice.streams.map(({ remote, crypto }) => `${remote.port}${crypto ? "+" : ""}`).join()
      : choice.error;
    assert.equal(text, expected);
  });
}
