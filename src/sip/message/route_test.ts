import assert from "node:assert/strict";
import { testHeader } from "../../../tests/support/header_cases.ts";
import { isLooseRouter, parseRoute, printRoutes } from "./route.ts";
import { Headers } from "./headers.ts";
import { nameAddrs } from "./reads.ts";

testHeader({
  header: "Route",
  parse: parseRoute,
  print: (hop) => printRoutes([hop]),
  reads: [["a loose router", "<sip:p1.example.com;lr>", {
    uri: {
      scheme: "sip",
      host: "p1.example.com",
      params: new Map<string, string | null>([["lr", null]]),
      headers: new Map(),
    },
    params: new Map(),
  }]],
  refuses: [["no brackets round a comma", "sip:a, sip:b"]],
});

for (const name of ["Route", "Record-Route", "Path", "Service-Route"]) {
  Deno.test(`${name}: hops of several fields and commas are read in order, a broken one where it stands`, () => {
    const headers = new Headers();
    headers.append(name, "<sip:a;lr>, <sip:[broken>");
    headers.append(name.toLowerCase(), '"Edge, east" <sip:c;lr>;x=1');
    const hops = headers.readAll(name, parseRoute);
    assert.deepEqual(hops.map((hop) => hop.ok ? printRoutes([hop.value]) : hop.error.where), [
      "<sip:a;lr>",
      "Route",
      '"Edge, east" <sip:c;lr>;x=1',
    ]);
  });
}

Deno.test("Route: hops keep their order over fields and commas", () => {
  const headers = new Headers();
  headers.append("Record-Route", "<sip:a;lr>, <sip:b>");
  headers.append("Record-Route", "<sip:c;lr=on>");
  const hops = nameAddrs({ headers }, "Record-Route");
  assert.equal(printRoutes(hops), "<sip:a;lr>, <sip:b>, <sip:c;lr=on>");
  assert.deepEqual(hops.map(({ uri }) => isLooseRouter(uri)), [true, false, true]);
});
