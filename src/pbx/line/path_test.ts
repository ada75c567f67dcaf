import assert from "node:assert/strict";
import { testSettings } from "../../config/mod.ts";
import { printNameAddr, printUri } from "../../sip/mod.ts";
import { lineAddresses } from "./addresses.ts";
import { type KnownPlaces, linePath } from "./path.ts";

function addresses(more: object) {
  const line = { name: "carrier", kind: "peer", server: "sip:sip.carrier.example", ...more };
  return lineAddresses(
    testSettings({ domains: [{ name: "office.example", lines: [line] }] }).domains[0]!.lines[0]!,
  )!;
}

const PLACES: KnownPlaces = {
  route: () => ({ kind: "destinations", destinations: [] }),
  leadsTo: (hop) => "host" in hop && hop.host === "192.0.2.9",
  isSecure: false,
};

const PROXY = { outboundProxy: "sip:edge.carrier.example" };

const ROWS: readonly (readonly [string, object, readonly string[], string, readonly string[]])[] = [
  ["straight to the server", {}, [], "places", []],
  ["through the proxy", PROXY, [], "places", ["<sip:edge.carrier.example;lr>"]],
  ["a service route that begins where we go anyway", {}, ["<sip:192.0.2.9;lr>", "<sip:core;lr>"], "places", [
    "<sip:192.0.2.9;lr>",
    "<sip:core;lr>",
  ]],
  ["a service route that begins elsewhere", {}, ["<sip:core;lr>"], "sip:core;lr", ["<sip:core;lr>"]],
  ["a service route behind the proxy", PROXY, ["<sip:core;lr>"], "places", [
    "<sip:edge.carrier.example;lr>",
    "<sip:core;lr>",
  ]],
  ["a service route without sense", {}, ["<nonsense"], "places", []],
];

Deno.test("requests take the way that proxy and service route say", async (t) => {
  for (const [name, more, serviceRoute, to, routes] of ROWS) {
    await t.step(name, () => {
      const { route, routeSet } = linePath(addresses(more), PLACES, serviceRoute);
      assert.equal(route.kind === "uri" ? printUri(route.uri) : "places", to);
      assert.deepEqual(routeSet.map(printNameAddr), routes);
    });
  }
});

Deno.test("a way counts as secure only when its next hop is reached by TLS", () => {
  const isSecure = (more: object, serviceRoute: readonly string[] = [], places = PLACES) =>
    linePath(addresses(more), places, serviceRoute).isSecure;
  assert.equal(isSecure({}), false);
  assert.equal(isSecure({ transport: "tls" }), true);
  assert.equal(isSecure({}, [], { ...PLACES, isSecure: true }), true);
  assert.equal(isSecure({}, ["<sip:core;lr>"]), false);
  const { route } = linePath(addresses({ transport: "tls" }), PLACES, ["<sip:core;lr>"]);
  assert.equal(route.kind, "destinations", "a line of TLS is not led away in clear");
  assert.equal(isSecure({}, ["<sip:core;transport=tls;lr>"]), true);
  assert.equal(isSecure({}, ["<sips:core;lr>"]), true);
});
