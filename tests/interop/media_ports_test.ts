/** The media port range used up: 503 for who comes too late, no harm to who talks, and room again after a hang-up. */

import assert from "node:assert/strict";
import { statusOf } from "../support/raw_sip.ts";
import { TestServer } from "../support/server.ts";
import { VoicePhone } from "../support/voice_phone.ts";
import { pause } from "../support/waiting.ts";

const SERVER = "127.0.0.204";
/** Three pairs of ports: one call between two phones, and one to the server itself. */
const PORTS = "42800-42805";
/** The ports of a call that ended rest for a few seconds, in which nobody gets them. */
const TRIES = 60;

/** What one says the other hears, both ways. */
async function talk(alice: VoicePhone, bob: VoicePhone, code: number): Promise<void> {
  await bob.until(() => bob.hears(code), `voice for ${bob.phone.address}`, () => alice.say(code));
  await alice.until(() => alice.hears(code + 1), `voice for ${alice.phone.address}`, () => bob.say(code + 1));
}

function assertNoPorts(answer: string): void {
  assert.match(answer, /^SIP\/2\.0 503 No media ports left\r$/m);
  assert.match(answer, /^Retry-After: 10\r$/m);
}

Deno.test("the port range is used up: 503 with Retry-After, whoever talks goes on, and after a hang-up there is room", async () => {
  const numbers = ["100", "101", "102", "103"];
  await using server = await TestServer.start({
    address: SERVER,
    mediaPorts: PORTS,
    extensions: numbers.map((number) => ({ number, password: `secret-${number}` })),
  });
  const phone = (user: string) =>
    new VoicePhone({ user, address: `127.0.0.${105 + Number(user)}`, server: SERVER });
  await using alice = phone("100");
  await using bob = phone("101");
  await using carol = phone("102");
  await using dave = phone("103");
  await bob.phone.register();
  await alice.phone.dial("101");
  await talk(alice, bob, 0x11);
  await carol.phone.dial("*43");
  assertNoPorts(await dave.phone.tryToDial("*43"));
  await talk(alice, bob, 0x21);
  await carol.until(() => carol.hears(0x31), "echo", () => carol.say(0x31));

  await carol.phone.hangUp();
  let answer = "";
  for (let tries = 0; tries < TRIES; tries++) {
    answer = await dave.phone.tryToDial("*43");
    if (statusOf(answer) === 200) break;
    assertNoPorts(answer);
    await pause(250);
  }
  assert.equal(statusOf(answer), 200, answer);
  await dave.until(() => dave.hears(0x41), "echo", () => dave.say(0x41));
  await talk(alice, bob, 0x51);
  await dave.phone.hangUp();
  await alice.phone.hangUp();
  const { stdout } = await server.command("status", "--json");
  assert.equal(JSON.parse(stdout).calls.live, 0);
});
