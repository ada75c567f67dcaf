import assert from "node:assert/strict";
import fc from "fast-check";
import {
  canonicalIp,
  ipFamily,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isUnspecified,
  networkContains,
  parseIp,
  parseNetwork,
  printHostPort,
  printIp,
  printNetwork,
  senderKey,
} from "./address.ts";

Deno.test("one address has one spelling", () => {
  const rows: [string, string | undefined][] = [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["[2001:DB8:0:0:0:0:0:1]", "2001:db8::1"],
    ["2001:db8:0:1:0:0:0:1", "2001:db8:0:1::1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["1:0:2:0:3:0:4:0", "1:0:2:0:3:0:4:0"],
    ["fe80::1%eth0", "fe80::1"],
    ["::", "::"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
    ["192.0.2.256", undefined],
    ["192.0.02.1", undefined],
    ["192.0.2", undefined],
    ["1::2::3", undefined],
    ["1:2:3:4:5:6:7:8:9", undefined],
    ["1:2:3:4:5:6:7::8", undefined],
    ["12345::", undefined],
    [":1:2:3:4:5:6:7:8", undefined],
    ["1.2.3.4::", undefined],
    ["pbx.example", undefined],
    ["", undefined],
  ];
  for (const [text, want] of rows) {
    assert.equal(canonicalIp(text), want, text);
  }
});

Deno.test("printed addresses parse to the same bytes", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: 16, maxLength: 16 }).map((a) =>
      Uint8Array.from(a)
    ),
  );
  fc.assert(fc.property(bytes, (value) => {
    assert.deepEqual([...parseIp(printIp(value)) ?? []], [...value]);
  }));
});

Deno.test("no text makes the parser throw", () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom(..."0123456789abcdef:.%[]/ x") }), (text) => {
    canonicalIp(text);
    parseNetwork(text);
    senderKey(text);
  }));
});

Deno.test("kinds of addresses are told apart", () => {
  assert.equal(ipFamily("::ffff:10.0.0.1"), 4);
  assert.equal(ipFamily("::1"), 6);
  assert.equal(ipFamily("localhost"), undefined);
  assert.ok(isLoopback("127.8.9.1") && isLoopback("::1") && isLoopback("::ffff:127.0.0.1"));
  assert.ok(!isLoopback("128.0.0.1") && !isLoopback("::2") && !isLoopback("name"));
  assert.ok(isUnspecified("0.0.0.0") && isUnspecified("::") && !isUnspecified("0.0.0.1"));
  assert.ok(isMulticast("239.1.2.3") && isMulticast("ff02::1") && !isMulticast("223.255.255.255"));
  assert.ok(isLinkLocal("169.254.1.1") && isLinkLocal("fe80::1") && !isLinkLocal("fec0::1"));
  assert.equal(printHostPort("::1", 5060), "[::1]:5060");
  assert.equal(printHostPort("192.0.2.1", 5060), "192.0.2.1:5060");
});

Deno.test("a network contains its addresses and no others", () => {
  const rows: [string, string, boolean][] = [
    ["10.0.0.0/8", "10.255.1.2", true],
    ["10.0.0.0/8", "11.0.0.1", false],
    ["192.0.2.128/25", "192.0.2.127", false],
    ["192.0.2.128/25", "192.0.2.255", true],
    ["0.0.0.0/0", "203.0.113.9", true],
    ["0.0.0.0/0", "2001:db8::1", false],
    ["2001:db8::/33", "2001:db8:7fff::1", true],
    ["2001:db8::/33", "2001:db8:8000::1", false],
    ["192.0.2.7", "::ffff:192.0.2.7", true],
    ["192.0.2.7", "192.0.2.8", false],
    ["10.0.0.0/8", "host.example", false],
  ];
  for (const [network, host, want] of rows) {
    assert.equal(networkContains(parseNetwork(network)!, host), want, `${network} ∋ ${host}`);
  }
  assert.equal(printNetwork(parseNetwork("10.1.2.3/9")!), "10.0.0.0/9");
  for (const bad of ["10.0.0.0/33", "::/129", "10.0.0.0/8/8", "10.0.0.0/", "x/8", "10.0.0.0/-1"]) {
    assert.equal(parseNetwork(bad), undefined, bad);
  }
});

Deno.test("IPv6 senders are known by their /64", () => {
  assert.equal(senderKey("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  assert.equal(senderKey("2001:db8:1:2:ffff::"), "2001:db8:1:2::/64");
  assert.equal(senderKey("::ffff:192.0.2.1"), "192.0.2.1");
});
