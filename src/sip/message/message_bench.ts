/** Parse and print of a typical INVITE: `deno bench -A src/sip/message/message_bench.ts`. */
import { from, topVia } from "./reads.ts";
import { createResponse } from "./create_message.ts";
import { parseMessage } from "./parse_message.ts";
import { printMessage } from "./print_message.ts";
import { StreamFramer } from "./stream_framer.ts";
import type { SipRequest } from "./message.ts";

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

/** About 900 bytes, 15 header fields, as a desk phone sends it. */
const INVITE = new TextEncoder().encode(
  [
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
    "Session-Expires: 1800",
    "User-Agent: Desk Phone 2.4.1",
    "P-Preferred-Identity: <sip:100@office.example>",
    "Accept: application/sdp",
    "Content-Type: application/sdp",
    `Content-Length: ${SDP.length}`,
    "",
    SDP,
  ].join("\r\n"),
);

function parse(): SipRequest {
  const result = parseMessage(INVITE);
  if (!result.ok || result.value.kind !== "request") throw new Error("the sample is broken");
  return result.value;
}
const request = parse();

Deno.bench(`parse and print (${INVITE.length} bytes)`, () => void printMessage(parse()));
Deno.bench("parse", () => void parse());
Deno.bench("print", () => void printMessage(request));
Deno.bench("typed reads after parse", () => void (topVia(request).host + from(request).uri.scheme));
Deno.bench(
  "make a response and print it",
  () => void printMessage(createResponse(request, 180, undefined, { toTag: "x" })),
);

const framer = new StreamFramer();
Deno.bench("frame", () => void framer.push(INVITE));
