/** What the kernel says of the media sockets: DSCP (RFC 2474) and receive buffers are what was asked for. */
import assert from "node:assert/strict";
import { openLibcNetwork } from "../../src/platform/datagram.ts";
import * as libc from "../../src/platform/libc.ts";
import { PlaneBench } from "../support/plane_bench.ts";

/** Asked for, and doubled by the kernel (socket(7)); less where `net.core.rmem_max` is less. */
const RECEIVE_BUFFER_BYTES = 131_072;

const handle = libc.openLibc() ?? assert.fail("libc cannot be opened");

function optionOf(descriptor: number, level: number, name: number): number {
  const value = new Int32Array(1), length = new Uint32Array([4]);
  const done = handle.calls.getsockopt(
    descriptor,
    level,
    name,
    new Uint8Array(value.buffer),
    new Uint8Array(length.buffer),
  );
  assert.equal(done, 0);
  return value[0]!;
}

async function receiveBuffer(): Promise<number> {
  const most = Number(await Deno.readTextFile("/proc/sys/net/core/rmem_max"));
  return 2 * Math.min(RECEIVE_BUFFER_BYTES, most);
}

const FAMILIES = [
  ["IPv4", "127.0.0.1", libc.IPPROTO_IP, libc.IP_TOS],
  ["IPv6", "::1", libc.IPPROTO_IPV6, libc.IPV6_TCLASS],
] as const;

for (const [family, host, level, name] of FAMILIES) {
  for (const dscp of [0, 34, 46, 63]) {
    Deno.test(`libc: an ${family} socket bound with DSCP ${dscp} has it, and its receive buffer`, async () => {
      const network = openLibcNetwork() ?? assert.fail("libc cannot be opened");
      const bound = network.bind({ host, port: 0, dscp });
      assert.ok(bound.ok);
      const { handle: descriptor } = bound.value;
      assert.ok(descriptor !== undefined);
      // The lower two bits are ECN's (RFC 3168).
      assert.equal(optionOf(descriptor, level, name), dscp << 2);
      assert.equal(optionOf(descriptor, libc.SOL_SOCKET, libc.SO_RCVBUF), await receiveBuffer());
      network.close();
    });
  }
}

/** The descriptor of this process, any of its threads included, that is bound to UDP `port` of IPv4. */
async function descriptorOf(port: number): Promise<number> {
  const wanted = `:${port.toString(16).padStart(4, "0").toUpperCase()}`;
  const line = (await Deno.readTextFile("/proc/net/udp")).split("\n").map((row) => row.trim().split(/\s+/))
    .find(([, local]) => local?.endsWith(wanted));
  const inode = line?.[9];
  assert.ok(inode, `no socket at port ${port}`);
  for (const { name } of Deno.readDirSync("/proc/self/fd")) {
    try {
      if (Deno.readLinkSync(`/proc/self/fd/${name}`) === `socket:[${inode}]`) return Number(name);
    } catch {
      // Closed since it was listed.
    }
  }
  assert.fail(`no descriptor for port ${port}`);
}

Deno.test("plane: the ports of a leg, for RTP and RTCP, carry the DSCP that was set", async () => {
  const bench = new PlaneBench({ sockets: "libc", dscp: 34 });
  const peer = bench.peer(1);
  await bench.open(peer);
  for (const port of [peer.remote!.port, peer.remote!.port + 1]) {
    const descriptor = await descriptorOf(port);
    assert.equal(optionOf(descriptor, libc.IPPROTO_IP, libc.IP_TOS), 34 << 2);
    assert.equal(optionOf(descriptor, libc.SOL_SOCKET, libc.SO_RCVBUF), await receiveBuffer());
  }
  await bench.stop();
});
