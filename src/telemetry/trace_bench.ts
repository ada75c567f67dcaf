/** Cost of keeping a message, which every message pays, and of masking one, which only shown ones pay. */

import { maskMessage } from "./mask_message.ts";
import { SipTrace } from "./trace.ts";
import { glance, type TracedPath } from "./traced_message.ts";

const SDP =
  "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/SAVP 0 8 101\r\n" +
  "a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n" +
  "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n";
const INVITE = new TextEncoder().encode(
  "INVITE sip:101@office.example SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKabc;rport\r\n" +
    "Max-Forwards: 70\r\nFrom: <sip:100@office.example>;tag=a1\r\nTo: <sip:101@office.example>\r\n" +
    "Call-ID: 0123456789@192.0.2.1\r\nCSeq: 2 INVITE\r\nContact: <sip:100@192.0.2.1:5060>\r\n" +
    'Authorization: Digest username="100", realm="office.example", nonce="abc", uri="sip:101@office.example", ' +
    'response="0123456789abcdef0123456789abcdef", cnonce="xyz", nc=00000001, qop=auth\r\n' +
    `Content-Type: application/sdp\r\nContent-Length: ${SDP.length}\r\n\r\n${SDP}`,
);
const PATH: TracedPath = {
  transport: "udp",
  local: { host: "192.0.2.10", port: 5060 },
  remote: { host: "192.0.2.1", port: 5060 },
};
const trace = new SipTrace();
let at = 0;

Deno.bench("glance at an INVITE", () => void glance(INVITE));
Deno.bench("keep an INVITE", () => void trace.add(at++, "in", { bytes: INVITE, path: PATH }));
Deno.bench("mask an INVITE", () => void maskMessage(INVITE));
