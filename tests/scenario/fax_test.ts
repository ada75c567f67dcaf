/** A call that turns from voice to T.38 and back by re-INVITE, as fax machines do it (RFC 3264 §8.3, ITU-T T.38 D.2.2). */
import assert from "node:assert/strict";
import { described, type Phone, VirtualOffice } from "../support/virtual_office.ts";

const DECODER = new TextDecoder();
const T38 = "a=T38FaxVersion:0\r\na=T38MaxBitRate:14400\r\na=T38FaxRateManagement:transferredTCF\r\n";
const VOICE = "m=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n";
const NO_VOICE = "m=audio 0 RTP/AVP 8\r\n";
const FAX = `m=image 4100 udptl t38\r\n${T38}`;
const NO_FAX = "m=image 0 udptl t38\r\n";

/** The m-lines of a description: type, whether it is on, protocol. */
function lines(text: string): string[] {
  return [...text.matchAll(/m=(\w+) (\d+) (\S+)/g)].map(([, type, port, protocol]) =>
    `${type} ${port === "0" ? "off" : "on"} ${protocol}`
  );
}

async function talking() {
  const office = new VirtualOffice({ extensions: [{ number: "100" }, { number: "101" }] });
  const alice = await office.phone("100"), bob = await office.phone("101");
  await alice.dial("101");
  await bob.answer();
  /** `from` offers, the other side answers; without an answer it refuses. */
  const change = async (from: Phone, offer: string, answer: string | undefined) => {
    const to = from === alice ? bob : alice;
    const { recorder, session } = to;
    recorder.on["offered"] = () =>
      answer === undefined
        ? session.refuseOffer({ statusCode: 488 })
        : session.answerOffer(described(to, answer));
    from.session.offer(described(from, offer));
    await office.run(100);
    return {
      offered: lines(DECODER.decode(recorder.offers.at(-1)?.body)),
      answered: lines(from.events.at(-1)!),
      events: from.events,
    };
  };
  return { office, alice, bob, change };
}

/** What the plane was told to carry to and from `phone`. */
function flowing(office: VirtualOffice, phone: Phone): string[] {
  return [...office.plane.legs.values()].flatMap((leg) =>
    leg.settings.flatMap((settings, stream) => {
      if (settings?.remote?.host !== phone.host.address.host || settings.remote.port === 0) return [];
      const { kind } = leg.request.streams[stream]!;
      return [`${kind} to ${settings.remote.port}, ${leg.joined === undefined ? "alone" : "joined"}`];
    })
  );
}

const FAXING = ["udptl to 4100, joined"];
const TALKING = ["rtp to 4000, joined"];
const WAYS = [
  ["the caller", "in the place of the audio line", FAX, VOICE],
  ["the caller", "beside the audio line", NO_VOICE + FAX, VOICE + NO_FAX],
  ["the called", "in the place of the audio line", FAX, VOICE],
  ["the called", "beside the audio line", NO_VOICE + FAX, VOICE + NO_FAX],
] as const;

for (const [who, where, fax, voice] of WAYS) {
  Deno.test(`${who} turns voice to T.38 ${where}, and either side turns it back`, async () => {
    const { office, alice, bob, change } = await talking();
    const [one, other] = who === "the caller" ? [alice, bob] : [bob, alice];
    // Whoever never used the place of its audio line for a fax has a line for each.
    const ofOther = { fax: NO_VOICE + FAX, voice: VOICE + NO_FAX };
    const both = () => [flowing(office, alice), flowing(office, bob)];
    for (const back of ["the same", "the other"]) {
      const { offered, answered } = await change(one, fax, ofOther.fax);
      assert.deepEqual(offered, ["audio off RTP/AVP", "image on udptl"]);
      assert.deepEqual(answered, lines(fax).map((line) => line.replace("audio on", "audio off")));
      assert.deepEqual(both(), [FAXING, FAXING]);
      const end = back === "the same"
        ? await change(one, voice, ofOther.voice)
        : await change(other, ofOther.voice, voice);
      assert.ok(end.offered.includes("audio on RTP/AVP"), String(end.offered));
      assert.ok(end.answered.includes("audio on RTP/AVP"), String(end.answered));
      assert.deepEqual(both(), [TALKING, TALKING]);
    }
    assert.equal(office.plane.legs.size, 4, "the second fax found the ports of the first");
    await alice.hangUp();
    assert.deepEqual(await office.leftovers(), []);
  });
}

Deno.test("what T.38 says of itself reaches the other side as it was written", async () => {
  const { alice, bob, change } = await talking();
  await change(bob, FAX, NO_VOICE + FAX);
  const offer = DECODER.decode(alice.recorder.offers.at(-1)!.body);
  for (const line of T38.trim().split("\r\n")) assert.ok(offer.includes(line), `${line} in ${offer}`);
  assert.match(offer, /^m=image \d+ udptl t38\r$/m);
});

Deno.test("a T.38 offer that the other side refuses leaves the voice as it is", async () => {
  const { office, alice, bob, change } = await talking();
  const { events } = await change(bob, FAX, undefined);
  assert.equal(events.at(-1), "offerRefused 488");
  assert.deepEqual([flowing(office, alice), flowing(office, bob)], [TALKING, TALKING]);
  await change(alice, VOICE.replace("4000", "4002"), VOICE);
  assert.deepEqual([flowing(office, alice), flowing(office, bob)], [["rtp to 4002, joined"], TALKING]);
});
