/** SIPp with sound: a capture that it plays and packets that it echoes, counted behind the server. */

import assert from "node:assert/strict";
import type { Network } from "../../src/media/mod.ts";
import type { CallRecord } from "../../src/pbx/ports.ts";
import { openLibcNetwork } from "../../src/platform/datagram.ts";
import { RawPhone } from "../support/raw_phone.ts";
import { RtpPeer } from "../support/rtp_peer.ts";
import { TestServer } from "../support/server.ts";
import { hasSipp, registerSipp, Sipp } from "../support/sipp.ts";
import { Callee, Caller, G711 } from "../support/sipp_script.ts";

/** Comes with Debian's SIPp: 236 packets of PCMA, 30 ms each. */
const CAPTURE = "/usr/share/sip-tester/g711a.pcap";
const CAPTURED = 236;
const AVAILABLE = await hasSipp() && await Deno.stat(CAPTURE).then(() => true, () => false);
if (!AVAILABLE) console.log("skipped: SIPp is not installed (apt-get install sip-tester)");

const SERVER = "127.0.0.178";
const SIPP = { address: "127.0.0.179", server: `${SERVER}:5060` };
const PHONE = "127.0.0.181";
const PERSON = { user: "101", password: "secret-101", domain: "office.example" };
const ECHOED = 250;
const PCMA = 8;

/** A raw phone that counts what it hears. */
class CountingPhone implements AsyncDisposable {
  readonly network: Network = openLibcNetwork() ?? assert.fail("libc cannot be opened");
  readonly rtp = new RtpPeer(this.network, { host: PHONE, ssrc: 0xec40 });
  readonly phone = new RawPhone({
    user: "100",
    address: PHONE,
    server: SERVER,
    describe: () => `m=audio ${this.rtp.port} RTP/AVP ${PCMA}\r\na=rtcp:${this.rtp.rtcpPort}\r\n`,
  });

  /** Listens for `ms`. */
  async listen(ms: number): Promise<void> {
    for (const end = performance.now() + ms; performance.now() < end;) {
      await this.network.pump(Math.max(1, end - performance.now()));
    }
  }

  get numbers(): number[] {
    return this.rtp.heard.map(({ sequenceNumber }) => sequenceNumber);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.rtp.close();
    this.network.close();
    await this.phone[Symbol.asyncDispose]();
  }
}

function startServer(): Promise<TestServer> {
  return TestServer.start({
    address: SERVER,
    mediaPorts: "42680-42699",
    extensions: ["100", "101"].map((number) => ({ number, password: `secret-${number}` })),
  });
}

/** Of each leg of the only call: packets received and lost. */
async function counted(server: TestServer): Promise<Record<string, (number | undefined)[]>> {
  const { stdout } = await server.command("calls", "--past", "--json");
  const [record] = JSON.parse(stdout) as CallRecord[];
  assert.ok(record);
  return Object.fromEntries(
    record.legs.map(({ party, packetsReceived, lost }) => [party, [packetsReceived, lost]]),
  );
}

Deno.test({
  name: "what SIPp echoes comes back through the server, every packet of it, and is counted on both legs",
  ignore: !AVAILABLE,
  async fn() {
    await using server = await startServer();
    await using counting = new CountingPhone();
    const place = { ...SIPP, port: 5110 };
    await registerSipp(PERSON, place);
    const echo = await Sipp.start("echo", new Callee(PERSON).takeCall().expectBye(), {
      ...place,
      flags: ["-rtp_echo"],
    });
    await counting.phone.dial("101");
    counting.rtp.aimAt(Number(/^m=audio (\d+)/m.exec(counting.phone.described)![1]), SERVER);
    // The media thread hears of the answer a few ms after the phone.
    await counting.listen(200);
    for (let i = 0; i < ECHOED; i++) {
      counting.rtp.send(Uint8Array.from({ length: 160 }, () => i), { payloadType: PCMA });
      await counting.listen(5);
    }
    for (let turn = 0; turn < 20 && counting.rtp.heard.length < ECHOED; turn++) await counting.listen(100);
    await counting.phone.hangUp();
    await echo.passed();
    assert.deepEqual(counting.numbers, Array.from({ length: ECHOED }, (_, i) => 1000 + i));
    assert.ok(counting.rtp.heard.every(({ payload }, i) => payload.every((byte) => byte === (i & 0xff))));
    assert.deepEqual(await counted(server), { "100": [ECHOED, 0], "101": [ECHOED, 0] });
  },
});

Deno.test({
  name: "a capture that SIPp plays arrives whole and in order, and is counted",
  ignore: !AVAILABLE,
  async fn() {
    await using server = await startServer();
    await using counting = new CountingPhone();
    await counting.phone.register();
    const script = new Caller(PERSON, "100").invite({ sdp: G711 }).maybe(180).expectAnswer().ack().pause(200)
      .step(`<nop><action><exec play_pcap_audio="${CAPTURE}"/></action></nop>`).pause(8000).bye();
    const player = await Sipp.start("player", script, { ...SIPP, port: 5111 });
    let isOver = false;
    const passed = player.passed().finally(() => isOver = true);
    while (!isOver) await counting.listen(50);
    await passed;
    assert.equal(counting.numbers.length, CAPTURED);
    assert.deepEqual(counting.numbers, counting.numbers.map((_, i) => (counting.numbers[0]! + i) & 0xffff));
    assert.ok(counting.rtp.heard.every(({ payloadType }) => payloadType === PCMA));
    assert.deepEqual((await counted(server))["101"], [CAPTURED, 0]);
  },
});
