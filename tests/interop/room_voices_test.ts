/** Real phones in one room: each hears exactly the others, at their level, whatever its codec and encryption. */

import assert from "node:assert/strict";
import { type Baresip, type BaresipOptions, hasBaresip } from "../support/baresip.ts";
import { TestServer } from "../support/server.ts";
import { ROOM_EXTENSIONS, ROOM_RMS, ROOM_TONES, roomPhone } from "../support/room_phones.ts";
import { decibels, lastPiece, soundRms, toneRms } from "../support/spectrum.ts";
import { pause } from "../support/waiting.ts";

const AVAILABLE = await hasBaresip();
if (!AVAILABLE) console.log("skipped: baresip is not installed (apt-get install baresip-core)");

const PLACE = { server: "127.0.0.130", firstAddress: 131 };
/** Words, tones of joining and limiters have settled. */
const SETTLE_MS = 3000;
const TALK_MS = 4000;
/** Phones on a busy machine speak late, and what is made up for it is heard as something else. */
const TRIES = 3;

type Kind = Pick<BaresipOptions, "transport" | "encryption" | "codec" | "packetMs">;

const THREE: readonly (readonly Kind[])[] = [
  [
    { transport: "udp", encryption: "none", codec: "PCMU" },
    { transport: "udp", encryption: "none", codec: "PCMA" },
    { transport: "udp", encryption: "none", codec: "PCMU" },
  ],
  [
    { transport: "tls", encryption: "srtp-mand", codec: "G722" },
    { transport: "tls", encryption: "srtp-mand", codec: "G722" },
    { transport: "tls", encryption: "srtp-mand", codec: "PCMA" },
  ],
];

const WITH_OPUS: readonly Kind[] = [
  { transport: "udp", encryption: "none", codec: "opus" },
  { transport: "tls", encryption: "srtp-mand", codec: "opus" },
  { transport: "udp", encryption: "none", codec: "PCMA" },
];

const FIVE: readonly Kind[] = [
  { transport: "tls", encryption: "srtp-mand", codec: "G722" },
  { transport: "udp", encryption: "none", codec: "PCMU", packetMs: 10 },
  { transport: "tls", encryption: "srtp", codec: "PCMA", packetMs: 30 },
  { transport: "udp", encryption: "none", codec: "G722", packetMs: 40 },
  { transport: "tls", encryption: "srtp-mand", codec: "PCMU", packetMs: 60 },
];

const name = ({ transport, encryption, codec, packetMs = 20 }: Kind) =>
  `${codec} ${encryption} over ${transport}, ${packetMs} ms`;

/** All of them in the room for a while; what each heard at the end. */
async function meet(kinds: readonly Kind[], room: string): Promise<string[]> {
  const phones = await Promise.all(kinds.map((kind, position) => roomPhone(position, PLACE, kind)));
  try {
    for (const [position, one] of phones.entries()) {
      await one.dial(room);
      await one.waitFor("CALL_ESTABLISHED");
      if (position === 0) await pause(300);
    }
    await pause(SETTLE_MS + TALK_MS);
    await Promise.all(phones.map((one) => one.command("hangup")));
    await Promise.all(phones.map((one) => one.waitFor("CALL_CLOSED")));
    await Promise.all(phones.map((one) => one.stop()));
    const faults: string[] = [];
    for (const [position, one] of phones.entries()) {
      assert.match(one.log, new RegExp(`audio ptime=${kinds[position]!.packetMs ?? 20} `));
      faults.push(...await faultsOf(one, position, kinds));
    }
    return faults;
  } finally {
    for (const one of phones) await one[Symbol.asyncDispose]();
  }
}

async function faultsOf(one: Baresip, position: number, kinds: readonly Kind[]): Promise<string[]> {
  const [wav] = await one.heard();
  assert.ok(wav, `${position} recorded something`);
  const piece = lastPiece(wav, { seconds: 2, beforeEndSec: 0.6 });
  const who = `${position} (${name(kinds[position]!)})`;
  const faults: string[] = [];
  let others = 0;
  for (const [other, tone] of ROOM_TONES.slice(0, kinds.length).entries()) {
    const rms = toneRms(wav, tone, piece);
    const level = decibels(rms / ROOM_RMS);
    if (other === position) {
      if (level > -40) faults.push(`${who} hears itself at ${level.toFixed(1)} dB`);
      continue;
    }
    others += rms * rms;
    if (Math.abs(level) > 1) {
      faults.push(`${who} hears ${other} (${name(kinds[other]!)}) at ${level.toFixed(2)} dB`);
    }
  }
  const rest = Math.sqrt(Math.max(0, soundRms(wav, piece) ** 2 - others));
  // Opus is made for speech: of tones that sound together it makes more than they are.
  const restDb = decibels(rest / ROOM_RMS);
  if (restDb > (kinds[position]!.codec === "opus" ? -10 : -20)) {
    faults.push(`${who} hears something else at ${restDb.toFixed(1)} dB`);
  }
  return faults;
}

Deno.test({
  name: "each member hears the others at their level and not itself",
  ignore: !AVAILABLE,
  async fn(test) {
    await using server = await TestServer.start({
      address: PLACE.server,
      mediaPorts: "41000-41199",
      extensions: ROOM_EXTENSIONS.map((extension) => ({ ...extension })),
      office: { rooms: [{ number: "800", name: "Meeting" }] },
    });
    for (const kinds of [...THREE, FIVE, WITH_OPUS]) {
      await test.step(kinds.map(name).join("; "), async () => {
        const attempts: string[][] = [];
        while (attempts.length < TRIES && attempts.at(-1)?.length !== 0) {
          attempts.push(
            await meet(kinds, "800").catch((error) => {
              throw new Error(`${error.message}\n--- server\n${server.log.slice(-3000)}`, { cause: error });
            }),
          );
        }
        assert.deepEqual(attempts.at(-1), []);
      });
    }
  },
});
