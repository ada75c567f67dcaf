/** A digit told by INFO, for a phone that takes packets, tones or INFO (RFC 4733, RFC 6086). */
import assert from "node:assert/strict";
import { type Phone, VirtualOffice } from "../support/virtual_office.ts";

const ENCODER = new TextEncoder(), DECODER = new TextDecoder();
const RELAY = {
  contentType: "application/dtmf-relay",
  bytes: ENCODER.encode("Signal=5\r\nDuration=240\r\n"),
};
const BARE = { contentType: "application/dtmf", bytes: ENCODER.encode("#") };

async function talking(more: Record<string, unknown> = {}, answer?: string) {
  const office = new VirtualOffice({
    extensions: [{ number: "100", dtmf: "info" }, { number: "101", ...more }],
  });
  const alice = await office.phone("100"), bob = await office.phone("101");
  await alice.dial("101");
  if (answer === undefined) await bob.answer();
  else {
    bob.session.answer({ sdp: without(bob, answer) });
    await office.run(60);
  }
  const [toAlice, toBob] = [alice, bob].map((phone) =>
    [...office.plane.legs.values()].find(({ settings }) =>
      settings[0]?.remote?.host === phone.host.address.host
    )!
  );
  return { office, alice, bob, toAlice: toAlice!, toBob: toBob! };
}

/** The phone's description without telephone-event. */
function without(phone: Phone, attribute: string): Uint8Array {
  const lines = DECODER.decode(phone.sdp()).split("\r\n").filter((line) => !line.includes(attribute));
  return ENCODER.encode(lines.join("\r\n").replace("RTP/AVP 8 101", "RTP/AVP 8"));
}

async function info(office: VirtualOffice, phone: Phone, body: typeof RELAY): Promise<number | undefined> {
  let statusCode: number | undefined;
  phone.session.request({ method: "INFO", body }, (outcome) => {
    if (outcome.kind === "response") statusCode = outcome.response.statusCode;
  });
  await office.run(100);
  return statusCode;
}

const digitsSent = (office: VirtualOffice) =>
  office.plane.calls.filter((call) => call.startsWith("sendDigits"));

const WAYS = [
  ["events, which it named", {}, undefined, "rfc4733"],
  ["tones, since it named no events", {}, "telephone-event", "inband"],
  ["tones, by configuration", { dtmf: "inband" }, undefined, "inband"],
] as const;

for (const [way, settings, missing, dtmf] of WAYS) {
  Deno.test(`a digit by INFO goes on, for as long as it was pressed, to a phone that takes ${way}`, async () => {
    const { office, alice, bob, toBob } = await talking(settings, missing);
    assert.equal(toBob.settings[0]!.dtmf, dtmf, "the way in which the plane sends digits");
    assert.equal(await info(office, alice, RELAY), 200);
    assert.equal(await info(office, alice, BARE), 200);
    assert.deepEqual(digitsSent(office).map((call) => call.split(" ").slice(1, 3)), [
      [`${toBob.leg}`, "5"],
      [`${toBob.leg}`, "#"],
    ]);
    assert.match(digitsSent(office)[0]!, /for 240 ms$/);
    assert.ok(!bob.events.includes("requested INFO"));
  });
}

Deno.test("a digit by INFO goes on as INFO to a phone that takes it so, and not as a tone, too", async () => {
  const { office, alice, bob } = await talking({ dtmf: "info" });
  assert.equal(await info(office, alice, RELAY), 200);
  assert.deepEqual(bob.events.filter((event) => event === "requested INFO"), ["requested INFO"]);
  assert.deepEqual(digitsSent(office), []);
});

Deno.test("a digit heard in the media goes on as INFO to a phone that takes it so; the plane does the rest itself", async () => {
  const { office, alice, bob, toAlice, toBob } = await talking();
  office.plane.emit({ kind: "digit", leg: toBob.leg, digit: "7", durationMs: 100, how: "rfc4733" });
  office.plane.emit({ kind: "digit", leg: toAlice.leg, digit: "8", durationMs: 100, how: "inband" });
  await office.run(100);
  assert.equal(alice.events.filter((event) => event === "requested INFO").length, 1, "7 for Alice by INFO");
  assert.ok(!bob.events.includes("requested INFO"));
  assert.deepEqual(digitsSent(office), []);
});

Deno.test("an INFO that is no digit goes to the other phone and its answer comes back", async () => {
  const { office, alice, bob } = await talking();
  bob.recorder.on["requested"] = () => bob.recorder.reply?.({ statusCode: 200 });
  const picture = { contentType: "application/media_control+xml", bytes: ENCODER.encode("<media_control/>") };
  assert.equal(await info(office, alice, picture), 200);
  assert.ok(bob.events.includes("requested INFO"));
  assert.deepEqual(digitsSent(office), []);
});
