import assert from "node:assert/strict";
import * as fc from "fast-check";
import { buildLadder } from "./ladder.ts";
import { maskMessage } from "./mask_message.ts";
import { writePcap } from "./pcap.ts";
import { SipTrace } from "./trace.ts";
import { filedUnder, glance, latin1, type TracedPath } from "./traced_message.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

const ALICE: TracedPath = {
  transport: "udp",
  local: { host: "192.0.2.10", port: 5060 },
  remote: { host: "192.0.2.1", port: 5062 },
};
const BOB: TracedPath = {
  transport: "tls",
  local: { host: "2001:db8::10", port: 5061 },
  remote: { host: "2001:db8::1", port: 40000 },
};

function message(
  startLine: string,
  more: { callId?: string; cseq?: string; body?: string; headers?: string } = {},
): Uint8Array {
  const { callId = "c1", cseq = "1 INVITE", body = "", headers = "" } = more;
  const type = body ? "Content-Type: application/sdp\r\n" : "";
  return bytes(
    `${startLine}\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nCall-ID: ${callId}\r\nCSeq: ${cseq}\r\n${headers}${type}` +
      `Content-Length: ${body.length}\r\n\r\n${body}`,
  );
}

const INVITE = message("INVITE sip:101@office.example SIP/2.0", { body: "v=0\r\n" });

Deno.test("a glance reads requests, responses and compact forms", () => {
  assert.deepEqual(glance(INVITE), { callId: "c1", method: "INVITE", sequence: "1", hasSdp: true });
  assert.deepEqual(glance(message("SIP/2.0 180 Ringing", { cseq: "7  INVITE" })), {
    callId: "c1",
    method: "INVITE",
    statusCode: 180,
    reasonPhrase: "Ringing",
    sequence: "7",
    hasSdp: false,
  });
  const compact = "BYE sip:a SIP/2.0\r\ni : x@y \r\ncSeQ: 2 BYE\r\nc:application/sdp\r\n\r\n";
  assert.deepEqual(glance(bytes(compact)), { callId: "x@y", method: "BYE", sequence: "2", hasSdp: true });
});

Deno.test("a message is filed under what a glance shows, however it is spelt", () => {
  const spellings = [
    INVITE,
    message("SIP/2.0 200 OK", { cseq: "3 BYE" }),
    bytes("BYE sip:a SIP/2.0\r\ni: c1\r\nCSeq: 2 BYE\r\n\r\n"),
    bytes("SIP/2.0 200 OK\r\nCall-ID: c1\r\nCSEQ:2\tBYE\r\n\r\n"),
    bytes("\r\nCall-ID: \r\n"),
    bytes(""),
  ];
  for (const spelling of spellings) {
    const { callId, method } = glance(spelling);
    const filed = filedUnder(spelling);
    assert.deepEqual([filed.callId, filed.method], [callId, method]);
  }
});

Deno.test("a glance at anything at all gives something", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
    const { callId, method } = glance(noise);
    assert.ok(callId.length <= 256 && method.length <= 32);
  }));
});

const SECRETS: readonly [sentence: string, text: string, secret: string][] = [
  ["a digest answer", 'Authorization: Digest username="u", response="0123456789abcdef"', "0123456789abcdef"],
  [
    "a digest answer without quotes",
    "Authorization: Digest response=0123456789abcdef, nc=00000001",
    "0123456789abcdef",
  ],
  ["the client's nonce", 'Authorization: Digest cnonce = "s3cret"', "s3cret"],
  ["a bearer token", "Authorization: Bearer abc.def-ghi", "abc.def-ghi"],
  [
    "an SDES key",
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|1:4",
    "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz",
  ],
  ["each of two SDES keys", "a=crypto:1 X inline:AAAAAAAA\r\na=crypto:2 Y inline:BBBBBBBB", "BBBBBBBB"],
  ["a clear key", "k=clear:opensesame", "opensesame"],
  ["a password in a URI", "Contact: <sip:bob:hunter2@192.0.2.1>", "hunter2"],
  ["a room's PIN in a URI", "INVITE sip:*6*800*4711@office.example SIP/2.0", "4711"],
  ["a room's PIN, escaped", "INVITE sip:%2A6%2A800%2A4711@office.example SIP/2.0", "4711"],
  [
    "a digit typed during the call",
    "Content-Type: application/dtmf-relay\r\n\r\nSignal=4\r\nDuration=160",
    "Signal=4",
  ],
];

