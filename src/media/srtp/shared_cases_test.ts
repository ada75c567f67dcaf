/** The independent vectors of `../shared/cases/srtp`, where that folder is present. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { hex } from "../../base/mod.ts";
import type { SrtpSuiteName } from "../plane.ts";
import { parseSuiteName, SrtpReceiver, SrtpSender } from "./mod.ts";

interface Packet {
  readonly plain: string;
  readonly protected: string;
}
interface Refused {
  readonly id: string;
  readonly packet: string;
}
interface Negatives {
  readonly suite?: string;
  readonly master: string;
  readonly first_deliver: string;
  readonly then_still_accept: string;
  readonly packets: readonly Refused[];
}
interface Vectors {
  readonly libsrtp_reference:
    readonly (Packet & { id: string; kind?: string; suite: string; master: string; mki?: string })[];
  readonly streams: readonly { id: string; suite: string; master: string; packets: readonly Packet[] }[];
  readonly srtcp_stream: { suite: string; master: string; packets: readonly Packet[] };
  readonly negatives: Negatives;
  readonly srtcp_negatives: Negatives;
  readonly reorder: {
    master: string;
    deliver_order: readonly number[];
    packets: readonly string[];
  };
}

function load(): Vectors | undefined {
  const place = new URL("../../../../shared/cases/srtp/srtp_vectors.json", import.meta.url);
  try {
    return JSON.parse(Deno.readTextFileSync(place)) as Vectors;
  } catch {
    return undefined;
  }
}

const vectors = load();
const ignore = vectors === undefined;
const bytes = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));

/** A buffer with room behind the packet, as the relay has. */
function roomy(text: string): { buffer: Uint8Array; length: number } {
  const packet = bytes(text);
  const buffer = new Uint8Array(packet.length + 64);
  buffer.set(packet);
  return { buffer, length: packet.length };
}

function key(suite: string, master: string, mki?: string) {
  const name: SrtpSuiteName | undefined = parseSuiteName(suite);
  assert.ok(name !== undefined, suite);
  return {
    suite: name,
    keyAndSalt: bytes(master),
    ...(mki === undefined ? {} : { mki: { value: parseInt(mki, 16), length: mki.length / 2 } }),
  };
}

function open(receiver: SrtpReceiver, text: string, kind = "rtp"): string | number {
  const { buffer, length } = roomy(text);
  const answer = kind === "rtcp" ? receiver.openRtcp(buffer, length) : receiver.open(buffer, length);
  if (answer >= 0) return hex(buffer.subarray(0, answer));
  assert.equal(hex(buffer.subarray(0, length)), text, "a refused packet is untouched");
  return answer;
}

function seal(sender: SrtpSender, text: string, kind = "rtp"): string {
  const { buffer, length } = roomy(text);
  const answer = kind === "rtcp" ? sender.sealRtcp(buffer, length) : sender.seal(buffer, length);
  assert.ok(answer >= 0, `sealed: ${answer}`);
  return hex(buffer.subarray(0, answer));
}

Deno.test({
  name: "packets of libsrtp's own self-test open, and seal to the same bytes",
  ignore,
  fn() {
    for (const row of vectors!.libsrtp_reference) {
      if (row.suite.startsWith("UNENCRYPTED")) continue;
      const plane = key(row.suite, row.master, row.mki);
      assert.equal(open(new SrtpReceiver(plane), row.protected, row.kind), row.plain, row.id);
      const sender = new SrtpSender(plane);
      // libsrtp numbers SRTCP from 1, we from 0.
      if (row.kind === "rtcp") seal(sender, row.plain, "rtcp");
      assert.equal(seal(sender, row.plain, row.kind), row.protected, row.id);
    }
  },
});

Deno.test({
  name: "streams with wrap, CSRC, extension, padding, short tag and two SSRCs open and seal alike",
  ignore,
  fn() {
    for (const { id, suite, master, packets } of vectors!.streams) {
      const receiver = new SrtpReceiver(key(suite, master)), sender = new SrtpSender(key(suite, master));
      for (const packet of packets) {
        assert.equal(open(receiver, packet.protected), packet.plain, id);
        assert.equal(seal(sender, packet.plain), packet.protected, id);
      }
    }
  },
});

Deno.test({
  name: "an SRTCP stream opens and seals alike",
  ignore,
  fn() {
    const { suite, master, packets } = vectors!.srtcp_stream;
    const receiver = new SrtpReceiver(key(suite, master)), sender = new SrtpSender(key(suite, master));
    seal(sender, packets[0]!.plain, "rtcp");
    for (const packet of packets) {
      assert.equal(open(receiver, packet.protected, "rtcp"), packet.plain);
      assert.equal(seal(sender, packet.plain, "rtcp"), packet.protected);
    }
  },
});

for (const [kind, name] of [["rtp", "negatives"], ["rtcp", "srtcp_negatives"]] as const) {
  Deno.test({
    name: `every bad ${kind} packet is refused, changes nothing, and the stream goes on`,
    ignore,
    fn() {
      const set = vectors![name];
      const receiver = new SrtpReceiver(key(set.suite ?? "AES_CM_128_HMAC_SHA1_80", set.master));
      assert.equal(typeof open(receiver, set.first_deliver, kind), "string");
      const before = JSON.stringify(receiver.save());
      for (const { id, packet } of set.packets) {
        assert.ok(Number(open(receiver, packet, kind)) < 0, id);
        assert.equal(JSON.stringify(receiver.save()), before, id);
      }
      assert.equal(typeof open(receiver, set.then_still_accept, kind), "string");
    },
  });
}

Deno.test({
  name: "packets that overtake one another are all accepted",
  ignore,
  fn() {
    const { master, deliver_order, packets } = vectors!.reorder;
    const receiver = new SrtpReceiver(key("AES_CM_128_HMAC_SHA1_80", master));
    // The list is in the order of delivery already where both have one length.
    assert.equal(packets.length, deliver_order.length);
    for (const packet of packets) assert.equal(typeof open(receiver, packet), "string");
  },
});
