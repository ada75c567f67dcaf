/** UPDATE with an offer by a phone that still rings (RFC 3311 §5.2, RFC 6337 §3): it is answered without its caller. */
import assert from "node:assert/strict";
import type { FakeLeg } from "../support/fake_plane.ts";
import { calledTakes, srtpSdp } from "../support/srtp_offers.ts";
import { described, type Phone, VirtualOffice } from "../support/virtual_office.ts";

const DECODER = new TextDecoder();
/** What the caller offers, and what the phone sends before it answers. */
const CALLER = "m=audio 4000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n";
const EARLY = "m=audio 4000 RTP/AVP 8\r\n";

/** 100 called 101, whose phone sent early media reliably; everybody has been told of PCMA. */
async function ringing(reliable: "off" | "supported" = "supported") {
  const office = new VirtualOffice({
    extensions: [{ number: "100", srtp: "off" }, { number: "101", srtp: "off" }],
  });
  const alice = await office.phone("100"), bob = await office.phone("101");
  alice.sdp = () => described(alice, CALLER);
  bob.onSession = (session) => session.ring(183, { sdp: described(bob, EARLY) });
  await alice.dial("101", [], { reliable });
  assert.equal(alice.events.filter((event) => event.startsWith("progress 183")).length, 1);
  return { office, alice, bob, toAlice: legOf(office, alice), toBob: legOf(office, bob) };
}

function legOf(office: VirtualOffice, phone: Phone): FakeLeg {
  const { host } = phone.host.address;
  const found = [...office.plane.legs.values()].find(({ settings }) => settings[0]?.remote?.host === host);
  assert.ok(found, `the plane knows nothing of ${phone.number}`);
  return found;
}

/** What was said to `phone` last, as `200 UPDATE`, and with which description. */
function saidTo(office: VirtualOffice, phone: Phone): { name: string; warning: string; text: string } {
  const { host } = phone.host.address;
  const { name, message } = office.network.sent.findLast(({ to }) => to.host === host)!;
  return { name, warning: message.headers.get("Warning") ?? "", text: DECODER.decode(message.body) };
}

async function leave(office: VirtualOffice, alice: Phone, bob: Phone): Promise<void> {
  bob.session.answer();
  await office.run(60);
  assert.deepEqual([alice.session.state, bob.session.state], ["confirmed", "confirmed"]);
  await alice.hangUp();
  assert.deepEqual(await office.leftovers(), []);
}

interface Row {
  readonly sentence: string;
  readonly offer: string;
  readonly answer: RegExp;
  readonly settings: { readonly port: number; readonly direction: string };
}

const TAKEN: readonly Row[] = [
  {
    sentence: "a ringing phone that moves its media to another port is answered",
    offer: "m=audio 4100 RTP/AVP 8\r\n",
    answer: /^m=audio \d+ RTP\/AVP 8\r$[^]*^a=sendrecv\r$/m,
    settings: { port: 4100, direction: "sendrecv" },
  },
  {
    sentence: "a ringing phone that names more codecs gets those that its caller was told of",
    offer: "m=audio 4100 RTP/AVP 0 8 9\r\n",
    answer: /^m=audio \d+ RTP\/AVP 8\r$/m,
    settings: { port: 4100, direction: "sendrecv" },
  },
  {
    sentence: "a ringing phone that only wishes to send is answered that it is only listened to",
    offer: "m=audio 4100 RTP/AVP 8\r\na=sendonly\r\n",
    answer: /^a=recvonly\r$/m,
    settings: { port: 4100, direction: "recvonly" },
  },
];

for (const { sentence, offer, answer, settings } of TAKEN) {
  Deno.test(`${sentence}; the caller hears nothing of it, and the call goes on`, async () => {
    const { office, alice, bob, toAlice, toBob } = await ringing();
    const [heard, updates] = [alice.events.length, toAlice.updates.length];
    bob.session.offer(described(bob, offer));
    await office.run(60);
    assert.ok(bob.events.some((event) => event.startsWith("offerAnswered")), bob.events.join("; "));
    const { name, text } = saidTo(office, bob);
    assert.equal(name, "200 UPDATE");
    assert.match(text, answer);
    const { remote, direction } = toBob.settings[0]!;
    assert.deepEqual({ port: remote?.port, direction }, settings);
    assert.deepEqual([alice.events.length, toAlice.updates.length], [heard, updates]);
    assert.ok(office.plane.areJoined(toAlice.leg, toBob.leg));
    await leave(office, alice, bob);
  });
}

