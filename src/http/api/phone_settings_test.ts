/** The server that is told to a phone is one it can reach, and is told apart from the domain. */

import assert from "node:assert/strict";
import { FakePage, HOST } from "../fake_page.ts";
import { phoneServer } from "./phone_settings.ts";

const ANY = "0.0.0.0", DOMAIN = "office.internal";

const ROWS = [
  ["the address in the browser", "192.0.2.7:8443", ANY, "192.0.2.7"],
  ["the name in the browser", "PBX.example", ANY, "pbx.example"],
  ["IPv6 without brackets", "[2001:db8::7]:8443", "::", "2001:db8::7"],
  ["not this machine's own name", "localhost:8080", ANY, DOMAIN],
  ["not this machine's own address", "127.0.0.1:8080", ANY, DOMAIN],
  ["not its own IPv6 address", "[::1]:8080", "::", DOMAIN],
  ["from this machine: where it listens", "127.0.0.1", "192.0.2.7", "192.0.2.7"],
  ["where only this machine gets in", "192.0.2.7", "127.0.0.3", "127.0.0.3"],
] as const;

for (const [name, reached, listener, server] of ROWS) {
  Deno.test(`a phone's server: ${name}`, () => {
    assert.equal(phoneServer({ reached, listener, domain: DOMAIN }), server);
  });
}

const LISTENERS = [
  [["udp://0.0.0.0:5060", "tcp://0.0.0.0:5060", "tls://0.0.0.0:5071"], "tls", 5071],
  [["udp://0.0.0.0:5060", "tcp://0.0.0.0:5062"], "tcp", 5062],
  [["udp://0.0.0.0:5080"], "udp", 5080],
] as const;

for (const [sip, transport, port] of LISTENERS) {
  Deno.test(`${transport} is told when there is ${sip.join(", ")}`, async () => {
    const at = await new FakePage({ settings: { listen: { sip: [...sip] }, domains: [{ name: DOMAIN }] } })
      .signIn();
    const shown = await at.json(`/domains/${DOMAIN}/extensions`, { method: "POST", body: { number: "200" } });
    assert.deepEqual(
      [shown.domain, shown.server, shown.port, shown.transport],
      [DOMAIN, HOST, port, transport],
    );
    for (const line of [`Domain: ${DOMAIN}`, `Server (proxy): ${HOST}`, `Port: ${port}`]) {
      assert.ok(String(shown.text).split("\n").includes(line), line);
    }
  });
}