for (const [sentence, text, secret] of SECRETS) {
  Deno.test(`masked: ${sentence}`, () => {
    const masked = latin1(maskMessage(bytes(text)));
    assert.equal(masked.length, text.length);
    assert.ok(!masked.includes(secret), masked);
    assert.ok(masked.includes("*".repeat(secret.startsWith("Signal") ? 1 : secret.length)));
  });
}

Deno.test("masked: what is no secret stays", () => {
  const text =
    'INVITE sip:*6*800@d SIP/2.0\r\nAuthorization: Digest username="u", realm="r", nonce="n", uri="sip:d", response="x"\r\n' +
    "Contact: <sip:bob@192.0.2.1:5060;transport=tls>\r\nContent-Type: application/sdp\r\n\r\na=rtpmap:0 PCMU/8000\r\n";
  assert.equal(latin1(maskMessage(bytes(text))), text.replace('response="x"', 'response="*"'));
});

Deno.test("masked: a body of application/dtmf is nothing but the digit", () => {
  const text = "INFO sip:a SIP/2.0\r\nContent-Type: application/dtmf\r\n\r\n5";
  assert.equal(latin1(maskMessage(bytes(text))), text.slice(0, -1) + "*");
});

Deno.test("masked: length and line structure stay for any bytes", () => {
  const piece = fc.constantFrom(
    "response=",
    "inline:",
    '"',
    "sip:",
    ":",
    "@",
    "abc",
    "\r\n",
    "*",
    "6",
    "Signal=",
    "\u00e9",
  );
  fc.assert(fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
    const source = bytes(pieces.join(""));
    const masked = maskMessage(source);
    assert.equal(masked.length, source.length);
    assert.deepEqual(
      [...masked].filter((byte) => byte === 13 || byte === 10),
      [...source].filter((byte) => byte === 13 || byte === 10),
    );
  }));
});

Deno.test("masked: 64 KiB of beginnings of secrets are masked without getting lost in them", () => {
  for (const unit of ["sip:", "sip:a:", "response=", 'response="', "inline:", "k=clear:", "sip:*6*8*"]) {
    const text = bytes(unit.repeat(65_536 / unit.length));
    assert.equal(maskMessage(text).length, text.length);
  }
});

function traced() {
  const trace = new SipTrace();
  trace.add(1000, "in", { bytes: INVITE, path: ALICE });
  trace.add(1001, "out", { bytes: message("SIP/2.0 100 Trying"), path: ALICE });
  trace.add(1002, "out", {
    bytes: message("INVITE sip:101@10.0.0.1 SIP/2.0", { callId: "c2", body: "v=0\r\n" }),
    path: BOB,
  });
  trace.add(1500, "in", { bytes: INVITE, path: ALICE });
  trace.add(1900, "in", { bytes: message("SIP/2.0 486 Busy Here", { callId: "c2" }), path: BOB });
  trace.add(1901, "out", { bytes: message("SIP/2.0 486 Busy Here"), path: ALICE });
  return trace;
}

Deno.test("a call's messages come back in the order they passed, over all its dialogs", () => {
  const messages = traced().messagesOf(["c2", "c1", "c1"]);
  assert.deepEqual(messages.map(({ at }) => at), [1000, 1001, 1002, 1500, 1900, 1901]);
});

