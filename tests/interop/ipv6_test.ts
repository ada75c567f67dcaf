/** Phones over IPv6 call each other and phones over IPv4, encrypted and not: each hears the other. */

import assert from "node:assert/strict";
import { Baresip, type BaresipOptions, hasBaresip } from "../support/baresip.ts";
import { TestServer } from "../support/server.ts";
import { hearing } from "../support/wav.ts";

const AVAILABLE = await hasBaresip() && hasLoopback6();
if (!AVAILABLE) {
  console.log("skipped: baresip is not installed (apt-get install baresip-core), or there is no IPv6");
}

const SERVER = "127.0.0.196";
/** There is but one `::1`: ports that nobody else would take. */
const PORT = 25_060, TLS_PORT = 25_061;
const TONES = { "100": 440, "101": 1000 } as const;

function hasLoopback6(): boolean {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

type Kind = Pick<BaresipOptions, "transport" | "encryption"> & { readonly family: "ipv4" | "ipv6" };

const PAIRS: readonly (readonly [caller: Kind, called: Kind])[] = [
  [
    { family: "ipv6", transport: "udp", encryption: "none" },
    { family: "ipv6", transport: "tcp", encryption: "none" },
  ],
  [
    { family: "ipv6", transport: "tls", encryption: "srtp-mand" },
    { family: "ipv4", transport: "udp", encryption: "none" },
  ],
  [
    { family: "ipv4", transport: "tls", encryption: "srtp-mand" },
    { family: "ipv6", transport: "tls", encryption: "srtp-mand" },
  ],
];

function phone(number: keyof typeof TONES, kind: Kind): Promise<Baresip> {
  const isTls = kind.transport === "tls";
  return Baresip.start({
    user: number,
    password: `secret-${number}`,
    domain: "office.example",
    server: kind.family === "ipv6" ? `[::1]:${isTls ? TLS_PORT : PORT}` : `${SERVER}:${isTls ? 5061 : 5060}`,
    codec: "PCMU",
    tone: TONES[number],
    address: `127.0.0.19${7 + Number(number.at(-1))}`,
    ...kind,
  });
}

Deno.test({
  name: "calls over IPv6, and between IPv6 and IPv4, are heard on both sides",
  ignore: !AVAILABLE,
  async fn(test) {
    await using server = await TestServer.start({
      address: SERVER,
      mediaPorts: "42100-42199",
      extensions: Object.keys(TONES).map((number) => ({
        number,
        name: `P${number}`,
        password: `secret-${number}`,
      })),
      settings: {
        listen: {
          sip: [
            `udp://${SERVER}:5060`,
            `tls://${SERVER}:5061`,
            `udp://[::1]:${PORT}`,
            `tcp://[::1]:${PORT}`,
            `tls://[::1]:${TLS_PORT}`,
          ],
          web: "off",
        },
      },
    });
    for (const [from, to] of PAIRS) {
      const words = ({ family, transport, encryption }: Kind) => `${family} ${transport} ${encryption}`;
      await test.step(`${words(from)} to ${words(to)}`, async () => {
        await using alice = await phone("100", from);
        await using bob = await phone("101", to);
        await alice.dial("101");
        await Promise.all([alice.waitFor("CALL_ESTABLISHED"), bob.waitFor("CALL_ESTABLISHED")]);
        await new Promise((resolve) => setTimeout(resolve, 2200));
        await alice.command("hangup");
        await bob.waitFor("CALL_CLOSED");
        await Promise.all([alice.stop(), bob.stop()]);
        for (const [listener, tone] of [[alice, TONES["101"]], [bob, TONES["100"]]] as const) {
          const [heard] = await listener.heard();
          const { heardSeconds } = hearing(heard!, tone);
          assert.ok(
            heardSeconds > 1.5,
            `${tone} Hz was heard for ${heardSeconds} s\n${server.log.slice(-1500)}`,
          );
        }
      });
    }
  },
});
