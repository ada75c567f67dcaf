import assert from "node:assert/strict";
import { parseUri } from "../message/mod.ts";
import type { Flow } from "../transport/mod.ts";
import { chooseHop } from "./next_hop.ts";

function flow(text: string, isOpen = true): Flow {
  const [transport, host, port] = text.split(" ") as ["udp" | "tcp" | "tls", string, string];
  const local = { host: "203.0.113.1", port: 5060 };
  return { id: text, transport, local, remote: { host, port: Number(port) }, peerNames: [], isOpen };
}

type Row = readonly [
  sentence: string,
  uri: string,
  flow: Flow | undefined,
  wanted: "flow" | "uri",
  ...flags: string[],
];

const ROWS: readonly Row[] = [
  ["without flow: the URI", "sip:bob@192.0.2.4", undefined, "uri"],
  ["the same address and port: the flow", "sip:bob@192.0.2.4", flow("udp 192.0.2.4 5060"), "flow"],
  [
    "another port, and the peer never asked for rport: the URI",
    "sip:b@192.0.2.4:5080",
    flow("udp 192.0.2.4 5060"),
    "uri",
  ],
  [
    "another port, and the peer asked for rport: the flow",
    "sip:b@192.0.2.4",
    flow("udp 192.0.2.4 31337"),
    "flow",
    "symmetric",
  ],
  [
    "a phone behind NAT names its inside address: the flow",
    "sip:b@192.168.1.5",
    flow("udp 192.0.2.4 31337"),
    "flow",
  ],
  [
    "a name that means nothing outside: the flow",
    "sip:b@df7jal23ls0d.invalid",
    flow("udp 192.0.2.4 31337"),
    "flow",
  ],
  ["a loopback address from outside is never tried", "sip:b@127.0.0.1", flow("udp 192.0.2.4 5060"), "flow"],
  ["another public address behind a proxy: the URI", "sip:b@198.51.100.7", flow("udp 192.0.2.4 5060"), "uri"],
  [
    "another public address of the neighbour itself: the flow",
    "sip:b@198.51.100.7",
    flow("udp 192.0.2.4 5060"),
    "flow",
    "adjacent",
  ],
  [
    "within one private network the URI is believed",
    "sip:b@192.168.1.5",
    flow("udp 192.168.1.9 5060"),
    "uri",
  ],
  ["an open connection: always the flow", "sip:b@198.51.100.7", flow("tls 192.0.2.4 40123"), "flow"],
  ["a closed connection: the URI", "sip:b@198.51.100.7", flow("tls 192.0.2.4 40123", false), "uri"],
  [
    "a telephone number leads nowhere by itself: the flow",
    "tel:+15551234",
    flow("udp 192.0.2.4 5060"),
    "flow",
  ],
];

for (const [sentence, text, path, wanted, ...flags] of ROWS) {
  Deno.test(`next hop: ${sentence}`, () => {
    const uri = parseUri(text);
    assert.ok(uri.ok);
    const route = chooseHop({
      nextHop: uri.value,
      flow: path,
      isAdjacent: flags.includes("adjacent"),
      isSymmetric: flags.includes("symmetric"),
    });
    assert.equal(route.kind === "uri" ? "uri" : "flow", wanted);
    if (route.kind === "uri" || uri.value.scheme === "tel") return;
    const [hop] = route.destinations;
    assert.deepEqual(
      hop,
      { kind: "flow", flow: path, named: uri.value },
      "TCP may be tried where it names itself",
    );
  });
}