Deno.test("nothing leaves the trace unmasked: not by call, not as recent, not live", () => {
  const trace = new SipTrace();
  const live: string[] = [];
  const stop = trace.listen(({ bytes }) => live.push(latin1(bytes)));
  const secret = message("REGISTER sip:d SIP/2.0", {
    cseq: "1 REGISTER",
    headers: 'Authorization: Digest response="s3cret"\r\n',
  });
  trace.add(1, "in", { bytes: secret, path: ALICE });
  stop();
  trace.add(2, "in", { bytes: secret, path: ALICE });
  const texts = [
    ...live,
    ...[...trace.messagesOf(["c1"]), ...trace.recent(10)].map(({ bytes }) => latin1(bytes)),
  ];
  assert.equal(texts.length, 5);
  for (const text of texts) assert.ok(!text.includes("s3cret") && text.includes('response="******"'));
  assert.ok(latin1(secret).includes("s3cret"), "the message itself is not touched");
});

Deno.test("a message that changes after it was traced does not change the trace", () => {
  const trace = new SipTrace();
  const buffer = INVITE.slice();
  trace.add(1, "in", { bytes: buffer, path: ALICE });
  buffer.fill(0);
  assert.equal(latin1(trace.recent(1)[0]!.bytes), latin1(INVITE));
});

Deno.test("memory is capped: oldest dialogs go, a long call keeps its first and its last messages, registrations push out no call", () => {
  const trace = new SipTrace({ maxMessages: 100, maxBytes: 20_000, maxMessagesPerCall: 10 });
  for (let i = 0; i < 50; i++) {
    trace.add(i, "in", { bytes: message("INFO sip:a SIP/2.0", { cseq: `${i} INFO` }), path: ALICE });
  }
  assert.deepEqual(trace.messagesOf(["c1"]).map(({ at }) => at), [0, 1, 2, 3, 4, 45, 46, 47, 48, 49]);
  for (let i = 0; i < 5000; i++) {
    trace.add(100 + i, "in", {
      bytes: message("REGISTER sip:a SIP/2.0", { callId: `r${i}`, cseq: "1 REGISTER" }),
      path: ALICE,
    });
  }
  assert.equal(trace.messagesOf(["c1"]).length, 10);
  for (let i = 0; i < 5000; i++) {
    trace.add(9000 + i, "in", {
      bytes: message("BYE sip:a SIP/2.0", { callId: `b${i}`, cseq: "1 BYE" }),
      path: ALICE,
    });
  }
  assert.equal(trace.messagesOf(["c1"]).length, 0);
  const { messages, bytes: size } = trace.sizes();
  assert.ok(messages <= 200 && size <= 40_000, `${messages} messages, ${size} bytes`);
});

Deno.test("the ladder: caller left, server, others right; arrows with labels, kinds and retransmissions", () => {
  const ladder = buildLadder(traced().messagesOf(["c1", "c2"]), {
    names: new Map([["192.0.2.1:5062", "100 Alice"]]),
  });
  assert.deepEqual(ladder.columns.map(({ title }) => title), ["100 Alice", "sipedge", "[2001:db8::1]:40000"]);
  assert.deepEqual(
    ladder.arrows.map(({ from, to, label, kind, hasSdp, isRetransmission, afterMs }) =>
      [from, to, label, kind, hasSdp, isRetransmission, afterMs].join(" ")
    ),
    [
      "0 1 INVITE request true false 0",
      "1 0 100 Trying provisional false false 1",
      "1 2 INVITE request true false 2",
      "0 1 INVITE request true true 500",
      "2 1 486 Busy Here failure false false 900",
      "1 0 486 Busy Here failure false false 901",
    ],
  );
  assert.equal(ladder.arrows[4]?.transaction, "INVITE 1");
});

Deno.test("the ladder of nothing has the server alone", () => {
  assert.deepEqual(buildLadder([]), { columns: [{ key: "server", title: "sipedge" }], arrows: [] });
});

