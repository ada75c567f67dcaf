import assert from "node:assert/strict";
import { ManualClock } from "../../base/mod.ts";
import { type ListenAddress, pickListener, Reach, withoutCovered } from "./reach.ts";

function listen(text: string): ListenAddress {
  const [transport, host, port] = text.split(" ");
  return { transport: transport as "udp", host: host!, port: Number(port) };
}

Deno.test("the listener is the one the kernel would send from, else one for all, else one that could", () => {
  const rows: [string, string[], string, string | undefined, string | undefined][] = [
    ["exact", ["udp 0.0.0.0 1", "udp 192.0.2.1 2"], "203.0.113.1", "192.0.2.1", "192.0.2.1"],
    ["wildcard", ["udp 192.0.2.9 2", "udp 0.0.0.0 1"], "203.0.113.1", "192.0.2.1", "0.0.0.0"],
    ["any other", ["udp 127.0.0.1 1", "udp 192.0.2.9 2"], "203.0.113.1", "192.0.2.1", "192.0.2.9"],
    ["loopback cannot leave", ["udp 127.0.0.1 1"], "203.0.113.1", "192.0.2.1", undefined],
    ["loopback stays", ["udp 192.0.2.9 2", "udp 127.0.0.1 1"], "127.0.0.1", "127.0.0.1", "127.0.0.1"],
    ["other transport", ["tcp 0.0.0.0 1"], "203.0.113.1", undefined, undefined],
    ["other family", ["udp 0.0.0.0 1"], "2001:db8::1", undefined, undefined],
    ["both families", ["udp :: 1"], "203.0.113.1", undefined, "::"],
  ];
  for (const [name, listeners, host, routeHost, want] of rows) {
    const picked = pickListener(listeners.map(listen), { transport: "udp", host, routeHost });
    assert.equal(picked?.host, want, name);
  }
});

Deno.test("a listener that another covers is left out", () => {
  const rows: [string[], string[]][] = [
    [["udp 0.0.0.0 5060", "udp :: 5060"], ["udp :: 5060"]],
    [["udp 0.0.0.0 5060", "tcp :: 5060"], ["udp 0.0.0.0 5060", "tcp :: 5060"]],
    [["udp 0.0.0.0 5060", "udp :: 5070"], ["udp 0.0.0.0 5060", "udp :: 5070"]],
    [["udp 127.0.0.1 5060", "udp 127.0.0.1 5060"], ["udp 127.0.0.1 5060"]],
    [["udp 0.0.0.0 0", "udp :: 0"], ["udp 0.0.0.0 0", "udp :: 0"]],
  ];
  for (const [all, want] of rows) assert.deepEqual(withoutCovered(all.map(listen)), want.map(listen));
});

Deno.test("the kernel is asked once in a while for one peer, and never forgets to answer", () => {
  const clock = new ManualClock();
  let asked = 0;
  const reach = new Reach({ localAddressFor: () => `192.0.2.${++asked}` }, clock);
  assert.equal(reach.localHost("203.0.113.1"), "192.0.2.1");
  assert.equal(reach.localHost("203.0.113.1"), "192.0.2.1");
  clock.advance(30_000);
  assert.equal(reach.localHost("203.0.113.1"), "192.0.2.2");
  for (let i = 0; i < 10_000; i++) reach.localHost(`host-${i}`);
  assert.equal(asked, 10_002);
});

Deno.test("what a peer shall know of us", () => {
  const reach = new Reach({ localAddressFor: () => "192.0.2.1" }, new ManualClock());
  assert.deepEqual(reach.contact(listen("udp 0.0.0.0 5060"), "203.0.113.1"), listen("udp 192.0.2.1 5060"));
  assert.deepEqual(reach.contact(listen("udp 192.0.2.7 5060"), "203.0.113.1"), listen("udp 192.0.2.7 5060"));
  assert.deepEqual(reach.contactWithoutListener("tls", "203.0.113.1"), listen("tls 192.0.2.1 5061"));
  const local = { host: "192.0.2.3", port: 43_210 };
  assert.deepEqual(reach.contactWithoutListener("tcp", local), listen("tcp 192.0.2.3 43210"));
});
