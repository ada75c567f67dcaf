/** What two phones agree upon, for every policy and every way of offering SRTP. */
import assert from "node:assert/strict";
import { waysToTry } from "./srtp_ways.ts";
import { type FakeHost, twoPhones } from "./fake_host.ts";
import type { SrtpPolicy, SrtpWay } from "./types.ts";

const POLICIES: readonly SrtpPolicy[] = ["off", "optional", "required"];
const WAYS: readonly (SrtpWay | undefined)[] = [undefined, "opportunistic", "secure", "two lines", "plain"];

function settingsOf(phone: FakeHost) {
  return [...phone.plane.legs.values()][0]?.settings.find((one) => one !== undefined);
}

for (const caller of POLICIES) {
  for (const called of POLICIES) {
    Deno.test(`caller ${caller}, called ${called}: encrypted when both can, refused when one must and the other will not`, async () => {
      for (const way of WAYS) {
        const { network, alice, bob } = twoPhones(
          { srtp: caller, ...(way && { srtpWay: way }) },
          { srtp: called },
        );
        bob.onInvite = undefined;
        alice.dial(bob);
        for (let i = 0; i < 5; i++) {
          await network.run(50);
          if (bob.calls.length > 0) bob.call.answer();
        }
        const row = `${caller} ${called} by ${way}`;
        const mustNot = caller === "off" || called === "off";
        if (mustNot && (caller === "required" || called === "required")) {
          assert.equal((await alice.call.ended).outcome, "not acceptable", row);
          assert.equal(alice.plane.legs.size, 0, row);
          continue;
        }
        assert.equal(alice.call.state, "active", row);
        const [mine, theirs] = [settingsOf(alice), settingsOf(bob)];
        const isPlain = mustNot || (way === "plain" && caller === "optional" && called === "optional");
        assert.equal(mine?.sendKey === undefined, isPlain, row);
        assert.deepEqual(mine?.sendKey, theirs?.receiveKey, row);
        assert.deepEqual(mine?.receiveKey, theirs?.sendKey, row);
        if (!isPlain) assert.notDeepEqual(mine?.sendKey, mine?.receiveKey, row);
        assert.deepEqual(alice.call.agreement?.encryption?.way, bob.call.agreement?.encryption?.way, row);
        assert.equal(mine?.remote?.port, [...bob.plane.legs.values()][0]?.ports[0], row);
      }
    });
  }
}

Deno.test("a way that the peer refuses is followed by the next, a person's refusal is not", async () => {
  for (const [statusCode, tries] of [[488, 3], [606, 3], [415, 3], [486, 1], [603, 1], [500, 1]] as const) {
    const { network, alice, bob } = twoPhones({ srtp: "optional" });
    const offers: string[] = [];
    bob.onInvite = (incoming) => {
      const text = new TextDecoder().decode(incoming.request.body);
      offers.push(`${/RTP\/\w+/.exec(text)?.[0]} ${text.includes("a=crypto")}`);
      incoming.reply({ statusCode });
    };
    alice.dial(bob);
    await network.run(500);
    assert.equal((await alice.call.ended).statusCode, statusCode);
    assert.deepEqual(offers, ["RTP/AVP true", "RTP/SAVP true", "RTP/AVP false"].slice(0, tries));
    assert.equal(alice.plane.legs.size, 0);
  }
});

Deno.test("those who insist never offer a plain line", () => {
  for (const way of WAYS) {
    assert.deepEqual(
      waysToTry("required", way).filter((one) => one === "plain" || one === "two lines"),
      [],
    );
    assert.deepEqual(waysToTry("off", way), ["plain"]);
    assert.equal(waysToTry("optional", way)[0], way ?? "opportunistic");
  }
});

Deno.test("an answer without keys to those who insist ends the call, and no packet goes out in clear", async () => {
  const { network, alice, bob } = twoPhones({ srtp: "required" });
  bob.onInvite = (incoming) => {
    const plain =
      "v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\nm=audio 4000 RTP/SAVP 0\r\n";
    const session = incoming.accept({
      progress() {},
      answered() {},
      acknowledged() {},
      offered() {},
      offerAnswered() {},
      offerRefused() {},
      requested() {},
      ended() {},
    });
    session.answer({ sdp: new TextEncoder().encode(plain) });
  };
  alice.dial(bob);
  await network.run(200);
  const { outcome, reason, endedBy } = await alice.call.ended;
  assert.deepEqual([outcome, endedBy], ["not acceptable", "us"]);
  assert.match(reason, /does not encrypt/);
  assert.ok(!alice.plane.calls.some((call) => call.startsWith("update") || call.startsWith("play")));
  assert.ok(network.sent.some(({ name }) => name === "BYE"));
});
