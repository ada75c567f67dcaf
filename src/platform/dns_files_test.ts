import assert from "node:assert/strict";
import { DnsFiles, parseHosts, parseResolvConf } from "./dns_files.ts";

Deno.test("resolv.conf as it is met", () => {
  const text = [
    "# generated",
    "nameserver 192.0.2.53 # first",
    "nameserver 2001:db8::53",
    "nameserver fe80::1%eth0",
    "nameserver 192.0.2.54",
    "nameserver nonsense",
    "search Office.Test. lab.test",
    "options timeout:1 attempts:3 rotate edns0",
  ].join("\n");
  assert.deepEqual(parseResolvConf(text), {
    servers: ["192.0.2.53", "2001:db8::53", "fe80::1"].map((host) => ({ host, port: 53 })),
    search: ["office.test", "lab.test"],
    timeoutMs: 1000,
    attempts: 3,
  });
  assert.deepEqual(parseResolvConf("").servers, [{ host: "127.0.0.1", port: 53 }]);
  assert.equal(parseResolvConf("options timeout:300 attempts:99").attempts, 5);
});

Deno.test("hosts files give every name its addresses", () => {
  const hosts = parseHosts(
    "127.0.0.1 localhost Box\n::1 localhost # six\nnonsense name\n192.0.2.7\tbox box.lan\n",
  );
  assert.deepEqual([...hosts], [
    ["localhost", ["127.0.0.1", "::1"]],
    ["box", ["127.0.0.1", "192.0.2.7"]],
    ["box.lan", ["192.0.2.7"]],
  ]);
  assert.equal(parseHosts("1.2.3.4 __proto__").get("__proto__")?.[0], "1.2.3.4");
});

Deno.test("files that are not there leave the defaults", () => {
  const files = new DnsFiles("/nonexistent/resolv.conf", "/nonexistent/hosts");
  assert.deepEqual(files.settings().servers, [{ host: "127.0.0.1", port: 53 }]);
  assert.equal(files.settings().hosts.size, 0);
});
