/** Two offices joined by lines over TLS, each known to the other by its certificate alone; voice encrypted all the way. */

import assert from "node:assert/strict";
import { Baresip, hasBaresip } from "../support/baresip.ts";
import { TestServer } from "../support/server.ts";
import { TestAuthority } from "../support/tls_peer.ts";
import { hearing } from "../support/wav.ts";

const AVAILABLE = await hasBaresip();
if (!AVAILABLE) console.log("skipped: baresip is not installed (apt-get install baresip-core)");

const NORTH = "127.0.0.80";
const SOUTH = "127.0.0.83";

interface OfficeWish {
  readonly address: string;
  readonly mediaPorts: string;
  readonly domain: string;
  readonly other: { readonly address: string; readonly name: string };
}

/** `certificate`: what the office shows; absent: its own, which no other office has heard of. */
async function startOffice(
  folder: string,
  wish: OfficeWish,
  certificate?: { certificate: string; key: string },
): Promise<TestServer> {
  const { address, mediaPorts, domain, other } = wish;
  if (certificate) {
    await Deno.writeTextFile(`${folder}/${domain}.crt`, certificate.certificate);
    await Deno.writeTextFile(`${folder}/${domain}.key`, certificate.key);
  }
  return await TestServer.start({
    address,
    mediaPorts,
    domain,
    extensions: [{ number: "100", name: domain, password: "secret-100", level: "outside" }],
    settings: {
      tls: {
        ...(certificate && {
          certificate: { cert: `${folder}/${domain}.crt`, key: `${folder}/${domain}.key` },
        }),
        clientCertificates: "optional",
        clientAuthority: `${folder}/authority.crt`,
      },
    },
    office: {
      lines: [{
        name: "other",
        kind: "peer",
        server: `sip:${other.address}:5061;transport=tls`,
        certificateNames: [other.name],
        srtp: "required",
        incoming: [{ number: "*", to: "100" }],
        outgoing: { callerNumber: "555" },
      }],
      rules: [{ match: "9*", strip: 1, via: ["other"], level: "outside" }],
    },
  });
}

function phone(office: TestServer, address: string, tone: number): Promise<Baresip> {
  return Baresip.start({
    user: "100",
    password: "secret-100",
    domain: office.domain,
    server: `${office.address}:5061`,
    transport: "tls",
    encryption: "srtp-mand",
    codec: "PCMU",
    tone,
    address,
    seconds: 60,
    rtpPorts: "37400-37499",
  });
}

const NORTH_WISH: OfficeWish = {
  address: NORTH,
  mediaPorts: "37300-37349",
  domain: "north.example",
  other: { address: SOUTH, name: "south.example" },
};
const SOUTH_WISH: OfficeWish = {
  address: SOUTH,
  mediaPorts: "37350-37399",
  domain: "south.example",
  other: { address: NORTH, name: "north.example" },
};

async function withFolder(run: (folder: string, authority: TestAuthority) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "line-tls-" });
  try {
    const authority = await TestAuthority.create();
    await Deno.writeTextFile(`${folder}/authority.crt`, authority.certificate);
    await run(folder, authority);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The first record, which is written a moment after the call. */
async function recordOf(office: TestServer): Promise<string> {
  for (let i = 0; i < 20; i++) {
    const { stdout } = await office.command("calls", "--past", "--json");
    if (stdout.includes("srtpSuite")) return stdout;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return "";
}

Deno.test({
  name:
    "two offices call one another over TLS and SRTP, known by certificate; without one the door stays shut",
  ignore: !AVAILABLE,
  fn: () =>
    withFolder(async (folder, authority) => {
      await using south = await startOffice(
        folder,
        SOUTH_WISH,
        await authority.issue("south.example", SOUTH),
      );
      await using bob = await phone(south, "127.0.0.88", 1000);
      {
        const certificate = await authority.issue("north.example", NORTH);
        await using north = await startOffice(folder, NORTH_WISH, certificate);
        await using alice = await phone(north, "127.0.0.87", 440);
        await alice.dial("9200");
        await Promise.all([alice.waitFor("CALL_ESTABLISHED"), bob.waitFor("CALL_ESTABLISHED")]);
        await new Promise((resolve) => setTimeout(resolve, 2500));
        await alice.command("hangup");
        await bob.waitFor("CALL_CLOSED");
        await alice.stop();
        const { heardSeconds, steadyShare } = hearing((await alice.heard())[0]!, 1000);
        assert.ok(heardSeconds >= 1.5 && steadyShare >= 0.95, `${heardSeconds} ${steadyShare}`);
        const record = await recordOf(north);
        assert.match(record, /"line": ?"other"/);
        assert.equal(record.match(/"srtpSuite": ?"AES_CM_128_HMAC_SHA1_80"/g)?.length, 2, "both legs");
      }
      await using stranger = await startOffice(folder, NORTH_WISH);
      await using eve = await phone(stranger, "127.0.0.87", 440);
      await eve.dial("9200");
      await eve.waitFor("CALL_CLOSED");
      assert.equal(eve.count("CALL_ESTABLISHED"), 0);
      assert.equal(bob.count("CALL_ESTABLISHED"), 1, "only the call of before");
    }),
});
