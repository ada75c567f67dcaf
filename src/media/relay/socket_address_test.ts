import assert from "node:assert/strict";
import { SocketAddress } from "./socket_address.ts";

const ROWS: readonly (readonly [title: string, host: string, port: number, text: string | undefined])[] = [
  ["an IPv4 address", "192.0.2.7", 4000, "192.0.2.7:4000"],
  ["the highest port", "192.0.2.7", 65535, "192.0.2.7:65535"],
  ["an IPv6 address", "2001:DB8::1", 1, "[2001:db8::1]:1"],
  ["an IPv6 reference", "[2001:db8:0:0:1::]", 1, "[2001:db8:0:0:1::]:1"],
  ["the unspecified address", "::", 9, "[::]:9"],
  ["an embedded IPv4 address", "::ffff:192.0.2.1", 5, "[::ffff:c000:201]:5"],
  ["all groups", "1:2:3:4:5:6:7:8", 5, "[1:2:3:4:5:6:7:8]:5"],
  ["no name", "office.example", 5, undefined],
  ["no empty text", "", 5, undefined],
  ["no five groups", "1.2.3.4.5", 5, undefined],
  ["no group over 255", "1.2.3.256", 5, undefined],
  ["no nine groups", "1:2:3:4:5:6:7:8:9", 5, undefined],
  ["no two gaps", "1::2::3", 5, undefined],
  ["no gap of nothing", "1:2:3:4::5:6:7:8", 5, undefined],
  ["no long group", "12345::", 5, undefined],
  ["no lone colon", ":1:2:3:4:5:6:7", 5, undefined],
  ["no port above the range", "192.0.2.7", 65536, undefined],
  ["no broken port", "192.0.2.7", 1.5, undefined],
];

for (const [title, host, port, text] of ROWS) {
  Deno.test(`parse takes ${title}: ${host || '""'}`, () => {
    assert.equal(SocketAddress.parse(host, port)?.toString(), text);
  });
}

Deno.test("equals holds for the same host and port only, and not over families", () => {
  const parse = (host: string, port: number) => SocketAddress.parse(host, port) ?? assert.fail(host);
  const a = parse("192.0.2.1", 4000);
  assert.ok(a.equals(parse("192.0.2.1", 4000)));
  assert.ok(!a.equals(parse("192.0.2.1", 4002)));
  assert.ok(!a.equals(parse("192.0.2.2", 4000)));
  assert.ok(a.hasHostOf(parse("192.0.2.1", 9)));
  assert.ok(!a.hasHostOf(parse("::ffff:192.0.2.1", 9)));
  const b = parse("2001:db8::1", 4000);
  b.bytes[4] = 77;
  assert.ok(b.equals(parse("2001:db8::1", 4000)), "a flow label does not count");
  assert.ok(!b.equals(parse("2001:db8::2", 4000)));
});

Deno.test("copyFrom and clear leave nothing behind", () => {
  const a = new SocketAddress();
  assert.ok(!a.isSet && a.isUnspecified);
  a.copyFrom(SocketAddress.parse("2001:db8::1", 4000)!);
  assert.ok(a.isSet && !a.isUnspecified);
  a.copyFrom(SocketAddress.parse("192.0.2.1", 4000)!);
  assert.equal(a.toString(), "192.0.2.1:4000");
  a.clear();
  assert.ok(!a.isSet);
});
