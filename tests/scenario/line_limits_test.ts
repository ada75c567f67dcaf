/** What a line allows and wants: limits and who passes them, codecs and reliable ringing in both directions, the next line. */

import assert from "node:assert/strict";

import { address, type Agent } from "../support/sip_office.ts";
import { DOMAIN, VirtualOffice } from "../support/virtual_office.ts";

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();
const HOSTS = { first: "10.0.2.1", second: "10.0.2.2" };

function line(name: keyof typeof HOSTS, more: Record<string, unknown> = {}) {
  const host = HOSTS[name];
  return {
    name,
    kind: "peer",
    server: `sip:${host}`,
    addresses: [host],
    optionsSeconds: 0,
    incoming: [{ number: "*", to: "100" }],
    ...more,
  };
}

function officeWith(
  lines: readonly { name: string }[],
  extension: Record<string, unknown> = {},
): VirtualOffice {
  return new VirtualOffice({
    extensions: [{ number: "100", ...extension }, { number: "101" }],
    office: {
      emergency: ["112"],
      lines,
      rules: [{ match: "9*", strip: 1, via: lines.map(({ name }) => name), level: "outside" }],
    },
  });
}

/** An offer of G.722, PCMU and PCMA, in this order. */
function richSdp(host: string): Uint8Array {
  return ENCODER.encode(
    `v=0\r\no=- 1 1 IN IP4 ${host}\r\ns=-\r\nc=IN IP4 ${host}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 9 0 8 101\r\n` +
      "a=rtpmap:101 telephone-event/8000\r\n",
  );
}

/** The payload types of the first m-line. */
function formats(body: Uint8Array): string {
  return /m=audio \d+ \S+ ([\d ]+)/.exec(DECODER.decode(body))?.[1] ?? "none";
}

function callIn(carrier: Agent, headers: readonly (readonly [string, string])[] = []): void {
  carrier.invite(`sip:4930100@10.0.0.1`, {
    from: address(`sip:49170@${carrier.host.address.host}`),
    headers,
    sdp: richSdp(carrier.host.address.host),
  });
}

Deno.test("an emergency call passes the limit of the line and that of the extension, and is counted", async () => {
  const office = officeWith([line("first", { outgoing: { maxCalls: 1 } })], { maxCalls: 1 });
  const carrier = office.carrier(HOSTS.first);
  const [caller, other] = [await office.phone("100"), await office.phone("101")];
  await caller.dial("90301234");
  await carrier.answer();
  await other.dial("90305678");
  assert.match(other.events.at(-1)!, /rejected 503/, "the line is full");
  await caller.dial("90305678");
  assert.match(caller.events.at(-1)!, /rejected 486/, "the extension is full");
  await other.dial("112");
  await carrier.answer();
  assert.equal(other.session.state, "confirmed");
  await caller.dial("9112");
  await carrier.answer();
  assert.equal(caller.session.state, "confirmed");
  assert.deepEqual(carrier.dialled, ["0301234", "112", "112"]);
  assert.equal(office.parts.lines.state(DOMAIN, "first")?.calls, 3);
  for (const session of [...caller.sessions, ...other.sessions]) session.end();
  assert.deepEqual(await office.leftovers(), []);
  assert.equal(office.parts.lines.state(DOMAIN, "first")?.calls, 0);
});

