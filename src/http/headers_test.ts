/** Names under which the page may be asked for (against DNS rebinding). */

import assert from "node:assert/strict";
import { isOwnHost, setSecurityHeaders } from "./headers.ts";

Deno.test("an address, localhost and own names are ours; a foreign name that points here is not", () => {
  const names = () => ["office.example", "*.wild.example"];
  const rows: [host: string, isOurs: boolean][] = [
    ["192.0.2.1", true],
    ["192.0.2.1:8080", true],
    ["[2001:db8::1]:8080", true],
    ["localhost:8080", true],
    ["OFFICE.example", true],
    ["a.wild.example:443", true],
    ["a.b.wild.example", false],
    ["wild.example", false],
    ["evil.example", false],
    ["office.example.evil.example", false],
    ["evil-office.example", false],
    ["", false],
  ];
  for (const [host, isOurs] of rows) assert.equal(isOwnHost(host, names), isOurs, host);
});

Deno.test("a browser is told to run nothing foreign, and over TLS to come back only so", () => {
  const plain = new Headers(), secure = new Headers();
  setSecurityHeaders(plain, { isSecure: false });
  setSecurityHeaders(secure, { isSecure: true });
  assert.match(plain.get("content-security-policy")!, /default-src 'none'.*frame-ancestors 'none'/);
  assert.doesNotMatch(plain.get("content-security-policy")!, /unsafe|\*|https?:/);
  assert.equal(plain.get("strict-transport-security"), null);
  assert.match(secure.get("strict-transport-security")!, /max-age=31536000/);
});
