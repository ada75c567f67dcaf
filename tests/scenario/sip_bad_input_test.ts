/** What a phone sends that cannot be served, and the status and words it gets; a call that goes on is not touched. */
import assert from "node:assert/strict";
import { type Phone, VirtualOffice } from "../support/virtual_office.ts";

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();
const KEY = "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

const ODD_CODEC = "m=audio 4000 RTP/AVP 97\r\na=rtpmap:97 odd-codec/8000\r\n";

interface Row {
  readonly sentence: string;
  /** Lines behind `c=`; all of it where it begins with `v=`. */
  readonly sdp: string;
  readonly statusCode: number;
  readonly reasonPhrase?: string;
  readonly warning?: RegExp;
  /** Number of the caller; 102 must encrypt. */
  readonly from?: string;
  /** What is dialled; 104 takes whatever it is offered. */
  readonly dialled?: string;
}

const ROWS: readonly Row[] = [
  {
    sentence: "an SDP without a version",
    sdp: "v=x\r\nm=audio\r\n",
    statusCode: 400,
    reasonPhrase: "Malformed SDP",
    warning: /line \d|version|v=/i,
  },
  {
    sentence: "an SDP whose m-line is cut off",
    sdp: "m=audio 4000\r\n",
    statusCode: 400,
    reasonPhrase: "Malformed SDP",
    warning: /m=|line/i,
  },
  {
    sentence: "no codec that the server itself speaks, for the echo",
    sdp: ODD_CODEC,
    statusCode: 488,
    dialled: "*43",
  },
  {
    sentence: "SRTP in a suite that nobody here knows",
    sdp: `m=audio 4000 RTP/SAVP 8\r\na=crypto:1 F8_128_HMAC_SHA1_80 ${KEY}\r\n`,
    statusCode: 488,
    warning: /No SRTP suite in common/,
  },
  {
    sentence: "no encryption where it is required",
    sdp: "m=audio 4000 RTP/AVP 8\r\n",
    statusCode: 488,
    warning: /Encryption is required here/,
    from: "102",
  },
  {
    sentence: "a key that is too short where encryption is required",
    sdp: "m=audio 4000 RTP/SAVP 8\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2hvcnQ=\r\n",
    statusCode: 488,
    warning: /No SRTP suite in common/,
    from: "102",
  },
];

async function officeWithCall(): Promise<{ office: VirtualOffice; alice: Phone; bob: Phone }> {
  const office = new VirtualOffice({
    extensions: [
      { number: "100" },
      { number: "101" },
      { number: "102", srtp: "required" },
      { number: "103" },
      { number: "104" },
    ],
  });
  const [alice, bob] = [await office.phone("100"), await office.phone("101")];
  await alice.dial("101");
  await bob.answer();
  return { office, alice, bob };
}

async function leave(office: VirtualOffice, alice: Phone, bob: Phone): Promise<void> {
  assert.deepEqual([alice.session.state, bob.session.state], ["confirmed", "confirmed"], "the call goes on");
  await alice.hangUp();
  assert.deepEqual(await office.leftovers(), []);
}

function offering(caller: Phone, sdp: string): void {
  const { host } = caller.host.address;
  const head = `v=0\r\no=- 1 1 IN IP4 ${host}\r\ns=-\r\nc=IN IP4 ${host}\r\nt=0 0\r\n`;
  caller.sdp = () => ENCODER.encode(sdp.startsWith("v=") ? sdp : head + sdp);
}

for (const row of ROWS) {
  const { sentence, sdp, statusCode, reasonPhrase, warning, from = "103", dialled = "104" } = row;
  Deno.test(`${sentence}: ${statusCode}${reasonPhrase ? ` ${reasonPhrase}` : ""}, and nobody rings`, async () => {
    const { office, alice, bob } = await officeWithCall();
    const [caller, called] = [await office.phone(from), await office.phone("104")];
    offering(caller, sdp);
    await caller.dial(dialled);
    const { end } = caller.recorder;
    assert.ok(end?.cause === "rejected", caller.events.join("; "));
    assert.equal(end.response.statusCode, statusCode);
    if (reasonPhrase) assert.equal(end.response.reasonPhrase, reasonPhrase);
    if (warning) assert.match(end.response.headers.get("Warning") ?? "", warning);
    assert.equal(called.rung, 0, "the server itself refuses");
    await leave(office, alice, bob);
  });
}

Deno.test("a codec that nobody here knows is for the called phone to judge: its 488 comes back", async () => {
  const { office, alice, bob } = await officeWithCall();
  const [caller, called] = [await office.phone("103"), await office.phone("104")];
  const offers: string[] = [];
  called.onSession = (session) => {
    offers.push(DECODER.decode(session.invite.body));
    session.reject({ statusCode: 488 });
  };
  offering(caller, ODD_CODEC);
  await caller.dial("104");
  assert.equal(caller.events.at(-1), "ended peer rejected 488");
  assert.ok(offers.length > 0 && offers.every((offer) => offer.includes("odd-codec/8000")), offers.join());
  await leave(office, alice, bob);
});

/** How many more streams there are ports for, and what is dialled then. */
const PORTS_LEFT = [
  { sentence: "media ports used up", left: 0, dialled: "*43" },
  { sentence: "media ports left for the caller but not for whom it calls", left: 1, dialled: "104" },
] as const;

for (const { sentence, left, dialled } of PORTS_LEFT) {
  Deno.test(`${sentence}: 503 No media ports left, with Retry-After; they come back`, async () => {
    const { office, alice, bob } = await officeWithCall();
    const [caller, called] = [await office.phone("103"), await office.phone("104")];
    office.plane.maxStreams = 2 + left;
    await caller.dial(dialled);
    const { end } = caller.recorder;
    assert.ok(end?.cause === "rejected");
    const { statusCode, reasonPhrase, headers } = end.response;
    assert.deepEqual([statusCode, reasonPhrase, headers.get("Retry-After")], [
      503,
      "No media ports left",
      "10",
    ]);
    assert.equal(called.rung, 0);
    office.plane.maxStreams = Infinity;
    await caller.dial(dialled);
    if (dialled === "104") await called.answer();
    assert.equal(caller.session.state, "confirmed");
    await caller.hangUp();
    await leave(office, alice, bob);
  });
}
