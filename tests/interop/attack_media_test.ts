/**
 * Voice under fire on the real server: spraying RTP and RTCP at every media port before, during and after a call, plain
 * and encrypted, and somebody else's address in a description. See tests/attacks/README.md.
 */

import assert from "node:assert/strict";
import { hex } from "../../src/base/mod.ts";
import { Headless } from "../support/headless.ts";
import { rawSdp, RawSip, statusOf } from "../support/raw_sip.ts";
import { TestServer } from "../support/server.ts";
import { pause } from "../support/waiting.ts";

const SERVER = "127.0.0.163";
const ALICE = "127.0.0.164";
const ATTACKER = "127.0.0.165";
const VICTIM = "127.0.0.166";
const PORTS = { first: 42_800, last: 42_839 };

function startServer(): Promise<TestServer> {
  return TestServer.start({
    address: SERVER,
    mediaPorts: `${PORTS.first}-${PORTS.last}`,
    extensions: [
      { number: "100", password: "secret-100" },
      { number: "101", password: "secret-101", srtp: "required" },
    ],
  });
}

/** A socket that remembers what it hears. */
class Ear implements Disposable {
  readonly packets: Uint8Array[] = [];
  readonly socket: Deno.DatagramConn;

  constructor(address: string, port: number) {
    this.socket = Deno.listenDatagram({ transport: "udp", hostname: address, port });
    void this.#listen();
  }

  get heard(): number {
    return this.packets.length;
  }

  async #listen(): Promise<void> {
    for await (const [packet] of this.socket) this.packets.push(packet);
  }

  [Symbol.dispose](): void {
    this.socket.close();
  }
}

function rtp(sequence: number, ssrc: number): Uint8Array {
  const packet = new Uint8Array(172).fill(0xd5);
  const view = new DataView(packet.buffer);
  view.setUint16(0, 0x8000);
  view.setUint16(2, sequence & 0xffff);
  view.setUint32(4, (sequence * 160) >>> 0);
  view.setUint32(8, ssrc);
  return packet;
}

/** RTCP BYE (RFC 3550 §6.6), for every source that the attacker can think of. */
function farewell(ssrc: number): Uint8Array {
  const packet = new Uint8Array(8);
  const view = new DataView(packet.buffer);
  view.setUint32(0, 0x81cb0001);
  view.setUint32(4, ssrc);
  return packet;
}

/** `rounds` times at every port of the range, RTP at the even ones and farewells at all. */
async function spray(ear: Ear, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (let port = PORTS.first; port <= PORTS.last; port++) {
      const to = { transport: "udp", hostname: SERVER, port } as const;
      await ear.socket.send(rtp(round, 0xbad), to);
      await ear.socket.send(farewell(0xbad), to);
    }
  }
}

const options = { sanitizeOps: false, sanitizeResources: false };

Deno.test(
  "spraying at every port of an encrypted call: nothing comes out, nothing is heard, the call goes on",
  options,
  async () => {
    await using server = await startServer();
    await using headless = new Headless({ ports: { first: 42_850, last: 42_899 } });
    using attacker = new Ear(ATTACKER, 40_002);
    await spray(attacker, 20);
    const account = await headless.account({
      user: "100",
      domain: "office.example",
      password: "secret-100",
      server: `${SERVER}:5061`,
      transport: "tls",
      srtp: "required",
      trust: { authorities: [await Deno.readTextFile(`${server.data}/tls/ca.pem`)] },
      register: true,
      localHost: ALICE,
    });
    const call = await headless.dial(account, "*43");
    for (let round = 0; round < 25; round++) {
      await spray(attacker, 4);
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    assert.equal(call.state, "active");
    call.hangUp();
    const { quality } = await call.ended;
    assert.ok(quality!.packetsReceived > 10);
    assert.equal(quality!.lost, 0);
    assert.equal(quality!.unauthentic, 0, "none of the attacker's packets was passed on");
    await spray(attacker, 20);
    assert.equal(attacker.heard, 0);
  },
);

Deno.test(
  "spraying at every port of a plain call: the attacker gets no sound, the caller goes on hearing its own",
  options,
  async () => {
    await using _server = await startServer();
    using phone = new RawSip({ from: ALICE, server: SERVER });
    using ear = new Ear(ALICE, 40_000), attacker = new Ear(ATTACKER, 40_002);
    await spray(attacker, 10);
    const answer = await phone.prove("INVITE", "secret-100", {
      user: "100",
      to: "*43",
      body: rawSdp(ALICE, 40_000),
    });
    assert.equal(statusOf(answer), 200);
    const port = Number(/m=audio ([0-9]+)/.exec(answer!)![1]);
    await spray(attacker, 10);
    const said = Array.from({ length: 60 }, (_, sequence) => rtp(sequence, 0xa11ce));
    for (const [sequence, packet] of said.entries()) {
      await ear.socket.send(packet, { transport: "udp", hostname: SERVER, port });
      if (sequence % 6 === 0) await spray(attacker, 1);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    // The last of them may still be on their way.
    for (let turn = 0; turn < 100 && ear.heard < said.length; turn++) await pause(20);
    assert.deepEqual(ear.packets.map(hex), said.map(hex), "each came back once, in order and unharmed");
    assert.equal(attacker.heard, 0);
  },
);

Deno.test(
  "somebody else's address in a description: what goes there before it has spoken is measured, and needs a password",
  options,
  async () => {
    await using _server = await startServer();
    using phone = new RawSip({ from: ALICE, server: SERVER });
    using victim = new Ear(VICTIM, 40_000);
    // The server would play a tone to whoever calls it.
    const answer = await phone.prove("INVITE", "secret-100", {
      user: "100",
      to: "*44",
      body: rawSdp(VICTIM, 40_000),
    });
    assert.equal(statusOf(answer), 200);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    assert.ok(victim.heard <= 60, `${victim.heard} packets in a second`);
    const { heard } = victim;
    using stranger = new RawSip({ from: ATTACKER, server: SERVER });
    const refused = await stranger.ask("INVITE", { user: "100", to: "*44", body: rawSdp(VICTIM, 40_000) });
    assert.equal(statusOf(refused), 401);
    assert.ok(heard > 0, "a phone behind a router that waits for sound before it speaks is not left without");
  },
);

Deno.test(
  "keys offered where they can be read: told where encryption is optional, refused where it is required, as are none",
  options,
  async () => {
    await using server = await startServer();
    using phone = new RawSip({ from: ALICE, server: SERVER });
    const plain = rawSdp(ALICE, 40_000);
    const key = "c2VjcmV0LWtleS1vZi10aGUtdGVzdC0zMC1ieXRlcy4u".slice(0, 40);
    const keyed = `${plain}a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key}\r\n`.replace(
      "RTP/AVP",
      "RTP/SAVP",
    );
    const call = (user: string, body: string) =>
      phone.prove("INVITE", `secret-${user}`, { user, to: "*43", callId: `${user}-${body.length}`, body });
    for (const body of [keyed, plain]) {
      const refused = await call("101", body);
      assert.equal(statusOf(refused), 488);
      assert.match(refused!, /^Warning: /m);
    }
    assert.equal(statusOf(await call("100", keyed)), 200);
    const { stdout } = await server.command("calls", "--json");
    assert.match(stdout, /"keysExposed":\s*true/);
    assert.ok(!stdout.includes(key) && !server.log.includes(key));
  },
);
