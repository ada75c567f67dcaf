import assert from "node:assert/strict";
import { isLinkLocal } from "../base/mod.ts";
import { certificateNamesOfHost, localAddresses, SystemRoutes } from "./network_addresses.ts";

Deno.test("the way to a loopback peer begins at loopback", () => {
  const routes = new SystemRoutes();
  assert.equal(routes.localAddressFor("127.0.0.1"), "127.0.0.1");
  assert.equal(routes.localAddressFor("::ffff:127.0.0.1"), "127.0.0.1");
  assert.equal(routes.localAddressFor("host.example"), undefined);
});

Deno.test("the way to an address of our own begins at that address", () => {
  const routes = new SystemRoutes();
  for (const address of localAddresses()) assert.equal(routes.localAddressFor(address), address);
});

Deno.test("addresses of the machine are there, without link-local ones", () => {
  const addresses = localAddresses();
  assert.ok(addresses.includes("127.0.0.1"));
  assert.ok(!addresses.some(isLinkLocal));
  const names = certificateNamesOfHost(["PBX.example", "not a name"]);
  assert.equal(names[0], "pbx.example");
  assert.ok(names.includes("localhost") && names.includes("127.0.0.1") && !names.includes("not a name"));
});
