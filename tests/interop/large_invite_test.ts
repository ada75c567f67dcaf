/**
 * An INVITE that no datagram should carry (RFC 3261 §18.1.1), to phones that registered by UDP: by TCP to one that listens
 * there, by UDP to one that does not, to which the same call works.
 */

import assert from "node:assert/strict";
import { Baresip, hasBaresip } from "../support/baresip.ts";
import { RawPhone } from "../support/raw_phone.ts";
import { TestServer } from "../support/server.ts";

const AVAILABLE = await hasBaresip();
if (!AVAILABLE) console.log("skipped: baresip is not installed (apt-get install baresip-core)");

const SERVER = "127.0.0.201";
const PHONE = "127.0.0.203";

/** A caller with a camera whose settings alone are more than a datagram shall hold. */
function caller(): RawPhone {
  const pictures = Array.from({ length: 20 }, (_, i) => [
    `a=rtpmap:${100 + i} H264/90000`,
    `a=fmtp:${100 + i} profile-level-id=42e0${10 + i};packetization-mode=1`,
  ]).flat();
  const payloads = Array.from({ length: 20 }, (_, i) => 100 + i).join(" ");
  return new RawPhone({
    user: "100",
    address: "127.0.0.202",
    server: SERVER,
    describe: () =>
      ["m=audio 40100 RTP/AVP 8", `m=video 40102 RTP/AVP ${payloads}`, ...pictures, ""].join("\r\n"),
  });
}

function callee(answer: "auto" | "manual", sipPort?: number): Promise<Baresip> {
  return Baresip.start({
    user: "101",
    password: "secret-101",
    domain: "office.example",
    server: `${SERVER}:5060`,
    transport: "udp",
    encryption: "none",
    codec: "PCMA",
    tone: 440,
    address: PHONE,
    answer,
    ...(sipPort !== undefined && { sipPort }),
  });
}

/** Each request that came from the server, with the transport of its Via. */
function requests({ log }: Baresip): string[] {
  return [...log.matchAll(/^([A-Z]+) sip:\S+ SIP\/2\.0\r?\nVia: SIP\/2\.0\/([A-Z]+) 127\.0\.0\.201:5060/gm)]
    .map(([, method, transport]) => `${method} ${transport}`);
}

function startServer(): Promise<TestServer> {
  return TestServer.start({
    address: SERVER,
    mediaPorts: "42940-42979",
    extensions: ["100", "101"].map((number) => ({ number, password: `secret-${number}` })),
  });
}

Deno.test({
  name: "a UDP phone that listens on TCP gets a large INVITE by TCP, and all that belongs to it",
  ignore: !AVAILABLE,
  async fn() {
    await using _server = await startServer();
    await using phone = await callee("auto", 5090);
    await using person = caller();
    await person.dial("101");
    await phone.waitFor("CALL_ESTABLISHED");
    await person.hangUp();
    await phone.waitFor("CALL_CLOSED");
    assert.deepEqual(requests(phone), ["INVITE TCP", "ACK TCP", "BYE TCP"]);
  },
});

Deno.test({
  name: "the ACK to a refusal follows a large INVITE over its connection",
  ignore: !AVAILABLE,
  async fn() {
    await using _server = await startServer();
    await using phone = await callee("manual", 5090);
    await using person = caller();
    const refused = assert.rejects(person.dial("101"), /SIP\/2\.0 486/);
    await phone.waitFor("CALL_INCOMING");
    await phone.command("hangup");
    await refused;
    await phone.waitForLog(/^ACK /m);
    assert.deepEqual(requests(phone), ["INVITE TCP", "ACK TCP"]);
  },
});

Deno.test({
  name: "a UDP phone without TCP gets a large INVITE by UDP, the second time too",
  ignore: !AVAILABLE,
  async fn() {
    await using _server = await startServer();
    await using phone = await callee("auto");
    for (const times of [1, 2]) {
      await using person = caller();
      await person.dial("101");
      await phone.waitFor("CALL_ESTABLISHED", 8000, times);
      await person.hangUp();
      await phone.waitFor("CALL_CLOSED", 8000, times);
    }
    const call = ["INVITE UDP", "ACK UDP", "BYE UDP"];
    assert.deepEqual(requests(phone), [...call, ...call]);
  },
});
