/** How many INVITEs of a desk phone are parsed and printed in a second, on the core this runs on. */

import { parseMessage, printMessage } from "../../src/sip/message/mod.ts";

const ROUNDS = 5;
const MESSAGES = 60_000;
const SDP = [
  "v=0",
  "o=- 3838 3838 IN IP4 192.0.2.10",
  "s=-",
  "c=IN IP4 192.0.2.10",
  "t=0 0",
  "m=audio 40000 RTP/AVP 0 8 101",
  "a=rtpmap:0 PCMU/8000",
  "a=rtpmap:8 PCMA/8000",
  "a=rtpmap:101 telephone-event/8000",
  "a=fmtp:101 0-15",
  "a=ptime:20",
  "a=sendrecv",
  "",
].join("\r\n");
const HEAD = [
  "INVITE sip:101@office.example;user=phone SIP/2.0",
  "Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-524287-1---7f3a9c2b1d0e4f5a;rport",
  "Max-Forwards: 70",
  "Contact: <sip:100@192.0.2.10:5060;transport=udp>",
  'To: "Bob" <sip:101@office.example>',
  'From: "Alice" <sip:100@office.example>;tag=a6c85cf1',
  "Call-ID: 3848276298220188511@192.0.2.10",
  "CSeq: 1 INVITE",
  "Allow: INVITE, ACK, CANCEL, BYE, NOTIFY, REFER, MESSAGE, OPTIONS, INFO, SUBSCRIBE",
  "Supported: replaces, timer, 100rel",
  "User-Agent: Desk Phone 2.4.1",
  "Content-Type: application/sdp",
  `Content-Length: ${SDP.length}`,
];

/** The best of some rounds: other programs disturb now and then. */
export function messagesASecond(): number {
  const bytes = new TextEncoder().encode([...HEAD, "", SDP].join("\r\n"));
  let best = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    for (let i = 0; i < MESSAGES; i++) {
      const parsed = parseMessage(bytes);
      if (!parsed.ok || printMessage(parsed.value).length !== bytes.length) {
        throw new Error("Cannot measure: the sample is not printed as it was parsed");
      }
    }
    best = Math.max(best, MESSAGES / (performance.now() - start) * 1000);
  }
  return best;
}