Deno.test("pcap: file and record headers, IPv4 and UDP by the RFCs, checksums that sum to zero", () => {
  const file = writePcap(traced().messagesOf(["c1"]));
  const view = new DataView(file.buffer);
  assert.equal(view.getUint32(0), 0xa1b2c3d4);
  assert.equal(view.getUint32(20), 101);
  assert.equal(view.getUint32(24), 1);
  assert.equal(view.getUint32(28), 0);
  const length = view.getUint32(32);
  assert.equal(length, 28 + INVITE.length);
  const ip = file.subarray(40, 40 + length);
  assert.equal(sum(ip.subarray(0, 20)), 0xffff);
  const pseudo = new Uint8Array([...ip.subarray(12, 20), 0, 17, ...ip.subarray(24, 26)]);
  assert.equal(sum(new Uint8Array([...pseudo, ...ip.subarray(20), ...(length % 2 ? [0] : [])])), 0xffff);
});

function sum(data: Uint8Array): number {
  let total = 0;
  for (let i = 0; i < data.length; i += 2) total += (data[i]! << 8) | (data[i + 1] ?? 0);
  while (total > 0xffff) total = (total & 0xffff) + (total >> 16);
  return total;
}

Deno.test("pcap: messages between names instead of addresses are left out", () => {
  const trace = new SipTrace();
  trace.add(1, "in", { bytes: INVITE, path: { ...ALICE, remote: { host: "phone.example", port: 5060 } } });
  assert.equal(writePcap(trace.recent(10)).length, 24);
});

const TSHARK = "/usr/bin/tshark";
const hasTshark = await Deno.stat(TSHARK).then(() => true, () => false);

Deno.test({
  name: "pcap: tshark reads every message over UDP, TCP, TLS, IPv4 and IPv6, and finds no fault",
  ignore: !hasTshark,
}, async () => {
  const trace = traced();
  const tcp: TracedPath = {
    transport: "tcp",
    local: { host: "192.0.2.10", port: 5060 },
    remote: { host: "192.0.2.3", port: 33333 },
  };
  const body =
    `v=0\r\no=- 1 1 IN IP4 192.0.2.3\r\ns=-\r\nc=IN IP4 192.0.2.3\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n` +
    // A masked key must still be base64: a star in it and tshark gives the whole message up.
    `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${"WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"}|2^20|1:32\r\n` +
    "a=x:y\r\n".repeat(5000);
  trace.add(2000, "in", {
    bytes: message("INVITE sip:long@office.example SIP/2.0", { callId: "c3", body }),
    path: tcp,
  });
  trace.add(2001, "out", { bytes: message("SIP/2.0 603 Decline", { callId: "c3" }), path: tcp });
  const path = await Deno.makeTempFile({ suffix: ".pcap" });
  try {
    await Deno.writeFile(path, writePcap(trace.messagesOf(["c1", "c2", "c3"])));
    const fields = ["sip.Method", "sip.Status-Code", "sip.Call-ID", "ip.src", "ipv6.src", "_ws.malformed"];
    const { stdout, success } = await new Deno.Command(TSHARK, {
      args: [
        "-r",
        path,
        "-o",
        "udp.check_checksum:TRUE",
        "-o",
        "tcp.check_checksum:TRUE",
        "-Y",
        "sip",
        "-T",
        "fields",
        ...fields.flatMap((f) => ["-e", f]),
      ],
      stderr: "null",
    }).output();
    assert.ok(success);
    assert.deepEqual(
      new TextDecoder().decode(stdout).trimEnd().split("\n").map((line) =>
        line.trim().split("\t").filter(Boolean).join(" ")
      ),
      [
        "INVITE c1 192.0.2.1",
        "100 c1 192.0.2.10",
        "INVITE c2 2001:db8::10",
        "INVITE c1 192.0.2.1",
        "486 c2 2001:db8::1",
        "486 c1 192.0.2.10",
        "INVITE c3 192.0.2.3",
        "603 c3 192.0.2.10",
      ],
    );
    const bad = await new Deno.Command(TSHARK, {
      args: [
        "-r",
        path,
        "-o",
        "udp.check_checksum:TRUE",
        "-o",
        "tcp.check_checksum:TRUE",
        "-Y",
        "udp.checksum.status == 0 or tcp.checksum.status == 0 or _ws.malformed",
      ],
      stderr: "null",
    }).output();
    assert.equal(new TextDecoder().decode(bad.stdout), "");
  } finally {
    await Deno.remove(path);
  }
});