Deno.test("an emergency call passes a line that is blocked for all other calls", async () => {
  const office = officeWith([line("first", { outgoing: { maxCalls: 0 } })]);
  const carrier = office.carrier(HOSTS.first);
  const caller = await office.phone("100");
  await caller.dial("90301234");
  assert.match(caller.events.at(-1)!, /rejected 503/);
  await caller.dial("112");
  assert.deepEqual(carrier.dialled, ["112"]);
  await caller.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("a line's codecs, in its order, are all that phone and carrier hear of each other, whoever calls", async () => {
  const office = officeWith([line("first", { codecs: ["PCMA", "G722"] })]);
  const carrier = office.carrier(HOSTS.first);
  const phone = await office.phone("100");
  callIn(carrier);
  await office.run(60);
  assert.equal(formats(phone.invitation.body), "8 9 101");
  phone.session.answer({ sdp: richSdp("10.0.1.2") });
  await office.run(60);
  assert.equal(carrier.session.state, "confirmed");
  assert.match(carrier.events.find((event) => event.startsWith("answered"))!, /RTP\/AVP (8|9|8 9|9 8) 101/);
  await phone.hangUp();
  await phone.dial("90301234");
  assert.equal(formats(carrier.invitation.body), "8 101");
  await phone.hangUp();
  assert.deepEqual(await office.leftovers(), []);
});

Deno.test("an offer without any codec of the line's list is refused before a phone rings; so is one of ours", async () => {
  const office = officeWith([line("first", { codecs: ["opus"] })]);
  const carrier = office.carrier(HOSTS.first);
  const phone = await office.phone("100");
  callIn(carrier);
  await office.run(60);
  assert.match(carrier.events.at(-1)!, /rejected 488/);
  assert.equal(phone.rung, 0);
  await phone.dial("90301234");
  assert.match(phone.events.at(-1)!, /rejected 488/);
  assert.deepEqual(carrier.dialled, []);
  assert.deepEqual(await office.leftovers(), []);
});

for (
  const [reliable, requires, supports] of [
    ["off", false, false],
    ["supported", false, true],
    ["required", true, true],
  ] as const
) {
  Deno.test(`reliable: ${reliable} holds for calls from the line too`, async () => {
    const office = officeWith([line("first", { reliable })]);
    const carrier = office.carrier(HOSTS.first);
    const phone = await office.phone("100");
    const heard: string[][] = [];
    callIn(carrier);
    const recorder = carrier.recorder;
    const progress = recorder.progress.bind(recorder);
    recorder.progress = (event) => {
      const { headers } = event.response;
      heard.push([
        String(event.response.statusCode),
        headers.get("Require") ?? "",
        headers.get("Supported") ?? "",
      ]);
      progress(event);
    };
    await office.run(60);
    const ringing = heard.find(([status]) => status === "180");
    assert.ok(ringing, "the caller hears that it rings");
    assert.equal(/100rel/.test(ringing[1]!), requires);
    await phone.answer();
    const invite = await outgoing();
    assert.equal(/100rel/.test(invite.get("Supported") ?? ""), supports);
    assert.equal(/100rel/.test(invite.get("Require") ?? ""), requires);

    async function outgoing() {
      await phone.hangUp();
      await phone.dial("90301234");
      const { headers } = carrier.invitation;
      await phone.hangUp();
      return headers;
    }
  });
}

Deno.test("the next line is tried when one refuses by itself, not when a phone has rung or a person has refused", async () => {
  const rows: [name: string, rings: boolean, statusCode: number, isTried: boolean][] = [
    ["480 at once", false, 480, true],
    ["408 at once", false, 408, true],
    ["503 at once", false, 503, true],
    ["503 after ringing", true, 503, true],
    ["480 after ringing", true, 480, false],
    ["486", true, 486, false],
    ["603", true, 603, false],
    ["404", false, 404, false],
  ];
  for (const [name, rings, statusCode, isTried] of rows) {
    const office = officeWith([line("first"), line("second")]);
    const [first, second] = [office.carrier(HOSTS.first), office.carrier(HOSTS.second)];
    first.onSession = (session) => {
      if (rings) session.ring(180);
      session.reject({ statusCode });
    };
    const caller = await office.phone("100");
    await caller.dial("90301234");
    await office.run(1_000);
    assert.equal(second.dialled.length, isTried ? 1 : 0, name);
    if (isTried) await caller.hangUp();
    assert.deepEqual(await office.leftovers(), [], name);
  }
});

Deno.test("nobody answers within noAnswerSeconds: the call ends, and the same phone is not rung over another line", async () => {
  const office = officeWith([line("first", { outgoing: { noAnswerSeconds: 10 } }), line("second")]);
  const [first, second] = [office.carrier(HOSTS.first), office.carrier(HOSTS.second)];
  const caller = await office.phone("100");
  await caller.dial("90301234");
  await office.run(9_000);
  assert.ok(!caller.events.some((event) => event.startsWith("ended")));
  await office.run(2_000);
  assert.match(caller.events.at(-1)!, /rejected 480/);
  assert.equal(first.session.state, "ended");
  assert.deepEqual(second.dialled, []);
  assert.deepEqual(await office.leftovers(), []);
});