const REFUSED: readonly { sentence: string; offer: string; said: RegExp; warning: RegExp }[] = [
  {
    sentence: "without the codec that the caller was told of",
    offer: "m=audio 4100 RTP/AVP 0\r\n",
    said: /^488 UPDATE$/,
    warning: /told of other codecs/,
  },
  {
    sentence: "encrypted where encryption is switched off",
    offer: "m=audio 4100 RTP/SAVP 8\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 " +
      "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n",
    said: /^488 UPDATE$/,
    warning: /switched off/,
  },
  {
    sentence: "whose m-line is cut off",
    offer: "m=audio 4100\r\n",
    said: /^400 UPDATE$/,
    warning: /SDP line/,
  },
];

for (const { sentence, offer, said, warning } of REFUSED) {
  Deno.test(`an offer of a ringing phone ${sentence} is refused, and what stood before stands`, async () => {
    const { office, alice, bob, toBob } = await ringing();
    const [heard, before] = [alice.events.length, toBob.settings[0]];
    bob.session.offer(described(bob, offer));
    await office.run(60);
    const refusal = saidTo(office, bob);
    assert.match(refusal.name, said);
    assert.match(refusal.warning, warning);
    assert.deepEqual(toBob.settings[0], before);
    assert.equal(alice.events.length, heard);
    await leave(office, alice, bob);
  });
}

Deno.test("a caller that takes nothing reliably is answered in the end as it was told while it rang", async () => {
  const { office, alice, bob } = await ringing("off");
  bob.session.offer(described(bob, "m=audio 4100 RTP/AVP 0 8 9\r\n"));
  await office.run(60);
  assert.equal(saidTo(office, bob).name, "200 UPDATE");
  bob.session.answer();
  await office.run(60);
  const { host } = alice.host.address;
  const told = office.network.sent.filter(({ name, to }) =>
    to.host === host && /^(183|200) INVITE$/.test(name)
  );
  assert.deepEqual(
    told.map(({ name, message }) => [name, /^m=.*$/m.exec(DECODER.decode(message.body))?.[0]]),
    [
      ["183 INVITE", "m=audio 20000 RTP/AVP 8 101"],
      ["200 INVITE", "m=audio 20000 RTP/AVP 8 101"],
    ],
  );
  await alice.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("a ringing phone that begins anew with another key gets a new one of ours", async () => {
  const office = new VirtualOffice({ extensions: [{ number: "100" }, { number: "101", srtp: "required" }] });
  const alice = await office.phone("100"), bob = await office.phone("101");
  calledTakes(bob, { takes: ["secure"], refusesWith: 488 });
  const ring = bob.onSession!;
  bob.onSession = (session, recorder) => {
    ring(session, recorder);
    session.ring(183, { sdp: bob.sdp() });
  };
  await alice.dial("101");
  const toBob = legOf(office, bob);
  const before = toBob.settings[0]!;
  const offer = DECODER.decode(srtpSdp(bob, "secure")).replace("inline:WVNf", "inline:WVNg");
  bob.session.offer(new TextEncoder().encode(offer));
  await office.run(60);
  assert.equal(saidTo(office, bob).name, "200 UPDATE");
  const after = toBob.settings[0]!;
  assert.notDeepEqual(after.receiveKey, before.receiveKey);
  assert.notDeepEqual(after.sendKey, before.sendKey);
  assert.match(saidTo(office, bob).text, /^a=crypto:1 /m);

  bob.session.offer(srtpSdp(bob, "plain"));
  await office.run(60);
  assert.equal(saidTo(office, bob).name, "488 UPDATE");
  assert.deepEqual(toBob.settings[0], after, "no step back to no encryption");
  await leave(office, alice, bob);
});

Deno.test("of two phones that ring with early media one moves: the other and the caller are not touched", async () => {
  const { office, alice, bob } = await ringing();
  await bob.hangUp();
  const desk = await office.phone("101");
  for (const phone of [bob, desk]) {
    phone.onSession = (session) => session.ring(183, { sdp: described(phone, EARLY) });
  }
  await alice.dial("101");
  const [toBob, toDesk] = [legOf(office, bob), legOf(office, desk)];
  const [heard, updates] = [alice.events.length, toDesk.updates.length];
  // Nobody was promised to the caller yet, so the phone may even change its codec.
  bob.session.offer(described(bob, "m=audio 4100 RTP/AVP 0\r\n"));
  await office.run(60);
  assert.equal(saidTo(office, bob).name, "200 UPDATE");
  assert.equal(toBob.settings[0]?.remote?.port, 4100);
  assert.deepEqual([alice.events.length, toDesk.updates.length], [heard, updates]);
  await leave(office, alice, bob);
  assert.equal(desk.recorder.end?.cause, "cancelled");
});
